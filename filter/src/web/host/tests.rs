use proptest::prelude::*;

use super::super::authority::Authority;
use super::*;

fn strict(text: &str) -> Option<String> {
    Host::parse_strict(text).map(Host::into_string)
}

fn domain(text: &str) -> Option<String> {
    Host::parse_domain(text).map(Host::into_string)
}

#[test]
fn hosts() {
    for (text, host) in [
        ("app.example.com", "app.example.com"),
        ("APP.Example.Com", "app.example.com"),
        ("localhost", "localhost"),
        ("my_app.example", "my_app.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[2001:DB8:0::1]", "[2001:db8::1]"),
    ] {
        assert_eq!(strict(text).as_deref(), Some(host), "{text}");
    }
    for text in [
        "",
        ".",
        "a..b",
        ".a",
        "a.",
        "-a",
        "a-",
        "a b",
        "a/b",
        "a:80",
        "*.a",
        "ä.de",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "a.0x7f",
        "::1",
        "[::1",
        "[a]",
        "a@b",
        "a\n",
    ] {
        assert_eq!(strict(text), None, "{text}");
    }
    assert_eq!(strict(&"a".repeat(64)), None);
    assert_eq!(strict(&["a"; 130].join(".")), None);
}

#[test]
fn domains() {
    assert_eq!(domain("Example.COM").as_deref(), Some("example.com"));
    for text in ["com", "localhost", "127.0.0.1", "[::1]"] {
        assert_eq!(domain(text), None, "{text}");
    }
    assert!(is_within("example.com", "example.com"));
    assert!(is_within("a.example.com", "example.com"));
    assert!(!is_within("notexample.com", "example.com"));
    assert!(!is_within("com", "example.com"));
}

#[test]
fn patterns_end_at_a_dot() {
    let exact = HostPattern::Exact("admin.example.com".into());
    assert!(matches(&exact, "admin.example.com"));
    assert!(!matches(&exact, "x.admin.example.com"));
    assert!(!matches(&exact, "admin.example.com.evil.example"));
    let below = HostPattern::Below("example.com".into());
    assert!(matches(&below, "a.example.com"));
    assert!(matches(&below, "a.b.example.com"));
    for host in ["example.com", "evilexample.com", ".example.com", "example.com.evil.example", "com", ""] {
        assert!(!matches(&below, host), "{host}");
    }
    assert!(!matches(&HostPattern::Below("0.0.1".into()), "127.0.0.1"));
}

#[test]
fn the_longest_cookie_domain_wins() {
    let domains =
        ["example.com".to_owned(), "apps.example.com".to_owned(), "0.0.1".to_owned(), "10.0.0.1".to_owned()];
    for (host, domain) in [
        ("a.apps.example.com", Some("apps.example.com")),
        ("apps.example.com", Some("apps.example.com")),
        ("evilapps.example.com", Some("example.com")),
        ("example.com", Some("example.com")),
        ("evilexample.com", None),
        ("example.org", None),
        ("127.0.0.1", None),
        ("10.0.0.1", None),
        ("[::1]", None),
    ] {
        assert_eq!(longest_domain(&domains, host), domain, "{host}");
    }
    assert_eq!(longest_domain(&[], "example.com"), None);
}

#[test]
fn patterns_are_read_and_written() {
    for (text, pattern) in [
        ("a.example", HostPattern::Exact("a.example".into())),
        ("[::1]", HostPattern::Exact("[::1]".into())),
        ("*.a.example", HostPattern::Below("a.example".into())),
        ("*.localhost", HostPattern::Below("localhost".into())),
    ] {
        assert_eq!(pattern.to_string(), text);
        assert_eq!(HostPattern::parse(text), Some(pattern));
    }
    for text in ["", "*", "*.", "*.*.a", "a.*", "*.127.0.0.1", "*.[::1]", "*a.example", "a.example."] {
        assert_eq!(HostPattern::parse(text), None, "{text}");
    }
}

#[test]
fn loopback_is_this_machine_only() {
    for host in ["localhost", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
        assert!(is_loopback(host), "{host}");
    }
    for host in ["", "alocalhost", "localhost.example", "128.0.0.1", "0.0.0.0", "[::]", "[::2]"] {
        assert!(!is_loopback(host), "{host}");
    }
}

/// Texts that are often hosts.
fn text() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "a",
        "B",
        "xn--a",
        "_",
        "-",
        ".",
        ".",
        "1",
        "0x",
        "0X1f",
        "127.0.0",
        "[",
        "]",
        "[::1]",
        ":",
        "::",
        "2001:DB8",
        "localhost",
        "*",
        "%",
        "é",
        " ",
        "@",
        "",
    ]);
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_request_with_a_configured_host_reads_to_exactly_that_host(text in text()) {
        let Some(host) = strict(&text) else { return Ok(()) };
        for written in [&text, &host, &text.to_ascii_uppercase()] {
            let authority = Authority::parse(written.as_bytes()).unwrap();
            prop_assert_eq!((authority.host(), authority.port()), (host.as_str(), None));
        }
        prop_assert_eq!(strict(&host), Some(host.clone()));
        prop_assert!(matches(&HostPattern::parse(&text).unwrap(), &host));
        let below = HostPattern::parse(&format!("*.{text}"));
        prop_assert_eq!(below.is_none(), is_ip_address(&host));
        let name = format!("x.{host}");
        prop_assert!(below.is_none_or(|below| matches(&below, &name)));
    }

    #[test]
    fn a_domain_is_a_host_with_a_dot_and_no_address(text in text()) {
        let host = strict(&text).filter(|host| host.contains('.') && !is_ip_address(host));
        prop_assert_eq!(domain(&text), host);
    }
}

use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> (String, Option<u16>) {
    let authority = Authority::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    (authority.host().to_owned(), authority.port())
}

#[test]
fn reads_names_and_addresses() {
    for (text, host, port) in [
        ("app.example.com", "app.example.com", None),
        ("App.Example.COM:8443", "app.example.com", Some(8443)),
        ("app.example.com.", "app.example.com", None),
        ("app.example.com.:443", "app.example.com", Some(443)),
        ("localhost:1", "localhost", Some(1)),
        ("a_b-c.svc:65535", "a_b-c.svc", Some(65535)),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", None),
        ("127.0.0.1:8080", "127.0.0.1", Some(8080)),
        ("127.0.0.1.", "127.0.0.1", None),
        ("[::1]", "[::1]", None),
        ("[2001:DB8:0::1]:8443", "[2001:db8::1]", Some(8443)),
        ("[::ffff:10.0.0.1]", "[::ffff:a00:1]", None),
    ] {
        assert_eq!(parsed(text), (host.to_owned(), port), "{text}");
    }
}

#[test]
fn refuses_the_rest() {
    let long = format!("{}.a", "a".repeat(252));
    for text in [
        "",
        ".",
        "..",
        ".example.com",
        "a..b",
        "example.com..",
        ":80",
        "[]",
        "[::1",
        "::1",
        "[::1]x",
        "[::1]80",
        "[fe80::1%eth0]",
        "[127.0.0.1]",
        "[::1].",
        "a b",
        " a",
        "a ",
        "a,b",
        "a\t",
        "a\r\n",
        "a\0",
        "a\x7f",
        "user@a",
        "a/b",
        "a?b",
        "a#b",
        "a\\b",
        "a%2eb",
        "ä.example",
        "app。example.com",
        "a*b",
        "*.example.com",
        "127.1",
        "1",
        "2130706433",
        "0x7f000001",
        "0x",
        "127.0.0.01",
        "1.2.3.256",
        "1.2.3.4.5",
        "app.0X1f",
        &long,
    ] {
        assert_eq!(Authority::parse(text.as_bytes()), Err(BadAuthority::Host), "{text}");
    }
    for text in [
        "a:",
        "a:0",
        "a:00",
        "a:080",
        "a:65536",
        "a:+80",
        "a:-1",
        "a: 80",
        "a:80 ",
        "a:8x",
        "a:80:80",
        "user:pw@a",
        "[::1]:",
    ] {
        assert_eq!(Authority::parse(text.as_bytes()), Err(BadAuthority::Port), "{text}");
    }
    assert_eq!(Authority::parse(b"a\xff"), Err(BadAuthority::Host));
    assert!(Authority::parse("a.".repeat(127).as_bytes()).is_ok(), "253 bytes without the trailing dot");
}

#[test]
fn borrows_what_is_normal() {
    for text in ["app.example.com:8443", "app.example.com.", "[::1]:80", "10.0.0.1"] {
        let authority = Authority::parse(text.as_bytes()).unwrap();
        assert_eq!(authority.host().as_ptr(), text.as_ptr(), "{text}");
    }
    assert_eq!(Authority::parse(b"App.example.com.:80").unwrap().to_string(), "app.example.com:80");
    assert_eq!(Authority::parse(b"[::1]").unwrap().to_string(), "[::1]");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Authority::parse(&text);
    }

    #[test]
    fn what_is_read_is_normal(text in "[a-zA-Z0-9._:@, \\[\\]%-]{0,40}") {
        if let Ok(authority) = Authority::parse(text.as_bytes()) {
            let again = authority.to_string();
            prop_assert_eq!(&Authority::parse(again.as_bytes()).unwrap(), &authority);
            // A browser reads the same host.
            let url = url::Url::parse(&format!("https://{again}/"));
            if let Ok(url) = url {
                prop_assert_eq!(url.host_str(), Some(authority.host()));
            }
            prop_assert!(!authority.host().contains(['@', ',', ' ', '%']));
        }
    }
}

use proptest::prelude::*;

use super::*;

mod hostile;

const OWN: OwnOrigin<'static> = OwnOrigin { scheme: "https", authority: "app.example.com" };

fn own() -> Url {
    own_url(&OWN).unwrap()
}

fn domain(name: &str, port: RedirectPort) -> RedirectDomain {
    let host = match name.strip_prefix('.') {
        Some(suffix) => RedirectHost::Domain(suffix.into()),
        None => RedirectHost::Exact(name.into()),
    };
    RedirectDomain { host, port }
}

fn allowed() -> Vec<RedirectDomain> {
    vec![
        domain("portal.example.net", RedirectPort::Absent),
        domain("port.example.net", RedirectPort::Exact(8443)),
        domain("any.example.net", RedirectPort::Any),
        domain(".corp.example", RedirectPort::Absent),
    ]
}

fn go(target: &str) -> Option<String> {
    safe_redirect(target.as_bytes(), &OWN, &allowed())
}

#[test]
fn paths_of_the_own_origin() {
    for (target, location) in [
        ("/", "/"),
        ("/x/y?a=1&b=%2Fc%0A#top", "/x/y?a=1&b=%2Fc%0A#top"),
        ("/x?next=https://evil.example//", "/x?next=https://evil.example//"),
        ("/group%2Fproject", "/group%2Fproject"),
        ("/a//b", "/a//b"),
        ("/a@b:c", "/a@b:c"),
        ("/a/../b", "/b"),
        ("/./x", "/x"),
        ("/%2e/x", "/x"),
        ("/büro?ü#ü", "/b%C3%BCro?%C3%BC#%C3%BC"),
        ("/／evil.example", "/%EF%BC%8Fevil.example"),
        ("/a\"<>b", "/a%22%3C%3Eb"),
    ] {
        assert_eq!(go(target).as_deref(), Some(location), "{target}");
    }
}

#[test]
fn urls_of_the_own_origin() {
    for target in [
        "https://app.example.com",
        "https://app.example.com/",
        "HTTPS://App.Example.com/",
        "https://app.example.com:443/",
        "https://app.example.com./",
    ] {
        assert_eq!(go(target).as_deref(), Some("https://app.example.com/"), "{target}");
    }
    let local = OwnOrigin { scheme: "http", authority: "[::1]:8080" };
    assert_eq!(safe_redirect(b"http://[::1]:8080/x", &local, &[]).as_deref(), Some("http://[::1]:8080/x"));
    assert_eq!(safe_redirect(b"/x", &local, &[]).as_deref(), Some("/x"));
    assert_eq!(safe_redirect(b"http://[::1]/x", &local, &[]), None);
    for authority in ["", "user@app.example.com", "app.example.com/x", "app.example.com?x", "a b"] {
        assert_eq!(safe_redirect(b"/x", &OwnOrigin { scheme: "https", authority }, &[]), None, "{authority}");
    }
    assert_eq!(safe_redirect(b"/x", &OwnOrigin { scheme: "ftp", authority: "a" }, &[]), None);
}

#[test]
fn allowed_domains() {
    for (target, leads) in [
        ("https://portal.example.net/x", true),
        ("https://PORTAL.example.net./x", true),
        ("https://portal.example.net:443/", false),
        ("https://portal.example.net:8443/", false),
        ("https://x.portal.example.net/", false),
        ("https://port.example.net:8443/", true),
        ("https://port.example.net/", false),
        ("https://port.example.net:8444/", false),
        ("https://any.example.net/", true),
        ("https://any.example.net:1234/", true),
        ("https://corp.example/", true),
        ("https://a.b.corp.example/", true),
        ("https://a.corp.example:8443/", false),
        ("https://evilcorp.example/", false),
        ("https://corp.example.evil.example/", false),
        // Never from https down to http.
        ("http://portal.example.net/", false),
        ("http://corp.example/", false),
    ] {
        assert_eq!(go(target).is_some(), leads, "{target}");
    }
    assert_eq!(go("https://Corp.example/ü?x#y").as_deref(), Some("https://corp.example/%C3%BC?x#y"));
    let local = OwnOrigin { scheme: "http", authority: "localhost:8080" };
    for target in ["http://corp.example/", "https://corp.example/"] {
        assert_eq!(safe_redirect(target.as_bytes(), &local, &allowed()).as_deref(), Some(target));
    }
    let https = [domain("h.example", RedirectPort::Exact(443))];
    assert!(safe_redirect(b"https://h.example/", &OWN, &https).is_some());
    assert!(safe_redirect(b"https://127.0.0.1/", &OWN, &[domain(".0.0.1", RedirectPort::Any)]).is_none());
    assert!(safe_redirect(b"https://[::1]/", &OWN, &[domain("[::1]", RedirectPort::Absent)]).is_some());
}

#[test]
fn lengths_are_bounded() {
    assert!(go(&format!("/{}", "a".repeat(4095))).is_some());
    assert!(go(&format!("/{}", "a".repeat(4096))).is_none());
    assert!(go(&format!("/{}", "ü".repeat(1000))).is_none(), "too long once it is encoded");
}

/// Joined by a browser, the location is on the own origin or on one of `hosts`, and also for a reader that
/// decodes it first or removes its dots first.
fn assert_stays(target: &str, location: &str, hosts: &[&str]) {
    let url = own().join(location).unwrap();
    let allowed = hosts.iter().any(|host| {
        url.host_str() == Some(*host) || url.host_str().is_some_and(|name| name.ends_with(".corp.example"))
    });
    assert!(
        url.origin() == own().origin() || (allowed && url.scheme() == "https"),
        "{target:?} -> {location:?}"
    );
    assert!(
        location.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'),
        "{target:?} -> {location:?}"
    );
    assert!(location.len() <= MAX_TARGET);
    if location.starts_with('/') {
        let path = location.split(['?', '#']).next().unwrap();
        let decoded = String::from_utf8_lossy(&percent::decoded(path.as_bytes())).into_owned();
        for path in [path, &decoded] {
            assert!(!path.starts_with("//") && !path.contains('\\'), "{target:?} -> {location:?}");
            assert!(!own().join(path).unwrap().path().starts_with("//"), "{target:?} -> {location:?}");
        }
    } else {
        assert!(location.starts_with("https://"), "{target:?} -> {location:?}");
        assert!(url.username().is_empty() && url.password().is_none(), "{target:?} -> {location:?}");
    }
}

const NAMED: &[&str] = &["portal.example.net", "port.example.net", "any.example.net", "corp.example"];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "/",
            "//",
            "\\",
            ".",
            "..",
            "%2e",
            "%2f",
            "%5c",
            "%09",
            "%0a",
            "%",
            "\t",
            "\n",
            "\r",
            " ",
            "\0",
            "@",
            ":",
            "?",
            "#",
            ";",
            "https:",
            "http:",
            "https://",
            "javascript:",
            "app.example.com",
            "evil.example",
            "corp.example",
            "portal.example.net",
            ":8443",
            ":443",
            "。",
            "／",
            "＠",
            "\u{200b}",
            "[::1]",
            "127.1",
            "x",
            "ü",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn any_target_stays(target in prop_oneof![
        hostile(),
        hostile().prop_map(|tail| format!("/{tail}")),
        hostile().prop_map(|tail| format!("https://{tail}")),
        hostile().prop_map(|tail| format!("https://app.example.com{tail}")),
        ".*",
    ]) {
        if let Some(location) = go(&target) {
            assert_stays(&target, &location, NAMED);
            // What is safe stays so: the location is a target too.
            prop_assert_eq!(go(&location), Some(location.clone()));
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(target in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = safe_redirect(&target, &OWN, &allowed());
    }
}

#[test]
fn what_comes_to_the_front_when_dot_segments_go_is_looked_at_too() {
    let own = OwnOrigin { scheme: "https", authority: "app.example.com" };
    for target in
        ["/x/%2e%2e/%2fevil.example%2f%2e%2e%2f%2e%2e/z", "/x/../%2fevil.example", "/./%5cevil.example"]
    {
        assert_eq!(safe_redirect(target.as_bytes(), &own, &[]), None, "{target}");
    }
}

use proptest::prelude::*;

use super::*;

fn parse(raw: &str) -> NormalPath<'_> {
    NormalPath::parse(raw.as_bytes()).unwrap_or_else(|error| panic!("{raw}: {error}"))
}

#[test]
fn normal_paths_are_borrowed() {
    for raw in [
        "/",
        "/x",
        "/x/",
        "/x/y.js",
        "/.well-known/openid",
        "/...",
        "/..x/.y/z.",
        "/a~b-c_d",
        "/%C3%BC",
        "/%20",
        "/%25",
        "/%25x",
        "/%3F",
        "/%23",
        "/%40",
        "/@:!$&'()*+,=",
        "/{x}|\"<>^`",
    ] {
        let path = parse(raw);
        assert_eq!(path.as_str(), raw);
        assert!(matches!(path.normal, Cow::Borrowed(_)), "{raw}");
        assert!(path.arrived_normal(), "{raw}");
        assert!(!path.is_ambiguous(), "{raw}");
    }
}

#[test]
fn other_spellings_become_normal() {
    for (raw, normal) in [
        ("//healthz", "/healthz"),
        ("/healthz//", "/healthz/"),
        ("/%68ealthz", "/healthz"),
        ("/a%2Db%2ec%5Fd%7e", "/a-b.c_d~"),
        ("/a/./b", "/a/b"),
        ("/a/.", "/a/"),
        ("/.", "/"),
        ("/public/%2e/admin", "/public/admin"),
        ("/public\\admin", "/public/admin"),
        ("/\\admin", "/admin"),
        ("//admin/x", "/admin/x"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/café", "/caf%C3%A9"),
    ] {
        let path = parse(raw);
        assert_eq!(path.as_str(), normal, "{raw}");
        assert!(!path.arrived_normal(), "{raw}");
        assert!(!path.is_ambiguous(), "{raw}");
    }
    assert_eq!(NormalPath::parse(b"/a\xff").unwrap().as_str(), "/a%FF");
}

#[test]
fn ambiguous_paths_are_known_and_keep_what_is_ambiguous() {
    for (raw, normal) in [
        ("/a%2fb", "/a%2Fb"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a%5cb", "/a%5Cb"),
        ("/a%5Cb", "/a%5Cb"),
        ("/a%00b", "/a%00b"),
        ("/a%0ab", "/a%0Ab"),
        ("/a%1F", "/a%1F"),
        ("/a%7f", "/a%7F"),
        ("/a;b", "/a;b"),
        ("/a%3bb", "/a%3Bb"),
        ("/..;/admin", "/..;/admin"),
        ("/a b", "/a b"),
        ("/a\tb", "/a\tb"),
        ("/a\x7f", "/a\x7f"),
        ("/%252e%252e/admin", "/%252e%252e/admin"),
        ("/%2541", "/%2541"),
        ("/%25%34%31", "/%2541"),
        ("/%25%2566", "/%25%2566"),
        ("/%25c3", "/%25c3"),
        ("/%zz", "/%25zz"),
        ("/%", "/%25"),
        ("/%4", "/%254"),
        ("/%%41", "/%25A"),
        ("/%4%31", "/%2541"),
        ("/%u002e", "/%25u002e"),
        ("/%c0%af", "/%C0%AF"),
        ("/%C1%9c", "/%C1%9C"),
        ("/%e0%80%af", "/%E0%80%AF"),
        ("/%f0%80%80%af", "/%F0%80%80%AF"),
        // The application routes what arrived, perhaps by its first segment.
        ("/a/..", "/"),
        ("/a/../b", "/b"),
        ("/a/../a", "/a"),
        ("/a/b/../../../../c", "/c"),
        ("/../..", "/"),
        ("/..", "/"),
        ("/public/%2e%2e/admin", "/admin"),
        ("/public/.%2E/admin", "/admin"),
        ("/admin//../x", "/x"),
        ("/admin/x\\..\\..\\y", "/y"),
        ("/admin/..\\x", "/x"),
        ("/admin//%2e%2e/x", "/x"),
    ] {
        let path = parse(raw);
        assert!(path.is_ambiguous(), "{raw}");
        assert_eq!(path.as_str(), normal, "{raw}");
    }
    assert!(NormalPath::parse(b"/\xc0\xaf").unwrap().is_ambiguous());
    // Well-formed UTF-8 is not overlong, and what stands in the query is not part of the path.
    for raw in ["/%E0%A4%A4", "/%F0%9F%98%80", "/x?a=%2f;b=%00//../%zz"] {
        assert!(!parse(raw).is_ambiguous(), "{raw}");
        assert!(parse(raw).arrived_normal(), "{raw}");
    }
}

#[test]
fn the_query_is_cut_at_the_first_question_mark() {
    let path = parse("/x?p=/status?q");
    assert_eq!((path.as_str(), path.query()), ("/x", Some(&b"p=/status?q"[..])));
    assert_eq!(parse("/x?").query(), Some(&b""[..]));
    assert_eq!(parse("/x").query(), None);
    assert_eq!(parse("/x%3Fp=/status").as_str(), "/x%3Fp=/status");
}

#[test]
fn other_request_targets_are_refused() {
    for raw in ["", "*", "x", "?x", "https://app.example.com/x", "app.example.com:443", "\\x", " /x", "%2fx"]
    {
        assert_eq!(NormalPath::parse(raw.as_bytes()), Err(BadPath::NoSlash), "{raw}");
    }
    for raw in ["/x#/status", "/x?y#z", "#", "/#"] {
        assert_eq!(NormalPath::parse(raw.as_bytes()), Err(BadPath::Fragment), "{raw}");
    }
}

#[test]
fn patterns_match_whole_segments() {
    let below = PathPattern::Below("/x".into());
    for (raw, expected) in [
        ("/x", true),
        ("/x/", true),
        ("/x/y", true),
        ("/x?y", true),
        ("//x/y", true),
        ("/%78/y", true),
        ("/a/../x", true),
        ("/xy", false),
        ("/X", false),
        ("/", false),
        ("/a/x", false),
        ("/x%2Fy", false),
        ("/x/../y", false),
    ] {
        assert_eq!(matches(&below, &parse(raw)), expected, "{raw}");
        assert_eq!(matches_to_the_letter(&below, &parse(raw)), expected, "{raw}");
    }
    let exact = PathPattern::Exact("/healthz".into());
    assert!(matches(&exact, &parse("/healthz?x")));
    for raw in [
        "/healthz/",
        "/healthz/x",
        "/healthzx",
        "/health",
        "/Healthz",
        "/healthz%23",
        "/healthz%3F",
        "/healthz%00",
    ] {
        assert!(!matches(&exact, &parse(raw)), "{raw}");
    }
    for raw in ["/", "/x", "/x/y"] {
        assert!(matches(&PathPattern::Below(String::new()), &parse(raw)), "{raw}");
        assert!(matches_to_the_letter(&PathPattern::Below(String::new()), &parse(raw)), "{raw}");
    }
}

#[test]
fn reserved_characters_match_encoded_but_open_nothing() {
    for (pattern, raw) in [
        ("/odata/$batch", "/odata/%24batch"),
        ("/v1/x:delete", "/v1/x%3Adelete"),
        ("/@a", "/%40a"),
        ("/%40a", "/@a"),
        ("/ü", "/%c3%bc"),
    ] {
        let pattern = PathPattern::Exact(pattern.into());
        assert!(matches(&pattern, &parse(raw)), "{raw}");
        assert!(!matches_to_the_letter(&pattern, &parse(raw)), "{raw}");
    }
    for (pattern, raw) in [("/a/b", "/a%2Fb"), ("/a%41", "/a%2541"), ("/a", "/a%00")] {
        assert!(!matches(&PathPattern::Exact(pattern.into()), &parse(raw)), "{raw}");
    }
}

/// Many of the bytes that mean something, some that do not.
fn raw_path() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "/", "//", "\\", ".", "..", "/../", "/./", "%", "%2", "%2e", "%2E", "%2f", "%5c", "%25", "%00",
            "%c0", "%e0", "%80", "%C3", "%41", "1", "4", "a", "b", ";", "x", "?", " ", "\t", "ü",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        any::<u8>().prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| [b"/".to_vec(), pieces.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn any_bytes_are_read_without_a_panic(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = NormalPath::parse(&raw);
    }

    #[test]
    fn the_normal_form_is_normal(raw in raw_path()) {
        let Ok(path) = NormalPath::parse(&raw) else { return Ok(()) };
        let normal = path.as_str();
        prop_assert!(normal.starts_with('/') && normal.is_ascii());
        for never in ["//", "/./", "/../", "\\", "?", "#"] {
            prop_assert!(!normal.contains(never), "{:?}", normal);
        }
        prop_assert!(!normal.ends_with("/.") && !normal.ends_with("/.."), "{:?}", normal);
        let again = NormalPath::parse(path.as_bytes()).unwrap();
        prop_assert_eq!(again.as_str(), normal);
        prop_assert!(again.arrived_normal());

        let sent = raw.split(|byte| *byte == b'?').next().unwrap();
        prop_assert_eq!(path.arrived_normal(), sent == path.as_bytes());
    }

    #[test]
    fn a_glance_sees_what_the_writer_sees(tail in "[a-c./~_-]{0,8}[%;\\\\]?") {
        let raw = format!("/{tail}");
        let path = parse(&raw);
        // One more `.` segment takes the long way to the same form.
        let long = format!("/.{raw}");
        let slow = parse(&long);
        prop_assert_eq!(slow.as_str(), path.as_str());
        prop_assert_eq!(slow.is_ambiguous(), path.is_ambiguous());
    }

    #[test]
    fn what_opens_a_path_is_narrower(raw in raw_path(), pattern in "/[a-b$%/.]{0,4}") {
        let Ok(path) = NormalPath::parse(&raw) else { return Ok(()) };
        for pattern in [PathPattern::Exact(pattern.clone()), PathPattern::Below(pattern)] {
            prop_assert!(matches(&pattern, &path) || !matches_to_the_letter(&pattern, &path));
        }
    }
}

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
        "/%20a",
        "/%25",
        "/%25x",
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
        ("/a%3fb", "/a%3Fb"),
        ("/a%23b", "/a%23b"),
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
fn paths_that_a_configuration_may_name() {
    for path in ["/", "/a", "/a/", "/a/b.c", "/%C3%A9", "/a%20b", "/a:b@c", "/..a/b..", "/a=b&c+d", "/100%25"]
    {
        assert!(NormalPath::is_normal(path), "{path}");
    }
    for path in [
        "",
        "a",
        "//",
        "/a//b",
        "/a/./b",
        "/a/..",
        "/..",
        "/.",
        "/%61",
        "/%2e",
        "/%2E%2E/a",
        "/a%2fb",
        "/a%5Cb",
        "/a%00",
        "/a%3Bb",
        "/a%3Fb",
        "/a%23b",
        "/a%FF",
        "/a%2561",
        "/%c3%a9",
        "/%",
        "/%4",
        "/%zz",
        "/%C0%AF",
        "/a?",
        "/a?b",
        "/a#b",
        "/a;b",
        "/a\\b",
        "/a b",
        "/é",
        "/a\n",
        "/%1é",
    ] {
        assert!(!NormalPath::is_normal(path), "{path}");
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

/// Many of the bytes that mean something, some that do not.
pub(in crate::web) fn raw_path() -> impl Strategy<Value = Vec<u8>> {
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
    fn what_the_configuration_may_name_is_what_arrives_normal(raw in raw_path()) {
        let Ok(text) = std::str::from_utf8(&raw) else { return Ok(()) };
        let arrived = NormalPath::parse(&raw)
            .is_ok_and(|path| path.query().is_none() && path.arrived_normal() && !path.is_ambiguous());
        prop_assert_eq!(NormalPath::is_normal(text), arrived);
        if arrived {
            let path = parse(text);
            prop_assert_eq!(path.as_str(), text);
        }
    }

    #[test]
    fn a_glance_sees_what_the_writer_sees(tail in "[a-c./~_-]{0,8}[%;\\\\]?") {
        let raw = format!("/{tail}");
        let path = parse(&raw);
        // One more `.` segment takes the long way to the same form.
        let long = format!("/.{raw}");
        let slow = parse(&long);
        prop_assert_eq!(slow.as_str(), path.as_str());
        prop_assert_eq!(path.clarity(), Clarity::of(raw.as_bytes()));
    }
}

use proptest::prelude::*;

use super::super::normal::tests::raw_path;
use super::*;

fn parse(raw: &str) -> NormalPath<'_> {
    NormalPath::parse(raw.as_bytes()).unwrap_or_else(|error| panic!("{raw}: {error}"))
}

#[test]
fn patterns_are_read_and_written() {
    for (text, pattern) in [
        ("/", PathPattern::Exact("/".into())),
        ("/healthz", PathPattern::Exact("/healthz".into())),
        ("/a/", PathPattern::Exact("/a/".into())),
        ("/100%25", PathPattern::Exact("/100%25".into())),
        ("/*", PathPattern::Below(String::new())),
        ("/a/b/*", PathPattern::Below("/a/b".into())),
    ] {
        assert_eq!(pattern.to_string(), text);
        assert_eq!(PathPattern::parse(text), Some(pattern));
    }
    for text in ["", "*", "a", "/a*", "/*/b", "/a/**", "/a/*/*", "//*", "/a//*", "/a/./*", "/a;b/*", "/%61"] {
        assert_eq!(PathPattern::parse(text), None, "{text}");
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
        assert_eq!(matches(&below, parse(raw).reading()), expected, "{raw}");
        assert_eq!(matches_to_the_letter(&below, parse(raw).reading()), expected, "{raw}");
    }
    let exact = PathPattern::Exact("/healthz".into());
    assert!(matches(&exact, parse("/healthz?x").reading()));
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
        assert!(!matches(&exact, parse(raw).reading()), "{raw}");
    }
    for raw in ["/", "/x", "/x/y"] {
        assert!(matches(&PathPattern::Below(String::new()), parse(raw).reading()), "{raw}");
        assert!(matches_to_the_letter(&PathPattern::Below(String::new()), parse(raw).reading()), "{raw}");
    }
}

#[test]
fn what_frameworks_take_for_the_same_path() {
    let exact = PathPattern::Exact("/Exact".into());
    let with_slash = PathPattern::Exact("/exact/".into());
    let below = PathPattern::Below("/exact".into());
    for raw in [
        "/Exact",
        "/exact",
        "/EXACT?x",
        "/%65xact",
        "/exact/",
        "/exact//",
        "/exact/.",
        "/./eXact/",
        "/exact.json",
        "/exact.JSON/",
        "/exact%2ejson",
        "/exact.7z",
        "/exact.1",
        "/exact.",
        "/exact./",
        "/exact..",
        "/exact.tar.gz",
        "/exact.a%20b",
        "/exact.$x",
    ] {
        for pattern in [&exact, &with_slash, &below] {
            assert!(resembles(pattern, parse(raw).reading()), "{pattern} {raw}");
        }
    }
    for raw in ["/exact/.json", "/exact/x", "/exact/x/", "/EXACT/json", "/exact/..x"] {
        assert!(
            !resembles(&exact, parse(raw).reading()) && !resembles(&with_slash, parse(raw).reading()),
            "{raw}"
        );
        assert!(resembles(&below, parse(raw).reading()), "{raw}");
    }
    for raw in [
        "/",
        "/exac",
        "/exactly",
        "/exact-x",
        "/exact.json/x",
        "/exact.x/.json",
        "/x/exact",
        "/exact%2F",
        "/exact%3F",
        "/exact%20",
        "/exact%C5%BF",
    ] {
        for pattern in [&exact, &with_slash, &below] {
            assert!(!resembles(pattern, parse(raw).reading()), "{pattern} {raw}");
        }
    }
    // The root is no name that could have an extension.
    let root = PathPattern::Exact("/".into());
    for (raw, expected) in [("/", true), ("//", true), ("/.", true), ("/.json", false), ("/x", false)] {
        assert_eq!(resembles(&root, parse(raw).reading()), expected, "{raw}");
        assert!(resembles(&PathPattern::Below(String::new()), parse(raw).reading()), "{raw}");
    }
    let named = PathPattern::Exact("/report.json".into());
    for (raw, expected) in [("/REPORT.json/", true), ("/report", false), ("/report.xml", false)] {
        assert_eq!(resembles(&named, parse(raw).reading()), expected, "{raw}");
    }
    assert!(resembles(&PathPattern::Exact("/odata/$Batch".into()), parse("/OData/%24batch.xml").reading()));
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
        assert!(matches(&pattern, parse(raw).reading()), "{raw}");
        assert!(!matches_to_the_letter(&pattern, parse(raw).reading()), "{raw}");
    }
    for (pattern, raw) in [("/a/b", "/a%2Fb"), ("/a%41", "/a%2541"), ("/a", "/a%00")] {
        assert!(!matches(&PathPattern::Exact(pattern.into()), parse(raw).reading()), "{raw}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn what_is_read_as_a_pattern_names_itself(raw in raw_path()) {
        let Ok(text) = std::str::from_utf8(&raw) else { return Ok(()) };
        prop_assert_eq!(
            matches!(PathPattern::parse(text), Some(PathPattern::Exact(_))),
            NormalPath::is_normal(text) && !text.contains('*')
        );
        let Some(pattern) = PathPattern::parse(text) else { return Ok(()) };
        let path = match &pattern {
            PathPattern::Exact(path) => path.clone(),
            PathPattern::Below(base) => format!("{base}/x"),
        };
        prop_assert!(NormalPath::is_normal(&path));
        prop_assert!(matches(&pattern, parse(&path).reading()) && matches_to_the_letter(&pattern, parse(&path).reading()));
    }

    #[test]
    fn what_opens_a_path_is_narrower(raw in raw_path(), pattern in "/[a-b$%/.]{0,4}") {
        let Ok(path) = NormalPath::parse(&raw) else { return Ok(()) };
        for pattern in [PathPattern::Exact(pattern.clone()), PathPattern::Below(pattern)] {
            prop_assert!(matches(&pattern, path.reading()) || !matches_to_the_letter(&pattern, path.reading()));
            prop_assert!(resembles(&pattern, path.reading()) || !matches(&pattern, path.reading()));
        }
    }

    #[test]
    fn what_a_lenient_reader_equates_resembles(
        raw in prop_oneof![raw_path(), written_leniently()],
        pattern in "(/[aAbß$.]{1,2}){1,2}/?(/\\*)?",
    ) {
        let Ok(path) = NormalPath::parse(&raw) else { return Ok(()) };
        let Some(pattern) = PathPattern::parse(&pattern) else { return Ok(()) };
        if path.is_ambiguous() {
            return Ok(());
        }
        prop_assert!(resembles(&pattern, path.reading()) || !lenient::equates(&pattern, &raw), "{} {:?}", pattern, path);
    }

    #[test]
    fn what_is_no_more_than_another_way_to_write_a_path_resembles_it(
        segments in proptest::collection::vec("[a-zA-Z][a-zA-Z0-9$-]{0,3}", 1..4),
        write in proptest::collection::vec(any::<(u8, bool)>(), 32),
        end in proptest::sample::select(vec!["", "/", "//", "/.", ".json", ".json/", ".1", ".tar.gz", "."]),
    ) {
        let name = format!("/{}", segments.join("/"));
        let mut written = String::new();
        for (character, (how, upper)) in name.chars().zip(write.iter().cycle()) {
            let cased = if *upper { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() };
            match (character, how % 4) {
                ('/', 0) => written.push_str("/./"),
                ('/', 1) => written.push_str("//"),
                ('/', _) => written.push('/'),
                (_, 0) => written.push_str(&format!("%{:02x}", u32::from(cased))),
                _ => written.push(cased),
            }
        }
        written.push_str(end);
        let path = parse(&written);
        for pattern in [PathPattern::Exact(name.clone()), PathPattern::Exact(format!("{name}/")), PathPattern::Below(name)] {
            prop_assert!(resembles(&pattern, path.reading()), "{} {}", pattern, written);
        }
    }

    #[test]
    fn what_opens_a_path_is_the_letter(raw in raw_path(), pattern in "(/[a-b$.]{1,2}){0,2}(/\\*)?") {
        let Ok(path) = NormalPath::parse(&raw) else { return Ok(()) };
        let Some(pattern) = PathPattern::parse(&pattern) else { return Ok(()) };
        if !path.arrived_normal() || !matches_to_the_letter(&pattern, path.reading()) {
            return Ok(());
        }
        let sent = raw.split(|byte| *byte == b'?').next().unwrap();
        let is_letter = match &pattern {
            PathPattern::Exact(exact) => sent == exact.as_bytes(),
            PathPattern::Below(base) => {
                sent == base.as_bytes() || sent.starts_with(format!("{base}/").as_bytes())
            }
        };
        prop_assert!(is_letter, "{} {:?}", pattern, sent);
    }
}

/// Of the letters of the patterns, in many spellings.
fn written_leniently() -> impl Strategy<Value = Vec<u8>> {
    let piece = proptest::sample::select(vec![
        "/", "/", "a", "A", "%61", "%41", "b", "B", "%c3%9f", "$", "%24", ".", "%2e", "//", "/./", "\\",
        ".a", ".1",
    ]);
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| format!("/{}", pieces.concat()).into_bytes())
}

/// An application that takes everything for the same that any framework does.
mod lenient {
    use super::*;

    pub(super) fn equates(pattern: &PathPattern, raw: &[u8]) -> bool {
        let path = raw.split(|byte| *byte == b'?').next().unwrap();
        let path = segments(&crate::web::percent::decoded(path));
        match pattern {
            PathPattern::Exact(exact) => {
                let wanted = segments(&crate::web::percent::decoded(exact.as_bytes()));
                path == wanted || without_extension(path, wanted.last()) == wanted
            }
            PathPattern::Below(base) => {
                path.starts_with(&segments(&crate::web::percent::decoded(base.as_bytes())))
            }
        }
    }

    /// In lower case, without what is empty.
    fn segments(path: &[u8]) -> Vec<Vec<u8>> {
        let mut segments: Vec<Vec<u8>> = Vec::new();
        for segment in path.to_ascii_lowercase().split(|byte| matches!(byte, b'/' | b'\\')) {
            match segment {
                b"" | b"." => {}
                b".." => drop(segments.pop()),
                name => segments.push(name.to_vec()),
            }
        }
        segments
    }

    /// Only a dot that follows `name` begins one.
    fn without_extension(mut path: Vec<Vec<u8>>, name: Option<&Vec<u8>>) -> Vec<Vec<u8>> {
        let (Some(last), Some(name)) = (path.last_mut(), name) else { return path };
        if last.strip_prefix(name.as_slice()).is_some_and(|rest| rest.starts_with(b".")) {
            last.truncate(name.len());
        }
        path
    }
}

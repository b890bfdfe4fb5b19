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
        prop_assert!(matches(&pattern, &parse(&path)) && matches_to_the_letter(&pattern, &parse(&path)));
    }

    #[test]
    fn what_opens_a_path_is_narrower(raw in raw_path(), pattern in "/[a-b$%/.]{0,4}") {
        let Ok(path) = NormalPath::parse(&raw) else { return Ok(()) };
        for pattern in [PathPattern::Exact(pattern.clone()), PathPattern::Below(pattern)] {
            prop_assert!(matches(&pattern, &path) || !matches_to_the_letter(&pattern, &path));
        }
    }
}

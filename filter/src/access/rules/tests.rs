use proptest::prelude::*;

use super::*;
use crate::config::{Match, PathPattern, Unauthenticated};

fn rule(when: Match, then: Access) -> Rule {
    Rule { when, then, unauthenticated: Unauthenticated::Auto }
}

fn on_path(pattern: &str) -> Match {
    let pattern = match pattern.strip_suffix("/*") {
        Some(base) => PathPattern::Below(base.into()),
        None => PathPattern::Exact(pattern.into()),
    };
    Match { paths: Some(vec![pattern]), ..Match::default() }
}

fn on_host(host: &str) -> Match {
    Match { hosts: Some(vec![HostPattern::Exact(host.into())]), ..Match::default() }
}

fn group(name: &str) -> Access {
    Access::Require(Require { groups: Some(vec![name.into()]), email: None })
}

/// The place of the first match.
fn found(rules: &[Rule], host: &str, path: &str, method: &str) -> Option<usize> {
    let path = NormalPath::parse(path.as_bytes()).unwrap();
    let rule = first_match(rules, &Asked { host, path: &path, method: method.as_bytes() })?;
    rules.iter().position(|one| std::ptr::eq(one, rule))
}

#[test]
fn the_first_match_wins() {
    let rules = [
        rule(Match { hosts: on_host("admin.example.com").hosts, ..on_path("/finance/*") }, group("finance")),
        rule(on_path("/healthz"), Access::Public),
        rule(
            Match { methods: Some(vec!["GET".into(), "HEAD".into()]), ..on_path("/read/*") },
            Access::Optional,
        ),
        rule(on_path("/read/*"), Access::Nobody),
    ];
    for (host, path, method, expected) in [
        ("admin.example.com", "/finance/x", "GET", Some(0)),
        ("other.example.com", "/finance/x", "GET", None),
        ("admin.example.com", "/healthz", "POST", Some(1)),
        ("a", "/healthz?x=//", "GET", Some(1)),
        ("a", "/read/x", "HEAD", Some(2)),
        ("a", "/read/x", "get", Some(3)),
        ("a", "/read/x", "PUT", Some(3)),
        ("a", "/x?p=/healthz", "GET", None),
    ] {
        assert_eq!(found(&rules, host, path, method), expected, "{host} {path} {method}");
    }
    assert_eq!(found(&[], "a", "/", "GET"), None);
    assert_eq!(found(&[rule(Match::default(), Access::Public)], "a", "/x", "GET"), Some(0));
}

#[test]
fn public_takes_only_a_path_that_arrives_in_normal_form() {
    for open in [Access::Public, Access::Optional] {
        let rules = [
            rule(on_path("/healthz"), open),
            rule(on_path("/static/*"), Access::Optional),
            rule(on_path("/*"), group("staff")),
        ];
        assert_eq!(found(&rules, "a", "/healthz", "GET"), Some(0));
        assert_eq!(found(&rules, "a", "/static/a%20b", "GET"), Some(1));
        for path in [
            "//healthz",
            "/./healthz",
            "/x/../healthz",
            "/%68ealthz",
            "/\\healthz",
            "/healthz;x",
            "/static//a",
            "/static/a;b",
            "/static/a%2fb",
            "/static/%c3%bc",
            "/static/%zz",
            "/static/%252e",
            "/static/..",
            "/static/a b",
            "/st%61tic/a",
        ] {
            assert_eq!(found(&rules, "a", path, "GET"), Some(2), "{path}");
        }
    }
    let rules = [rule(Match::default(), Access::Public)];
    assert_eq!(found(&rules, "a", "//x", "GET"), None, "at the end: authenticated");
}

#[test]
fn a_requirement_meets_every_spelling() {
    let rules = [rule(on_path("/admin/*"), group("admin")), rule(on_path("/odata/$batch"), Access::Nobody)];
    for path in [
        "/admin",
        "//admin/x",
        "/%61dmin",
        "/x/../admin",
        "/x/%2e%2e/admin/",
        "/\\admin\\x",
        "/admin/a%2fb",
        "/admin/;x",
    ] {
        assert_eq!(found(&rules, "a", path, "GET"), Some(0), "{path}");
    }
    assert_eq!(found(&rules, "a", "/odata/%24batch", "POST"), Some(1));
}

#[test]
fn hosts_whose_rules_name_paths() {
    let rules = [
        rule(Match { hosts: on_host("a.example").hosts, ..on_path("/x") }, Access::Nobody),
        rule(on_host("b.example"), group("b")),
    ];
    assert!(names_paths(&rules, "a.example"));
    assert!(!names_paths(&rules, "b.example"));
    assert!(!names_paths(&[], "a.example"));
    assert!(names_paths(&[rule(on_path("/x"), Access::Public)], "b.example"));
}

#[test]
fn requirements() {
    let groups = ["finance".to_owned(), "all staff".to_owned()];
    let who = |email: Option<&'static str>| Who { email, groups: &groups };
    let wants = |names: &[&str]| Require {
        groups: Some(names.iter().map(|&name| name.into()).collect()),
        email: None,
    };
    assert!(satisfies(&Require::default(), &Who::default()));
    assert!(satisfies(&wants(&["x", "finance"]), &who(None)));
    for names in [&["Finance"][..], &["financ"], &["finance "], &["all"], &[""], &[]] {
        assert!(!satisfies(&wants(names), &who(None)), "{names:?}");
    }
    assert!(!satisfies(&wants(&["finance"]), &Who::default()));

    let email =
        RequireEmail { emails: vec!["ann@partner.example".into()], domains: vec!["example.com".into()] };
    let require = Require { groups: Some(vec!["finance".into()]), email: Some(email) };
    for good in [
        "ann@partner.example",
        "Ann@Partner.Example",
        "bob@example.com",
        "BOB@EXAMPLE.COM",
        "a+b@example.com",
    ] {
        assert!(satisfies(&require, &who(Some(good))), "{good}");
    }
    for bad in [
        "",
        "@",
        "bob",
        "@example.com",
        "bob@",
        "bob@evilexample.com",
        "bob@sub.example.com",
        "bob@example.com.evil.example",
        "a@evil@example.com",
        "bob@example.com@evil.example",
        "a@@example.com",
        "bob @example.com",
        "bob@example.com ",
        "bob@example.com.",
        "bob\n@example.com",
        "bob@example.com\0",
        "b\u{a0}ob@example.com",
        "bob@ex\u{212a}ample.com",
        "carl@partner.example",
    ] {
        assert!(!satisfies(&require, &who(Some(bad))), "{bad:?}");
    }
    assert!(!satisfies(&require, &who(None)));
    assert!(!satisfies(&require, &Who { email: Some("bob@example.com"), groups: &[] }));
}

proptest! {
    #[test]
    fn odd_paths_are_never_open(tail in proptest::collection::vec(any::<u8>(), 0..40), odd in "(//|;|%2f|%41|/\\.\\./|%)") {
        let raw = [b"/", odd.as_bytes(), &tail].concat();
        let Ok(path) = NormalPath::parse(&raw) else { return Ok(()) };
        let rules = [rule(Match::default(), Access::Public), rule(on_path("/*"), Access::Optional)];
        let asked = Asked { host: "a", path: &path, method: b"GET" };
        prop_assert!(first_match(&rules, &asked).is_none());
    }

    #[test]
    fn several_ats_never_satisfy(email in "[a-z@.]{0,12}@[a-z]{0,4}@example\\.com") {
        let wanted = RequireEmail { emails: vec![email.clone()], domains: vec!["example.com".into()] };
        let require = Require { groups: None, email: Some(wanted) };
        let who = Who { email: Some(&email), groups: &[] };
        prop_assert!(!satisfies(&require, &who));
    }
}

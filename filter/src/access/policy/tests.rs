use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Judgement, Need, Who};
use super::*;
use crate::config::{HostPattern, Match, Require, RequireEmail};

mod agreement;
mod equated;
mod readings;

fn rule(when: Match, then: Access) -> Rule {
    Rule { when, then, unauthenticated: Unauthenticated::Auto, bearer: None, lets_preflights_pass: false }
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
    Access::Require(Require { groups: Some(vec![name.into()]), ..Require::default() })
}

/// The place of the first match.
fn found(rules: &[Rule], host: &str, path: &str, method: &str) -> Option<usize> {
    let path = NormalPath::parse(path.as_bytes()).unwrap();
    Policy::compile(rules)
        .rule_for(&Asked { host, path: &path, method: method.as_bytes(), source: None })
        .rule()
}

fn names_paths(rules: &[Rule], host: &str) -> bool {
    Policy::compile(rules).names_paths_on(host)
}

/// What one rule for everything says of somebody who is signed in.
fn judged(require: &Require, who: &Who<'_>) -> Judgement {
    let then = Access::Require(Require {
        groups: require.groups.clone(),
        email: require.email.as_ref().map(|RequireEmail { emails, domains }| RequireEmail {
            emails: emails.clone(),
            domains: domains.clone(),
        }),
        claims: require.claims.clone(),
        authentication: require.authentication.clone(),
    });
    let policy = Policy::compile(&[rule(Match::default(), then)]);
    let path = NormalPath::parse(b"/").unwrap();
    policy
        .rule_for(&Asked { host: "a", path: &path, method: b"GET", source: None })
        .judge(Some(who))
        .judgement
}

fn satisfies(require: &Require, who: &Who<'_>) -> bool {
    judged(require, who) == Judgement::Permitted
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
    let who = |email: Option<&'static str>| Who { email, groups: &groups, ..Who::default() };
    let wants = |names: &[&str]| Require {
        groups: Some(names.iter().map(|&name| name.into()).collect()),
        ..Require::default()
    };
    assert!(satisfies(&Require::default(), &Who::default()));
    assert!(satisfies(&wants(&["x", "finance"]), &who(None)));
    for names in [&["Finance"][..], &["financ"], &["finance "], &["all"], &[""], &[]] {
        assert!(!satisfies(&wants(names), &who(None)), "{names:?}");
    }
    assert!(!satisfies(&wants(&["finance"]), &Who::default()));

    let email =
        RequireEmail { emails: vec!["ann@partner.example".into()], domains: vec!["example.com".into()] };
    let require = Require { groups: Some(vec!["finance".into()]), email: Some(email), ..Require::default() };
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
    assert!(!satisfies(&require, &Who { email: Some("bob@example.com"), groups: &[], ..Who::default() }));
}

#[test]
fn a_verdict_says_which_rule_decided_and_what_was_missing() {
    let both = Require {
        groups: Some(vec!["finance".into()]),
        email: Some(RequireEmail { emails: vec![], domains: vec!["example.com".into()] }),
        ..Require::default()
    };
    let rules = [
        rule(on_path("/public"), Access::Public),
        rule(on_path("/optional"), Access::Optional),
        rule(on_path("/nobody"), Access::Nobody),
        Rule { unauthenticated: Unauthenticated::Status, ..rule(on_path("/both"), Access::Require(both)) },
    ];
    let policy = Policy::compile(&rules);
    let groups = ["finance".to_owned()];
    let nothing = Who::default();
    let member = Who { email: None, groups: &groups, ..Who::default() };
    let all = Who { email: Some("a@example.com"), groups: &groups, ..Who::default() };
    for (path, who, permits, words) in [
        ("/public", None, true, "access[0] public"),
        ("/public", Some(&nothing), true, "access[0] public"),
        ("/optional", None, true, "access[1] optional"),
        ("/optional", Some(&all), true, "access[1] optional"),
        ("/nobody", Some(&all), false, "access[2] nobody"),
        ("/both", None, false, "access[3] not_signed_in"),
        ("/both", Some(&nothing), false, "access[3] missing groups email"),
        ("/both", Some(&member), false, "access[3] missing email"),
        ("/both", Some(&all), true, "access[3] permitted"),
        ("/other", None, false, "default not_signed_in"),
        ("/other", Some(&nothing), true, "default permitted"),
    ] {
        let path = NormalPath::parse(path.as_bytes()).unwrap();
        let verdict =
            policy.rule_for(&Asked { host: "a", path: &path, method: b"GET", source: None }).judge(who);
        assert_eq!((verdict.permits(), verdict.to_string().as_str()), (permits, words));
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'[' | b']' | b' ');
        assert!(words.bytes().all(plain), "{words}");
    }
    let path = NormalPath::parse(b"/both").unwrap();
    let ruling = policy.rule_for(&Asked { host: "a", path: &path, method: b"GET", source: None });
    assert_eq!(ruling.unauthenticated(), Unauthenticated::Status);
    assert_eq!(ruling.judge(Some(&nothing)).judgement, Judgement::Missing(vec![Need::Groups, Need::Email]));
    let path = NormalPath::parse(b"/other").unwrap();
    let ruling = policy.rule_for(&Asked { host: "a", path: &path, method: b"GET", source: None });
    assert_eq!(ruling.unauthenticated(), Unauthenticated::Auto);
}

#[test]
fn what_a_sign_in_must_bring_and_a_session_must_keep() {
    let email = || Some(RequireEmail { emails: vec!["a@example.com".into()], domains: vec![] });
    let policy = Policy::compile(&[]);
    assert!(!policy.needs_groups() && !policy.needs_email() && !policy.names_group(""));
    let policy = Policy::compile(&[rule(on_path("/a"), Access::Public), rule(on_path("/b"), group("b"))]);
    assert!(policy.needs_groups() && !policy.needs_email());
    assert!(policy.names_group("b") && !policy.names_group("B") && !policy.names_group("c"));
    let only_email = Access::Require(Require { email: email(), ..Require::default() });
    let policy = Policy::compile(&[rule(Match::default(), only_email)]);
    assert!(!policy.needs_groups() && policy.needs_email());
}

#[test]
fn each_host_has_its_own_rules_and_those_for_every_host() {
    let on = |hosts: Vec<HostPattern>| Match { hosts: Some(hosts), ..Match::default() };
    let below = |domain: &str| HostPattern::Below(domain.into());
    let exact = |name: &str| HostPattern::Exact(name.into());
    let rules = [
        rule(
            Match { hosts: Some(vec![exact("a.x.example"), exact("a.x.example")]), ..on_path("/a") },
            group("0"),
        ),
        rule(on(vec![below("x.example"), exact("x.example")]), group("1")),
        rule(on_path("/open"), Access::Public),
        rule(on(vec![below("example")]), group("3")),
        rule(on(vec![exact("127.0.0.1"), below("0.1")]), group("4")),
    ];
    for (host, path, expected) in [
        ("a.x.example", "/a", Some(0)),
        ("a.x.example", "/b", Some(1)),
        ("b.x.example", "/a", Some(1)),
        ("c.b.x.example", "/a", Some(1)),
        ("x.example", "/open", Some(1)),
        ("ax.example", "/a", Some(3)),
        ("ax.example", "/open", Some(2)),
        ("example", "/a", None),
        ("127.0.0.1", "/", Some(4)),
        ("10.0.0.1", "/", None),
        ("other", "/open", Some(2)),
    ] {
        assert_eq!(found(&rules, host, path, "GET"), expected, "{host} {path}");
    }
}

proptest! {
    #[test]
    fn odd_paths_are_never_open(tail in vec(any::<u8>(), 0..40), odd in "(//|;|%2f|%41|/\\.\\./|%)") {
        // With two digits behind it, it is an octet, and perhaps a plain one.
        prop_assume!(odd != "%" || !tail.iter().take(2).all(u8::is_ascii_hexdigit));
        let raw = [b"/", odd.as_bytes(), &tail].concat();
        let Ok(path) = NormalPath::parse(&raw) else { return Ok(()) };
        let rules = [rule(Match::default(), Access::Public), rule(on_path("/*"), Access::Optional)];
        let asked = Asked { host: "a", path: &path, method: b"GET", source: None };
        prop_assert!(Policy::compile(&rules).rule_for(&asked).rule().is_none());
    }

    #[test]
    fn several_ats_never_satisfy(email in "[a-z@.]{0,12}@[a-z]{0,4}@example\\.com") {
        let wanted = RequireEmail { emails: vec![email.clone()], domains: vec!["example.com".into()] };
        let require = Require { email: Some(wanted), ..Require::default() };
        let who = Who { email: Some(&email), groups: &[], ..Who::default() };
        prop_assert!(!satisfies(&require, &who));
    }
}

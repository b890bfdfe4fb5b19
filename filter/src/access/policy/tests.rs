use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Judgement, Need, Verdict, Who};
use super::*;
use crate::config::{HostPattern, Match, Require, RequireEmail};
use crate::web::host;

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
    Policy::compile(rules).rule_for(&Asked { host, path: &path, method: method.as_bytes() }).rule()
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
    });
    let policy = Policy::compile(&[rule(Match::default(), then)]);
    let path = NormalPath::parse(b"/").unwrap();
    policy.rule_for(&Asked { host: "a", path: &path, method: b"GET" }).judge(Some(who)).judgement
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
fn a_rule_that_restricts_takes_what_frameworks_equate_and_one_that_opens_does_not() {
    for restricts in [group("staff"), Access::Nobody, Access::Require(Require::default())] {
        let rules = [rule(on_path("/exact"), restricts), rule(on_path("/*"), Access::Public)];
        for path in ["/exact", "/EXACT", "/exact/", "/exact.json", "/Exact.JSON/", "//exact/"] {
            assert_eq!(found(&rules, "a", path, "GET"), Some(0), "{path}");
        }
        for path in ["/exact/x", "/exact/.json", "/exactly", "/"] {
            assert_eq!(found(&rules, "a", path, "GET"), Some(1), "{path}");
        }
    }
    for opens in [Access::Public, Access::Optional] {
        let rules = [rule(on_path("/open"), opens), rule(on_path("/*"), group("staff"))];
        assert_eq!(found(&rules, "a", "/open", "GET"), Some(0));
        for path in ["/OPEN", "/open/", "/open.json", "/Open", "/open."] {
            assert_eq!(found(&rules, "a", path, "GET"), Some(1), "{path}");
        }
    }
}

#[test]
fn of_rules_that_differ_in_case_only_the_first_match_wins_and_what_opens_is_to_the_letter() {
    let opened = [rule(on_path("/Status"), Access::Public), rule(on_path("/status"), group("staff"))];
    for (path, expected) in [("/Status", 0), ("/status", 1), ("/STATUS", 1), ("/Status/", 1)] {
        assert_eq!(found(&opened, "a", path, "GET"), Some(expected), "{path}");
    }
    let closed = [rule(on_path("/status"), group("staff")), rule(on_path("/Status"), Access::Public)];
    for path in ["/Status", "/status", "/STATUS", "/Status/"] {
        assert_eq!(found(&closed, "a", path, "GET"), Some(0), "{path}");
    }
    // An order that keeps a script beside a page open.
    let rules = [rule(on_path("/app.js"), Access::Public), rule(on_path("/app"), group("staff"))];
    for (path, expected) in [("/app.js", 0), ("/app.JS", 1), ("/app.json", 1)] {
        assert_eq!(found(&rules, "a", path, "GET"), Some(expected), "{path}");
    }
}

/// `/LOGIN` is perhaps `/login`, and perhaps not: who enters must be let in by both rules.
#[test]
fn resembling_a_path_for_more_people_is_no_way_round_the_rule_that_names_it() {
    let rules = [
        rule(on_path("/login"), Access::Require(Require::default())),
        rule(on_path("/reports"), group("all")),
        rule(on_path("/reports/*"), group("finance")),
        rule(on_path("/index"), group("all")),
        rule(on_path("/Index"), Access::Nobody),
        rule(on_path("/*"), group("staff")),
    ];
    let policy = Policy::compile(&rules);
    let judged = |path: &'static str, groups: &[&str]| {
        let path = NormalPath::parse(path.as_bytes()).unwrap();
        let groups: Vec<String> = groups.iter().map(|&name| name.to_owned()).collect();
        let who = Who { email: None, groups: &groups };
        policy.rule_for(&Asked { host: "a", path: &path, method: b"GET" }).judge(Some(&who)).to_string()
    };
    for (path, groups, verdict) in [
        ("/login", &[][..], "access[0] permitted"),
        ("/LOGIN", &[], "access[5] missing groups"),
        ("/login/", &["staff"], "access[5] permitted"),
        ("/reports", &["all"], "access[1] permitted"),
        ("/reports/", &["all"], "access[2] missing groups"),
        ("/reports/", &["finance"], "access[1] missing groups"),
        ("/reports/", &["all", "finance"], "access[1] permitted"),
        ("/Reports", &["all", "finance"], "access[5] missing groups"),
        ("/Reports", &["all", "staff"], "access[1] permitted"),
        ("/index", &["all"], "access[3] permitted"),
        ("/Index", &["all", "staff"], "access[4] nobody"),
        ("/INDEX", &["all", "staff"], "access[3] permitted"),
    ] {
        assert_eq!(judged(path, groups), verdict, "{path} {groups:?}");
    }
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

#[test]
fn a_verdict_says_which_rule_decided_and_what_was_missing() {
    let both = Require {
        groups: Some(vec!["finance".into()]),
        email: Some(RequireEmail { emails: vec![], domains: vec!["example.com".into()] }),
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
    let member = Who { email: None, groups: &groups };
    let all = Who { email: Some("a@example.com"), groups: &groups };
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
        let verdict = policy.rule_for(&Asked { host: "a", path: &path, method: b"GET" }).judge(who);
        assert_eq!((verdict.permits(), verdict.to_string().as_str()), (permits, words));
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'[' | b']' | b' ');
        assert!(words.bytes().all(plain), "{words}");
    }
    let path = NormalPath::parse(b"/both").unwrap();
    let ruling = policy.rule_for(&Asked { host: "a", path: &path, method: b"GET" });
    assert_eq!(ruling.unauthenticated(), Unauthenticated::Status);
    assert_eq!(ruling.judge(Some(&nothing)).judgement, Judgement::Missing(vec![Need::Groups, Need::Email]));
    let path = NormalPath::parse(b"/other").unwrap();
    let ruling = policy.rule_for(&Asked { host: "a", path: &path, method: b"GET" });
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
    let only_email = Access::Require(Require { groups: None, email: email() });
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

/// What the index must agree with: the raw rules, one after the other.
mod naive {
    use super::*;

    pub(super) fn first_match(
        rules: &[Rule],
        asked: &Asked<'_>,
        restricts: fn(&PathPattern, &NormalPath<'_>) -> bool,
    ) -> Option<usize> {
        rules.iter().position(|rule| applies(rule, asked, restricts))
    }

    fn applies(
        rule: &Rule,
        asked: &Asked<'_>,
        restricts: fn(&PathPattern, &NormalPath<'_>) -> bool,
    ) -> bool {
        let opens = matches!(rule.then, Access::Public | Access::Optional);
        let names_path = if opens { path::matches_to_the_letter } else { restricts };
        let when = &rule.when;
        let path = asked.path;
        (!opens || (path.arrived_normal() && !path.is_ambiguous()))
            && is_for(rule, asked.host)
            && when.paths.as_ref().is_none_or(|paths| paths.iter().any(|pattern| names_path(pattern, path)))
            && when
                .methods
                .as_ref()
                .is_none_or(|methods| methods.iter().any(|method| method.as_bytes() == asked.method))
    }

    /// What the rule, or the lack of one, says of somebody in these groups.
    pub(super) fn judgement(rule: Option<&Rule>, groups: Option<&[String]>) -> Judgement {
        match (rule.map(|rule| &rule.then), groups) {
            (Some(Access::Public), _) => Judgement::Public,
            (Some(Access::Optional), _) => Judgement::Optional,
            (Some(Access::Nobody), _) => Judgement::Nobody,
            (Some(Access::Require(_)) | None, None) => Judgement::NotSignedIn,
            (None, Some(_)) => Judgement::Permitted,
            (Some(Access::Require(require)), Some(groups)) => match &require.groups {
                Some(wanted) if !wanted.iter().any(|group| groups.contains(group)) => {
                    Judgement::Missing(vec![Need::Groups])
                }
                _ => Judgement::Permitted,
            },
        }
    }

    pub(super) fn is_for(rule: &Rule, host: &str) -> bool {
        let hosts = rule.when.hosts.as_ref();
        hosts.is_none_or(|hosts| hosts.iter().any(|pattern| host::matches(pattern, host)))
    }
}

/// Of few letters, so that rules and requests often meet.
fn host_name() -> impl Strategy<Value = String> {
    prop_oneof!["[ab](\\.[ab]){0,3}", Just("127.0.0.1".to_owned()), Just("[::1]".to_owned()), "[.ab]{0,4}"]
}

fn some_hosts() -> impl Strategy<Value = Option<Vec<HostPattern>>> {
    let pattern = prop_oneof![
        host_name().prop_map(HostPattern::Exact),
        host_name().prop_map(HostPattern::Below),
        Just("0.1".to_owned()).prop_map(HostPattern::Below),
    ];
    proptest::option::of(vec(pattern, 1..4))
}

fn some_paths() -> impl Strategy<Value = Option<Vec<PathPattern>>> {
    let place = "(/[abA]){1,2}/?";
    let folder = "(/[abA]){1,2}";
    let pattern = prop_oneof![
        place.prop_map(PathPattern::Exact),
        folder.prop_map(PathPattern::Below),
        Just(String::new()).prop_map(PathPattern::Below),
    ];
    proptest::option::of(vec(pattern, 1..3))
}

prop_compose! {
    fn some_rule()(
        hosts in some_hosts(),
        paths in some_paths(),
        methods in proptest::option::of(vec(select(vec!["GET".to_owned(), "PUT".to_owned()]), 1..3)),
        then in 0..6_u8,
        unauthenticated in select(vec![Unauthenticated::Auto, Unauthenticated::Redirect, Unauthenticated::Status]),
    ) -> Rule {
        let then = match then {
            0 => Access::Public,
            1 => Access::Optional,
            2 => Access::Nobody,
            3 => Access::Require(Require::default()),
            4 => group("h"),
            _ => group("g"),
        };
        Rule { when: Match { hosts, paths, methods }, then, unauthenticated }
    }
}

proptest! {
    #[test]
    fn a_policy_agrees_with_a_walk_over_the_rules(
        rules in vec(some_rule(), 0..12),
        asked in vec((host_name(), "(/[abAB%64./]{0,2}){1,3}", select(vec!["GET", "PUT", "get"])), 1..12),
    ) {
        let policy = Policy::compile(&rules);
        for (host, path, method) in &asked {
            let path = NormalPath::parse(path.as_bytes()).unwrap();
            let asked = Asked { host, path: &path, method: method.as_bytes() };
            let ruling = policy.rule_for(&asked);
            let first = naive::first_match(&rules, &asked, path::resembles);
            let named = naive::first_match(&rules, &asked, path::matches);
            let of = |place: Option<usize>| place.map(|place| &rules[place]);
            prop_assert!([first, named].contains(&ruling.rule()));
            let unauthenticated = of(ruling.rule()).map_or(Unauthenticated::Auto, |rule| rule.unauthenticated);
            prop_assert_eq!(ruling.unauthenticated(), unauthenticated);
            if first == named {
                prop_assert_eq!(ruling.rule(), first);
                let verdict = ruling.judge(None);
                prop_assert_eq!(verdict.rule, first);
                prop_assert_eq!(verdict.judgement, naive::judgement(of(first), None));
            }
            let (g, h) = (["g".to_owned()], ["h".to_owned()]);
            let both = ["g".to_owned(), "h".to_owned()];
            for groups in [None, Some(&[][..]), Some(&g), Some(&h), Some(&both)] {
                let permits = |place| {
                    let judgement = naive::judgement(of(place), groups);
                    Verdict { rule: place, judgement }.permits()
                };
                let who = groups.map(|groups| Who { email: None, groups });
                let verdict = ruling.judge(who.as_ref());
                prop_assert_eq!(verdict.permits(), permits(first) && permits(named));
                // What opens is found by the letter alone, so that nobody is told of a session whom a rule passes over.
                let opens = of(first).is_some_and(|rule| matches!(rule.then, Access::Public | Access::Optional));
                prop_assert_eq!(ruling.allows().opens(), opens);
            }
            let names_paths = rules.iter().any(|rule| rule.when.paths.is_some() && naive::is_for(rule, host));
            prop_assert_eq!(policy.names_paths_on(host), names_paths);
        }
    }

    #[test]
    fn odd_paths_are_never_open(tail in vec(any::<u8>(), 0..40), odd in "(//|;|%2f|%41|/\\.\\./|%)") {
        let raw = [b"/", odd.as_bytes(), &tail].concat();
        let Ok(path) = NormalPath::parse(&raw) else { return Ok(()) };
        let rules = [rule(Match::default(), Access::Public), rule(on_path("/*"), Access::Optional)];
        let asked = Asked { host: "a", path: &path, method: b"GET" };
        prop_assert!(Policy::compile(&rules).rule_for(&asked).rule().is_none());
    }

    #[test]
    fn several_ats_never_satisfy(email in "[a-z@.]{0,12}@[a-z]{0,4}@example\\.com") {
        let wanted = RequireEmail { emails: vec![email.clone()], domains: vec!["example.com".into()] };
        let require = Require { groups: None, email: Some(wanted) };
        let who = Who { email: Some(&email), groups: &[] };
        prop_assert!(!satisfies(&require, &who));
    }
}

//! What frameworks take for one path, and the rules that name one of its spellings.

use super::*;

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
        let who = Who { email: None, groups: &groups, ..Who::default() };
        policy
            .rule_for(&Asked { host: "a", path: &path, method: b"GET", source: None })
            .judge(Some(&who))
            .to_string()
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

//! What all readings of a path want together is what each of them wants.

use super::agreement::some_rule;
use super::*;
use crate::web::path::Clarity;

/// Of the letters of the rules, with what is read in several ways.
fn odd_path() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "/a", "/b", "/A", "/%61", "/%2561", "//", "/./", "%2f", "a%2fb", "\\", "%5c", ";x", "%3bx", "%3f",
        "%23",
    ]);
    vec(piece, 1..5).prop_map(|pieces| format!("/{}", pieces.concat()))
}

fn groups(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn nobody_passes_whom_one_reading_keeps_out(rules in vec(some_rule(), 1..8), path in odd_path()) {
        let policy = Policy::compile(&rules);
        let path = NormalPath::parse(path.as_bytes()).unwrap();
        if path.clarity() != Clarity::SeveralReadings {
            return Ok(());
        }
        let Ok(readings) = path.readings() else { return Ok(()) };
        for host in ["a", "b.a"] {
            let asked = Asked { host, path: &path, method: b"GET", source: None };
            let each: Vec<_> =
                readings.iter().map(|reading| policy.rule_for_reading(&asked, reading)).collect();
            // What opens is not for such a path.
            prop_assert!(!each.iter().any(|ruling| ruling.allows().opens()));
            let closed = each.iter().filter(|ruling| *ruling.allows() == Allows::Nobody).count();
            let Some(all) = policy.rule_for_all(&asked, &readings) else {
                prop_assert!(0 < closed && closed < each.len());
                continue;
            };
            prop_assert!(closed == 0 || closed == each.len());
            for names in [&[][..], &["g"], &["h"], &["g", "h"]] {
                let groups = groups(names);
                let who = Who { email: None, groups: &groups, ..Who::default() };
                let passes = each.iter().all(|ruling| ruling.judge(Some(&who)).permits());
                prop_assert_eq!(all.judge(Some(&who)).permits(), passes);
            }
            let redirects = |ruling: &Ruling<'_>| match ruling.unauthenticated() {
                Unauthenticated::Status => 0,
                Unauthenticated::Auto => 1,
                Unauthenticated::Redirect => 2,
            };
            if closed == 0 {
                prop_assert_eq!(Some(redirects(&all)), each.iter().map(redirects).min());
            }
        }
    }
}

#[test]
fn a_refusal_names_a_rule_that_lacks_something() {
    let rules = [
        rule(on_path("/a/*"), group("g")),
        rule(on_path("/b/*"), group("h")),
        rule(on_path("/c/*"), Access::Nobody),
    ];
    let policy = Policy::compile(&rules);
    let judged = |path: &'static str, names: &[&str]| {
        let path = NormalPath::parse(path.as_bytes()).unwrap();
        let asked = Asked { host: "x", path: &path, method: b"GET", source: None };
        let groups = groups(names);
        let ruling = policy.rule_for_all(&asked, &path.readings().unwrap());
        ruling.map(|ruling| {
            ruling.judge(Some(&Who { email: None, groups: &groups, ..Who::default() })).to_string()
        })
    };
    let is = |verdict: &str| Some(verdict.to_owned());
    assert_eq!(judged("//a/b/x", &["g"]), is("access[1] missing groups"));
    assert_eq!(judged("//a/b/x", &["h"]), is("access[0] missing groups"));
    assert!(judged("//a/b/x", &["g", "h"]).unwrap().ends_with("permitted"));
    assert_eq!(judged("/a;x", &[]), is("access[0] missing groups"));
    assert_eq!(judged("/c;x", &["g", "h"]), None);
    assert_eq!(judged("/c/;x", &["g", "h"]), is("access[2] nobody"));
    assert_eq!(judged("/x;y", &[]), is("default permitted"));
}

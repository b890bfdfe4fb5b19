//! Any rules, any requests: the index finds what a walk over the rules finds.

use proptest::sample::select;

use super::super::super::Verdict;
use super::*;
use crate::web::host;

/// What the index must agree with: the raw rules, one after the other.
mod naive {
    use super::*;

    pub(super) fn first_match(
        rules: &[Rule],
        asked: &Asked<'_>,
        restricts: fn(&PathPattern, Reading<'_>) -> bool,
    ) -> Option<usize> {
        rules.iter().position(|rule| applies(rule, asked, restricts))
    }

    fn applies(rule: &Rule, asked: &Asked<'_>, restricts: fn(&PathPattern, Reading<'_>) -> bool) -> bool {
        let opens = matches!(rule.then, Access::Public | Access::Optional);
        let names_path = if opens { path::matches_to_the_letter } else { restricts };
        let when = &rule.when;
        let path = asked.path;
        (!opens || (path.arrived_normal() && !path.is_ambiguous()))
            && is_for(rule, asked.host)
            && when
                .paths
                .as_ref()
                .is_none_or(|paths| paths.iter().any(|pattern| names_path(pattern, path.reading())))
            && when
                .methods
                .as_ref()
                .is_none_or(|methods| methods.iter().any(|method| method.as_bytes() == asked.method))
            && when.client_cidrs.as_ref().is_none_or(|networks| {
                let address = asked.source.and_then(Source::address);
                address.map_or(!opens, |address| networks.iter().any(|network| network.contains(&address)))
            })
    }

    /// What the rule, or the lack of one, says of somebody in these groups.
    pub(super) fn judgement(rule: Option<&Rule>, groups: Option<&[String]>, has_address: bool) -> Judgement {
        if !has_address && rule.is_some_and(|rule| rule.when.client_cidrs.is_some()) {
            return Judgement::Nobody;
        }
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
    let written = "(/([abA$d]|%24|[ab]\\.[bd])){1,3}(/|/\\*)?|/\\*|/";
    let pattern = written.prop_filter_map("no pattern", |text| PathPattern::parse(&text));
    proptest::option::of(vec(pattern, 1..3))
}

prop_compose! {
    pub(super) fn some_rule()(
        hosts in some_hosts(),
        paths in some_paths(),
        methods in proptest::option::of(vec(select(vec!["GET".to_owned(), "PUT".to_owned()]), 1..3)),
        network in proptest::option::weighted(0.2, select(vec!["10.0.0.0/8", "::/0"])),
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
        let client_cidrs = network.map(|network| vec![network.parse().unwrap()]);
        Rule { when: Match { hosts, paths, methods, client_cidrs }, then, unauthenticated, bearer: None, lets_preflights_pass: false }
    }
}

proptest! {
    #[test]
    fn a_policy_agrees_with_a_walk_over_the_rules(
        rules in vec(some_rule(), 0..12),
        asked in vec((host_name(), "(/([abABd$]|%24|%64|%2f|%2F|[abA]\\.[bBd]|[ab.%4/]{0,2})){1,4}(\\.[ab])?/?", select(vec!["GET", "PUT", "get"]), select(vec![None, Some("10.1.1.1"), Some("192.0.2.1")])), 1..12),
    ) {
        let policy = Policy::compile(&rules);
        for (host, path, method, address) in &asked {
            let path = NormalPath::parse(path.as_bytes()).unwrap();
            let mut look = || address.and_then(|address| address.parse().ok());
            let source = Source::new(&mut look);
            let asked = Asked { host, path: &path, method: method.as_bytes(), source: Some(&source) };
            let ruling = policy.rule_for(&asked);
            let first = naive::first_match(&rules, &asked, path::resembles);
            let named = naive::first_match(&rules, &asked, path::matches);
            let passed_over = (0..rules.len()).take_while(|place| policy.why_not(*place, &asked).is_some()).count();
            prop_assert_eq!(passed_over, first.unwrap_or(rules.len()));
            let of = |place: Option<usize>| place.map(|place| &rules[place]);
            prop_assert!([first, named].contains(&ruling.rule()));
            let unauthenticated = of(ruling.rule()).map_or(Unauthenticated::Auto, |rule| rule.unauthenticated);
            prop_assert_eq!(ruling.unauthenticated(), unauthenticated);
            if first == named {
                prop_assert_eq!(ruling.rule(), first);
                let verdict = ruling.judge(None);
                prop_assert_eq!(verdict.rule, first);
                prop_assert_eq!(verdict.judgement, naive::judgement(of(first), None, address.is_some()));
            }
            let (g, h) = (["g".to_owned()], ["h".to_owned()]);
            let both = ["g".to_owned(), "h".to_owned()];
            for groups in [None, Some(&[][..]), Some(&g), Some(&h), Some(&both)] {
                let permits = |place| {
                    let judgement = naive::judgement(of(place), groups, address.is_some());
                    Verdict { rule: place, judgement }.permits()
                };
                let who = groups.map(|groups| Who { email: None, groups, ..Who::default() });
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
}

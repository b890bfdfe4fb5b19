//! Rules for paths that differ in the case of letters only.

use vestibule::config::Rule;

use super::Subject;
use super::never_matches::opens;
use crate::check::diagnostic::Diagnostic;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let rules = &subject.config.access;
    let mut found = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let earlier = rules.iter().take(index).enumerate();
        let twin = earlier.filter(|(_, one)| one.when.hosts == rule.when.hosts).find_map(|(place, one)| {
            let path = paths(rule).iter().position(|path| {
                paths(one).iter().any(|other| path != other && path.eq_ignore_ascii_case(other))
            })?;
            (!opens(one) || !opens(rule)).then_some((place, path))
        });
        if let Some((place, path)) = twin {
            found.push(subject.warning(
                format!("access[{index}].match.paths[{path}]"),
                "case-only",
                format!("a path that differs from one of access[{place}] in the case of letters only: a rule that restricts takes both"),
                "one spelling, in one rule",
            ));
        }
    }
    found
}

fn paths(rule: &Rule) -> Vec<String> {
    rule.when.paths.iter().flatten().map(ToString::to_string).collect()
}

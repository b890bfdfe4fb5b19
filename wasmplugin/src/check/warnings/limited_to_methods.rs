//! A `require` that is limited to methods: every other method of the same paths needs a sign-in and nothing else.

use vestibule::config::{Access, Require, Rule};

use super::Subject;
use crate::check::diagnostic::Diagnostic;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let rules = &subject.config.access;
    let is_alone = |index: usize, rule: &Rule| {
        let others = rules.iter().enumerate().filter(|(other, _)| *other != index);
        asks_for_more(rule) && !others.into_iter().any(|(_, other)| speaks_of_the_same(other, rule))
    };
    let limited = rules.iter().enumerate().filter(|(index, rule)| is_alone(*index, rule));
    let say = |(index, rule): (usize, &Rule)| {
        let methods = rule.when.methods.as_deref().unwrap_or_default().join(", ");
        subject.warning(
            format!("access[{index}].match.methods"),
            "limited-to-methods",
            format!("what this rule requires is asked for {methods} only: any other method needs a sign-in and no more"),
            "no `methods`, or one more rule behind it for the same paths, for all methods",
        )
    };
    limited.map(say).collect()
}

fn asks_for_more(rule: &Rule) -> bool {
    let requires = matches!(&rule.then, Access::Require(require) if *require != Require::default());
    rule.when.methods.is_some() && requires
}

/// Whether somebody thought of the other methods: a rule that has a word about the same paths or more.
fn speaks_of_the_same(other: &Rule, rule: &Rule) -> bool {
    let hosts = other.when.hosts.is_none() || other.when.hosts == rule.when.hosts;
    let paths = match (&other.when.paths, &rule.when.paths) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(all), Some(paths)) => {
            paths.iter().all(|path| all.iter().any(|one| super::never_matches::includes_path(one, path)))
        }
    };
    hosts && paths && other.when.methods != rule.when.methods
}

//! A rule behind one that takes all its requests, and a rule for hosts on which the filter does nothing.
//!
//! Only what is certain is said: one earlier rule must take everything, and no rule that opens takes what it does not
//! name to the letter.

use vestibule::config::{Access, HostPattern, PathPattern, Rule};

use super::Subject;
use crate::check::diagnostic::Diagnostic;

const CODE: &str = "never-matches";

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let everywhere = subject.config.hosts.as_deref();
    let mut found = Vec::new();
    for (index, rule) in subject.config.access.iter().enumerate() {
        let key = format!("access[{index}]");
        if let (Some(hosts), Some(all)) = (&rule.when.hosts, everywhere)
            && !hosts.iter().any(|host| all.iter().any(|other| overlap(host, other)))
        {
            found.push(subject.warning(
                format!("{key}.match.hosts"),
                CODE,
                "a rule that can never match: the filter does nothing on these hosts, which are not among `hosts`",
                "hosts that the configuration's own `hosts` has, too",
            ));
            continue;
        }
        let earlier = subject.config.access.iter().take(index);
        if let Some(covering) = earlier.enumerate().find(|(_, it)| covers(it, rule, everywhere)) {
            found.push(subject.warning(
                key,
                CODE,
                format!("a rule that can never match: access[{}] takes all its requests", covering.0),
                format!("the rule before access[{}], or no such rule", covering.0),
            ));
        }
    }
    found
}

/// Whether `first` takes every request that `then` could.
fn covers(first: &Rule, then: &Rule, everywhere: Option<&[HostPattern]>) -> bool {
    // What opens is passed over where the path did not arrive in normal form.
    if opens(first) && !opens(then) {
        return false;
    }
    let hosts = match (&first.when.hosts, then.when.hosts.as_deref().or(everywhere)) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(all), Some(hosts)) => hosts.iter().all(|host| all.iter().any(|one| includes_host(one, host))),
    };
    let paths = match (&first.when.paths, &then.when.paths) {
        (None, _) => true,
        (Some(all), None) => all.iter().any(|one| *one == PathPattern::Below(String::new())),
        (Some(all), Some(paths)) => paths.iter().all(|path| all.iter().any(|one| includes_path(one, path))),
    };
    let methods = match (&first.when.methods, &then.when.methods) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(all), Some(methods)) => methods.iter().all(|method| all.contains(method)),
    };
    first.when.client_cidrs.is_none() && hosts && paths && methods
}

pub(super) fn opens(rule: &Rule) -> bool {
    matches!(rule.then, Access::Public | Access::Optional)
}

/// Whether `all` names every host that `one` names.
pub(super) fn includes_host(all: &HostPattern, one: &HostPattern) -> bool {
    match (all, one) {
        (HostPattern::Exact(all), HostPattern::Exact(one)) => all == one,
        (HostPattern::Exact(_), HostPattern::Below(_)) => false,
        (HostPattern::Below(_), HostPattern::Exact(one)) => vestibule::web::host::matches(all, one),
        (HostPattern::Below(domain), HostPattern::Below(one)) => vestibule::web::host::is_within(one, domain),
    }
}

fn overlap(one: &HostPattern, other: &HostPattern) -> bool {
    includes_host(one, other) || includes_host(other, one)
}

pub(super) fn includes_path(all: &PathPattern, one: &PathPattern) -> bool {
    match (all, one) {
        (PathPattern::Exact(_), _) => all == one,
        (PathPattern::Below(folder), PathPattern::Exact(path) | PathPattern::Below(path)) => {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    }
}

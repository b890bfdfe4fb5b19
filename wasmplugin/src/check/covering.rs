//! Whether one rule leaves nothing to another.

use vestibule::config::{Access, HostPattern, PathPattern, Rule};

/// Whether every request that `later` is for is taken by `earlier`, whoever sends it. In doubt it says no.
pub(crate) fn covers(earlier: &Rule, later: &Rule) -> bool {
    // What opens takes only paths to the letter: whatever else names the same paths still gets the others.
    let opens_less = opens(earlier) && !opens(later);
    !opens_less
        && earlier.when.client_cidrs.is_none()
        && all_within(later.when.hosts.as_deref(), earlier.when.hosts.as_deref(), host_within)
        && all_within(later.when.paths.as_deref(), earlier.when.paths.as_deref(), path_within)
        && all_within(later.when.methods.as_deref(), earlier.when.methods.as_deref(), |one, other| {
            one == other
        })
}

fn opens(rule: &Rule) -> bool {
    matches!(rule.then, Access::Public | Access::Optional)
}

/// `None` stands for everything.
fn all_within<T>(inner: Option<&[T]>, outer: Option<&[T]>, within: fn(&T, &T) -> bool) -> bool {
    match (inner, outer) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(inner), Some(outer)) => inner.iter().all(|one| outer.iter().any(|other| within(one, other))),
    }
}

fn host_within(inner: &HostPattern, outer: &HostPattern) -> bool {
    let below = |name: &str, domain: &str| {
        name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
    };
    match (inner, outer) {
        (HostPattern::Exact(one), HostPattern::Exact(other))
        | (HostPattern::Below(one), HostPattern::Below(other))
            if one == other =>
        {
            true
        }
        (HostPattern::Exact(name) | HostPattern::Below(name), HostPattern::Below(domain)) => {
            below(name, domain)
        }
        _ => false,
    }
}

/// To the letter: what only resembles a path is still asked of the rule that names it.
fn path_within(inner: &PathPattern, outer: &PathPattern) -> bool {
    match (inner, outer) {
        (PathPattern::Exact(one), PathPattern::Exact(other)) => one == other,
        (PathPattern::Below(_), PathPattern::Exact(_)) => false,
        (PathPattern::Exact(path) | PathPattern::Below(path), PathPattern::Below(folder)) => {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    }
}

//! Rules in their order, found by the host and the path that they are for.

use std::collections::BTreeMap;

use super::by_path::ByPath;
use crate::config::{HostPattern, PathPattern};
use crate::web::host::is_ip_address;
use crate::web::path::Reading;

/// Each rule is for some hosts or for all of them. What a host sees is a handful of lists: of those for every
/// host, of those that name it, and of those that name a domain above it; [`ByPath`] divides each again. A list is in
/// order, so that the first rule of all is the least of the lists' first ones; nothing is merged, and the whole is no
/// larger than the patterns that were given.
#[derive(Debug)]
pub(super) struct ByHost<T> {
    rules: Vec<T>,
    everywhere: ByPath,
    exact: BTreeMap<String, ByPath>,
    /// By `x` of `*.x`.
    below: BTreeMap<String, ByPath>,
}

impl<T> Default for ByHost<T> {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            everywhere: ByPath::default(),
            exact: BTreeMap::new(),
            below: BTreeMap::new(),
        }
    }
}

impl<T> ByHost<T> {
    /// Appends a rule for `hosts` and `paths`; `None`: for every one.
    pub(super) fn push(&mut self, hosts: Option<&[HostPattern]>, paths: Option<&[PathPattern]>, rule: T) {
        let place = self.rules.len();
        self.rules.push(rule);
        let Some(hosts) = hosts else { return self.everywhere.push(paths, place) };
        for pattern in hosts {
            let (lists, name) = match pattern {
                HostPattern::Exact(name) => (&mut self.exact, name),
                HostPattern::Below(domain) => (&mut self.below, domain),
            };
            lists.entry(name.clone()).or_default().push(paths, place);
        }
    }

    /// The first rule for `host` and `path` that `is_it`, with its place among all rules. `is_it` has to look at the path
    /// again, not at the host.
    pub(super) fn first(
        &self,
        host: &str,
        path: Reading<'_>,
        is_it: impl Fn(&T) -> bool,
    ) -> Option<(usize, &T)> {
        let mut best: Option<(usize, &T)> = None;
        for list in self.lists_for(host).flat_map(|by_path| by_path.lists_for(path)) {
            let end = best.map_or(self.rules.len(), |(place, _)| place);
            let places = list.iter().copied().take_while(|place| *place < end);
            let mut rules = places.filter_map(|place| Some((place, self.rules.get(place)?)));
            best = rules.find(|(_, rule)| is_it(rule)).or(best);
        }
        best
    }

    pub(super) fn get(&self, place: usize) -> Option<&T> {
        self.rules.get(place)
    }

    /// Whether the rule at `place` is for `host`.
    pub(super) fn is_for_host(&self, place: usize, host: &str) -> bool {
        self.lists_for(host).any(|by_path| by_path.holds(place))
    }

    /// Whether a rule for `host` names paths.
    pub(super) fn names_paths_on(&self, host: &str) -> bool {
        self.lists_for(host).any(ByPath::names_paths)
    }

    /// The lists that hold what is for `host`, as [`super::host::matches`] says pattern by pattern.
    fn lists_for(&self, host: &str) -> impl Iterator<Item = &ByPath> {
        let has_domains = !self.below.is_empty() && !is_ip_address(host);
        let domains = host.match_indices('.').filter(move |(at, _)| has_domains && *at > 0);
        let above = domains.filter_map(|(at, _)| host.get(at.checked_add(1)?..));
        let below = above.filter(|domain| !domain.is_empty()).filter_map(|domain| self.below.get(domain));
        self.exact.get(host).into_iter().chain(below).chain([&self.everywhere])
    }
}

//! Entries in an order, found by the host that they are for.

use std::collections::BTreeMap;

use crate::config::HostPattern;
use crate::web::host::is_ip_address;

/// Each entry is for some hosts or for all of them. What a host sees is a handful of lists: of those for every
/// host, of those that name it, and of those that name a domain above it. Each list is in order, so that the
/// first of all is the least of the lists' first ones; nothing is merged, and the whole is no larger than the
/// patterns that were given.
#[derive(Debug)]
pub(super) struct ByHost<T> {
    entries: Vec<T>,
    everywhere: List,
    exact: BTreeMap<String, List>,
    /// By `x` of `*.x`.
    below: BTreeMap<String, List>,
}

/// Places in `entries`, ascending. An index by path would be at home here.
#[derive(Debug, Default)]
struct List(Vec<usize>);

impl<T> Default for ByHost<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            everywhere: List::default(),
            exact: BTreeMap::new(),
            below: BTreeMap::new(),
        }
    }
}

impl<T> ByHost<T> {
    /// Appends an entry for `hosts`; `None`: for every host.
    pub(super) fn push(&mut self, hosts: Option<&[HostPattern]>, entry: T) {
        let place = self.entries.len();
        self.entries.push(entry);
        let Some(hosts) = hosts else { return self.everywhere.push(place) };
        for pattern in hosts {
            let (lists, name) = match pattern {
                HostPattern::Exact(name) => (&mut self.exact, name),
                HostPattern::Below(domain) => (&mut self.below, domain),
            };
            lists.entry(name.clone()).or_default().push(place);
        }
    }

    /// The first entry for `host` that `is_it`, with its place among all entries.
    pub(super) fn first(&self, host: &str, is_it: impl Fn(&T) -> bool) -> Option<(usize, &T)> {
        let mut best: Option<(usize, &T)> = None;
        for list in self.lists_for(host) {
            let end = best.map_or(self.entries.len(), |(place, _)| place);
            let places = list.0.iter().copied().take_while(|place| *place < end);
            let mut entries = places.filter_map(|place| Some((place, self.entries.get(place)?)));
            best = entries.find(|(_, entry)| is_it(entry)).or(best);
        }
        best
    }

    /// The lists that hold what is for `host`, as [`super::host::matches`] says pattern by pattern.
    fn lists_for(&self, host: &str) -> impl Iterator<Item = &List> {
        let has_domains = !self.below.is_empty() && !is_ip_address(host);
        let domains = host.match_indices('.').filter(move |(at, _)| has_domains && *at > 0);
        let above = domains.filter_map(|(at, _)| host.get(at.checked_add(1)?..));
        let below = above.filter(|domain| !domain.is_empty()).filter_map(|domain| self.below.get(domain));
        self.exact.get(host).into_iter().chain(below).chain([&self.everywhere])
    }
}

impl List {
    /// The same host may stand in a rule twice.
    fn push(&mut self, place: usize) {
        if self.0.last() != Some(&place) {
            self.0.push(place);
        }
    }
}

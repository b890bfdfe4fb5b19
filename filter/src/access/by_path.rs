//! Places of rules, found by the path that they are for.

use std::collections::BTreeMap;

use crate::config::PathPattern;
use crate::web::path::{Outline, Reading, outlines};

/// Places in some list of rules, by what their paths have in common with the paths that they name. All lists together
/// that a path sees hold every rule that can be for it, and a few more: whoever looks asks the rule itself.
#[derive(Debug, Default)]
pub(super) struct ByPath {
    anywhere: Places,
    by_outline: BTreeMap<Outline, Places>,
    /// In octets, of the paths that are named.
    longest: usize,
}

/// Ascending.
#[derive(Debug, Default)]
struct Places(Vec<usize>);

impl ByPath {
    /// Appends a rule for `paths`; `None`: for every path. `place` is none before those that are there already.
    pub(super) fn push(&mut self, paths: Option<&[PathPattern]>, place: usize) {
        let Some(paths) = paths else { return self.anywhere.push(place) };
        for pattern in paths {
            let (outline, length) = Outline::of(pattern);
            self.longest = self.longest.max(length);
            self.by_outline.entry(outline).or_default().push(place);
        }
    }

    /// The lists that hold every rule that can be for `path`. Each is in ascending order.
    pub(super) fn lists_for(&self, path: Reading<'_>) -> impl Iterator<Item = &[usize]> {
        let named = self.names_paths().then(|| outlines(path, self.longest));
        let by_outline = named.into_iter().flatten().filter_map(|outline| self.by_outline.get(&outline));
        by_outline.chain([&self.anywhere]).map(|places| places.0.as_slice())
    }

    pub(super) fn holds(&self, place: usize) -> bool {
        self.by_outline.values().chain([&self.anywhere]).any(|places| places.0.contains(&place))
    }

    pub(super) fn names_paths(&self) -> bool {
        !self.by_outline.is_empty()
    }
}

impl Places {
    /// The same host or path may stand in a rule twice.
    fn push(&mut self, place: usize) {
        if self.0.last() != Some(&place) {
            self.0.push(place);
        }
    }
}

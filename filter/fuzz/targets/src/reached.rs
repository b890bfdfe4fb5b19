//! How deep a run came: a corpus of which no run comes far is of little use.

use std::collections::BTreeMap;

/// How often something happened in one run or in several, and how much there was of it at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    times: BTreeMap<&'static str, usize>,
    at_once: BTreeMap<&'static str, usize>,
}

impl Reached {
    /// How often `what` happened.
    #[must_use]
    pub fn times(&self, what: &str) -> usize {
        self.times.get(what).copied().unwrap_or_default()
    }

    /// The most that there ever was of `what` at once.
    #[must_use]
    pub fn at_once(&self, what: &str) -> usize {
        self.at_once.get(what).copied().unwrap_or_default()
    }

    /// With what another run reached.
    pub fn add(&mut self, other: &Self) {
        other.times.iter().for_each(|(what, times)| *self.times.entry(what).or_default() += times);
        other.at_once.iter().for_each(|(what, number)| self.note(what, *number));
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.times.entry(what).or_default() += 1;
    }

    pub(crate) fn count_if(&mut self, happened: bool, what: &'static str) {
        if happened {
            self.count(what);
        }
    }

    pub(crate) fn note(&mut self, what: &'static str, number: usize) {
        let most = self.at_once.entry(what).or_default();
        *most = number.max(*most);
    }
}

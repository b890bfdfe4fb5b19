//! How many lines of one kind may be written: a crawler must not fill the disk. What is left out is counted, and said.

use std::collections::BTreeMap;

use crate::driver::bucket::Bucket;
use crate::inputs::Timestamp;

/// So many lines of one code at once.
const BURST: u32 = 100;
/// And then so many a second.
const RATE: u32 = 1;

/// One for each code; there are a few dozen of them.
#[derive(Debug, Default)]
pub(super) struct LogBudget(BTreeMap<&'static str, Kind>);

#[derive(Debug)]
struct Kind {
    lines: Bucket,
    left_out: u64,
}

impl LogBudget {
    /// How many were left out before this one; `None`: it is left out too.
    pub(super) fn admit(&mut self, code: &'static str, now: Timestamp) -> Option<u64> {
        let kind =
            self.0.entry(code).or_insert_with(|| Kind { lines: Bucket::full(RATE, BURST), left_out: 0 });
        let before = kind.take(now);
        if before.is_none() {
            kind.left_out = kind.left_out.saturating_add(1);
        }
        before
    }

    /// A code of which lines were left out and one may be written now, and how many they were.
    pub(super) fn owed(&mut self, now: Timestamp) -> Option<(&'static str, u64)> {
        let mut owing = self.0.iter_mut().filter(|(_, kind)| kind.left_out > 0);
        owing.find_map(|(code, kind)| Some((*code, kind.take(now)?)))
    }
}

impl Kind {
    /// Room for one line, where there is some: how many were left out before it.
    fn take(&mut self, now: Timestamp) -> Option<u64> {
        self.lines.fill(now);
        if !self.lines.has(1) {
            return None;
        }
        self.lines.take(1);
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn a_crowd_of_one_kind_is_counted_and_others_are_still_heard() {
        let mut budget = LogBudget::default();
        let written = (0..1000).filter(|_| budget.admit("path_invalid", NOW).is_some()).count();
        assert_eq!(written, BURST as usize);
        assert_eq!(budget.admit("not_permitted", NOW), Some(0));
        assert_eq!(budget.owed(NOW), None);
        // The next line says what was left out; without one, the tick does.
        assert_eq!(budget.admit("path_invalid", NOW.plus(1)), Some(900));
        assert_eq!(budget.admit("path_invalid", NOW.plus(1)), None);
        assert_eq!(budget.owed(NOW.plus(1)), None);
        assert_eq!(budget.owed(NOW.plus(2)), Some(("path_invalid", 1)));
        assert_eq!(budget.owed(NOW.plus(100)), None);
    }

    #[test]
    fn a_day_of_noise_has_a_bound() {
        let mut budget = LogBudget::default();
        let lines = (0..600).flat_map(|second| (0..50).map(move |_| second));
        let written = lines.filter(|second| budget.admit("x", NOW.plus(*second)).is_some()).count();
        assert_eq!(written, 100 + 599);
    }
}

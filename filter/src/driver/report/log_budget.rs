//! How many lines of one kind may be written: a crawler must not fill the disk. What is left out is counted, and said.

use std::collections::BTreeMap;

use crate::inputs::Timestamp;

/// So many lines of one code at once.
const BURST: u32 = 100;
/// And then so many a second.
const RATE: u32 = 1;

/// One for each code; there are a few dozen of them.
#[derive(Debug, Default)]
pub(super) struct LogBudget(BTreeMap<&'static str, Bucket>);

#[derive(Debug)]
struct Bucket {
    lines: u32,
    filled_at: Timestamp,
    left_out: u64,
}

impl LogBudget {
    /// How many were left out before this one; `None`: it is left out too.
    pub(super) fn admit(&mut self, code: &'static str, now: Timestamp) -> Option<u64> {
        let bucket = self.0.entry(code).or_insert(Bucket { lines: BURST, filled_at: now, left_out: 0 });
        bucket.fill(now);
        if bucket.lines == 0 {
            bucket.left_out = bucket.left_out.saturating_add(1);
            return None;
        }
        Some(bucket.take())
    }

    /// A code of which lines were left out and one may be written now, and how many they were.
    pub(super) fn owed(&mut self, now: Timestamp) -> Option<(&'static str, u64)> {
        self.0.iter_mut().find_map(|(code, bucket)| {
            if bucket.left_out == 0 {
                return None;
            }
            bucket.fill(now);
            (bucket.lines > 0).then(|| (*code, bucket.take()))
        })
    }
}

impl Bucket {
    fn fill(&mut self, now: Timestamp) {
        let seconds = u32::try_from(now.since(self.filled_at)).unwrap_or(u32::MAX);
        self.lines = self.lines.saturating_add(seconds.saturating_mul(RATE)).min(BURST);
        // Also where the clock was set back.
        self.filled_at = now;
    }

    fn take(&mut self) -> u64 {
        self.lines = self.lines.saturating_sub(1);
        std::mem::take(&mut self.left_out)
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

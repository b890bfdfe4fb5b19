//! What was asked, how often, and what went wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// So many failures are told.
const TOLD: usize = 20;

#[derive(Default)]
pub(crate) struct Tally {
    counts: Mutex<BTreeMap<&'static str, u64>>,
    failures: Mutex<Vec<String>>,
}

impl Tally {
    pub(crate) fn count(&self, what: &'static str) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    /// Counts it, and notes a failure where it does not hold.
    pub(crate) fn expect(&self, holds: bool, what: &'static str, otherwise: impl FnOnce() -> String) {
        self.count(what);
        if !holds {
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            if failures.len() < TOLD {
                failures.push(format!("{what}: {}", otherwise()));
            }
        }
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn line(&self) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<String> = counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
        format!("{}; failures {}", all.join(", "), self.failures().len())
    }

    pub(crate) fn table(&self) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().fold("| what | how often |\n| --- | ---: |\n".to_owned(), |mut table, (what, count)| {
            let _ = writeln!(table, "| {what} | {count} |");
            table
        })
    }
}

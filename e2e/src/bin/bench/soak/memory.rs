//! What Envoy holds, over time.

use std::time::Instant;

use crate::life::held_now;

/// So much more than after the warm-up is growth. In percent.
const MARGIN: f64 = 15.0;

pub(crate) struct Memory {
    began: Instant,
    /// MiB.
    samples: Vec<f64>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { began: Instant::now(), samples: Vec::new() }
    }
}

impl Memory {
    pub(crate) fn look_at(&mut self, pid: u32) {
        self.samples.push(held_now(pid) as f64 / 1024.0);
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.began.elapsed().as_secs()
    }

    pub(crate) fn now(&self) -> f64 {
        self.samples.last().copied().unwrap_or(f64::NAN)
    }

    /// Whether the last quarter holds more than the second, by the median of each: the first is the warm-up.
    pub(crate) fn grows(&self) -> bool {
        let (second, last) = (self.quarter(1), self.quarter(3));
        last > second * (1.0 + MARGIN / 100.0)
    }

    pub(crate) fn verdict(&self) -> String {
        let [first, second, third, last] = [0, 1, 2, 3].map(|quarter| self.quarter(quarter));
        let grows = if self.grows() { "it grows" } else { "it does not grow" };
        format!(
            "memory of Envoy by quarters: {first:.0}, {second:.0}, {third:.0}, {last:.0} MiB: {grows} (margin {MARGIN} %)"
        )
    }

    fn quarter(&self, number: usize) -> f64 {
        let (from, to) = (self.samples.len() * number / 4, self.samples.len() * (number + 1) / 4);
        let mut quarter = self.samples.get(from..to).unwrap_or_default().to_vec();
        quarter.sort_by(f64::total_cmp);
        quarter.get(quarter.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

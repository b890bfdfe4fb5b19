//! Tokens that come back with time: what bounds the calls of strangers, and the lines of a log.

use crate::inputs::Timestamp;

#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// So many come back in a second.
    rate: u32,
    /// There are never more.
    burst: u32,
    tokens: u32,
    filled_at: Timestamp,
}

impl Bucket {
    pub(super) fn full(rate: u32, burst: u32) -> Self {
        Self { rate, burst, tokens: burst, filled_at: Timestamp(0) }
    }

    pub(super) fn fill(&mut self, now: Timestamp) {
        let seconds = u32::try_from(now.since(self.filled_at)).unwrap_or(u32::MAX);
        self.give(self.rate.saturating_mul(seconds));
        // Also where the clock was set back: the bucket fills from there.
        self.filled_at = now;
    }

    pub(super) fn has(&self, tokens: u32) -> bool {
        self.tokens >= tokens
    }

    pub(super) fn take(&mut self, tokens: u32) {
        self.tokens = self.tokens.saturating_sub(tokens);
    }

    pub(super) fn give(&mut self, tokens: u32) {
        self.tokens = self.tokens.saturating_add(tokens).min(self.burst);
    }
}

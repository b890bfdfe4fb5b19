//! Which sign-ins this worker has redeemed a code for: a state is good for one redemption, or one anonymous state would buy
//! any number of them. Another worker may redeem it once more; the provider's own rule (RFC 6749 §4.1.2) is the last word.

use std::collections::{BTreeSet, VecDeque};

use crate::inputs::Timestamp;
use crate::session::pending_login::{LoginId, MAX_AGE};

/// Bounded by the budget: only what was paid for is remembered.
#[derive(Debug, Default)]
pub(super) struct Redeemed {
    marked: BTreeSet<LoginId>,
    /// In the order in which they were marked; those that were freed since included.
    order: VecDeque<(Timestamp, LoginId)>,
}

impl Redeemed {
    pub(super) fn has(&self, login: &LoginId) -> bool {
        self.marked.contains(login)
    }

    /// The code is being redeemed.
    pub(super) fn mark(&mut self, login: LoginId, now: Timestamp) {
        // After that time nobody takes the state for one any more. A time ahead of now is from before the clock was set
        // back, and no longer of use either.
        while let Some((at, oldest)) = self.order.front()
            && (*at > now || now.since(*at) > MAX_AGE)
        {
            self.marked.remove(oldest);
            self.order.pop_front();
        }
        self.marked.insert(login);
        self.order.push_back((now, login));
    }

    /// No answer about the code came: loading the page again may redeem it.
    pub(super) fn free(&mut self, login: &LoginId) {
        self.marked.remove(login);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn login(number: u8) -> LoginId {
        [number; 24]
    }

    #[test]
    fn what_is_marked_is_remembered_as_long_as_a_sign_in_lives_and_no_longer() {
        let mut redeemed = Redeemed::default();
        redeemed.mark(login(1), NOW);
        redeemed.mark(login(2), NOW.plus(MAX_AGE));
        assert!(redeemed.has(&login(1)) && redeemed.has(&login(2)));
        redeemed.mark(login(3), NOW.plus(MAX_AGE + 1));
        assert!(!redeemed.has(&login(1)) && redeemed.has(&login(2)));
        assert_eq!(redeemed.order.len(), 2);
    }

    #[test]
    fn what_is_freed_may_be_marked_again() {
        let mut redeemed = Redeemed::default();
        redeemed.mark(login(1), NOW);
        redeemed.free(&login(1));
        assert!(!redeemed.has(&login(1)));
        redeemed.mark(login(1), NOW.plus(1));
        assert!(redeemed.has(&login(1)));
    }
}

//! What the host brings along with an event.

use std::net::IpAddr;

use crate::inputs::{Calls, Entropy, Shared, Spending, Spent, Timestamp};

use super::budget::Budget;

/// Time, randomness, shared data, and who asks.
pub struct Outside<'a> {
    /// The time of the event.
    pub now: Timestamp,
    /// The same in milliseconds since the epoch: for how long calls take, and for nothing that is decided.
    pub milliseconds: u64,
    /// The system's.
    pub entropy: &'a mut dyn Entropy,
    /// What the workers of one Envoy share.
    pub shared: &'a mut dyn Shared,
    /// The address of the client of the stream that the event is about, as Envoy knows it (`source.address`), never as a
    /// header says; `None` where there is none. Asked only where it is paid for a call.
    pub source: &'a mut dyn FnMut() -> Option<IpAddr>,
}

impl std::fmt::Debug for Outside<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Leave to make calls in one decision.
pub(super) struct Leave<'a> {
    pub(super) budget: &'a mut Budget,
    pub(super) has_room: bool,
    pub(super) source: &'a mut dyn FnMut() -> Option<IpAddr>,
    pub(super) now: Timestamp,
    /// What was not paid for.
    pub(super) refused: Option<Spending>,
}

impl Calls for Leave<'_> {
    fn have_room(&mut self) -> bool {
        self.has_room
    }

    fn source(&mut self) -> Option<IpAddr> {
        (self.source)()
    }

    fn pay(&mut self, what: Spending, tokens: u32) -> Option<Spent> {
        let spent = if self.has_room {
            let source = if self.budget.is_by_address() { (self.source)() } else { None };
            self.budget.spend(what, tokens, source, self.now)
        } else {
            None
        };
        if spent.is_none() {
            self.refused = Some(what);
        }
        spent
    }

    fn give_back(&mut self, spent: Spent) {
        self.budget.give_back(&spent);
    }
}

//! What the filter's code wants from its host, on this machine.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use vestibule::inputs::{
    Calls, Entropy, Inputs, NoEntropy, Shared, SharedSlot, SharedValue, Spending, Spent, Timestamp,
};

/// The time of this machine.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_secs())
}

/// Does something with inputs of this moment.
pub(super) fn with<T>(work: impl FnOnce(&mut Inputs<'_>) -> T) -> T {
    work(&mut Inputs { now: now(), entropy: &mut System, shared: &mut Alone, calls: &mut NoBudget })
}

struct System;

impl Entropy for System {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }
}

/// There are no other workers.
struct Alone;

impl Shared for Alone {
    fn read(&mut self, _: SharedSlot) -> SharedValue {
        SharedValue::default()
    }

    fn write(&mut self, _: SharedSlot, _: &[u8], _: u32) -> bool {
        false
    }
}

/// Budgets are for strangers.
struct NoBudget;

impl Calls for NoBudget {
    fn have_room(&mut self) -> bool {
        true
    }

    fn source(&mut self) -> Option<IpAddr> {
        None
    }

    fn pay(&mut self, what: Spending, tokens: u32) -> Option<Spent> {
        Some(Spent { what, tokens, source: None })
    }

    fn give_back(&mut self, _: Spent) {}
}

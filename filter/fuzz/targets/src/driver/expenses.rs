//! What the sources of a run may have caused: the laws of the budgets, reckoned another way.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use vestibule::driver::StreamId;
use vestibule::driver::limits::{SOURCE_BURST, SOURCE_RATE};
use vestibule::inputs::Spending;

/// Pushes and redemptions by source, what ended in a session, and the time in which buckets fill.
#[derive(Debug, Default)]
pub(super) struct Expenses {
    pushed: BTreeMap<IpAddr, u64>,
    redeemed: BTreeMap<IpAddr, u64>,
    signed_in: BTreeMap<IpAddr, u64>,
    /// Seconds that went by, those before the clock was set back included.
    seconds: u64,
}

/// Where a stream comes from; a few come from nowhere that Envoy could name.
pub(super) fn source(stream: StreamId) -> Option<IpAddr> {
    let last = u8::try_from(stream % 4).unwrap_or_default();
    (last != 3).then(|| Ipv4Addr::new(192, 0, 2, last).into())
}

impl Expenses {
    pub(super) fn pass(&mut self, seconds: u64) {
        self.seconds += seconds;
    }

    /// No source causes more than its bucket held, what came into it, and what sign-ins that succeeded gave back.
    pub(super) fn call(&mut self, stream: StreamId, what: Spending) {
        let Some(source) = source(stream) else { return };
        let calls = match what {
            Spending::Push => &mut self.pushed,
            Spending::Redemption => &mut self.redeemed,
        };
        let calls = calls.entry(source).or_default();
        *calls += 1;
        let signed_in = self.signed_in.get(&source).copied().unwrap_or_default();
        let most = u64::from(SOURCE_BURST) + u64::from(SOURCE_RATE) * self.seconds + signed_in;
        // A push that was reset before an answer is made once more; a redemption never is.
        let most = if what == Spending::Push { 2 * most } else { most };
        assert!(*calls <= most, "{source} makes {calls} calls of {most}: {what:?}");
    }

    pub(super) fn sign_in(&mut self, stream: StreamId) {
        if let Some(source) = source(stream) {
            *self.signed_in.entry(source).or_default() += 1;
        }
    }
}

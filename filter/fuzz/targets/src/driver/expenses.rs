//! What the sources of a run may have caused: the laws of the budgets, reckoned another way.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use vestibule::driver::StreamId;
use vestibule::driver::limits::{SOURCE_BURST, SOURCE_RATE};

/// Redemptions by source, those that ended in a session, and the time in which buckets fill.
#[derive(Debug, Default)]
pub(super) struct Expenses {
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

    /// No source redeems more than its bucket held, what came into it, and what sign-ins that succeeded gave back.
    pub(super) fn redeem(&mut self, stream: StreamId) {
        let Some(source) = source(stream) else { return };
        let redeemed = self.redeemed.entry(source).or_default();
        *redeemed += 1;
        let signed_in = self.signed_in.get(&source).copied().unwrap_or_default();
        let most = u64::from(SOURCE_BURST) + u64::from(SOURCE_RATE) * self.seconds + signed_in;
        assert!(*redeemed <= most, "{source} redeems {redeemed} of {most}");
    }

    pub(super) fn sign_in(&mut self, stream: StreamId) {
        if let Some(source) = source(stream) {
            *self.signed_in.entry(source).or_default() += 1;
        }
    }
}

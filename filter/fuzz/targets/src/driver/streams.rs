//! The streams of a run, the calls under way, and shared data that fail.

use vestibule::driver::Caller;
use vestibule::inputs::{Shared, SharedSlot, SharedValue, Timestamp};
use vestibule::oidc::HttpCall;
use vestibule_testing::TestShared;

use super::script::Failing;

#[derive(Debug)]
pub(super) struct Stream {
    pub(super) path: &'static str,
    /// Whose session it brought, as far as the run knows.
    pub(super) brings: Option<&'static str>,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The driver has it in hand.
    Undecided,
    Calls,
    Waits {
        until: Timestamp,
    },
    /// The application has it.
    Forwarded {
        at: Timestamp,
    },
    /// Its headers could not be changed: it must be answered at once.
    MustBeRefused,
    /// It is answered, or none of the filter's business.
    Over,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) caller: Caller,
    pub(super) call: HttpCall,
    /// Its answer never comes.
    pub(super) is_lost: bool,
}

/// A sign-in that has begun in a browser.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) cookies: String,
}

impl Stream {
    pub(super) fn is_on_its_way(&self) -> bool {
        matches!(self.state, State::Undecided | State::Calls | State::Waits { .. } | State::MustBeRefused)
    }
}

/// Shared data that another plugin fills with anything, and that may take nothing.
#[derive(Debug, Default)]
pub(super) struct FailingShared {
    inner: TestShared,
    pub(super) reads_fail: bool,
    pub(super) writes_fail: bool,
}

impl FailingShared {
    pub(super) fn set(&mut self, failing: Failing) {
        self.reads_fail = failing.shared_reads;
        self.writes_fail = failing.shared_writes;
    }
}

impl Shared for FailingShared {
    fn read(&mut self, slot: SharedSlot) -> SharedValue {
        if self.reads_fail {
            let number = match slot {
                SharedSlot::Refresh(number) | SharedSlot::Issuer(number) => number,
                SharedSlot::Roll(_) => 7,
            };
            return SharedValue { bytes: vec![number; usize::from(number)], mark: u32::from(number) };
        }
        self.inner.read(slot)
    }

    fn write(&mut self, slot: SharedSlot, bytes: &[u8], mark: u32) -> bool {
        !self.writes_fail && self.inner.write(slot, bytes, mark)
    }
}

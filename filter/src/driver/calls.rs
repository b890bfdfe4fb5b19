//! Whose call is under way.

use std::collections::BTreeMap;

use super::ids::{CallToken, StreamId};
use super::limits::{MAX_CALL, MAX_CALLS};
use crate::engine::{Calling, ProviderCall};
use crate::inputs::Timestamp;

/// On whose behalf a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A stream: its answer is lost when the stream goes away.
    Stream(StreamId),
    /// Everybody, by the root context.
    Root,
}

/// What continues with the answer to a call.
#[derive(Debug)]
pub enum Continuation {
    /// A request that waits for it, and when it has timed out.
    OfStream(StreamId, Calling, Timestamp),
    /// A call for everybody.
    OfRoot(ProviderCall),
}

impl Continuation {
    /// On whose behalf, and so in whose context, the call is made.
    #[must_use]
    pub fn caller(&self) -> Caller {
        match self {
            Self::OfStream(stream, ..) => Caller::Stream(*stream),
            Self::OfRoot(_) => Caller::Root,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    under_way: BTreeMap<CallToken, Continuation>,
    /// Decided, and not made yet.
    expected: usize,
    /// Those whose stream has gone: when each has timed out. Whoever hangs up does not get the place that the call still
    /// has at the provider.
    left_behind: Vec<Timestamp>,
}

impl Calls {
    /// Those whose answer goes on with something; those that are decided and not made yet included.
    pub(super) fn len(&self) -> usize {
        self.under_way.len().saturating_add(self.expected)
    }

    /// Those that nobody waits for any more and that have not timed out.
    pub(super) fn left_behind(&self) -> usize {
        self.left_behind.len()
    }

    /// Whether there may be one more by now.
    pub(super) fn have_room(&mut self, now: Timestamp) -> bool {
        self.left_behind.retain(|until| !is_over(*until, now));
        self.len().saturating_add(self.left_behind()) < MAX_CALLS
    }

    pub(super) fn expect(&mut self) {
        self.expected = self.expected.saturating_add(1);
    }

    pub(super) fn made(&mut self, call: CallToken, then: Continuation) {
        self.expected = self.expected.saturating_sub(1);
        self.under_way.insert(call, then);
    }

    pub(super) fn not_made(&mut self) {
        self.expected = self.expected.saturating_sub(1);
    }

    pub(super) fn caller(&self, call: CallToken) -> Option<Caller> {
        self.under_way.get(&call).map(Continuation::caller)
    }

    pub(super) fn answered(&mut self, call: CallToken) -> Option<Continuation> {
        self.under_way.remove(&call)
    }

    pub(super) fn forget(&mut self, stream: StreamId) {
        let left_behind = &mut self.left_behind;
        self.under_way.retain(|_, then| match then {
            Continuation::OfStream(other, _, until) if *other == stream => {
                left_behind.push(*until);
                false
            }
            Continuation::OfStream(..) | Continuation::OfRoot(_) => true,
        });
    }
}

/// Whether a call that may last until `until` has timed out. One that is further ahead than any call is from before the
/// clock was set back.
fn is_over(until: Timestamp, now: Timestamp) -> bool {
    until <= now || until > now.plus(MAX_CALL)
}

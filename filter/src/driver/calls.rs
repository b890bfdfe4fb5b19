//! Whose call is under way.

use std::collections::BTreeMap;

use super::ids::{CallToken, StreamId};
use super::limits::{MAX_CALL, MAX_CALLS, MAX_ROOT_CALLS};
use crate::engine::{Calling, ProviderCall};
use crate::inputs::Timestamp;
use crate::oidc::endpoint::ProviderEndpoint;

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

    /// Which endpoint is asked.
    #[must_use]
    pub fn endpoint(&self) -> ProviderEndpoint {
        match self {
            Self::OfStream(_, calling, _) => calling.endpoint(),
            Self::OfRoot(call) => call.endpoint(),
        }
    }
}

#[derive(Debug)]
struct UnderWay {
    then: Continuation,
    /// Milliseconds since the epoch.
    made_at: u64,
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    under_way: BTreeMap<CallToken, UnderWay>,
    /// Of these, those of the root context.
    root_under_way: usize,
    /// Decided, and not made yet.
    expected: usize,
    root_expected: usize,
    /// Those whose stream has gone: when each has timed out. Whoever hangs up does not get the place that the call still
    /// has at the provider.
    left_behind: Vec<Timestamp>,
}

impl Calls {
    /// Those whose answer goes on with something; those that are decided and not made yet included.
    pub(super) fn len(&self) -> usize {
        self.of_root().saturating_add(self.of_streams())
    }

    fn of_root(&self) -> usize {
        self.root_under_way.saturating_add(self.root_expected)
    }

    fn of_streams(&self) -> usize {
        self.under_way.len().saturating_sub(self.root_under_way).saturating_add(self.expected)
    }

    /// Those that nobody waits for any more and that have not timed out.
    pub(super) fn left_behind(&self) -> usize {
        self.left_behind.len()
    }

    /// Whether there may be one more of the root context.
    pub(super) fn have_room_for_root(&self) -> bool {
        self.of_root() < MAX_ROOT_CALLS
    }

    /// Whether there may be one more of a stream by now.
    pub(super) fn have_room(&mut self, now: Timestamp) -> bool {
        self.left_behind.retain(|until| !is_over(*until, now));
        self.of_streams().saturating_add(self.left_behind()) < MAX_CALLS
    }

    pub(super) fn expect(&mut self, caller: Caller) {
        let expected = self.expected_of(caller);
        *expected = expected.saturating_add(1);
    }

    pub(super) fn made(&mut self, call: CallToken, then: Continuation, made_at: u64) {
        self.not_made(then.caller());
        self.root_under_way = self.root_under_way.saturating_add(usize::from(then.caller() == Caller::Root));
        self.under_way.insert(call, UnderWay { then, made_at });
    }

    pub(super) fn not_made(&mut self, caller: Caller) {
        let expected = self.expected_of(caller);
        *expected = expected.saturating_sub(1);
    }

    fn expected_of(&mut self, caller: Caller) -> &mut usize {
        match caller {
            Caller::Stream(_) => &mut self.expected,
            Caller::Root => &mut self.root_expected,
        }
    }

    pub(super) fn caller(&self, call: CallToken) -> Option<Caller> {
        self.under_way.get(&call).map(|call| call.then.caller())
    }

    /// What goes on with the answer, and when the call was made, in milliseconds since the epoch.
    pub(super) fn answered(&mut self, call: CallToken) -> Option<(Continuation, u64)> {
        let UnderWay { then, made_at } = self.under_way.remove(&call)?;
        self.root_under_way = self.root_under_way.saturating_sub(usize::from(then.caller() == Caller::Root));
        Some((then, made_at))
    }

    /// A stream has gone: who its call asked, where it made one. A stream makes one call at a time.
    pub(super) fn forget(&mut self, stream: StreamId) -> Option<ProviderEndpoint> {
        let mut asked = None;
        let left_behind = &mut self.left_behind;
        self.under_way.retain(|_, UnderWay { then, .. }| match then {
            Continuation::OfStream(other, calling, until) if *other == stream => {
                left_behind.push(*until);
                asked = Some(calling.endpoint());
                false
            }
            Continuation::OfStream(..) | Continuation::OfRoot(_) => true,
        });
        asked
    }
}

/// Whether a call that may last until `until` has timed out. One that is further ahead than any call is from before the
/// clock was set back.
fn is_over(until: Timestamp, now: Timestamp) -> bool {
    until <= now || until > now.plus(MAX_CALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_for_everybody_and_those_of_streams_take_no_room_from_each_other() {
        let now = Timestamp(1_700_000_000);
        let mut calls = Calls::default();
        for _ in 0..MAX_ROOT_CALLS {
            assert!(calls.have_room_for_root());
            calls.expect(Caller::Root);
        }
        assert!(!calls.have_room_for_root() && calls.have_room(now));
        for stream in 0..MAX_CALLS {
            assert!(calls.have_room(now));
            calls.expect(Caller::Stream(StreamId::try_from(stream).unwrap()));
        }
        assert!(!calls.have_room(now));
        assert_eq!(calls.len(), MAX_CALLS + MAX_ROOT_CALLS);
        calls.not_made(Caller::Root);
        assert!(calls.have_room_for_root() && !calls.have_room(now));
    }
}

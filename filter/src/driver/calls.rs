//! Whose call is under way.

use std::collections::BTreeMap;

use super::ids::{CallToken, StreamId};
use crate::engine::{Calling, ProviderCall};

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
    /// A request that waits for it.
    OfStream(StreamId, Calling),
    /// A call for everybody.
    OfRoot(ProviderCall),
}

impl Continuation {
    /// On whose behalf, and so in whose context, the call is made.
    #[must_use]
    pub fn caller(&self) -> Caller {
        match self {
            Self::OfStream(stream, _) => Caller::Stream(*stream),
            Self::OfRoot(_) => Caller::Root,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    under_way: BTreeMap<CallToken, Continuation>,
    /// Decided, and not made yet.
    expected: usize,
}

impl Calls {
    /// Those that are decided included.
    pub(super) fn len(&self) -> usize {
        self.under_way.len().saturating_add(self.expected)
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
        self.under_way.retain(|_, then| then.caller() != Caller::Stream(stream));
    }
}

//! Who waits for what the root context fetches, and until when.

use std::collections::{BTreeMap, BTreeSet};

use super::{StreamId, limits};
use crate::engine::Parked;
use crate::inputs::Timestamp;

#[derive(Debug, Default)]
pub(super) struct Waiting {
    parked: BTreeMap<StreamId, (Parked, Timestamp)>,
    /// Those of them for whom something has changed.
    decidable: BTreeSet<StreamId>,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.parked.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parked.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.parked.len() >= limits::MAX_WAITING
    }

    pub(super) fn has_decidable(&self) -> bool {
        !self.decidable.is_empty()
    }

    pub(super) fn add(&mut self, stream: StreamId, parked: Parked, deadline: Timestamp) {
        self.parked.insert(stream, (parked, deadline));
    }

    pub(super) fn forget(&mut self, stream: StreamId) {
        self.parked.remove(&stream);
        self.decidable.remove(&stream);
    }

    /// Notes those for whom something has changed.
    pub(super) fn look_who_may_go_on(&mut self, may_go_on: impl Fn(&Parked) -> bool) {
        let ready = self.parked.iter().filter(|(_, (parked, _))| may_go_on(parked));
        self.decidable.extend(ready.map(|(stream, _)| *stream));
    }

    /// Somebody who should not wait any more, and until when they might have.
    pub(super) fn take_decidable(&mut self, now: Timestamp) -> Option<(StreamId, Parked, Timestamp)> {
        let stream = match self.decidable.pop_first() {
            Some(stream) => stream,
            None => *self.parked.iter().find(|(_, (_, deadline))| limits::is_over(*deadline, now))?.0,
        };
        let (parked, deadline) = self.parked.remove(&stream)?;
        Some((stream, parked, deadline))
    }
}

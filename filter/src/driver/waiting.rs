//! Who waits for what the root context fetches, and until when.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::ids::StreamId;
use super::limits;
use crate::engine::Parked;
use crate::inputs::Timestamp;

#[derive(Debug, Default)]
pub(super) struct Waiting(BTreeMap<StreamId, Wait>);

#[derive(Debug)]
struct Wait {
    parked: Parked,
    deadline: Timestamp,
    /// Who asked: in the root context, in which it is decided anew, nobody can say.
    source: Option<IpAddr>,
    /// Whether something has changed for it.
    is_decidable: bool,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= limits::MAX_WAITING
    }

    /// Whether somebody should be decided soon.
    pub(super) fn has_decidable(&self) -> bool {
        self.0.values().any(|wait| wait.is_decidable)
    }

    pub(super) fn add(
        &mut self,
        stream: StreamId,
        parked: Parked,
        deadline: Timestamp,
        source: Option<IpAddr>,
    ) {
        self.0.insert(stream, Wait { parked, deadline, source, is_decidable: false });
    }

    pub(super) fn forget(&mut self, stream: StreamId) {
        self.0.remove(&stream);
    }

    /// Notes those for whom something has changed.
    pub(super) fn look_who_may_go_on(&mut self, may_go_on: impl Fn(&Parked) -> bool) {
        for wait in self.0.values_mut() {
            wait.is_decidable = wait.is_decidable || may_go_on(&wait.parked);
        }
    }

    /// Somebody who should not wait any more, those for whom something has changed first; until when they might have, and
    /// who they are.
    pub(super) fn take_decidable(
        &mut self,
        now: Timestamp,
    ) -> Option<(StreamId, Parked, Timestamp, Option<IpAddr>)> {
        let mut waits = self.0.iter();
        let stream = waits
            .clone()
            .find(|(_, wait)| wait.is_decidable)
            .or_else(|| waits.find(|(_, wait)| limits::is_over(wait.deadline, now)))
            .map(|(stream, _)| *stream)?;
        let Wait { parked, deadline, source, .. } = self.0.remove(&stream)?;
        Some((stream, parked, deadline, source))
    }
}

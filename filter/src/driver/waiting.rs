//! Who waits for what the root context fetches, and until when.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::ids::StreamId;
use super::limits;
use crate::engine::Parked;
use crate::inputs::Timestamp;

#[derive(Debug, Default)]
pub(super) struct Waiting {
    waits: BTreeMap<StreamId, Wait>,
    /// What all of them hold.
    bytes: usize,
}

#[derive(Debug)]
struct Wait {
    parked: Parked,
    deadline: Timestamp,
    /// Who asked: in the root context, in which it is decided anew, nobody can say.
    source: Option<IpAddr>,
    /// What it holds. Bytes.
    size: usize,
    /// Whether something has changed for it.
    is_decidable: bool,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.waits.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waits.is_empty()
    }

    pub(super) fn has_room_for(&self, parked: &Parked) -> bool {
        self.waits.len() < limits::MAX_WAITING
            && self.bytes.saturating_add(parked.size()) <= limits::MAX_WAITING_BYTES
    }

    /// Whether somebody should be decided soon.
    pub(super) fn has_decidable(&self) -> bool {
        self.waits.values().any(|wait| wait.is_decidable)
    }

    pub(super) fn add(
        &mut self,
        stream: StreamId,
        parked: Parked,
        deadline: Timestamp,
        source: Option<IpAddr>,
    ) {
        self.forget(stream);
        let size = parked.size();
        self.bytes = self.bytes.saturating_add(size);
        self.waits.insert(stream, Wait { parked, deadline, source, size, is_decidable: false });
    }

    pub(super) fn forget(&mut self, stream: StreamId) {
        self.take(stream);
    }

    fn take(&mut self, stream: StreamId) -> Option<Wait> {
        let wait = self.waits.remove(&stream)?;
        self.bytes = self.bytes.saturating_sub(wait.size);
        Some(wait)
    }

    /// Notes those for whom something has changed.
    pub(super) fn look_who_may_go_on(&mut self, may_go_on: impl Fn(&Parked) -> bool) {
        for wait in self.waits.values_mut() {
            wait.is_decidable = wait.is_decidable || may_go_on(&wait.parked);
        }
    }

    /// Somebody who should not wait any more, those for whom something has changed first; until when they might have, and
    /// who they are.
    pub(super) fn take_decidable(
        &mut self,
        now: Timestamp,
    ) -> Option<(StreamId, Parked, Timestamp, Option<IpAddr>)> {
        let mut waits = self.waits.iter();
        let stream = waits
            .clone()
            .find(|(_, wait)| wait.is_decidable)
            .or_else(|| waits.find(|(_, wait)| limits::is_over(wait.deadline, now)))
            .map(|(stream, _)| *stream)?;
        let Wait { parked, deadline, source, .. } = self.take(stream)?;
        Some((stream, parked, deadline, source))
    }
}

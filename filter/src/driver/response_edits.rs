//! Cookies that wait for the application's response.

use std::collections::BTreeMap;

use super::ids::StreamId;
use super::limits;
use crate::engine::HeaderEdit;
use crate::inputs::Timestamp;

#[derive(Debug, Default)]
pub(super) struct ResponseEdits(BTreeMap<StreamId, (Vec<HeaderEdit>, Timestamp)>);

impl ResponseEdits {
    pub(super) fn keep(&mut self, stream: StreamId, edits: Vec<HeaderEdit>, now: Timestamp) {
        if !edits.is_empty() {
            self.0.insert(stream, (edits, now));
        }
    }

    /// The edits of a stream. A response that took its time gets none: meanwhile the person may have signed out, and a
    /// cookie would sign them in again. Neither does one from before the clock was set back.
    pub(super) fn take(&mut self, stream: StreamId, now: impl FnOnce() -> Timestamp) -> Vec<HeaderEdit> {
        let Some((edits, since)) = self.0.remove(&stream) else { return Vec::new() };
        let now = now();
        let is_young = since <= now && now.since(since) <= limits::MAX_EDIT_AGE;
        if is_young { edits } else { Vec::new() }
    }

    pub(super) fn forget(&mut self, stream: StreamId) {
        self.0.remove(&stream);
    }
}

//! How many instances of the filter in this Envoy are ready, for a gauge: see [`crate::session::shared_roll`].

use crate::driver::Outside;
use crate::engine::Engine;
use crate::inputs::{SharedSlot, Timestamp};
use crate::session::shared_issuer::HolderId;

/// Each says so this often. Seconds.
const EVERY: u64 = 10;
/// Others may write at the same moment.
const TRIES: usize = 3;

/// What this instance has said last.
#[derive(Debug, Default)]
pub(crate) struct RollCall {
    id: Option<HolderId>,
    said: Option<(bool, Timestamp)>,
}

impl RollCall {
    /// Says whether this instance is ready, where that is new or due. What the gauge has to change by; 0: nothing.
    pub(crate) fn answer(&mut self, engine: &Engine, is_ready: bool, outside: &mut Outside<'_>) -> i64 {
        let Outside { now, entropy, shared, .. } = outside;
        let now = *now;
        let is_due = self
            .said
            .is_none_or(|(was_ready, at)| was_ready != is_ready || at > now || now.since(at) >= EVERY);
        // Whoever was never ready is not on the roll.
        if !is_due || (!is_ready && self.said.is_none()) {
            return 0;
        }
        let Some(id) = self.id.or_else(|| HolderId::draw(&mut **entropy).ok()) else { return 0 };
        self.id = Some(id);
        for _ in 0..TRIES {
            let value = shared.read(SharedSlot::Roll);
            let mut roll = engine.open_roll(&value.bytes).unwrap_or_default();
            let change = roll.call(id, is_ready, now);
            let Some(bytes) = engine.seal_roll(&roll, &mut **entropy) else { return 0 };
            if shared.write(SharedSlot::Roll, &bytes, value.mark) {
                self.said = Some((is_ready, now));
                return change;
            }
        }
        0
    }
}

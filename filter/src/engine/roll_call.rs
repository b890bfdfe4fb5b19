//! How many instances of the filter in this Envoy are ready, for a gauge: see [`crate::session::shared_roll`].

use crate::inputs::{Inputs, SharedSlot, Timestamp};
use crate::session::Vault;
use crate::session::shared_issuer::HolderId;
use crate::session::shared_roll::Roll;

/// Each says so this often. Seconds.
const EVERY: u64 = 10;
/// Others may write at the same moment.
const TRIES: usize = 8;

/// What this instance has said last.
#[derive(Debug, Default)]
pub(super) struct RollCall {
    id: Option<HolderId>,
    said: Option<(bool, Timestamp)>,
}

impl RollCall {
    /// Says whether this instance is ready, where that is new or due. What the gauge has to change by; 0: nothing.
    pub(super) fn answer<S, T>(
        &mut self,
        vault: &Vault<S, T>,
        is_ready: bool,
        inputs: &mut Inputs<'_>,
    ) -> i64 {
        let now = inputs.now;
        let is_due = self
            .said
            .is_none_or(|(was_ready, at)| was_ready != is_ready || at > now || now.since(at) >= EVERY);
        // Whoever was never ready is not on the roll.
        if !is_due || (!is_ready && self.said.is_none()) {
            return 0;
        }
        let Some(id) = self.id.or_else(|| HolderId::draw(inputs.entropy).ok()) else { return 0 };
        self.id = Some(id);
        let slot = SharedSlot::Roll(vault.fingerprint());
        for _ in 0..TRIES {
            let value = inputs.shared.read(slot);
            let mut roll = match vault.open_roll(&value.bytes) {
                Some(roll) => roll,
                None if value.bytes.is_empty() => Roll::default(),
                // Somebody else has written into it: what the gauge says is not known any more.
                None => return 0,
            };
            let change = roll.call(id, is_ready, now);
            let Some(bytes) = vault.seal_roll(&roll, inputs.entropy) else { return 0 };
            if inputs.shared.write(slot, &bytes, value.mark) {
                self.said = Some((is_ready, now));
                return change;
            }
        }
        0
    }
}

//! Which instances of the filter in one Envoy are ready: a worker's each, and that of the main thread. Gauges are shared by
//! all of them and the last writer wins, so they count together, sealed like all that they share.

use minicbor::{Decode, Encode};

use super::encoding;
use super::seal::{Owner, Purpose, Sealer};
use super::shared_issuer::HolderId;
use crate::inputs::{Entropy, Timestamp};

/// Who was not seen for so long is gone: a VM that died says nothing. Seconds.
pub const GONE_AFTER: u64 = 30;
/// No Envoy has more workers; further ones are not counted.
const MAX_INSTANCES: usize = 256;

/// Those that are ready, and how many the gauge says.
#[derive(Debug, Default, Encode, Decode)]
pub struct Roll {
    #[n(0)]
    present: Vec<Present>,
    /// What was added to the gauge so far, and not taken away.
    #[n(1)]
    counted: u32,
}

#[derive(Clone, Copy, Debug, Encode, Decode)]
struct Present {
    #[n(0)]
    id: HolderId,
    /// When it was ready last. Seconds since the epoch.
    #[n(1)]
    seen_at: u64,
}

impl Roll {
    /// Says whether `id` is ready now, drops those that are gone, and returns what the gauge has to change by.
    pub fn call(&mut self, id: HolderId, is_ready: bool, now: Timestamp) -> i64 {
        // A time ahead of now is from before the clock was set back.
        let is_here = |one: &Present| {
            let seen_at = Timestamp(one.seen_at);
            one.id != id && seen_at <= now && now.since(seen_at) < GONE_AFTER
        };
        self.present.retain(is_here);
        if is_ready && self.present.len() < MAX_INSTANCES {
            self.present.push(Present { id, seen_at: now.0 });
        }
        let counted = u32::try_from(self.present.len()).unwrap_or(u32::MAX);
        let change = i64::from(counted).saturating_sub(i64::from(self.counted));
        self.counted = counted;
        change
    }

    pub(super) fn seal(
        &self,
        sealer: &Sealer,
        owner: &Owner<'_>,
        entropy: &mut dyn Entropy,
    ) -> Option<Vec<u8>> {
        let sealed = sealer.seal(Purpose::SharedRoll, owner, &encoding::encode(self), entropy).ok()?;
        Some(sealed.into_bytes())
    }

    pub(super) fn open(bytes: &[u8], sealer: &Sealer, owner: &Owner<'_>) -> Option<Self> {
        encoding::decode(&sealer.open(Purpose::SharedRoll, owner, bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::testing::Counting;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn each_instance_counts_once_as_long_as_it_is_there() {
        let entropy = &mut Counting::default();
        let [one, other] = [HolderId::draw(entropy).unwrap(), HolderId::draw(entropy).unwrap()];
        let mut roll = Roll::default();
        assert_eq!(roll.call(one, false, NOW), 0);
        assert_eq!(roll.call(one, true, NOW), 1);
        assert_eq!(roll.call(one, true, NOW.plus(10)), 0);
        assert_eq!(roll.call(other, true, NOW.plus(10)), 1);
        // The first one's VM dies.
        assert_eq!(roll.call(other, true, NOW.plus(39)), 0);
        assert_eq!(roll.call(other, true, NOW.plus(40)), -1);
        assert_eq!(roll.call(other, false, NOW.plus(41)), -1);
        assert_eq!(roll.counted, 0);
        // A clock that is set back.
        assert_eq!(roll.call(one, true, NOW.plus(1000)), 1);
        assert_eq!(roll.call(other, true, NOW), 0);
    }

    #[test]
    fn there_is_an_end_to_it() {
        let entropy = &mut Counting::default();
        let mut roll = Roll::default();
        for _ in 0..2 * MAX_INSTANCES {
            roll.call(HolderId::draw(entropy).unwrap(), true, NOW);
        }
        assert_eq!(roll.counted as usize, MAX_INSTANCES);
    }
}

//! Where the instances of one Envoy, a worker's each and one of the main thread, share what they know of one issuer; and
//! whose turn it is to fetch it.
//!
//! Whoever wants to fetch looks here first. Something newer than its own is taken; somebody else's lease is waited for, not
//! for long; otherwise it takes the lease and makes the call. Where shared data do not work, each fetches for itself: they
//! save calls, and nothing depends on them.

use crate::config;
use crate::inputs::{Inputs, SharedSlot, Timestamp};
use crate::session::SealError;
use crate::session::shared_issuer::{Content, Fetched, HolderId, IssuerSlot, Lease, SlotSealer};

/// Beyond a call's own time-out, until a lease is taken from an instance that was lost. Seconds.
const LEASE_MARGIN: u64 = 2;
/// People may wait for whoever is in a hurry, and the holder of the lease may be the main thread's instance, whose calls may
/// be answered late or never, or one that was lost: it is waited for so long at most. Seconds.
const PATIENCE_IN_A_HURRY: u64 = 2;
/// Nobody else waits longer than so many leases, also where another plugin writes an old one again and again.
const PATIENCE: u64 = 2;
/// So often somebody tries to write who finds that others have written.
const TRIES: usize = 3;

/// What the instances share of one issuer.
#[derive(Debug)]
pub(super) struct SharedPlace<'a> {
    pub(super) issuer: &'a config::Provider,
    pub(super) sealer: SlotSealer<'a>,
    /// None for more issuers than there are slots: each instance fetches those for itself.
    pub(super) slot: Option<SharedSlot>,
}

/// What an instance wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Only to take what others have.
    Nothing,
    /// To fetch, while what is known is good.
    InTime,
    /// To fetch what is missing.
    AtOnce,
}

/// Whose turn it is.
pub(super) enum Turn<T> {
    /// This instance's.
    Ours,
    /// Another fetches.
    Others,
    /// Another has fetched this.
    Over(T),
}

/// What came of telling the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// They know, or cannot be told.
    Done,
    /// It is more than a slot holds.
    TooLarge,
}

/// What one instance remembers of taking turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    id: Option<HolderId>,
    waits_since: Option<Timestamp>,
}

impl SharedPlace<'_> {
    /// What is there, and the mark that a write must present. What does not open is as if nothing were there.
    fn read(&self, slot: SharedSlot, inputs: &mut Inputs<'_>) -> (IssuerSlot, u32) {
        let value = inputs.shared.read(slot);
        (self.sealer.open(&value.bytes).unwrap_or_default(), value.mark)
    }

    /// Seconds.
    fn lease(&self) -> u64 {
        self.issuer.timeout.as_secs().saturating_add(LEASE_MARGIN)
    }
}

impl Turns {
    /// Asks whose turn it is; an answer of [`Turn::Ours`] keeps the others away. `take` makes something of what another has
    /// fetched, if it is worth taking. Who needs nothing gets no lease.
    pub(super) fn turn<T>(
        &mut self,
        place: &SharedPlace<'_>,
        need: Need,
        take: impl Fn(&Fetched) -> Option<T>,
        inputs: &mut Inputs<'_>,
    ) -> Turn<T> {
        let Some(slot) = place.slot else { return without_sharing(need) };
        for _ in 0..TRIES {
            let (found, mark) = place.read(slot, inputs);
            if let Content::Fetched(fetched) = &found.content
                && let Some(taken) = take(fetched)
            {
                self.waits_since = None;
                return Turn::Over(taken);
            }
            if need == Need::Nothing || matches!(found.content, Content::TooLarge) {
                return without_sharing(need);
            }
            if self.waits_for(found.lease, need, place, inputs.now) {
                return Turn::Others;
            }
            let Some(id) = self.id(inputs) else { break };
            let lease = Lease { holder: id, until: inputs.now.plus(place.lease()).0 };
            let leased = IssuerSlot { lease: Some(lease), ..found };
            let Ok(bytes) = place.sealer.seal(&leased, inputs.entropy) else { break };
            if inputs.shared.write(slot, &bytes, mark) {
                break;
            }
        }
        self.waits_since = None;
        without_sharing(need)
    }

    /// A fetch has brought this.
    pub(super) fn tell(
        &mut self,
        place: &SharedPlace<'_>,
        fetched: Fetched,
        inputs: &mut Inputs<'_>,
    ) -> Told {
        let Some(slot) = place.slot else { return Told::Done };
        let asked_at = fetched.asked_at;
        let told = IssuerSlot { content: Content::Fetched(fetched), lease: None };
        let (told, outcome) = match place.sealer.seal(&told, inputs.entropy) {
            Ok(bytes) => (bytes, Told::Done),
            Err(SealError::NoEntropy(_)) => return Told::Done,
            Err(SealError::TooLong) => {
                let told = IssuerSlot { content: Content::TooLarge, lease: None };
                let sealed = place.sealer.seal(&told, inputs.entropy);
                (sealed.unwrap_or_default(), Told::TooLarge)
            }
        };
        for _ in 0..TRIES {
            let (found, mark) = place.read(slot, inputs);
            // An older fetch never replaces a newer one.
            let is_newer =
                |other: &Fetched| other.asked_at > asked_at && Timestamp(other.asked_at) <= inputs.now;
            if matches!(&found.content, Content::Fetched(other) if is_newer(other))
                || inputs.shared.write(slot, &told, mark)
            {
                break;
            }
        }
        outcome
    }

    /// A fetch has brought nothing: another may try.
    pub(super) fn give_up(&mut self, place: &SharedPlace<'_>, inputs: &mut Inputs<'_>) {
        let Some(slot) = place.slot else { return };
        let (found, mark) = place.read(slot, inputs);
        if found.lease.is_some_and(|lease| Some(lease.holder) == self.id) {
            let freed = IssuerSlot { lease: None, ..found };
            if let Ok(bytes) = place.sealer.seal(&freed, inputs.entropy) {
                inputs.shared.write(slot, &bytes, mark);
            }
        }
    }

    /// Whether somebody else is fetching whose answer may be waited for.
    fn waits_for(
        &mut self,
        lease: Option<Lease>,
        need: Need,
        place: &SharedPlace<'_>,
        now: Timestamp,
    ) -> bool {
        // One that is further ahead than any lease is from before the clock was set back.
        let counts = |lease: &Lease| {
            Some(lease.holder) != self.id
                && now < Timestamp(lease.until)
                && Timestamp(lease.until) <= now.plus(place.lease())
        };
        if !lease.as_ref().is_some_and(counts) {
            return false;
        }
        let since = *self.waits_since.get_or_insert(now);
        let patience = match need {
            Need::AtOnce => PATIENCE_IN_A_HURRY,
            Need::InTime | Need::Nothing => place.lease().saturating_mul(PATIENCE),
        };
        since <= now && now.since(since) < patience
    }

    fn id(&mut self, inputs: &mut Inputs<'_>) -> Option<HolderId> {
        if self.id.is_none() {
            self.id = HolderId::draw(inputs.entropy).ok();
        }
        self.id
    }
}

fn without_sharing<T>(need: Need) -> Turn<T> {
    match need {
        Need::Nothing => Turn::Others,
        Need::InTime | Need::AtOnce => Turn::Ours,
    }
}

//! What the core may not reach for by itself: the time, randomness, the workers' shared data, and leave to make a call.
//! All of them are arguments.

use std::fmt;
use std::net::IpAddr;

/// Seconds since the Unix epoch, as in a JWT's NumericDate (RFC 7519 §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This moment and `seconds` more; stays at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds that passed since `earlier`; 0 where `earlier` is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The system gave no randomness. Nothing may be sealed and no sign-in may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no randomness")]
pub struct NoEntropy;

/// A source of randomness that is fit for keys and nonces.
pub trait Entropy {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    /// [`NoEntropy`] where the system gives none; `bytes` must not be used then.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

/// What a call to the provider is paid for that strangers can cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spending {
    /// A code is redeemed (RFC 6749 §4.1.3).
    Redemption,
    /// An authorization request is pushed (RFC 9126 §2.1).
    Push,
}

/// What was paid for one call, so that it can be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// For what.
    pub what: Spending,
    /// How much.
    pub tokens: u32,
    /// By whom; `None` where nobody knows.
    pub source: Option<IpAddr>,
}

/// Leave to call the provider on behalf of a request, by whoever counts. Whoever wants to sign an assertion or to make a
/// call asks first: without leave nothing is spent.
pub trait Calls {
    /// Whether there is room for one more call, of a sign-in that has paid already.
    fn have_room(&mut self) -> bool;

    /// The address of the client, as Envoy knows it and no header says; `None` where nobody does.
    fn source(&mut self) -> Option<IpAddr>;

    /// Pays for a call that a stranger can cause; `None` where there is no room, or too little is left.
    fn pay(&mut self, what: Spending, tokens: u32) -> Option<Spent>;

    /// Gives back what was paid for something that was not fruitless.
    fn give_back(&mut self, spent: Spent);
}

/// All of them, for one decision.
pub struct Inputs<'a> {
    /// The one time of the decision: whatever is compared in it is compared with this.
    pub now: Timestamp,
    /// Keys, nonces and identifiers come from here.
    pub entropy: &'a mut dyn Entropy,
    /// What the workers of one Envoy share.
    pub shared: &'a mut dyn Shared,
    /// Leave to make one.
    pub calls: &'a mut dyn Calls,
}

impl fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs").field("now", &self.now).finish_non_exhaustive()
    }
}

/// The few places through which the workers of one Envoy talk. Every other plugin there can read and write
/// them too, so what is in them is sealed and believed only where it opens.
pub trait Shared {
    /// The bytes of a slot and the mark that a write must present; an empty slot has bytes and mark too.
    fn read(&mut self, slot: SharedSlot) -> SharedValue;

    /// Writes, unless somebody else has since `mark`; false where that is so.
    fn write(&mut self, slot: SharedSlot, bytes: &[u8], mark: u32) -> bool;
}

/// Which of them. They are fixed in number, for shared data cannot be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SharedSlot {
    /// What came of a refresh, by the first byte of its key.
    Refresh(u8),
    /// What is known of an issuer: 0 is the provider that signs people in, then those of `providers` in their order.
    Issuer(u8),
    /// Which instances are ready, by a fingerprint of the secret that seals it: whoever cannot open it has another.
    Roll(u16),
}

impl fmt::Display for SharedSlot {
    /// The end of its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refresh(number) => write!(f, "{number}"),
            Self::Issuer(number) => write!(f, "issuer/{number}"),
            Self::Roll(fingerprint) => write!(f, "roll/{fingerprint}"),
        }
    }
}

/// What a slot holds now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedValue {
    /// Empty where nobody has written.
    pub bytes: Vec<u8>,
    /// Changes with each write; 0 would overwrite.
    pub mark: u32,
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{Calls, Entropy, IpAddr, NoEntropy, Shared, SharedSlot, SharedValue, Spending, Spent};

    /// Nobody may call.
    #[derive(Debug)]
    pub(crate) struct NoCalls;

    impl Calls for NoCalls {
        fn have_room(&mut self) -> bool {
            false
        }

        fn source(&mut self) -> Option<IpAddr> {
            None
        }

        fn pay(&mut self, _: Spending, _: u32) -> Option<Spent> {
            None
        }

        fn give_back(&mut self, _: Spent) {}
    }

    /// Nothing is shared.
    #[derive(Debug)]
    pub(crate) struct Alone;

    impl Shared for Alone {
        fn read(&mut self, _: SharedSlot) -> SharedValue {
            SharedValue::default()
        }

        fn write(&mut self, _: SharedSlot, _: &[u8], _: u32) -> bool {
            false
        }
    }

    /// Every byte differs from the one before, so that two draws differ.
    #[derive(Debug, Default)]
    pub(crate) struct Counting(u64);

    impl Entropy for Counting {
        fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
            for chunk in bytes.chunks_mut(8) {
                self.0 += 1;
                chunk.copy_from_slice(&self.0.to_le_bytes()[..chunk.len()]);
            }
            Ok(())
        }
    }

    /// A system that gives none.
    #[derive(Debug)]
    pub(crate) struct Dry;

    impl Entropy for Dry {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), NoEntropy> {
            Err(NoEntropy)
        }
    }
}

//! What the core may not reach for by itself: the time, randomness, the workers' shared data, and leave to make a call.
//! All of them are arguments.

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

/// Leave for one call to the provider on behalf of a request. Whoever wants to sign an assertion or to make a call
/// takes it first: without room nothing is spent.
#[derive(Debug)]
pub struct Room(());

impl Room {
    /// For whoever counts the calls.
    #[must_use]
    pub fn for_one_call() -> Self {
        Self(())
    }
}

/// All of them, for one decision.
pub struct Inputs<'a> {
    /// The one time of the decision: whatever is compared in it is compared with this.
    pub now: Timestamp,
    /// Keys, nonces and identifiers come from here.
    pub entropy: &'a mut dyn Entropy,
    /// What the workers of one Envoy share.
    pub shared: &'a mut dyn Shared,
    /// None where as many calls are under way as there may be.
    pub room: Option<Room>,
}

impl std::fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs").field("now", &self.now).field("room", &self.room).finish_non_exhaustive()
    }
}

/// The few places through which the workers of one Envoy talk. Every other plugin there can read and write
/// them too, so what is in them is sealed and believed only where it opens.
pub trait Shared {
    /// The bytes of a slot and the mark that a write must present; an empty slot has bytes and mark too.
    fn read(&mut self, slot: u8) -> SharedValue;

    /// Writes, unless somebody else has since `mark`; false where that is so.
    fn write(&mut self, slot: u8, bytes: &[u8], mark: u32) -> bool;
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
    use super::{Entropy, NoEntropy, Shared, SharedValue};

    /// Nothing is shared.
    #[derive(Debug)]
    pub(crate) struct Alone;

    impl Shared for Alone {
        fn read(&mut self, _: u8) -> SharedValue {
            SharedValue::default()
        }

        fn write(&mut self, _: u8, _: &[u8], _: u32) -> bool {
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
                chunk.copy_from_slice(&self.0.to_be_bytes()[8 - chunk.len()..]);
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

//! What the workers of one Envoy tell each other of a refresh, sealed: every other plugin there can read and
//! write shared data.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use super::encoding;
use super::seal::{Owner, Purpose, Sealer};
use super::session::{PersonClaims, Renewal};
use super::tokens::Tokens;
use crate::inputs::{Entropy, SharedSlot, Timestamp};

/// What came of a refresh is handed out for so long to whoever still has the old cookie. Longer than the
/// provider's grace, for after that the old refresh token is worse than useless: its reuse ends the whole
/// sign-in. Seconds.
const SHARED_FOR: u64 = 300;

/// Which refresh it is: the hash of the refresh token that it uses, and of the access token's end that makes it
/// due, for where refresh tokens are not rotated each serves many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct RefreshKey(#[n(0)] ByteArray<32>);

impl RefreshKey {
    /// Of the token that is used, and the renewal that is due.
    #[must_use]
    pub fn of(refresh_token: &str, renewal: Renewal) -> Self {
        let hash = Sha256::new_with_prefix(renewal.ends_at().0.to_be_bytes()).chain_update(refresh_token);
        Self(<[u8; 32]>::from(hash.finalize()).into())
    }

    /// Slots are fixed in number, for shared data cannot be deleted.
    #[must_use]
    pub fn slot(&self) -> SharedSlot {
        SharedSlot::Refresh(self.0.first().copied().unwrap_or_default())
    }
}

/// What is in a slot.
#[derive(Debug, Encode, Decode)]
pub enum Slot {
    /// A worker makes the call, until this time at the latest. Seconds since the epoch.
    #[n(0)]
    Lease {
        /// The refresh for which it is taken.
        #[n(0)]
        key: RefreshKey,
        /// When others may try. Seconds since the epoch.
        #[n(1)]
        until: u64,
    },
    /// Seconds since the epoch.
    #[n(1)]
    Settled {
        /// The refresh that is over.
        #[n(0)]
        key: RefreshKey,
        /// When it was over. Seconds since the epoch.
        #[n(1)]
        at: u64,
        /// What everybody learns who waits.
        #[n(2)]
        result: RefreshResult,
    },
}

/// What came of a refresh.
#[derive(Clone, Debug, Encode, Decode)]
pub enum RefreshResult {
    /// New tokens, for all that hold the old ones.
    #[n(0)]
    Renewed(#[n(0)] Box<Renewed>),
    /// The provider has refused, and meant the person; or what it gave cannot be verified. The session ends with its access
    /// token.
    #[n(1)]
    Refused,
    /// A passing trouble. Seconds since the epoch.
    #[n(2)]
    TryLater {
        /// When it may be tried again. Seconds since the epoch.
        #[n(0)]
        at: u64,
    },
}

impl RefreshResult {
    /// Whether what came of it `at` that time still says what to do.
    #[must_use]
    pub fn counts(&self, at: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Renewed(_) => now.since(at) < SHARED_FOR,
            // Nobody can use that refresh token again, so it is no use to ask.
            Self::Refused => true,
            Self::TryLater { at } => now < Timestamp(*at),
        }
    }
}

/// What a refresh brings to a session.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Renewed {
    /// Claims as they are now.
    #[n(0)]
    pub person: PersonClaims,
    /// The session's new tokens.
    #[n(1)]
    pub tokens: Tokens,
    /// When the next one is due.
    #[n(2)]
    pub renewal: Renewal,
}

impl Slot {
    /// `None` where it was sealed by somebody else, or by another version.
    #[must_use]
    pub fn open(bytes: &[u8], sealer: &Sealer, owner: &Owner<'_>) -> Option<Self> {
        encoding::decode(&sealer.open(Purpose::SharedRefresh, owner, bytes)?)
    }

    /// `None` without randomness.
    #[must_use]
    pub fn seal(&self, sealer: &Sealer, owner: &Owner<'_>, entropy: &mut dyn Entropy) -> Option<Vec<u8>> {
        let plain = encoding::encode(self);
        sealer.seal(Purpose::SharedRefresh, owner, &plain, entropy).ok().map(String::into_bytes)
    }
}

//! The way to the provider's logout, sealed for a script that signs out: the address holds the ID token, which no script may
//! read.

use minicbor::{Decode, Encode};

use super::encoding;
use super::seal::{Owner, Purpose, Sealer};
use crate::inputs::{Entropy, Timestamp};

/// A script sends its window there at once. Seconds.
const MAX_AGE: u64 = 60;

#[derive(Encode, Decode)]
struct Logout {
    #[n(0)]
    url: String,
    /// Seconds since the epoch.
    #[n(1)]
    sealed_at: u64,
}

/// For a query; `None` without randomness.
pub(super) fn seal(
    url: String,
    sealer: &Sealer,
    owner: &Owner<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Option<String> {
    let plain = encoding::encode(&Logout { url, sealed_at: now.0 });
    sealer.seal(Purpose::Logout, owner, &plain, entropy).ok()
}

/// What [`seal`] has sealed a moment ago for the same host.
pub(super) fn open(text: &str, sealer: &Sealer, owner: &Owner<'_>, now: Timestamp) -> Option<String> {
    let Logout { url, sealed_at } =
        encoding::decode(&sealer.open(Purpose::Logout, owner, text.as_bytes())?)?;
    let sealed_at = Timestamp(sealed_at);
    (sealed_at <= now && now.since(sealed_at) <= MAX_AGE).then_some(url)
}

//! What a rule asks of a sign-in, sealed for a link to where sign-ins begin: so the wish is the filter's own, and nobody
//! else's words reach the provider.

use minicbor::{Decode, Encode};

use super::cookie::MAX_SIGN_IN_AGE;
use super::encoding;
use super::seal::{Owner, Purpose, Sealer};
use crate::config::Authentication;
use crate::inputs::{Entropy, Timestamp};

/// No wish is longer. Characters.
const MAX_SEALED: usize = 1024;

/// A wish, good on every host that has the same provider, client and secrets.
#[derive(Encode, Decode)]
struct StepUp {
    #[n(0)]
    wanted: Authentication,
    /// Seconds since the epoch.
    #[n(1)]
    sealed_at: u64,
}

/// For a query; `None` without randomness.
pub(super) fn seal(
    wanted: Authentication,
    sealer: &Sealer,
    owner: &Owner<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Option<String> {
    let plain = encoding::encode(&StepUp { wanted, sealed_at: now.0 });
    sealer.seal(Purpose::StepUp, owner, &plain, entropy).ok()
}

/// What [`seal`] has sealed, within the time of a sign-in.
pub(super) fn open(text: &str, sealer: &Sealer, owner: &Owner<'_>, now: Timestamp) -> Option<Authentication> {
    let text = Some(text.as_bytes()).filter(|text| text.len() <= MAX_SEALED)?;
    let StepUp { wanted, sealed_at } = encoding::decode(&sealer.open(Purpose::StepUp, owner, text)?)?;
    (now.since(Timestamp(sealed_at)) < MAX_SIGN_IN_AGE).then_some(wanted)
}

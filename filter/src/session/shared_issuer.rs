//! What the workers of one Envoy tell each other of an issuer, sealed: its metadata and keys as they came, and who is
//! fetching them. Every other plugin there can read and write shared data, so whoever reads this parses and validates the
//! answers by the same code as those of the network.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};

use super::seal::{Owner, Purpose, SealError, Sealer};
use super::{deflate, encoding};
use crate::config;
use crate::inputs::{Entropy, NoEntropy, Timestamp};

/// What is in an issuer's slot.
#[derive(Debug, Default, Encode, Decode)]
pub struct IssuerSlot {
    /// It stays while somebody fetches anew.
    #[n(0)]
    pub content: Content,
    /// Who does.
    #[n(1)]
    pub lease: Option<Lease>,
}

/// What is known of an issuer.
#[derive(Debug, Default, Encode, Decode)]
pub enum Content {
    /// Nobody has fetched anything yet.
    #[default]
    #[n(0)]
    Nothing,
    /// What the last whole fetch has brought.
    #[n(1)]
    Fetched(#[n(0)] Fetched),
    /// More than a slot holds: each worker fetches for itself.
    #[n(2)]
    TooLarge,
}

/// The bodies of two answers, and when they count.
#[derive(Debug, Encode, Decode)]
pub struct Fetched {
    /// Provider metadata (OIDC Discovery 1.0 §4.2).
    #[cbor(n(0), with = "minicbor::bytes")]
    pub metadata: Vec<u8>,
    /// The JWK set that they name (RFC 7517 §5).
    #[cbor(n(1), with = "minicbor::bytes")]
    pub keys: Vec<u8>,
    /// When the keys were asked for. Seconds since the epoch.
    #[n(2)]
    pub asked_at: u64,
    /// When both are to be fetched anew. Seconds since the epoch.
    #[n(3)]
    pub fresh_until: u64,
}

impl Fetched {
    /// Whether it is from before now, and fetching anew is not due.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        Timestamp(self.asked_at) <= now && now < Timestamp(self.fresh_until)
    }
}

/// Who is fetching. It runs out by itself, for its holder may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Lease {
    /// Its holder.
    #[n(0)]
    pub holder: HolderId,
    /// When others may try. Seconds since the epoch.
    #[n(1)]
    pub until: u64,
}

/// By which an instance knows its own lease; drawn at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct HolderId(#[n(0)] ByteArray<8>);

impl HolderId {
    /// A new one.
    ///
    /// # Errors
    /// [`NoEntropy`] where the system gives no randomness.
    pub fn draw(entropy: &mut dyn Entropy) -> Result<Self, NoEntropy> {
        let mut id = [0; 8];
        entropy.fill(&mut id)?;
        Ok(Self(id.into()))
    }
}

/// What opens and seals the slot of one issuer.
#[derive(Debug)]
pub struct SlotSealer<'a> {
    sealer: &'a Sealer,
    /// Of all that the workers share.
    owner: Owner<'a>,
    /// Of this issuer's.
    scope: String,
}

impl<'a> SlotSealer<'a> {
    pub(super) fn new(sealer: &'a Sealer, owner: Owner<'a>, issuer: &config::Provider) -> Self {
        Self { sealer, owner, scope: scope(issuer) }
    }

    /// `None` where it was sealed by somebody else, for an issuer that is asked elsewhere, or by another version.
    #[must_use]
    pub fn open(&self, bytes: &[u8]) -> Option<IssuerSlot> {
        let packed = self.sealer.open(Purpose::SharedIssuer, &self.owner(), bytes)?;
        encoding::decode(&deflate::unpack(&packed)?)
    }

    /// Deflated where that helps: nothing in it is secret.
    ///
    /// # Errors
    /// [`SealError`] where it is too long to be opened again, or the system gives no randomness.
    pub fn seal(&self, slot: &IssuerSlot, entropy: &mut dyn Entropy) -> Result<Vec<u8>, SealError> {
        let packed = deflate::pack(&encoding::encode(slot));
        self.sealer.seal(Purpose::SharedIssuer, &self.owner(), &packed, entropy).map(String::into_bytes)
    }

    fn owner(&self) -> Owner<'_> {
        Owner { scope: &self.scope, ..self.owner }
    }
}

/// Who is asked, and through which clusters: a configuration that asks elsewhere takes no answers from here, and waits
/// for nobody who fetches here.
fn scope(issuer: &config::Provider) -> String {
    let config::Provider { issuer, cluster, clusters, endpoints, timeout: _ } = issuer;
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(issuer.as_str());
    add(endpoints.jwks_uri.as_ref().map_or("", config::HttpUrl::as_str));
    add(cluster.as_deref().unwrap_or_default());
    for (host, cluster) in clusters {
        add(host);
        add(cluster);
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

#[cfg(test)]
mod tests;

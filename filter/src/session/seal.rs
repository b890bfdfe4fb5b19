//! Sealing: authenticated encryption of what the browser carries for us.
//!
//! XChaCha20-Poly1305 with a random nonce of 192 bits, so that no counter has to be kept across workers
//! and replicas. Each purpose has a key of its own (HKDF-SHA256, RFC 5869), and purpose, version and owner
//! are associated data: a cookie that was sealed for another purpose, client, name or host does not open.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::config::Secret;
use crate::inputs::{Entropy, NoEntropy};

/// Raised with every change of what is sealed or how.
pub(super) const VERSION: u8 = 3;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// Version, nonce and tag. Bytes.
pub(super) const SEAL_OVERHEAD: usize = 1 + NONCE_BYTES + TAG_BYTES;
/// A longer text is not even decoded. Bytes.
pub const MAX_SEALED_TEXT: usize = 24 * 1024;
/// What is sealed can always be opened: in base64, with version, nonce and tag, it is shorter than that. Bytes.
const MAX_PLAIN: usize = 16 * 1024;

/// What a sealed value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Who somebody is.
    Session,
    /// What the token endpoint gave.
    Tokens,
    /// The ID token, where only signing out needs it.
    IdToken,
    /// A sign-in under way.
    PendingLogin,
    /// Where it leads, if that is long.
    DeepLink,
    /// Where to go after the provider's logout.
    SignedOut,
    /// The way to the provider's logout.
    Logout,
    /// Between the workers of one Envoy: what came of a refresh.
    SharedRefresh,
    /// Which sessions a browser has ended a moment ago.
    SignOutMark,
    /// What a rule asks of a sign-in.
    StepUp,
    /// Between the workers of one Envoy: what is known of an issuer.
    SharedIssuer,
    /// Between the instances of one Envoy: which of them are ready.
    SharedRoll,
}

impl Purpose {
    const ALL: [Self; 12] = [
        Self::Session,
        Self::Tokens,
        Self::IdToken,
        Self::PendingLogin,
        Self::DeepLink,
        Self::SignedOut,
        Self::Logout,
        Self::SharedRefresh,
        Self::SignOutMark,
        Self::StepUp,
        Self::SharedIssuer,
        Self::SharedRoll,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Tokens => "tokens",
            Self::IdToken => "ID token",
            Self::PendingLogin => "pending login",
            Self::DeepLink => "deep link",
            Self::SignedOut => "signed out",
            Self::Logout => "logout",
            Self::SharedRefresh => "shared refresh",
            Self::SignOutMark => "sign-out mark",
            Self::StepUp => "step-up",
            Self::SharedIssuer => "shared issuer",
            Self::SharedRoll => "shared roll",
        }
    }
}

/// Whose value it is. Each part is length-prefixed in the associated data, so that no byte can move from
/// one part to the next.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Byte by byte as configured.
    pub issuer: &'a str,
    /// Another client of the same provider has other cookies.
    pub client_id: &'a str,
    /// Another filter on the same host has other cookies.
    pub cookie_name: &'a str,
    /// The host or the domain to which the cookie belongs.
    pub scope: &'a str,
    /// A host and a domain of one name are different owners.
    pub kind: OwnerKind,
}

/// What a scope names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerKind {
    /// A host-only cookie.
    Host,
    /// A cookie for a domain and what is below it.
    Domain,
    /// No cookie: what workers tell each other, and hosts that share a client.
    Workers,
}

impl OwnerKind {
    fn label(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Domain => "domain",
            Self::Workers => "workers",
        }
    }
}

/// A value could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Nothing can be sealed.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// It would not open again either.
    #[error("the value is too long to be sealed")]
    TooLong,
}

/// Seals with the first secret and opens with every one.
pub struct Sealer {
    first: Keys,
    others: Vec<Keys>,
    fingerprint: u16,
}

/// One secret's keys, in the order of [`Purpose::ALL`].
struct Keys([XChaCha20Poly1305; Purpose::ALL.len()]);

impl Sealer {
    /// The keys of `secrets`; the first seals. `None` where there is no secret.
    #[must_use]
    pub fn new(secrets: &[Secret]) -> Option<Self> {
        let mut keys = secrets.iter().map(Keys::derive);
        let fingerprint = fingerprint(secrets.first()?)?;
        Some(Self { first: keys.next()??, others: keys.collect::<Option<_>>()?, fingerprint })
    }

    /// Of the secret that seals; it tells nothing of it.
    #[must_use]
    pub fn fingerprint(&self) -> u16 {
        self.fingerprint
    }

    /// Seals `plain` into text that a cookie and a URL can hold.
    ///
    /// # Errors
    /// [`SealError`] where the system gives no randomness or the value is longer than a cookie could be.
    pub fn seal(
        &self,
        purpose: Purpose,
        owner: &Owner<'_>,
        plain: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<String, SealError> {
        if plain.len() > MAX_PLAIN {
            return Err(SealError::TooLong);
        }
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce)?;
        let aad = associated_data(purpose, owner);
        let sealed = self
            .first
            .of(purpose)
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: &aad })
            .map_err(|_| SealError::TooLong)?;
        Ok(URL_SAFE_NO_PAD.encode([&[VERSION], nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what [`Sealer::seal`] made for the same purpose and owner; anything else is `None`.
    #[must_use]
    pub fn open(&self, purpose: Purpose, owner: &Owner<'_>, text: &[u8]) -> Option<Vec<u8>> {
        self.open_by(purpose, owner, text).map(|(_, plain)| plain)
    }

    /// The same, with the place of the secret that has opened it.
    #[must_use]
    pub fn open_by(&self, purpose: Purpose, owner: &Owner<'_>, text: &[u8]) -> Option<(usize, Vec<u8>)> {
        if text.len() > MAX_SEALED_TEXT {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES)?;
        if *version != VERSION || sealed.len() < TAG_BYTES {
            return None;
        }
        let aad = associated_data(purpose, owner);
        std::iter::once(&self.first).chain(&self.others).enumerate().find_map(|(place, keys)| {
            let payload = Payload { msg: sealed, aad: &aad };
            Some((place, keys.of(purpose).decrypt(XNonce::from_slice(nonce), payload).ok()?))
        })
    }
}

crate::redacted::redacted!(Sealer);

impl Keys {
    fn derive(secret: &Secret) -> Option<Self> {
        let hkdf = Hkdf::<Sha256>::new(None, secret.expose().as_bytes());
        let key = |purpose: Purpose| {
            let mut key = [0; 32];
            let info = format!("vestibule/{VERSION}/{}", purpose.label());
            hkdf.expand(info.as_bytes(), &mut key).ok()?;
            Some(XChaCha20Poly1305::new(&key.into()))
        };
        let [
            session,
            tokens,
            id_token,
            login,
            deep_link,
            signed_out,
            logout,
            refresh,
            mark,
            step_up,
            issuer,
            roll,
        ] = Purpose::ALL;
        Some(Self([
            key(session)?,
            key(tokens)?,
            key(id_token)?,
            key(login)?,
            key(deep_link)?,
            key(signed_out)?,
            key(logout)?,
            key(refresh)?,
            key(mark)?,
            key(step_up)?,
            key(issuer)?,
            key(roll)?,
        ]))
    }

    fn of(&self, purpose: Purpose) -> &XChaCha20Poly1305 {
        let [
            session,
            tokens,
            id_token,
            login,
            deep_link,
            signed_out,
            logout,
            refresh,
            mark,
            step_up,
            issuer,
            roll,
        ] = &self.0;
        match purpose {
            Purpose::Session => session,
            Purpose::Tokens => tokens,
            Purpose::IdToken => id_token,
            Purpose::PendingLogin => login,
            Purpose::DeepLink => deep_link,
            Purpose::SignedOut => signed_out,
            Purpose::Logout => logout,
            Purpose::SharedRefresh => refresh,
            Purpose::SignOutMark => mark,
            Purpose::StepUp => step_up,
            Purpose::SharedIssuer => issuer,
            Purpose::SharedRoll => roll,
        }
    }
}

fn fingerprint(secret: &Secret) -> Option<u16> {
    let mut bytes = [0; 2];
    let hkdf = Hkdf::<Sha256>::new(None, secret.expose().as_bytes());
    hkdf.expand(format!("vestibule/{VERSION}/fingerprint").as_bytes(), &mut bytes).ok()?;
    Some(u16::from_be_bytes(bytes))
}

fn associated_data(purpose: Purpose, owner: &Owner<'_>) -> Vec<u8> {
    let Owner { issuer, client_id, cookie_name, scope, kind } = *owner;
    let parts = [purpose.label(), issuer, client_id, cookie_name, kind.label(), scope];
    let length = parts.iter().fold(1, |sum: usize, part| sum.saturating_add(part.len()).saturating_add(8));
    // At its full length at once: this is made for every cookie that is tried.
    let mut data = Vec::with_capacity(length);
    data.push(VERSION);
    for part in parts {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::testing::Counting;

    const OWNER: Owner<'static> = Owner {
        issuer: "https://op.example",
        client_id: "app",
        cookie_name: "v",
        scope: "a.example",
        kind: OwnerKind::Host,
    };

    fn sealer(secrets: &[&str]) -> Sealer {
        let secrets: Vec<_> = secrets.iter().map(|s| Secret::new((*s).to_owned())).collect();
        Sealer::new(&secrets).unwrap()
    }

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const TWO: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn what_was_sealed_opens() {
        let sealer = sealer(&[ONE]);
        let text = sealer.seal(Purpose::Session, &OWNER, b"who", &mut Counting::default()).unwrap();
        assert_eq!(sealer.open(Purpose::Session, &OWNER, text.as_bytes()).unwrap(), b"who");
    }

    #[test]
    fn another_purpose_secret_or_owner_does_not_open() {
        let sealed = sealer(&[ONE]).seal(Purpose::Session, &OWNER, b"who", &mut Counting::default()).unwrap();
        let opens = |sealer: &Sealer, purpose, owner: &Owner<'_>| {
            sealer.open(purpose, owner, sealed.as_bytes()).is_some()
        };
        assert!(!opens(&sealer(&[ONE]), Purpose::Tokens, &OWNER));
        assert!(!opens(&sealer(&[TWO]), Purpose::Session, &OWNER));
        for owner in [
            Owner { issuer: "https://other.example", ..OWNER },
            Owner { client_id: "other", ..OWNER },
            Owner { cookie_name: "w", ..OWNER },
            Owner { scope: "b.example", ..OWNER },
            Owner { kind: OwnerKind::Domain, ..OWNER },
            // The bytes of one part moved into the next.
            Owner { client_id: "appv", cookie_name: "", ..OWNER },
            Owner { cookie_name: "va", scope: ".example", ..OWNER },
        ] {
            assert!(!opens(&sealer(&[ONE]), Purpose::Session, &owner), "{owner:?}");
        }
    }

    #[test]
    fn a_second_secret_opens_and_the_first_seals() {
        let old = sealer(&[ONE]).seal(Purpose::Session, &OWNER, b"who", &mut Counting::default()).unwrap();
        let rotated = sealer(&[TWO, ONE]);
        assert!(rotated.open(Purpose::Session, &OWNER, old.as_bytes()).is_some());
        let new = rotated.seal(Purpose::Session, &OWNER, b"who", &mut Counting::default()).unwrap();
        assert!(sealer(&[TWO]).open(Purpose::Session, &OWNER, new.as_bytes()).is_some());
    }

    #[test]
    fn every_changed_byte_and_every_length_is_refused() {
        let sealer = sealer(&[ONE]);
        let text = sealer.seal(Purpose::Session, &OWNER, b"who", &mut Counting::default()).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let text = URL_SAFE_NO_PAD.encode(&changed);
            assert!(sealer.open(Purpose::Session, &OWNER, text.as_bytes()).is_none(), "byte {at}");
            let text = URL_SAFE_NO_PAD.encode(&bytes[..at]);
            assert!(sealer.open(Purpose::Session, &OWNER, text.as_bytes()).is_none(), "length {at}");
        }
        assert!(sealer.open(Purpose::Session, &OWNER, &vec![b'A'; MAX_SEALED_TEXT + 1]).is_none());
        assert!(sealer.open(Purpose::Session, &OWNER, b"\xff\x00").is_none());
    }

    #[test]
    fn whatever_can_be_sealed_can_be_opened() {
        let sealer = sealer(&[ONE]);
        let longest = vec![7; MAX_PLAIN];
        let text = sealer.seal(Purpose::Session, &OWNER, &longest, &mut Counting::default()).unwrap();
        assert_eq!(sealer.open(Purpose::Session, &OWNER, text.as_bytes()).unwrap(), longest);
        let longer = vec![7; MAX_PLAIN + 1];
        let refused = sealer.seal(Purpose::Session, &OWNER, &longer, &mut Counting::default());
        assert_eq!(refused, Err(SealError::TooLong));
    }

    #[test]
    fn no_nonce_comes_twice() {
        let sealer = sealer(&[ONE]);
        let mut entropy = Counting::default();
        let mut seal = || sealer.seal(Purpose::Session, &OWNER, b"who", &mut entropy).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn without_randomness_nothing_is_sealed() {
        let sealed = sealer(&[ONE]).seal(Purpose::Session, &OWNER, b"who", &mut crate::inputs::testing::Dry);
        assert_eq!(sealed, Err(SealError::NoEntropy(NoEntropy)));
    }
}

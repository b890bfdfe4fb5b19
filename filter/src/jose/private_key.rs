//! Private keys that sign, as a configuration brings them: PEM (RFC 7468) or JWK (RFC 7517).
//!
//! Signing goes to the crates below jwt-simple directly. With jwt-simple it would draw from a randomness of
//! its own, which ends the VM where the system has none, and its ASN.1 and JWK readers would make the filter
//! a tenth larger.

mod der;
mod public_jwk;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer as _;
use rsa::BigUint;
use rsa::pkcs1v15;
use rsa::rand_core::{self, CryptoRng, RngCore};
use rsa::sha2::Sha256;
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _};
use rsa::traits::PublicKeyParts as _;
use serde_json::Value;

use super::JsonObject;
use crate::inputs::{Entropy, NoEntropy};
use der::Numbers;

/// RFC 7518 §3.3 has the lower bound; what is longer takes too long.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// A private key and the ID under which those who verify know it. The kind of the key decides the algorithm.
#[derive(Clone)]
pub struct PrivateKey {
    pair: Pair,
    key_id: Option<String>,
}

#[derive(Clone)]
enum Pair {
    Rsa(Box<pkcs1v15::SigningKey<Sha256>>),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
}

crate::redacted::redacted!(PrivateKey);

/// Why a text is no key that can sign. The words are for a log and tell nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// Also JSON that cannot be read, and a PEM of a type that holds no key.
    #[error("a text that is neither a PEM nor a JWK")]
    Unknown,
    /// It can verify, not sign.
    #[error("a public key, or a JWK without its private part")]
    Public,
    /// Nobody could enter the passphrase.
    #[error("a key under a passphrase")]
    Encrypted,
    /// The form of RFC 5915; `openssl pkey` turns it into PKCS#8.
    #[error("a PEM of the type EC PRIVATE KEY")]
    Sec1,
    /// RFC 7518 §3.3.
    #[error("an RSA key of less than 2048 bits")]
    Weak,
    /// Another curve or key type, a damaged text, numbers that do not belong together, or a JWK for another use.
    #[error("a key of another kind, or one that does not hold")]
    Unusable,
}

impl PrivateKey {
    /// A PEM (PKCS#8, or PKCS#1 for RSA) or a private JWK as JSON (RFC 7517), whose own `kid` counts where
    /// there is no `key_id`. Nothing but the two texts decides: neither a clock nor randomness.
    ///
    /// # Errors
    /// [`PrivateKeyError`] says why the text is no key that can sign.
    pub fn parse(text: &str, key_id: Option<String>) -> Result<Self, PrivateKeyError> {
        let text = text.trim();
        if text.starts_with('{') {
            let jwk: JsonObject = serde_json::from_str(text).map_err(|_| PrivateKeyError::Unknown)?;
            let own_id = || jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
            Ok(Self { pair: from_jwk(&jwk)?, key_id: key_id.or_else(own_id) })
        } else {
            Ok(Self { pair: from_pem(text)?, key_id })
        }
    }

    /// The same key under its own thumbprint (RFC 7638), where it is on P-256.
    #[must_use]
    pub fn known_by_thumbprint(self) -> Option<Self> {
        let Pair::P256(key) = &self.pair else { return None };
        let key_id = public_jwk::thumbprint(key.verifying_key());
        Some(Self { key_id: Some(key_id), ..self })
    }

    /// A key on P-256 that these bytes give, under its thumbprint: the same bytes give the same key. `None` where they give
    /// none: they are the scalar itself, which is in 1..n-1 (SEC 1 §3.2.1).
    #[must_use]
    pub fn of_scalar(scalar: &[u8; 32]) -> Option<Self> {
        let key = p256::ecdsa::SigningKey::from_slice(scalar).ok()?;
        Self { pair: Pair::P256(key), key_id: None }.known_by_thumbprint()
    }

    /// The public half, where the key is on P-256: a JWK for signatures by ES256 (RFC 7517 §4, RFC 7518 §6.2.1).
    #[must_use]
    pub fn public_jwk(&self) -> Option<JsonObject> {
        let Pair::P256(key) = &self.pair else { return None };
        Some(public_jwk::of(key.verifying_key(), self.key_id()))
    }

    /// `alg` of RFC 7518 §3.1.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
            Pair::P384(_) => "ES384",
        }
    }

    /// `kid` of RFC 7515 §4.1.4, where the key has one.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The bits of an RSA key's modulus; `None` for an elliptic curve, whose signatures cost next to nothing.
    #[must_use]
    pub fn rsa_bits(&self) -> Option<usize> {
        match &self.pair {
            Pair::Rsa(key) => Some(AsRef::<rsa::RsaPrivateKey>::as_ref(&**key).n().bits()),
            Pair::P256(_) | Pair::P384(_) => None,
        }
    }

    /// The signature of `bytes`, as a JWS has it (RFC 7518 §3.3, §3.4).
    ///
    /// # Errors
    /// [`NoEntropy`]: RSA is blinded. ECDSA is deterministic (RFC 6979) and needs none.
    pub fn sign(&self, bytes: &[u8], entropy: &mut dyn Entropy) -> Result<Vec<u8>, NoEntropy> {
        match &self.pair {
            Pair::Rsa(key) => {
                let mut blinding = Blinding { entropy, failed: false };
                let signature = key.try_sign_with_rng(&mut blinding, bytes);
                // A key that was checked at configuration fails for want of randomness only.
                if blinding.failed { Err(NoEntropy) } else { Ok(signature.map_err(|_| NoEntropy)?.to_vec()) }
            }
            Pair::P256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(bytes).map_err(|_| NoEntropy)?;
                Ok(signature.to_bytes().to_vec())
            }
            Pair::P384(key) => {
                let signature: p384::ecdsa::Signature = key.try_sign(bytes).map_err(|_| NoEntropy)?;
                Ok(signature.to_bytes().to_vec())
            }
        }
    }
}

/// The given randomness as the rsa crate takes it. That cannot be told of a failure in between: the signature
/// is thrown away afterwards.
struct Blinding<'e> {
    entropy: &'e mut dyn Entropy,
    failed: bool,
}

impl RngCore for Blinding<'_> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        if self.failed || self.entropy.fill(bytes).is_err() {
            self.failed = true;
            bytes.fill(0);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Blinding<'_> {}

/// RFC 7468.
fn from_pem(text: &str) -> Result<Pair, PrivateKeyError> {
    let parts = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----"));
    let (label, rest) = parts.ok_or(PrivateKeyError::Unknown)?;
    match label {
        "PRIVATE KEY" | "RSA PRIVATE KEY" => {}
        "ENCRYPTED PRIVATE KEY" => return Err(PrivateKeyError::Encrypted),
        "EC PRIVATE KEY" => return Err(PrivateKeyError::Sec1),
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => return Err(PrivateKeyError::Public),
        _ => return Err(PrivateKeyError::Unknown),
    }
    let body = rest.strip_suffix(&format!("-----END {label}-----")).ok_or(PrivateKeyError::Unusable)?;
    let body: String = body.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(body).map_err(|_| PrivateKeyError::Unusable)?;
    let numbers = if label == "PRIVATE KEY" { der::pkcs8(&bytes) } else { der::pkcs1(&bytes) };
    pair(numbers.ok_or(PrivateKeyError::Unusable)?)
}

/// RFC 7518 §6.2 and §6.3.
fn from_jwk(jwk: &JsonObject) -> Result<Pair, PrivateKeyError> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    if text("d").is_none() {
        return Err(PrivateKeyError::Public);
    }
    let bytes = |name: &str| {
        text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(PrivateKeyError::Unusable)
    };
    let (numbers, algorithm) = match (text("kty"), text("crv")) {
        // One of more than two primes would lack some here.
        (Some("RSA"), _) if !jwk.contains_key("oth") => {
            let [n, e, d, p, q] = ["n", "e", "d", "p", "q"].map(bytes);
            (Numbers::Rsa([n?, e?, d?, p?, q?]), "RS256")
        }
        (Some("EC"), Some("P-256")) => (Numbers::P256(bytes("d")?), "ES256"),
        (Some("EC"), Some("P-384")) => (Numbers::P384(bytes("d")?), "ES384"),
        _ => return Err(PrivateKeyError::Unusable),
    };
    // RFC 7517 §4.2 to §4.4: a key says itself what it is for.
    let signs = |operations: &Value| {
        operations.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "sign"))
    };
    let for_this = text("use").is_none_or(|usage| usage == "sig")
        && text("alg").is_none_or(|own| own == algorithm)
        && jwk.get("key_ops").is_none_or(signs);
    let pair = pair(numbers)?;
    let fits = match &pair {
        Pair::Rsa(_) => true,
        Pair::P256(key) => is_point(&bytes("x")?, &bytes("y")?, key.verifying_key().to_sec1_point(false)),
        Pair::P384(key) => is_point(&bytes("x")?, &bytes("y")?, key.verifying_key().to_sec1_point(false)),
    };
    if for_this && fits { Ok(pair) } else { Err(PrivateKeyError::Unusable) }
}

/// Whether an uncompressed point (SEC 1 §2.3.3) has these coordinates.
fn is_point(x: &[u8], y: &[u8], point: impl AsRef<[u8]>) -> bool {
    let coordinates = point.as_ref().get(1..).and_then(|both| both.strip_prefix(x));
    coordinates == Some(y)
}

fn pair<B: AsRef<[u8]>>(numbers: Numbers<B>) -> Result<Pair, PrivateKeyError> {
    let usable = match numbers {
        Numbers::P256(scalar) => {
            p256::ecdsa::SigningKey::from_slice(scalar.as_ref()).map(Pair::P256).map_err(drop)
        }
        Numbers::P384(scalar) => {
            p384::ecdsa::SigningKey::from_slice(scalar.as_ref()).map(Pair::P384).map_err(drop)
        }
        Numbers::Rsa(integers) => {
            let [n, e, d, p, q] = integers.map(|bytes| BigUint::from_bytes_be(bytes.as_ref()));
            // It checks that the numbers belong together.
            let key = rsa::RsaPrivateKey::from_components(n, e, d, vec![p, q]);
            let bits = key.as_ref().map_or(0, |key| key.n().bits());
            if key.is_ok() && bits < *RSA_BITS.start() {
                return Err(PrivateKeyError::Weak);
            }
            key.map_err(drop)
                .and_then(|key| if RSA_BITS.contains(&bits) { Ok(key) } else { Err(()) })
                .map(|key| Pair::Rsa(Box::new(pkcs1v15::SigningKey::new(key))))
        }
    };
    usable.map_err(|()| PrivateKeyError::Unusable)
}

#[cfg(test)]
pub(crate) mod testing {
    use super::PrivateKey;

    pub(crate) const RSA: &str = include_str!("../../tests/keys/rsa.pem");
    pub(crate) const P256: &str = include_str!("../../tests/keys/p256.pem");
    pub(crate) const P384: &str = include_str!("../../tests/keys/p384.pem");

    pub(crate) fn key(text: &str, key_id: Option<&str>) -> PrivateKey {
        PrivateKey::parse(text, key_id.map(str::to_owned)).unwrap()
    }
}

#[cfg(test)]
mod tests;

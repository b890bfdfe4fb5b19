//! JWK sets (RFC 7517 §5): the public keys of whoever signs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_simple::prelude::{ES256PublicKey, ES384PublicKey, Ed25519PublicKey};
use serde_json::Value;

use super::JsonObject;
use super::algorithm::Algorithm;
use super::public_key::PublicKey;

/// More keys than a provider has at once; the rest is not looked at.
const MAX_KEYS: usize = 64;
/// 2048 to 8192 bits (RFC 8725 §3.5 has the lower bound; the upper one keeps verification quick).
const RSA_MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;
const RSA_EXPONENT_BYTES: std::ops::RangeInclusive<usize> = 1..=8;

/// The keys of a set that can verify. An odd key (no `alg`, an unknown `kty`, for encryption) does not spoil the others.
#[derive(Debug)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

#[derive(Debug)]
struct Jwk {
    kid: Option<String>,
    /// Where the key itself says so, it is for this algorithm only.
    algorithm: Option<Algorithm>,
    public: PublicKey,
}

/// A JWK set that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the JWK set has no key that can verify")]
pub struct NoUsableKey;

impl JwkSet {
    /// Reads a set.
    ///
    /// # Errors
    /// [`NoUsableKey`] where the object is no JWK set, or one without a key that can verify.
    pub fn read(set: &JsonObject) -> Result<Self, NoUsableKey> {
        let entries = set.get("keys").and_then(Value::as_array).ok_or(NoUsableKey)?;
        let keys: Vec<_> =
            entries.iter().take(MAX_KEYS).filter_map(|entry| Jwk::read(entry.as_object()?)).collect();
        if keys.is_empty() { Err(NoUsableKey) } else { Ok(Self { keys }) }
    }

    /// The keys for this algorithm, and of this name where one is given.
    pub(super) fn candidates(&self, algorithm: Algorithm, kid: Option<&str>) -> Vec<&PublicKey> {
        self.keys
            .iter()
            .filter(|key| key.public.fits(algorithm) && key.algorithm.is_none_or(|own| own == algorithm))
            .filter(|key| kid.is_none() || key.kid.as_deref() == kid)
            .map(|key| &key.public)
            .collect()
    }
}

impl Jwk {
    fn read(key: &JsonObject) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        if let Some(operations) = key.get("key_ops").and_then(Value::as_array)
            && !operations.iter().any(|operation| operation == "verify")
        {
            return None;
        }
        let algorithm = match text("alg") {
            Some(name) => Some(Algorithm::parse(name)?),
            None => None,
        };
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let public = match (text("kty")?, text("crv")) {
            ("RSA", _) => {
                let (n, e) = (bytes("n")?, bytes("e")?);
                (RSA_MODULUS_BYTES.contains(&n.len()) && RSA_EXPONENT_BYTES.contains(&e.len()))
                    .then_some(PublicKey::Rsa { n, e })?
            }
            ("EC", Some("P-256")) => {
                PublicKey::P256(ES256PublicKey::from_bytes(&sec1(&bytes("x")?, &bytes("y")?)).ok()?)
            }
            ("EC", Some("P-384")) => {
                PublicKey::P384(ES384PublicKey::from_bytes(&sec1(&bytes("x")?, &bytes("y")?)).ok()?)
            }
            ("OKP", Some("Ed25519")) => PublicKey::Ed25519(Ed25519PublicKey::from_bytes(&bytes("x")?).ok()?),
            _ => return None,
        };
        Some(Self { kid: text("kid").map(str::to_owned), algorithm, public })
    }
}

/// An uncompressed point (SEC 1 §2.3.3).
fn sec1(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[4], x, y].concat()
}

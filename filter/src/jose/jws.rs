//! JWS in its compact serialization (RFC 7515 §7.1), with a JSON object as its payload: who signed it, and by
//! which algorithm. What is in the payload is for the rooms above: nobody's clock, issuer or audience counts here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::JsonObject;
use super::algorithm::Algorithm;
use super::jwk_set::JwkSet;
use super::private_key::PrivateKey;
use crate::inputs::{Entropy, NoEntropy};

/// A JWS that was read and not verified: nothing in it may be believed.
pub struct Jws<'t> {
    compact: &'t str,
    header: JsonObject,
    payload: JsonObject,
}

/// What somebody has signed whose key is in the set.
pub struct VerifiedJws {
    /// The JOSE header (RFC 7515 §4), under the signature too.
    pub header: JsonObject,
    /// What was signed. Whether it is for us, and still holds, the rooms above decide.
    pub payload: JsonObject,
    /// The `alg` of the header, by which the signature was verified.
    pub algorithm: Algorithm,
}

/// Why a text is no JWS that a key of the set has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Also where an extension must be understood that is not (RFC 7515 §4.1.11).
    #[error("not a JWS of JSON objects")]
    Malformed,
    /// `alg` is missing, none, symmetric or unknown (RFC 8725 §3.1).
    #[error("an algorithm that is not accepted")]
    Algorithm,
    /// The set may be older than the key: it is worth while to fetch it anew, once.
    #[error("a key that is not in the set")]
    UnknownKey,
    /// No `kid`, and several keys of the set are for this algorithm (OIDC Core §10.1). A newer set may have only one.
    #[error("no key is named, and several of the set fit")]
    AmbiguousKey,
    /// No key that the header may mean verifies it (RFC 7515 §5.2).
    #[error("a signature that does not fit")]
    Signature,
    /// No signature is believed then, whether it fits or not.
    #[error("a claim of a wrong type: {0:?}")]
    ClaimType(TypedClaim),
}

/// A claim that must have a certain JSON type wherever it is (RFC 7519 §4.1; OIDC Core §2 for `nonce`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedClaim {
    /// `iss`, the issuer: a string.
    Iss,
    /// `aud`, the audience: a string, or an array of strings.
    Aud,
    /// `exp`, the end of its validity: a NumericDate.
    Exp,
    /// `iat`, when it was issued: a NumericDate.
    Iat,
    /// `nbf`, before which it does not count: a NumericDate.
    Nbf,
    /// `nonce`, which ties it to a sign-in: a string.
    Nonce,
    /// `sub`, the subject: a string.
    Sub,
}

impl<'t> Jws<'t> {
    /// Reads a compact serialization.
    ///
    /// # Errors
    /// [`JwsError::Malformed`].
    pub fn parse(compact: &'t str) -> Result<Self, JwsError> {
        let (header, payload) = objects(compact).ok_or(JwsError::Malformed)?;
        if header.contains_key("crit") {
            return Err(JwsError::Malformed);
        }
        Ok(Self { compact, header, payload })
    }

    /// The header as anybody may have written it, for what is to be refused before keys are looked at.
    #[must_use]
    pub fn unverified_header(&self) -> &JsonObject {
        &self.header
    }

    /// The payload likewise.
    #[must_use]
    pub fn unverified_payload(&self) -> &JsonObject {
        &self.payload
    }

    /// Checks algorithm, key and signature. Where there is a `typ`, it must be `JWT` or end in `+jwt`, in any case.
    ///
    /// # Errors
    /// The first [`JwsError`] found. [`JwsError::UnknownKey`] and [`JwsError::AmbiguousKey`] come before the signature is
    /// looked at.
    pub fn verify(self, keys: &JwkSet) -> Result<VerifiedJws, JwsError> {
        let text = |name: &str| self.header.get(name).and_then(Value::as_str);
        let algorithm = text("alg").and_then(Algorithm::parse).ok_or(JwsError::Algorithm)?;
        let kid = text("kid");
        let candidates = keys.candidates(algorithm, kid);
        match candidates.len() {
            0 => return Err(JwsError::UnknownKey),
            2.. if kid.is_none() => return Err(JwsError::AmbiguousKey),
            // One `kid` on several keys means that each is tried.
            _ => {}
        }
        if !candidates.iter().any(|key| key.verifies(self.compact, algorithm)) {
            // The signature's verification reads the claims as well: a claim of a wrong type is named as such.
            return Err(ill_typed(&self.payload).map_or(JwsError::Signature, JwsError::ClaimType));
        }
        Ok(VerifiedJws { header: self.header, payload: self.payload, algorithm })
    }
}

/// A new JWT (RFC 7519 §3) of these claims, signed by `key`.
///
/// # Errors
/// [`NoEntropy`] where the key needs randomness and there is none.
pub fn sign(key: &PrivateKey, claims: &JsonObject, entropy: &mut dyn Entropy) -> Result<String, NoEntropy> {
    let mut header = JsonObject::new();
    header.insert("alg".to_owned(), key.algorithm().into());
    header.insert("typ".to_owned(), "JWT".into());
    header.extend(key.key_id().map(|key_id| ("kid".to_owned(), key_id.into())));
    let part = |object| URL_SAFE_NO_PAD.encode(Value::Object(object).to_string());
    let signed = format!("{}.{}", part(header), part(claims.clone()));
    let signature = key.sign(signed.as_bytes(), entropy)?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

crate::redacted::redacted!(VerifiedJws);

impl std::fmt::Debug for Jws<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jws([redacted])")
    }
}

/// Header and payload.
fn objects(compact: &str) -> Option<(JsonObject, JsonObject)> {
    let mut parts = compact.split('.');
    let mut object = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    let (header, payload) = (object()?, object()?);
    parts.next()?;
    parts.next().is_none().then_some((header, payload))
}

/// The first claim whose type is wrong.
fn ill_typed(claims: &JsonObject) -> Option<TypedClaim> {
    let audience = |value: &Value| match value {
        Value::Array(several) => several.iter().all(Value::is_string),
        value => value.is_string(),
    };
    let date = |value: &Value| value.as_f64().is_some_and(|seconds| seconds >= 0.0);
    let text: &dyn Fn(&Value) -> bool = &Value::is_string;
    let typed = [
        ("iss", text, TypedClaim::Iss),
        ("aud", &audience, TypedClaim::Aud),
        ("exp", &date, TypedClaim::Exp),
        ("iat", &date, TypedClaim::Iat),
        ("nbf", &date, TypedClaim::Nbf),
        ("nonce", text, TypedClaim::Nonce),
        ("sub", text, TypedClaim::Sub),
    ];
    let broken = typed.iter().find(|(name, fits, _)| claims.get(*name).is_some_and(|value| !fits(value)));
    broken.map(|(_, _, claim)| *claim)
}

#[cfg(test)]
mod tests;

//! The ID token (OIDC Core §2) and its verification (§3.1.3.7). A token is verified once, at sign-in;
//! after that the sealed session is trusted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::Claims;
use super::jwks::JwkSet;
use super::jws::Algorithm;
use crate::inputs::Timestamp;

/// Clocks may differ by this much. Seconds.
pub const MAX_SKEW: u64 = 60;
/// OIDC Core §2: a subject has at most 255 characters.
const MAX_SUB: usize = 255;

/// A raw ID token: nothing in it may be believed.
#[derive(Clone, PartialEq, Eq)]
pub struct IdToken(String);

/// What an ID token said after every check.
pub struct VerifiedClaims {
    /// Who signed in: unique at this issuer, and never given to somebody else (OIDC Core §2).
    pub sub: String,
    /// All claims, `sub` among them.
    pub claims: Claims,
}

/// What the token must agree with.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// `iss` must be this, byte by byte (OIDC Core §3.1.3.7 rule 2).
    pub issuer: &'a str,
    /// Must be in `aud`, and in `azp` where there is one (rules 3 to 5).
    pub client_id: &'a str,
    /// The sign-in's.
    pub nonce: Nonce<'a>,
    /// For `at_hash`, where the token has one.
    pub access_token: &'a str,
    /// When `exp` and `iat` are looked at.
    pub now: Timestamp,
}

/// What the `nonce` claim must be.
#[derive(Clone, Copy)]
pub enum Nonce<'a> {
    /// After a sign-in (OIDC Core §3.1.3.7 rule 11).
    Is(&'a str),
    /// After a refresh, which brings the sign-in's or none (§12.2).
    IsOrAbsent(&'a str),
}

/// The rule that an ID token broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// Not three parts in base64url, or not JSON in them (RFC 7519 §7.2).
    #[error("the ID token is not a JWT")]
    Malformed,
    /// `alg` is none, symmetric or unknown (rules 7 and 8).
    #[error("the ID token is signed by an algorithm that is not accepted")]
    Algorithm,
    /// `kid` names another key; a new key set may have it.
    #[error("the ID token is signed by a key that is not in the provider's set")]
    UnknownKey,
    /// RFC 7515 §5.2.
    #[error("the ID token's signature does not fit")]
    Signature,
    /// Rule 2.
    #[error("the ID token has another issuer")]
    Issuer,
    /// Rules 3 to 5.
    #[error("the ID token is for another audience")]
    Audience,
    /// Rule 9.
    #[error("the ID token has expired")]
    Expired,
    /// Rule 10.
    #[error("the ID token is from the future or does not say when it was issued")]
    IssuedAt,
    /// Rule 11: it may be an answer to somebody else.
    #[error("the ID token belongs to another sign-in")]
    Nonce,
    /// `at_hash` is of another one (§3.1.3.6).
    #[error("the ID token belongs to another access token")]
    AtHash,
    /// `sub` is missing or empty (§2).
    #[error("the ID token names nobody")]
    Subject,
}

impl IdToken {
    /// A token as it came: nothing in it has been verified.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The token as it came, for `id_token_hint` and the application.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks everything.
    ///
    /// # Errors
    /// The first [`IdTokenError`] found. After [`IdTokenError::UnknownKey`] it is worth while to fetch the
    /// keys anew, once.
    pub fn verify(&self, keys: &JwkSet, expected: &Expected<'_>) -> Result<VerifiedClaims, IdTokenError> {
        let (header, payload) = self.parts().ok_or(IdTokenError::Malformed)?;
        let algorithm = algorithm(&header)?;
        let kid = header.get("kid").and_then(Value::as_str);
        let candidates = keys.candidates(algorithm, kid);
        if candidates.is_empty() {
            return Err(IdTokenError::UnknownKey);
        }
        if !candidates.iter().any(|key| key.verifies(&self.0, algorithm)) {
            // The signature's verification reads the claims as well: a claim of a wrong type is named as such.
            return Err(ill_typed(&payload).unwrap_or(IdTokenError::Signature));
        }
        check(&payload, expected)?;
        check_at_hash(&payload, algorithm, expected.access_token)?;
        Ok(VerifiedClaims { sub: subject(&payload)?, claims: payload })
    }

    /// Header and payload, as JSON objects.
    fn parts(&self) -> Option<(Claims, Claims)> {
        let mut parts = self.0.split('.');
        let mut object = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
        let (header, payload) = (object()?, object()?);
        parts.next()?;
        parts.next().is_none().then_some((header, payload))
    }
}

crate::redacted::redacted!(IdToken, VerifiedClaims);

impl std::fmt::Debug for Expected<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expected").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Nonce<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nonce([redacted])")
    }
}

fn algorithm(header: &Claims) -> Result<Algorithm, IdTokenError> {
    // RFC 7515 §4.1.11: an extension that must be understood is not.
    if header.contains_key("crit") {
        return Err(IdTokenError::Malformed);
    }
    // RFC 8725 §3.11: a token of another kind (such as `at+jwt` or `logout+jwt`) is no ID token.
    match header.get("typ") {
        None => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("JWT") => {}
        Some(_) => return Err(IdTokenError::Malformed),
    }
    header.get("alg").and_then(Value::as_str).and_then(Algorithm::parse).ok_or(IdTokenError::Algorithm)
}

/// The rule that a registered claim breaks by its JSON type alone (RFC 7519 §4.1).
fn ill_typed(claims: &Claims) -> Option<IdTokenError> {
    let audience = |value: &Value| match value {
        Value::Array(several) => several.iter().all(Value::is_string),
        value => value.is_string(),
    };
    let date = |value: &Value| value.as_f64().is_some_and(|seconds| seconds >= 0.0);
    let is_broken =
        |name: &str, fits: &dyn Fn(&Value) -> bool| claims.get(name).is_some_and(|value| !fits(value));
    let text: &dyn Fn(&Value) -> bool = &Value::is_string;
    [
        (is_broken("iss", text), IdTokenError::Issuer),
        (is_broken("aud", &audience), IdTokenError::Audience),
        (is_broken("exp", &date), IdTokenError::Expired),
        (is_broken("iat", &date) || is_broken("nbf", &date), IdTokenError::IssuedAt),
        (is_broken("nonce", text), IdTokenError::Nonce),
        (is_broken("sub", text), IdTokenError::Subject),
    ]
    .into_iter()
    .find_map(|(broken, error)| broken.then_some(error))
}

fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), IdTokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(IdTokenError::Issuer);
    }
    check_audience(claims, expected.client_id)?;
    let exp = seconds(claims, "exp").ok_or(IdTokenError::Expired)?;
    if exp.plus(MAX_SKEW) <= expected.now {
        return Err(IdTokenError::Expired);
    }
    let latest = expected.now.plus(MAX_SKEW);
    if seconds(claims, "iat").is_none_or(|iat| iat > latest) {
        return Err(IdTokenError::IssuedAt);
    }
    if claims.contains_key("nbf") && seconds(claims, "nbf").is_none_or(|nbf| nbf > latest) {
        return Err(IdTokenError::IssuedAt);
    }
    let nonce_fits = match expected.nonce {
        Nonce::Is(nonce) => text("nonce") == Some(nonce),
        Nonce::IsOrAbsent(nonce) => !claims.contains_key("nonce") || text("nonce") == Some(nonce),
    };
    if nonce_fits { Ok(()) } else { Err(IdTokenError::Nonce) }
}

/// §3.1.3.7 rules 3 to 5. Several audiences without `azp` are refused.
fn check_audience(claims: &Claims, client_id: &str) -> Result<(), IdTokenError> {
    let audiences: Option<Vec<&str>> = match claims.get("aud") {
        Some(Value::String(one)) => Some(vec![one]),
        Some(Value::Array(several)) => several.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let audiences = audiences.ok_or(IdTokenError::Audience)?;
    let authorized = match claims.get("azp") {
        Some(azp) => azp == client_id,
        None => audiences.len() == 1,
    };
    if audiences.contains(&client_id) && authorized { Ok(()) } else { Err(IdTokenError::Audience) }
}

/// §3.1.3.6: the left half of the access token's hash, by the hash of the signature's algorithm.
fn check_at_hash(claims: &Claims, algorithm: Algorithm, access_token: &str) -> Result<(), IdTokenError> {
    let Some(at_hash) = claims.get("at_hash") else { return Ok(()) };
    let hash = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => Sha256::digest(access_token).to_vec(),
        Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => Sha384::digest(access_token).to_vec(),
        // Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
        Algorithm::Rs512 | Algorithm::Ps512 | Algorithm::EdDsa => Sha512::digest(access_token).to_vec(),
    };
    let (left, _) = hash.split_at(hash.len().div_euclid(2));
    if *at_hash == URL_SAFE_NO_PAD.encode(left) { Ok(()) } else { Err(IdTokenError::AtHash) }
}

fn subject(claims: &Claims) -> Result<String, IdTokenError> {
    match claims.get("sub").and_then(Value::as_str) {
        Some(sub) if !sub.is_empty() && sub.len() <= MAX_SUB => Ok(sub.to_owned()),
        _ => Err(IdTokenError::Subject),
    }
}

/// A NumericDate (RFC 7519 §2), which need not be whole.
fn seconds(claims: &Claims, name: &str) -> Option<Timestamp> {
    let number = claims.get(name)?;
    if let Some(seconds) = number.as_u64() {
        return Some(Timestamp(seconds));
    }
    // `as` saturates: a number beyond all time is the end of time.
    number.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| Timestamp(seconds as u64))
}

#[cfg(test)]
mod tests;

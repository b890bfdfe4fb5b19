//! The ID token (OIDC Core §2) and its verification (§3.1.3.7). A token is verified once, at sign-in;
//! after that the sealed session is trusted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::Claims;
use crate::inputs::Timestamp;
use crate::jose::{Algorithm, JsonObject, JwkSet, Jws, JwsError, TypedClaim};

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
    /// The authentication context class that was reached (OIDC Core §2). What userinfo say of it does not count.
    pub acr: Option<String>,
    /// When the person authenticated (§2); none where that is in the future. Likewise.
    pub auth_time: Option<Timestamp>,
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
    /// How long ago the person may have authenticated, where the request said so (rule 13). Seconds.
    pub max_age: Option<u64>,
    /// When `exp`, `iat` and `auth_time` are looked at.
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
    /// No `kid`, and several keys fit (OIDC Core §10.1); a new key set may have only one.
    #[error("the ID token does not say which of the provider's keys has signed it")]
    AmbiguousKey,
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
    /// Rule 13: the provider has not asked again.
    #[error("the ID token does not say that the person has authenticated within max_age")]
    AuthTime,
    /// `sub` is missing or empty (§2).
    #[error("the ID token names nobody")]
    Subject,
    /// After a refresh: `sub` is not the sign-in's (§12.2).
    #[error("the ID token is about somebody else")]
    AnotherSubject,
}

impl IdTokenError {
    /// Whether the key set in hand may be older than the token, so that it is worth while to fetch the keys anew.
    ///
    /// An ID token comes from the token endpoint alone, so only the provider can cause such a fetch: once for each sign-in
    /// or refresh of somebody who has an account there. It pays for a call, and that person for a moment; how many calls
    /// there may be is for whoever makes them. Every other fault, such as another subject, is seen under a good signature
    /// or stays with any key set.
    #[must_use]
    pub fn may_be_of_newer_keys(self) -> bool {
        matches!(self, Self::UnknownKey | Self::AmbiguousKey)
    }
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

    /// Checks everything: signature and kind, then each rule of §3.1.3.7.
    ///
    /// # Errors
    /// The first [`IdTokenError`] found. [`IdTokenError::may_be_of_newer_keys`] says whether another key set might help.
    pub fn verify(&self, keys: &JwkSet, expected: &Expected<'_>) -> Result<VerifiedClaims, IdTokenError> {
        let jws = Jws::parse(&self.0)?;
        check_kind(jws.unverified_header())?;
        let verified = jws.verify(keys)?;
        let claims = verified.payload;
        check(&claims, expected)?;
        check_at_hash(&claims, verified.algorithm, expected.access_token)?;
        let acr = claims.get("acr").and_then(Value::as_str).map(str::to_owned);
        let latest = expected.now.plus(MAX_SKEW);
        let auth_time = seconds(&claims, "auth_time").filter(|time| *time <= latest);
        let is_young =
            |max_age: u64| auth_time.is_some_and(|time| time.plus(max_age).plus(MAX_SKEW) >= expected.now);
        if !expected.max_age.is_none_or(is_young) {
            return Err(IdTokenError::AuthTime);
        }
        Ok(VerifiedClaims { sub: subject(&claims)?, claims, acr, auth_time })
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

impl From<JwsError> for IdTokenError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Malformed => Self::Malformed,
            JwsError::Algorithm => Self::Algorithm,
            JwsError::UnknownKey => Self::UnknownKey,
            JwsError::AmbiguousKey => Self::AmbiguousKey,
            JwsError::Signature => Self::Signature,
            JwsError::ClaimType(claim) => match claim {
                TypedClaim::Iss => Self::Issuer,
                TypedClaim::Aud => Self::Audience,
                TypedClaim::Exp => Self::Expired,
                TypedClaim::Iat | TypedClaim::Nbf => Self::IssuedAt,
                TypedClaim::Nonce => Self::Nonce,
                TypedClaim::Sub => Self::Subject,
            },
        }
    }
}

/// RFC 8725 §3.11: a token of another kind (such as `at+jwt` or `logout+jwt`) is no ID token. That is seen before
/// its key is looked for, so that no such token makes for a fetch of the keys.
fn check_kind(header: &JsonObject) -> Result<(), IdTokenError> {
    match header.get("typ") {
        None => Ok(()),
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("JWT") => Ok(()),
        Some(_) => Err(IdTokenError::Malformed),
    }
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
pub(super) fn seconds(claims: &Claims, name: &str) -> Option<Timestamp> {
    let number = claims.get(name)?;
    if let Some(seconds) = number.as_u64() {
        return Some(Timestamp(seconds));
    }
    // `as` saturates: a number beyond all time is the end of time.
    number.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| Timestamp(seconds as u64))
}

#[cfg(test)]
mod tests;

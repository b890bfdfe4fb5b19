//! Access tokens that API clients present (RFC 6750): JWTs as RFC 9068 has them, and as providers gave them before it.

use serde_json::Value;

use super::Claims;
use super::id_token::MAX_SKEW;
use crate::inputs::Timestamp;
use crate::jose::{JsonObject, JwkSet, Jws, JwsError};

/// As of an ID token.
const MAX_SUB: usize = 255;

/// What a token said after every check that no rule can change.
pub struct VerifiedToken {
    /// Of whom it speaks: a person or a client (RFC 9068 §2.2).
    pub sub: String,
    /// For whom it is: one or more.
    pub audiences: Vec<String>,
    /// What it allows; none where it says nothing of that.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From then on it does not count.
    pub expires_at: Timestamp,
    /// Whether it may be an ID token: they say who signed in at an application, and give no permission to call an API.
    pub looks_like_id_token: bool,
    /// All claims, `sub` among them.
    pub claims: Claims,
}

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// Signature, algorithm or form.
    #[error("the token is {0}")]
    Jws(#[from] JwsError),
    /// `typ` says that it is something else (RFC 8725 §3.11).
    #[error("the token is of another kind")]
    Kind,
    /// It counts only with the proof of a key (RFC 7800, RFC 9449 §6), which nobody checks here.
    #[error("the token is bound to a key")]
    Bound,
    /// Another provider's.
    #[error("the token has another issuer")]
    Issuer,
    /// `aud` is missing, empty or no text.
    #[error("the token does not say for whom it is")]
    Audience,
    /// `exp` is missing or over. There is no slack.
    #[error("the token has expired")]
    Expired,
    /// `iat` is missing, or it or `nbf` is in the future.
    #[error("the token is from the future or does not say when it was issued")]
    IssuedAt,
    /// `sub` is missing, empty or too long.
    #[error("the token names nobody")]
    Subject,
}

crate::redacted::redacted!(VerifiedToken);

/// Who the token says that has issued it, for the choice of keys: not verified.
#[must_use]
pub fn unverified_issuer(text: &str) -> Option<String> {
    Jws::parse(text).ok()?.unverified_payload().get("iss")?.as_str().map(str::to_owned)
}

/// Verifies a token of `issuer`.
///
/// # Errors
/// The first [`AccessTokenError`] found.
pub fn verify(
    text: &str,
    issuer: &str,
    keys: &JwkSet,
    now: Timestamp,
) -> Result<VerifiedToken, AccessTokenError> {
    let jws = Jws::parse(text)?;
    check_kind(jws.unverified_header())?;
    // Before keys are looked for, so that only what has a chance makes for a fetch of them.
    check_claims(jws.unverified_payload(), issuer, now)?;
    read(jws.verify(keys)?.payload)
}

/// RFC 9068 §2.1 wants `at+jwt`; Okta says nothing, others `JWT`.
fn check_kind(header: &JsonObject) -> Result<(), AccessTokenError> {
    let is_known =
        |kind: &str| ["JWT", "at+jwt", "application/at+jwt"].iter().any(|one| one.eq_ignore_ascii_case(kind));
    match header.get("typ") {
        None => Ok(()),
        Some(Value::String(kind)) if is_known(kind) => Ok(()),
        Some(_) => Err(AccessTokenError::Kind),
    }
}

fn check_claims(claims: &Claims, issuer: &str, now: Timestamp) -> Result<(), AccessTokenError> {
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(AccessTokenError::Issuer);
    }
    if claims.contains_key("cnf") {
        return Err(AccessTokenError::Bound);
    }
    if seconds(claims, "exp").is_none_or(|exp| exp <= now) {
        return Err(AccessTokenError::Expired);
    }
    let latest = now.plus(MAX_SKEW);
    let is_late = |name: &str| seconds(claims, name).is_none_or(|time| time > latest);
    if is_late("iat") || (claims.contains_key("nbf") && is_late("nbf")) {
        return Err(AccessTokenError::IssuedAt);
    }
    Ok(())
}

fn read(claims: Claims) -> Result<VerifiedToken, AccessTokenError> {
    let audiences: Option<Vec<String>> = match claims.get("aud") {
        Some(Value::String(one)) => Some(vec![one.clone()]),
        Some(Value::Array(several)) => several.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let sub = claims.get("sub").and_then(Value::as_str).filter(|sub| !sub.is_empty() && sub.len() <= MAX_SUB);
    Ok(VerifiedToken {
        sub: sub.ok_or(AccessTokenError::Subject)?.to_owned(),
        audiences: audiences.filter(|all| !all.is_empty()).ok_or(AccessTokenError::Audience)?,
        scopes: ["scope", "scp"].iter().filter_map(|name| claims.get(*name)).flat_map(words).collect(),
        issued_at: seconds(&claims, "iat").ok_or(AccessTokenError::IssuedAt)?,
        expires_at: seconds(&claims, "exp").ok_or(AccessTokenError::Expired)?,
        looks_like_id_token: ["nonce", "at_hash", "c_hash"].iter().any(|name| claims.contains_key(*name)),
        claims,
    })
}

/// RFC 9068 §2.2.3 has words with blanks between them, Okta a list.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(words) => words.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => vec![],
    }
}

/// A NumericDate (RFC 7519 §2), in whole seconds: a part of one does not lengthen a token's life.
fn seconds(claims: &Claims, name: &str) -> Option<Timestamp> {
    super::id_token::seconds(claims, name)
}

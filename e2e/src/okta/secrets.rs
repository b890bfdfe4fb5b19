//! Random values: codes, tokens, ids.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use rand::distributions::Alphanumeric;
use sha2::{Digest, Sha256};

/// Letters and digits, as in Okta's object ids.
pub(crate) fn random_id(length: usize) -> String {
    rand::thread_rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}

/// 43 characters of base64url, the length of Okta's codes and refresh tokens.
pub(crate) fn random_token() -> String {
    encode(&rand::thread_rng().r#gen::<[u8; 32]>())
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// `code_challenge` of a `code_verifier` (RFC 7636 §4.2).
pub(crate) fn s256(verifier: &str) -> String {
    encode(&Sha256::digest(verifier))
}

/// `at_hash` of an access token that an RS256 ID token comes with (OIDC Core §3.1.3.6).
pub(crate) fn at_hash(access_token: &str) -> String {
    encode(&Sha256::digest(access_token)[..16])
}

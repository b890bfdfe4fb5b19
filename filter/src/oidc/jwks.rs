//! The provider's signing keys, as its `jwks_uri` gives them (OIDC Discovery 1.0 §3).

use super::http_call::{Answer, AnswerError};
use crate::jose::JwkSet;
use crate::jose::jwk_set::NoUsableKey;

/// An answer without keys that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// Nothing that could be read.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// An empty set, or only keys of other kinds and uses.
    #[error(transparent)]
    NoUsableKey(#[from] NoUsableKey),
}

/// The keys of an answer of the `jwks_uri`.
///
/// # Errors
/// [`JwksError`] where the answer is no JWK set, or one without a usable key.
pub fn read(answer: &Answer) -> Result<JwkSet, JwksError> {
    Ok(JwkSet::read(&answer.json_object()?)?)
}

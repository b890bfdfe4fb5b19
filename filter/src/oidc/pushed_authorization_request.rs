//! Pushed authorization requests (RFC 9126): the parameters go to the provider directly, and the browser
//! carries a reference to them.

use serde_json::Value;
use url::form_urlencoded;

use super::RelyingParty;
use super::authorization_request::{Parameters, pairs, with_query};
use super::client_auth::authenticated_post;
use super::http_call::{Answer, AnswerError, HttpCall};
use super::token::{is_about_the_client, refusal_of};
use crate::config::HttpUrl;
use crate::inputs::{Inputs, NoEntropy};

/// Longer than any that a provider makes, and short enough for a `Location`. Bytes.
const MAX_REQUEST_URI: usize = 512;

/// The provider's reference to one authorization request (§2.2): good for one use, and not for long.
pub struct RequestUri(String);

crate::redacted::redacted!(RequestUri);

/// Why there is no reference that the browser could carry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The metadata require pushed requests, or the configuration does, and nobody says where to push them.
    #[error("the metadata lack pushed_authorization_request_endpoint")]
    NoEndpoint,
    /// §2.3; the code is of plain characters.
    #[error("the pushed authorization request endpoint refused: {code}")]
    Refused {
        /// `error` of the answer, or what stands for it.
        code: String,
        /// Of the answer.
        status: u16,
        /// `error_description`, fit for a log.
        description: Option<String>,
    },
    /// Nothing that could be read.
    #[error("the pushed authorization request endpoint gave {0}")]
    Answer(AnswerError),
    /// Missing, or not fit for a URL (§2.2).
    #[error("the pushed authorization request endpoint gave no proper request_uri")]
    RequestUri,
}

impl PushError {
    /// Whether the provider refused the client, whoever signs in (RFC 9126 §2.3, RFC 6749 §5.2).
    #[must_use]
    pub fn is_about_the_client(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if is_about_the_client(code))
    }
}

/// Whether this client's requests are pushed: as configured, else where the metadata require it (§5).
#[must_use]
pub fn is_wanted(relying_party: &RelyingParty<'_>) -> bool {
    let RelyingParty { client, metadata, .. } = relying_party;
    client.pushed_authorization_requests.unwrap_or(metadata.require_pushed_authorization_requests)
}

/// The call of §2.1: all parameters, with the client's authentication. Each call has its own, also where the
/// same request is pushed again.
///
/// # Errors
/// [`NoEntropy`] where the authentication needs randomness and there is none.
pub fn call(
    relying_party: &RelyingParty<'_>,
    endpoint: &HttpUrl,
    parameters: &Parameters<'_>,
    inputs: &mut Inputs<'_>,
) -> Result<HttpCall, NoEntropy> {
    authenticated_post(relying_party, endpoint, &pairs(relying_party, parameters), inputs)
}

impl RequestUri {
    /// Reads the answer: 201 (§2.2), or 200 as some providers have it. `expires_in` is the provider's own
    /// affair, since the browser goes there at once.
    ///
    /// # Errors
    /// [`PushError`] says why there is none.
    pub fn read(answer: &Answer) -> Result<Self, PushError> {
        let response = answer.json_object_of(&[201, 200]).map_err(|error| match refusal_of(answer) {
            Some((code, status, description)) => PushError::Refused { code, status, description },
            None => PushError::Answer(error),
        })?;
        match response.get("request_uri").and_then(Value::as_str) {
            Some(uri) if is_uri(uri) => Ok(Self(uri.to_owned())),
            _ => Err(PushError::RequestUri),
        }
    }

    /// The URL to which the browser is sent (§4): the configured or discovered endpoint, whatever the
    /// reference says, with nothing but it and the client in the query.
    #[must_use]
    pub fn url(&self, relying_party: &RelyingParty<'_>) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &relying_party.client.id)
            .append_pair("request_uri", &self.0)
            .finish();
        with_query(relying_party.metadata.authorization_endpoint.as_str(), &query)
    }
}

/// A scheme and more (RFC 3986 §3), of printable ASCII, and not too long.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    text.len() <= MAX_REQUEST_URI
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;

//! Client authentication (OIDC Core §9, RFC 6749 §2.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::{BigUint, RsaPublicKey};
use serde_json::Value;
use url::form_urlencoded;

use super::endpoint::Endpoint;
use super::error::OAuthError;
use super::incoming::Incoming;
use super::jwt::{self, Jwt};
use super::options::{Client, ClientAuth};
use super::secrets::decode;
use super::state::State;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Okta refuses assertions that live longer.
const ASSERTION_MAX_SECONDS: u64 = 3600;

pub(crate) struct Authenticated {
    pub(crate) client: Client,
    pub(crate) method: &'static str,
}

pub(crate) fn authenticate(state: &mut State, incoming: &Incoming) -> Result<Authenticated, OAuthError> {
    let presented = presented(incoming)?;
    let method = presented.method();
    let (id, good) = match &presented {
        Presented::Basic { id, secret } => {
            let registered = state.client(id).map(|client| &client.auth);
            (id, matches!(registered, Some(ClientAuth::Secret(s) | ClientAuth::Basic(s)) if s == secret))
        }
        Presented::Post { id, secret } => {
            let registered = state.client(id).map(|client| &client.auth);
            (id, matches!(registered, Some(ClientAuth::Secret(s) | ClientAuth::Post(s)) if s == secret))
        }
        Presented::Assertion { id, assertion } => (id, assertion_is_good(state, incoming, id, assertion)),
        Presented::Nothing { id } => {
            (id, state.client(id).is_some_and(|client| client.auth == ClientAuth::None))
        }
    };
    match state.client(id).cloned() {
        Some(client) if good => Ok(Authenticated { client, method }),
        _ => Err(failed()),
    }
}

/// What the request carries; exactly one method.
enum Presented {
    Basic { id: String, secret: String },
    Post { id: String, secret: String },
    Assertion { id: String, assertion: String },
    Nothing { id: String },
}

impl Presented {
    fn method(&self) -> &'static str {
        match self {
            Self::Basic { .. } => "client_secret_basic",
            Self::Post { .. } => "client_secret_post",
            Self::Assertion { .. } => "private_key_jwt",
            Self::Nothing { .. } => "none",
        }
    }
}

fn presented(incoming: &Incoming) -> Result<Presented, OAuthError> {
    let form = &incoming.params;
    let basic = incoming.authorization("Basic");
    let (id, secret, assertion) =
        (form.get("client_id"), form.get("client_secret"), form.get("client_assertion"));
    // Okta takes a `client_id` in the form beside the header, as long as nothing else of the kind is there.
    let ways = [basic.is_some(), secret.is_some(), assertion.is_some()];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        return Err(OAuthError::invalid_request("Cannot supply multiple client credentials."));
    }
    if let Some(credentials) = basic {
        let (basic_id, secret) = basic_credentials(credentials).ok_or_else(failed)?;
        if id.is_some_and(|id| id != basic_id) {
            return Err(OAuthError::invalid_request("The 'client_id' is not the one of the header."));
        }
        return Ok(Presented::Basic { id: basic_id, secret });
    }
    if let Some(assertion) = assertion {
        if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(OAuthError::invalid_request("The 'client_assertion_type' is invalid."));
        }
        let sub = jwt::parse(assertion).and_then(|jwt| jwt.claims["sub"].as_str().map(String::from));
        return Ok(Presented::Assertion { id: sub.ok_or_else(failed)?, assertion: assertion.into() });
    }
    let id = id.ok_or_else(failed)?.to_string();
    Ok(match secret {
        Some(secret) => Presented::Post { id, secret: secret.into() },
        None => Presented::Nothing { id },
    })
}

/// Id and secret are each form-encoded before they are joined (RFC 6749 §2.3.1).
fn basic_credentials(credentials: &str) -> Option<(String, String)> {
    let joined = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (id, secret) = joined.split_once(':')?;
    let decoded = |part: &str| {
        // As the value of a parameter; a bare `&` or `=` in it was not encoded as it should have been.
        let encoded = format!("v={part}");
        let mut pairs = form_urlencoded::parse(encoded.as_bytes());
        let value = pairs.next().map(|(_, value)| value.into_owned());
        pairs.next().is_none().then_some(value).flatten()
    };
    Some((decoded(id)?, decoded(secret)?))
}

fn assertion_is_good(state: &mut State, incoming: &Incoming, id: &str, assertion: &str) -> bool {
    let Some(ClientAuth::PrivateKeyJwt(keys)) = state.client(id).map(|client| &client.auth) else {
        return false;
    };
    let Some(jwt) = jwt::parse(assertion) else { return false };
    let now = state.now().as_secs();
    let name = if incoming.endpoint == Endpoint::Par { "par" } else { "token" };
    let endpoint_url = incoming.server.endpoint_url(&state.base_url, name);
    let audience = &jwt.claims["aud"];
    let for_us = audience == endpoint_url.as_str()
        || audience.as_array().is_some_and(|list| list.iter().any(|aud| aud == endpoint_url.as_str()));
    let in_time =
        jwt.claims["exp"].as_u64().is_some_and(|exp| now < exp && exp <= now + ASSERTION_MAX_SECONDS);
    let own = jwt.claims["iss"] == id && incoming.params.get("client_id").is_none_or(|other| other == id);
    if !(for_us && in_time && own && keys.iter().any(|key| verifies(&jwt, key))) {
        return false;
    }
    // Single use.
    match jwt.claims["jti"].as_str() {
        Some(jti) => state.assertions.insert(jti.into()),
        None => true,
    }
}

fn verifies(jwt: &Jwt<'_>, key: &Value) -> bool {
    if key["kid"].is_string() && jwt.header["kid"].is_string() && key["kid"] != jwt.header["kid"] {
        return false;
    }
    let member = |name: &str| key[name].as_str().and_then(decode).unwrap_or_default();
    match jwt.header["alg"].as_str() {
        Some("RS256") if key["kty"] == "RSA" => {
            let (n, e) = (BigUint::from_bytes_be(&member("n")), BigUint::from_bytes_be(&member("e")));
            RsaPublicKey::new(n, e).is_ok_and(|key| jwt.verify_rs256(&key))
        }
        Some("ES256") if key["kty"] == "EC" => {
            let point = [&[4], member("x").as_slice(), member("y").as_slice()].concat();
            p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).is_ok_and(|key| jwt.verify_es256(&key))
        }
        _ => false,
    }
}

fn failed() -> OAuthError {
    OAuthError::invalid_client(
        "Client authentication failed. Either the client or the client credentials are invalid.",
    )
}

//! The pushed authorization request endpoint (RFC 9126).

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::answer::json_response;
use super::client_auth;
use super::error::OAuthError;
use super::incoming::Incoming;
use super::params::Params;
use super::secrets::random_token;
use super::state::{Pushed, State};

pub(crate) fn push(state: &mut State, incoming: &Incoming) -> Result<Response, OAuthError> {
    incoming.form()?;
    let client = client_auth::authenticate(state, incoming)?.client;
    if client.registered_redirect_uri(incoming.params.get("redirect_uri")).is_none() {
        return Err(OAuthError::invalid_request("The 'redirect_uri' parameter is not registered."));
    }
    let uri = format!("urn:okta:{}", random_token());
    let lifetime = 300;
    let expires = state.now() + Duration::from_secs(lifetime);
    let params = incoming.params.clone();
    state.pushed.insert(uri.clone(), Pushed { client_id: client.id, params, expires });
    Ok(json_response(StatusCode::CREATED, &json!({ "request_uri": uri, "expires_in": lifetime })))
}

/// What was pushed under this URI, once.
pub(crate) fn take(state: &mut State, request_uri: &str, client_id: &str) -> Option<Params> {
    let now = state.now();
    let pushed = state.pushed.remove(request_uri)?;
    (pushed.client_id == client_id && now < pushed.expires).then_some(pushed.params)
}

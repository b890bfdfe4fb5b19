//! Introspection (RFC 7662) and revocation (RFC 7009).

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{html_response, json_response};
use super::client_auth;
use super::error::OAuthError;
use super::incoming::Incoming;
use super::state::State;

pub(crate) fn introspect(state: &mut State, incoming: &Incoming) -> Result<Response, OAuthError> {
    incoming.form()?;
    let client = client_auth::authenticate(state, incoming)?.client;
    let token = incoming.params.required("token")?;
    let about = about_access_token(state, token, &client.id)
        .or_else(|| about_refresh_token(state, token, &client.id))
        .unwrap_or_else(|| json!({ "active": false }));
    Ok(json_response(StatusCode::OK, &about))
}

/// A refresh token takes everything of its sign-in with it, an access token goes alone. One that was rotated is none any
/// more, and takes nothing.
pub(crate) fn revoke(state: &mut State, incoming: &Incoming) -> Result<Response, OAuthError> {
    incoming.form()?;
    let client = client_auth::authenticate(state, incoming)?.client;
    let token = incoming.params.required("token")?;
    let own = |state: &State, grant: usize| state.grants[grant].client_id == client.id;
    if let Some(found) = state.refresh_tokens.get(token).filter(|found| own(state, found.grant)) {
        let (index, is_newest) = (found.grant, found.rotated.is_none());
        state.grants[index].ended |= is_newest;
    } else if let Some(index) = state.access_tokens.get(token).map(|t| t.grant)
        && own(state, index)
        && let Some(token) = state.access_tokens.get_mut(token)
    {
        token.revoked = true;
    }
    Ok(html_response(StatusCode::OK, String::new()))
}

fn about_access_token(state: &State, token: &str, client_id: &str) -> Option<Value> {
    let (token, grant) = state.live_access_token(token).filter(|(_, grant)| grant.client_id == client_id)?;
    let person = state.person(&grant.person_id)?;
    Some(json!({
        "active": true, "token_type": "Bearer", "client_id": grant.client_id,
        "iss": grant.server.issuer(&state.base_url), "sub": person.login, "username": person.login,
        "uid": person.id, "scope": token.scopes.join(" "),
        "iat": token.issued.as_secs(), "exp": token.expires.as_secs(),
    }))
}

fn about_refresh_token(state: &State, token: &str, client_id: &str) -> Option<Value> {
    let token = state.refresh_tokens.get(token).filter(|token| token.rotated.is_none())?;
    let grant = state.grants.get(token.grant).filter(|grant| grant.client_id == client_id && !grant.ended)?;
    let expires = grant.created + state.options.lifetimes.refresh_token;
    let person = state.person(&grant.person_id)?;
    (state.now() < expires).then(|| {
        json!({
            "active": true, "client_id": grant.client_id, "sub": person.login, "username": person.login,
            "uid": person.id, "scope": grant.scopes.join(" "), "exp": expires.as_secs(),
        })
    })
}

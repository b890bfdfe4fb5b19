//! RP-initiated logout.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::answer::redirect;
use super::incoming::Incoming;
use super::jwt;
use super::page;
use super::params::with_query;
use super::sign_in::SESSION_COOKIE;
use super::state::State;

pub(crate) fn answer(state: &mut State, incoming: &Incoming) -> Response {
    let refuse = |description: &str| page::error(StatusCode::BAD_REQUEST, description);
    let Some(hint) = incoming.params.get("id_token_hint") else {
        return refuse("The 'id_token_hint' parameter is missing.");
    };
    let Some((client_id, person_id)) = verify_hint(state, incoming, hint) else {
        return refuse("The 'id_token_hint' is invalid.");
    };
    let location = match incoming.params.get("post_logout_redirect_uri") {
        None => None,
        Some(uri) => {
            let registered = state
                .client(&client_id)
                .is_some_and(|client| client.post_logout_redirect_uris.iter().any(|known| known == uri));
            if !registered {
                return refuse("The 'post_logout_redirect_uri' must be a Logout redirect URI of the app.");
            }
            Some(match incoming.params.get("state") {
                Some(state) => with_query(uri, &[("state", state)]),
                None => uri.to_string(),
            })
        }
    };
    // Only the session of the person whom the hint names.
    if let Some(id) = incoming.cookie(SESSION_COOKIE)
        && state.sessions.get(id).is_some_and(|session| session.person_id == person_id)
    {
        state.sessions.remove(id);
    }
    let mut answer = location.map_or_else(page::signed_out, |location| redirect(&location));
    let cleared = HeaderValue::from_static("idx=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    answer.headers_mut().append(header::SET_COOKIE, cleared);
    answer
}

/// Client and person of an ID token of this authorization server. An expired one is as good.
fn verify_hint(state: &State, incoming: &Incoming, hint: &str) -> Option<(String, String)> {
    let token = jwt::parse(hint)?;
    let key = state.keys.find(token.header["kid"].as_str()?)?;
    let good = token.verify_rs256(&key.public())
        && token.claims["iss"] == incoming.server.issuer(&state.base_url).as_str();
    let member = |name: &str| token.claims[name].as_str().map(String::from);
    if good { Some((member("aud")?, member("sub")?)) } else { None }
}

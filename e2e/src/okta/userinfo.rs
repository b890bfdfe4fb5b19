//! The userinfo endpoint (OIDC Core §5.3), with its errors in `WWW-Authenticate` (RFC 6750 §3).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::answer::{html_response, json_response};
use super::id_token;
use super::incoming::Incoming;
use super::state::State;

pub(crate) fn answer(state: &State, incoming: &Incoming) -> Response {
    let token = incoming.authorization("Bearer").unwrap_or_default();
    let live = state.live_access_token(token).filter(|(_, grant)| grant.server == incoming.server);
    let Some((token, grant)) = live else {
        let description = "The access token is invalid.";
        return refuse(state, incoming, StatusCode::UNAUTHORIZED, "invalid_token", description);
    };
    if !token.scopes.iter().any(|scope| scope == "openid") {
        let description = "The access token must provide access to the scope 'openid'.";
        return refuse(state, incoming, StatusCode::FORBIDDEN, "insufficient_scope", description);
    }
    match state.person(&grant.person_id) {
        Some(person) => {
            json_response(StatusCode::OK, &id_token::userinfo(state, grant, &token.scopes, person))
        }
        None => {
            let description = "The person is no longer active.";
            refuse(state, incoming, StatusCode::UNAUTHORIZED, "invalid_token", description)
        }
    }
}

fn refuse(
    state: &State,
    incoming: &Incoming,
    status: StatusCode,
    error: &str,
    description: &str,
) -> Response {
    let challenge = format!(
        "Bearer authorization_uri=\"{}\", realm=\"{}\", scope=\"openid\", error=\"{error}\", \
         error_description=\"{description}\", resource=\"{}\"",
        incoming.server.endpoint_url(&state.base_url, "authorize"),
        state.base_url,
        incoming.path,
    );
    let mut answer = html_response(status, String::new());
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

//! One request, front to back: count it, spoil it where a fault is due, and let its endpoint answer.

use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderValue, Method, Request, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming as IncomingBody;

use super::endpoint::{AuthorizationServer, Endpoint};
use super::error::{not_found, platform_error};
use super::fault::{self, Effect};
use super::incoming::Incoming;
use super::introspection;
use super::logout;
use super::metadata;
use super::par;
use super::secrets::random_id;
use super::sign_in;
use super::state::State;
use super::token;
use super::userinfo;

const MAX_BODY: usize = 256 * 1024;

/// `None`: the connection is to be closed without an answer.
pub(crate) async fn exchange(state: &Mutex<State>, request: Request<IncomingBody>) -> Option<Response> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY)
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_else(|_| Bytes::new());
    let incoming = Incoming::new(parts, &body);

    let (effect, answer) = {
        // Everything but the waiting happens under the lock: the endpoints are plain functions.
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        *state.requests.entry(incoming.endpoint).or_default() += 1;
        let now = state.now().as_secs();
        match state.faults.take(incoming.endpoint).map(|fault| fault::effect(fault, now)) {
            Some(Effect::Instead(answer)) => return answer,
            Some(Effect::After(fault)) => (Some(fault), answer(&mut state, &incoming)),
            None => (None, answer(&mut state, &incoming)),
        }
    };
    let mut answer = match effect {
        Some(fault) => fault::spoil(fault, answer).await?,
        None => answer,
    };
    if let Ok(id) = HeaderValue::try_from(random_id(27)) {
        answer.headers_mut().insert("x-okta-request-id", id);
    }
    Some(answer)
}

fn answer(state: &mut State, incoming: &Incoming) -> Response {
    if !incoming.server.exists(&state.options) || incoming.endpoint == Endpoint::Other {
        return not_found(&incoming.path);
    }
    if incoming.server != AuthorizationServer::Org && !state.options.api_access_management {
        let summary = "You do not have permission to access the feature you are requesting";
        return platform_error(StatusCode::UNAUTHORIZED, "E0000015", summary);
    }
    if !method_is_allowed(incoming) {
        let summary = "The endpoint does not support the provided HTTP method";
        return platform_error(StatusCode::METHOD_NOT_ALLOWED, "E0000022", summary);
    }
    let result = match incoming.endpoint {
        Endpoint::Metadata => Ok(metadata::answer(state, &incoming.server)),
        Endpoint::Keys => Ok(metadata::keys(state)),
        Endpoint::Authorize => Ok(sign_in::authorize(state, incoming)),
        Endpoint::SignIn => Ok(sign_in::submit(state, incoming)),
        Endpoint::Par => par::push(state, incoming),
        Endpoint::Token => Ok(token::answer(state, incoming)),
        Endpoint::Introspect => introspection::introspect(state, incoming),
        Endpoint::Revoke => introspection::revoke(state, incoming),
        Endpoint::Logout => Ok(logout::answer(state, incoming)),
        Endpoint::Userinfo => Ok(userinfo::answer(state, incoming)),
        Endpoint::Other => Ok(not_found(&incoming.path)),
    };
    result.unwrap_or_else(|error| error.response())
}

fn method_is_allowed(incoming: &Incoming) -> bool {
    let method = &incoming.method;
    match incoming.endpoint {
        Endpoint::Metadata | Endpoint::Keys => method == Method::GET || method == Method::HEAD,
        Endpoint::Authorize | Endpoint::Logout | Endpoint::Userinfo => {
            method == Method::GET || method == Method::POST
        }
        Endpoint::SignIn | Endpoint::Par | Endpoint::Token | Endpoint::Introspect | Endpoint::Revoke => {
            method == Method::POST
        }
        Endpoint::Other => true,
    }
}

//! The authorization endpoint and the sign-in page's answer: who the person is, and the code.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::authorization_check;
use super::authorization_request::AuthorizationRequest;
use super::id_token;
use super::incoming::Incoming;
use super::page;
use super::secrets::random_id;
use super::state::{Grant, OpSession, State};

/// Okta's session cookie.
pub(crate) const SESSION_COOKIE: &str = "idx";

pub(crate) fn authorize(state: &mut State, incoming: &Incoming) -> Response {
    let request = match authorization_check::parse(state, incoming) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    match state.session(incoming.cookie(SESSION_COOKIE)).cloned() {
        Some(session) if satisfies(state, &session, &request) => {
            authorization_response(state, &request, &session)
        }
        _ if request.prompt.iter().any(|prompt| prompt == "none") => request.redirect_error(
            "login_required",
            "The client specified not to prompt, but the user is not logged in.",
        ),
        _ => {
            let transaction = random_id(24);
            let answer = page::sign_in(&state.options.people, &request, &transaction);
            state.transactions.insert(transaction, request);
            answer
        }
    }
}

/// What a button of the sign-in page posts.
pub(crate) fn submit(state: &mut State, incoming: &Incoming) -> Response {
    let transaction = incoming.params.get("transaction").unwrap_or_default();
    let Some(request) = state.transactions.remove(transaction) else {
        return page::error(StatusCode::BAD_REQUEST, "This sign-in has already ended. Go back to the app.");
    };
    let nick = incoming.params.get("person");
    let Some(person) = state.options.people.iter().find(|person| Some(person.nick.as_str()) == nick) else {
        let description = "The resource owner or authorization server denied the request.";
        return request.redirect_error("access_denied", description);
    };
    let session = OpSession {
        person_id: person.id.clone(),
        auth_time: state.now(),
        second_factor: request.wants_second_factor(),
    };
    let id = state.start_session(session.clone());
    let mut answer = authorization_response(state, &request, &session);
    let cookie = format!("{SESSION_COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

/// Whether the session spares the person the page.
fn satisfies(state: &State, session: &OpSession, request: &AuthorizationRequest) -> bool {
    let Some(person) = state.person(&session.person_id) else { return false };
    let age = state.now().saturating_sub(session.auth_time).as_secs_f64();
    let asked_again = request.prompt.iter().any(|prompt| prompt == "login");
    !asked_again
        // `max_age=0` forces authentication, however fresh the session is.
        && request.max_age.is_none_or(|max_age| max_age > 0 && age <= max_age as f64)
        && (session.second_factor || !request.wants_second_factor())
        && request.login_hint.as_ref().is_none_or(|hint| *hint == person.login || *hint == person.email)
}

fn authorization_response(
    state: &mut State,
    request: &AuthorizationRequest,
    session: &OpSession,
) -> Response {
    let (Some(person), Some(client)) = (state.person(&session.person_id), state.client(&request.client_id))
    else {
        return page::error(StatusCode::BAD_REQUEST, "The person or the app is gone.");
    };
    if client.assigned.as_ref().is_some_and(|logins| !logins.contains(&person.login)) {
        return request.redirect_error("access_denied", "User is not assigned to the client application.");
    }
    let groups = id_token::groups_claim(state, &request.server, &request.scopes, person);
    if groups.is_some_and(|(_, groups)| state.options.group_limit.is_some_and(|limit| groups.len() > limit)) {
        return request
            .redirect_error("server_error", "The groups claim matches more groups than are allowed.");
    }
    let grant = Grant {
        server: request.server.clone(),
        client_id: request.client_id.clone(),
        person_id: session.person_id.clone(),
        scopes: request.scopes.clone(),
        nonce: request.nonce.clone(),
        auth_time: session.auth_time,
        acr: request.acr.clone(),
        second_factor: session.second_factor,
        created: state.now(),
        ended: false,
    };
    let code = state.issue_code(grant, request);
    let issuer = request.server.issuer(&state.base_url);
    match state.options.iss_parameter {
        true => request.redirect(&[("code", &code), ("iss", &issuer)]),
        false => request.redirect(&[("code", &code)]),
    }
}

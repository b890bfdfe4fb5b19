//! The token endpoint.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::json_response;
use super::client_auth;
use super::endpoint::AuthorizationServer;
use super::error::OAuthError;
use super::id_token;
use super::incoming::Incoming;
use super::jwt;
use super::keys::KeyRing;
use super::log::{TokenAnswer, TokenRequest};
use super::options::{Client, RefreshTokens};
use super::people::Person;
use super::secrets::{random_id, s256};
use super::state::{AccessToken, Grant, State};
use super::tamper;

/// Answers, and writes into the log how.
pub(crate) fn answer(state: &mut State, incoming: &Incoming) -> Response {
    let form = &incoming.params;
    let mut entry = TokenRequest {
        server: incoming.server.clone(),
        grant_type: form.get("grant_type").unwrap_or_default().into(),
        client_id: form.get("client_id").map(Into::into),
        auth_method: None,
        redirect_uri: form.get("redirect_uri").map(Into::into),
        scope: form.get("scope").map(Into::into),
        answer: TokenAnswer::Tokens,
    };
    let answer = match tokens(state, incoming, &mut entry) {
        Ok(tokens) => json_response(StatusCode::OK, &tokens),
        Err(error) => {
            entry.answer = TokenAnswer::Refused(error.error.clone());
            error.response()
        }
    };
    state.token_requests.push(entry);
    answer
}

fn tokens(state: &mut State, incoming: &Incoming, entry: &mut TokenRequest) -> Result<Value, OAuthError> {
    incoming.form()?;
    let grant_type = incoming.params.required("grant_type")?;
    let authenticated = client_auth::authenticate(state, incoming)?;
    entry.client_id = Some(authenticated.client.id.clone());
    entry.auth_method = Some(authenticated.method.into());
    match grant_type {
        "authorization_code" => redeem_code(state, incoming, &authenticated.client),
        "refresh_token" => refresh(state, incoming, &authenticated.client),
        _ => Err(OAuthError::new(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.",
        )),
    }
}

fn redeem_code(state: &mut State, incoming: &Incoming, client: &Client) -> Result<Value, OAuthError> {
    let invalid = || OAuthError::invalid_grant("The authorization code is invalid or has expired.");
    let presented = incoming.params.required("code")?;
    let redirect_uri = incoming.params.required("redirect_uri")?;
    let verifier = incoming.params.required("code_verifier")?;

    let code = state.codes.get(presented).cloned().ok_or_else(invalid)?;
    let grant = own_grant(state, code.grant, &incoming.server, client).ok_or_else(invalid)?;
    if code.redeemed {
        // Someone else may have been first (RFC 6749 §4.1.2).
        state.code_replays += 1;
        state.grants[code.grant].ended = true;
        return Err(invalid());
    }
    if state.now() >= code.expires {
        return Err(invalid());
    }
    if redirect_uri != code.redirect_uri {
        return Err(OAuthError::invalid_grant(
            "The 'redirect_uri' does not match the redirection URI used in the authorization request.",
        ));
    }
    if verifier.len() < 43 || s256(verifier) != code.code_challenge {
        return Err(OAuthError::invalid_grant("PKCE verification failed."));
    }
    if let Some(code) = state.codes.get_mut(presented) {
        code.redeemed = true;
    }

    let refresh_token = grant
        .scopes
        .iter()
        .any(|scope| scope == "offline_access")
        .then(|| state.issue_refresh_token(code.grant));
    let wanted = Wanted { scopes: grant.scopes.clone(), refresh_token, id_token: IdTokenOf::SignIn };
    issue(state, code.grant, &grant, wanted)
}

fn refresh(state: &mut State, incoming: &Incoming, client: &Client) -> Result<Value, OAuthError> {
    let invalid = || OAuthError::invalid_grant("The refresh token is invalid or expired.");
    let presented = incoming.params.required("refresh_token")?;
    let found = state.refresh_tokens.get(presented).cloned().ok_or_else(invalid)?;
    let grant = own_grant(state, found.grant, &incoming.server, client).ok_or_else(invalid)?;
    // A rotated token keeps the expiry of the first one.
    if grant.ended || state.now() >= grant.created + state.options.lifetimes.refresh_token {
        return Err(invalid());
    }
    let asked: Option<Vec<String>> =
        incoming.params.get("scope").map(|list| list.split_ascii_whitespace().map(Into::into).collect());
    if asked.iter().flatten().any(|scope| !grant.scopes.contains(scope)) {
        return Err(OAuthError::invalid_scope("The requested scope exceeds the scope of the sign-in."));
    }

    let refresh_token = match (state.options.refresh, found.rotated) {
        (RefreshTokens::Keep, _) => None,
        (RefreshTokens::Rotate { .. }, None) => Some(rotate(state, presented, found.grant)),
        (RefreshTokens::Rotate { grace }, Some((at, successor))) => {
            if state.now() >= at + grace {
                // Reuse: one of the two who hold it has stolen it.
                state.grants[found.grant].ended = true;
                return Err(invalid());
            }
            Some(newest(state, successor))
        }
    };
    // A new ID token only for those who ask for `openid` again.
    let asks_for_openid = asked.as_ref().is_some_and(|scopes| scopes.iter().any(|scope| scope == "openid"));
    let id_token = if asks_for_openid { IdTokenOf::Refresh } else { IdTokenOf::Nothing };
    let scopes = asked.unwrap_or_else(|| grant.scopes.clone());
    issue(state, found.grant, &grant, Wanted { scopes, refresh_token, id_token })
}

/// The grant, if this client got it from this authorization server.
fn own_grant(state: &State, index: usize, server: &AuthorizationServer, client: &Client) -> Option<Grant> {
    let grant = state.grants.get(index)?;
    (grant.client_id == client.id && grant.server == *server).then(|| grant.clone())
}

fn rotate(state: &mut State, old: &str, grant: usize) -> String {
    let new = state.issue_refresh_token(grant);
    let now = state.now();
    if let Some(old) = state.refresh_tokens.get_mut(old) {
        old.rotated = Some((now, new.clone()));
    }
    new
}

fn newest(state: &State, mut token: String) -> String {
    while let Some((_, successor)) = state.refresh_tokens.get(&token).and_then(|t| t.rotated.as_ref()) {
        token.clone_from(successor);
    }
    token
}

/// `refreshed`: whether this is a refresh, and then whether it gives an ID token.
/// What a token response is to hold.
struct Wanted {
    scopes: Vec<String>,
    refresh_token: Option<String>,
    id_token: IdTokenOf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IdTokenOf {
    SignIn,
    Refresh,
    /// None.
    Nothing,
}

fn issue(state: &mut State, index: usize, grant: &Grant, wanted: Wanted) -> Result<Value, OAuthError> {
    let Wanted { scopes, refresh_token, id_token: of } = wanted;
    let Some(person) = state.person(&grant.person_id).cloned() else {
        return Err(OAuthError::invalid_grant("The person is no longer active."));
    };
    let access_token = issue_access_token(state, index, grant, &person, scopes.clone());
    let mut answer = json!({
        "token_type": "Bearer",
        "expires_in": state.options.lifetimes.access_token.as_secs(),
        "access_token": access_token,
        "scope": scopes.join(" "),
    });
    if let Some(token) = refresh_token {
        answer["refresh_token"] = json!(token);
    }
    if of != IdTokenOf::Nothing {
        let is_refresh = of == IdTokenOf::Refresh;
        let claims = id_token::id_token(state, grant, &person, &access_token, is_refresh);
        if let Some(token) = tamper::sign(&state.keys, &state.tampers, claims, state.now().as_secs()) {
            state.issued.push(token.clone());
            answer["id_token"] = json!(token);
        }
    }
    Ok(answer)
}

pub(crate) fn issue_access_token(
    state: &mut State,
    index: usize,
    grant: &Grant,
    person: &Person,
    scopes: Vec<String>,
) -> String {
    let claims = id_token::access_token(state, grant, person, &scopes);
    let token = match grant.server {
        // The keys of the org server's access tokens are published nowhere.
        AuthorizationServer::Org => {
            let header = json!({ "kid": random_id(43), "alg": "RS256" });
            jwt::sign(&KeyRing::unpublished(), &header, &claims)
        }
        AuthorizationServer::Custom(_) => {
            let key = state.keys.current();
            jwt::sign(&key, &jwt::header(&key), &claims)
        }
    };
    let issued = state.now();
    let expires = issued + state.options.lifetimes.access_token;
    state
        .access_tokens
        .insert(token.clone(), AccessToken { grant: index, scopes, issued, expires, revoked: false });
    state.issued.push(token.clone());
    token
}

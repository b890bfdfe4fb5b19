//! The parameters of an authorization request, checked.

use axum::http::StatusCode;
use axum::response::Response;

use super::answer::redirect;
use super::authorization_request::{AuthorizationRequest, response_location};
use super::endpoint::AuthorizationServer;
use super::error::OAuthError;
use super::incoming::Incoming;
use super::metadata;
use super::options::Client;
use super::page;
use super::par;
use super::params::Params;
use super::state::State;

/// The checked request; else the answer, which is a redirect only when client and redirect URI are good.
pub(crate) fn parse(state: &mut State, incoming: &Incoming) -> Result<AuthorizationRequest, Box<Response>> {
    let not_redirected = |description: &str| Box::new(page::error(StatusCode::BAD_REQUEST, description));

    let client_id = incoming.params.get("client_id").unwrap_or_default().to_string();
    let Some(client) = state.client(&client_id).cloned() else {
        return Err(not_redirected("Invalid value for 'client_id' parameter."));
    };
    let pushed = match incoming.params.get("request_uri") {
        None if client.require_par => {
            return Err(not_redirected("The app requires pushed authorization requests."));
        }
        None => None,
        Some(uri) => match par::take(state, uri, &client_id) {
            Some(params) => Some(params),
            None => return Err(not_redirected("The 'request_uri' is invalid or has expired.")),
        },
    };
    let params = pushed.as_ref().unwrap_or(&incoming.params);
    let Some(redirect_uri) = client.registered_redirect_uri(params.get("redirect_uri")) else {
        return Err(not_redirected(
            "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.",
        ));
    };

    check(state, &incoming.server, &client, redirect_uri, params).map_err(|error| {
        let fragment = params.get("response_mode") == Some("fragment");
        let echoed = params.get("state").filter(|state| is_valid_state(state));
        let mut answer =
            vec![("error", error.error.as_str()), ("error_description", error.description.as_str())];
        answer.extend(echoed.map(|state| ("state", state)));
        Box::new(redirect(&response_location(redirect_uri, fragment, &answer)))
    })
}

fn check(
    state: &State,
    server: &AuthorizationServer,
    client: &Client,
    redirect_uri: &str,
    params: &Params,
) -> Result<AuthorizationRequest, OAuthError> {
    params.check_unique()?;
    let echoed = params.required("state")?;
    if !is_valid_state(echoed) {
        return Err(OAuthError::invalid_request("The 'state' parameter has invalid characters."));
    }
    if params.required("response_type")? != "code" {
        let description = "The stand-in knows the response type 'code' only.";
        return Err(OAuthError::new(StatusCode::BAD_REQUEST, "unsupported_response_type", description));
    }
    let fragment = match params.get("response_mode") {
        None | Some("query") => false,
        Some("fragment") => true,
        Some(_) => return Err(OAuthError::invalid_request("The 'response_mode' is not supported.")),
    };
    if params.get("code_challenge_method") != Some("S256") {
        return Err(OAuthError::invalid_request("PKCE is required, with the code challenge method 'S256'."));
    }
    let code_challenge = params.required("code_challenge")?;
    if code_challenge.len() != 43 {
        return Err(OAuthError::invalid_request("The 'code_challenge' is not a SHA-256 hash in base64url."));
    }
    let prompt: Vec<String> = words(params.get("prompt"));
    if prompt.len() > 1 && prompt.iter().any(|p| p == "none") {
        return Err(OAuthError::invalid_request("The prompt 'none' stands alone."));
    }
    let max_age = match params.get("max_age") {
        None => None,
        Some(seconds) => {
            Some(seconds.parse().map_err(|_| OAuthError::invalid_request("The 'max_age' is not a number."))?)
        }
    };
    Ok(AuthorizationRequest {
        server: server.clone(),
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.into(),
        state: echoed.into(),
        fragment,
        nonce: params.get("nonce").map(Into::into),
        scopes: checked_scopes(state, server, client, params)?,
        code_challenge: code_challenge.into(),
        prompt,
        max_age,
        login_hint: params.get("login_hint").map(Into::into),
        acr: words(params.get("acr_values"))
            .into_iter()
            .find(|acr| metadata::ACR_VALUES.contains(&acr.as_str())),
    })
}

fn checked_scopes(
    state: &State,
    server: &AuthorizationServer,
    client: &Client,
    params: &Params,
) -> Result<Vec<String>, OAuthError> {
    let scopes = words(params.get("scope"));
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(OAuthError::invalid_scope("The scope 'openid' is missing."));
    }
    let known = metadata::scopes(state, server);
    let refused =
        |scope: &&String| !known.contains(scope) || (*scope == "offline_access" && !client.refresh_tokens);
    match scopes.iter().find(refused) {
        Some(_) => Err(OAuthError::invalid_scope(
            "One or more scopes are not configured for the authorization server resource.",
        )),
        None => Ok(scopes),
    }
}

/// Okta's character set: letters, digits, and `, . _ -`.
fn is_valid_state(state: &str) -> bool {
    state.bytes().all(|b| b.is_ascii_alphanumeric() || b",._-".contains(&b))
}

fn words(list: Option<&str>) -> Vec<String> {
    list.unwrap_or_default().split_ascii_whitespace().map(Into::into).collect()
}

//! The authorization request: its parameters, checked.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use url::form_urlencoded;

use super::client_auth;
use super::endpoint::AuthorizationServer;
use super::error::{OAuthError, json_response};
use super::exchange::Incoming;
use super::metadata;
use super::options::Client;
use super::page;
use super::params::{Params, with_query};
use super::secrets::random_token;
use super::state::{Pushed, State};

#[derive(Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) server: AuthorizationServer,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    pub(crate) fragment: bool,
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) code_challenge: String,
    pub(crate) prompt: Vec<String>,
    pub(crate) max_age: Option<u64>,
    pub(crate) login_hint: Option<String>,
    /// The first of the requested ones that Okta knows; others are ignored.
    pub(crate) acr: Option<String>,
}

impl AuthorizationRequest {
    pub(crate) fn wants_second_factor(&self) -> bool {
        self.acr.as_deref().is_some_and(|acr| !acr.contains(":1fa:"))
    }

    /// The authorization response.
    pub(crate) fn redirect(&self, params: &[(&str, &str)]) -> Response {
        let params: Vec<_> = params.iter().copied().chain([("state", self.state.as_str())]).collect();
        page::redirect(&response_location(&self.redirect_uri, self.fragment, &params))
    }

    pub(crate) fn redirect_error(&self, error: &str, description: &str) -> Response {
        self.redirect(&[("error", error), ("error_description", description)])
    }
}

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
        Some(uri) => match take_pushed(state, uri, &client_id) {
            Some(params) => Some(params),
            None => return Err(not_redirected("The 'request_uri' is invalid or has expired.")),
        },
    };
    let params = pushed.as_ref().unwrap_or(&incoming.params);
    let Some(redirect_uri) = registered_redirect_uri(&client, params) else {
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
        Box::new(page::redirect(&response_location(redirect_uri, fragment, &answer)))
    })
}

/// The pushed authorization request endpoint (RFC 9126).
pub(crate) fn push(state: &mut State, incoming: &Incoming) -> Result<Response, OAuthError> {
    incoming.form()?;
    let client = client_auth::authenticate(state, incoming)?.client;
    if registered_redirect_uri(&client, &incoming.params).is_none() {
        return Err(OAuthError::invalid_request("The 'redirect_uri' parameter is not registered."));
    }
    let uri = format!("urn:okta:{}", random_token());
    let lifetime = 300;
    let expires = state.now() + std::time::Duration::from_secs(lifetime);
    let params = incoming.params.clone();
    state.pushed.insert(uri.clone(), Pushed { client_id: client.id, params, expires });
    Ok(json_response(StatusCode::CREATED, &json!({ "request_uri": uri, "expires_in": lifetime })))
}

fn take_pushed(state: &mut State, request_uri: &str, client_id: &str) -> Option<Params> {
    let now = state.now();
    let pushed = state.pushed.remove(request_uri)?;
    (pushed.client_id == client_id && now < pushed.expires).then_some(pushed.params)
}

fn registered_redirect_uri<'a>(client: &Client, params: &'a Params) -> Option<&'a str> {
    let uri = params.get("redirect_uri")?;
    client.redirect_uris.iter().any(|pattern| uri_matches(pattern, uri)).then_some(uri)
}

/// Exact, or with one `*` within the lowest subdomain of the host.
fn uri_matches(pattern: &str, uri: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == uri };
    let in_lowest_label = before.split_once("://").is_some_and(|(_, host)| !host.contains(['.', '/', ':']));
    let matched = uri.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    in_lowest_label
        && matched.is_some_and(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
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

fn response_location(redirect_uri: &str, fragment: bool, params: &[(&str, &str)]) -> String {
    if fragment {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        format!("{redirect_uri}#{encoded}")
    } else {
        with_query(redirect_uri, params)
    }
}

#[cfg(test)]
mod tests {
    use super::uri_matches;

    #[test]
    fn a_star_stands_for_a_part_of_the_lowest_label_only() {
        assert!(uri_matches("https://*.example.com/cb", "https://a-1.example.com/cb"));
        assert!(uri_matches("https://pr-*.example.com/cb", "https://pr-7.example.com/cb"));
        assert!(!uri_matches("https://*.example.com/cb", "https://a.b.example.com/cb"));
        assert!(!uri_matches("https://*.example.com/cb", "https://.example.com/cb"));
        assert!(!uri_matches("https://*.example.com/cb", "https://evil.test/x.example.com/cb"));
        assert!(!uri_matches("https://example.com/*", "https://example.com/cb"));
        assert!(!uri_matches("https://example.com/cb", "https://example.com/cb?x"));
    }
}

//! The authorization request, once it is checked, and the response to it.

use axum::response::Response;
use url::form_urlencoded;

use super::answer::redirect;
use super::endpoint::AuthorizationServer;
use super::params::with_query;

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
        redirect(&response_location(&self.redirect_uri, self.fragment, &params))
    }

    pub(crate) fn redirect_error(&self, error: &str, description: &str) -> Response {
        self.redirect(&[("error", error), ("error_description", description)])
    }
}

/// Where the parameters of the authorization response go.
pub(crate) fn response_location(redirect_uri: &str, fragment: bool, params: &[(&str, &str)]) -> String {
    if fragment {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        format!("{redirect_uri}#{encoded}")
    } else {
        with_query(redirect_uri, params)
    }
}

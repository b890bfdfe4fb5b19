//! What every endpoint is given of a request.

use axum::http::{HeaderMap, Method, header, request};

use super::endpoint::{AuthorizationServer, Endpoint, route};
use super::error::OAuthError;
use super::params::Params;

/// A request with its body, taken apart as far as every endpoint needs it.
pub(crate) struct Incoming {
    pub(crate) server: AuthorizationServer,
    pub(crate) endpoint: Endpoint,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Of the form of a POST, else of the query.
    pub(crate) params: Params,
    headers: HeaderMap,
}

impl Incoming {
    pub(crate) fn new(parts: request::Parts, body: &[u8]) -> Self {
        let path = parts.uri.path().to_string();
        let (server, endpoint) = route(&path);
        let params = match parts.method {
            Method::POST => Params::parse(body),
            _ => Params::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        };
        Self { server, endpoint, method: parts.method, path, params, headers: parts.headers }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }

    /// The credentials of an `Authorization` header of that scheme.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (found, credentials) = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        found.eq_ignore_ascii_case(scheme).then_some(credentials.trim())
    }

    /// Refuses what is not a form, or has a parameter twice.
    pub(crate) fn form(&self) -> Result<(), OAuthError> {
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded")) {
            return Err(OAuthError::invalid_request(
                "The content type must be 'application/x-www-form-urlencoded'.",
            ));
        }
        self.params.check_unique()
    }
}

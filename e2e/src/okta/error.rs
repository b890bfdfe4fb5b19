//! Okta's two formats of errors: OAuth's, and that of its platform.

use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::answer::json_response;
use super::secrets::random_id;

/// `{error, error_description}` (RFC 6749 §5.2).
#[derive(Clone, Debug)]
pub(crate) struct OAuthError {
    pub(crate) status: StatusCode,
    pub(crate) error: String,
    pub(crate) description: String,
}

impl OAuthError {
    pub(crate) fn new(status: StatusCode, error: &str, description: &str) -> Self {
        Self { status, error: error.into(), description: description.into() }
    }

    pub(crate) fn invalid_request(description: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    pub(crate) fn invalid_grant(description: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_grant", description)
    }

    pub(crate) fn invalid_scope(description: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_scope", description)
    }

    pub(crate) fn invalid_client(description: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    pub(crate) fn response(&self) -> Response {
        json_response(self.status, &json!({ "error": self.error, "error_description": self.description }))
    }
}

/// `{errorCode, errorSummary, errorLink, errorId, errorCauses}`.
pub(crate) fn platform_error(status: StatusCode, code: &str, summary: &str) -> Response {
    let body = json!({
        "errorCode": code,
        "errorSummary": summary,
        "errorLink": code,
        "errorId": format!("oae{}", random_id(17)),
        "errorCauses": [],
    });
    json_response(status, &body)
}

pub(crate) fn not_found(path: &str) -> Response {
    let summary = format!("Not found: Resource not found: {path} (Resource)");
    platform_error(StatusCode::NOT_FOUND, "E0000007", &summary)
}

/// 429 as Okta answers over a rate limit; `reset` in seconds since the epoch.
pub(crate) fn rate_limited(reset: u64) -> Response {
    let mut response = platform_error(
        StatusCode::TOO_MANY_REQUESTS,
        "E0000047",
        "API call exceeded rate limit due to too many requests.",
    );
    for (name, value) in [("limit", 60), ("remaining", 0), ("reset", reset)] {
        if let Ok(name) = HeaderName::try_from(format!("x-rate-limit-{name}")) {
            response.headers_mut().insert(name, value.into());
        }
    }
    response
}

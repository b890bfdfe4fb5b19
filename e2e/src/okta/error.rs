//! Okta's two formats of errors: OAuth's, and that of its platform.

use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

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
        "errorId": format!("oae{}", super::secrets::random_id(17)),
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

/// JSON that nobody may store, as at the token endpoint (RFC 6749 §5.1).
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    response(status, "application/json", "no-cache, no-store", body.to_string())
}

pub(crate) fn html_response(status: StatusCode, body: String) -> Response {
    response(status, "text/html;charset=utf-8", "no-cache, no-store", body)
}

pub(crate) fn response(
    status: StatusCode,
    content_type: &str,
    cache_control: &str,
    body: impl Into<Body>,
) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CACHE_CONTROL, cache_control)
        .header(header::PRAGMA, "no-cache")
        .body(body.into())
        .expect("a status and header values that are always valid")
}

//! The shapes that answers have, whatever they say.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

/// JSON that nobody may store, as at the token endpoint (RFC 6749 §5.1).
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    response(status, "application/json", "no-cache, no-store", body.to_string())
}

pub(crate) fn html_response(status: StatusCode, body: String) -> Response {
    response(status, "text/html;charset=utf-8", "no-cache, no-store", body)
}

pub(crate) fn redirect(location: &str) -> Response {
    let mut answer = html_response(StatusCode::FOUND, String::new());
    // A registered redirect URI with form-encoded parameters: always a valid header.
    answer.headers_mut().insert(
        header::LOCATION,
        HeaderValue::try_from(location).unwrap_or_else(|_| HeaderValue::from_static("/")),
    );
    answer
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

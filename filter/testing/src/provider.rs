//! What the provider of the [`configuration`](crate::configuration) answers.

use serde_json::{Value, json};
use vestibule::oidc::Answer;

use crate::configuration::ISSUER;

/// Its metadata (OpenID Connect Discovery 1.0 §3), as far as the filter reads them.
#[must_use]
pub fn metadata_json() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/v1/authorize"),
        "token_endpoint": format!("{ISSUER}/v1/token"),
        "jwks_uri": format!("{ISSUER}/v1/keys"),
        "userinfo_endpoint": format!("{ISSUER}/v1/userinfo"),
        "end_session_endpoint": format!("{ISSUER}/v1/logout"),
        "revocation_endpoint": format!("{ISSUER}/v1/revoke"),
    })
}

/// 200 with this JSON.
#[must_use]
pub fn ok(body: &Value) -> Answer {
    answer(200, &body.to_string())
}

/// A response without headers.
#[must_use]
pub fn answer(status: u16, body: &(impl AsRef<[u8]> + ?Sized)) -> Answer {
    Answer::Response { status, headers: vec![], body: body.as_ref().to_vec() }
}

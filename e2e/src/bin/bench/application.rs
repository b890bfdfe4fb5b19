//! The application behind all of them: an Envoy that answers by itself, as quickly as can be, and says in a header what it
//! was told.

use serde_json::json;
use vestibule_e2e::envoy::{Envoy, EnvoyOptions, LogLevels};

/// Begins of what it was told: user, authorization, access token, groups.
pub(crate) const TOLD: &str = "x-told";

pub(crate) async fn start() -> Envoy {
    let told =
        ["x-auth-request-user", "authorization", "x-auth-request-access-token", "x-auth-request-groups"];
    let told = told.map(|name| format!("%REQ({name}):9%")).join("|");
    let route = json!({
        "match": {"prefix": "/"},
        "direct_response": {"status": 200, "body": {"inline_string": "It works.\n"}},
        "response_headers_to_add": [{"header": {"key": TOLD, "value": told}}],
    });
    Envoy::start(EnvoyOptions { route: Some(route), ..quiet() }).await.expect("the application")
}

/// As in production: no log of each request, and nothing below a warning.
pub(crate) fn quiet() -> EnvoyOptions {
    let log_levels = LogLevels { envoy: "warning", filter: "warning" };
    EnvoyOptions { access_log: false, log_levels, ..EnvoyOptions::default() }
}

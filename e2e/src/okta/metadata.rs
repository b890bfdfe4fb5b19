//! The provider metadata, with the fields that Okta publishes.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::response;
use super::endpoint::AuthorizationServer;
use super::state::State;

pub(crate) const ACR_VALUES: [&str; 6] = [
    "urn:okta:loa:1fa:any",
    "urn:okta:loa:1fa:pwd",
    "urn:okta:loa:2fa:any",
    "urn:okta:loa:2fa:any:ifpossible",
    "phr",
    "phrh",
];

const STANDARD_SCOPES: [&str; 7] =
    ["openid", "email", "profile", "address", "phone", "offline_access", "device_sso"];

pub(crate) fn answer(state: &State, server: &AuthorizationServer) -> Response {
    let cache_control = &state.options.metadata_cache_control;
    response(StatusCode::OK, "application/json", cache_control, document(state, server).to_string())
}

pub(crate) fn keys(state: &State) -> Response {
    let set = state.keys.jwk_set(state.options.odd_keys);
    response(StatusCode::OK, "application/json", &state.options.keys_cache_control, set.to_string())
}

/// The scopes that a client may ask for. Only the org server knows `groups` by itself.
pub(crate) fn scopes(state: &State, server: &AuthorizationServer) -> Vec<String> {
    let mut scopes: Vec<String> = STANDARD_SCOPES.map(String::from).into();
    match server {
        AuthorizationServer::Org => scopes.push("groups".into()),
        AuthorizationServer::Custom(_) => scopes.extend(state.options.custom_scopes.iter().cloned()),
    }
    scopes
}

fn document(state: &State, server: &AuthorizationServer) -> Value {
    let url = |name: &str| server.endpoint_url(&state.base_url, name);
    let client_auth_methods =
        json!(["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]);
    let signing_algorithms = json!(["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]);
    let mut document = json!({
        "issuer": server.issuer(&state.base_url),
        "authorization_endpoint": url("authorize"),
        "token_endpoint": url("token"),
        "userinfo_endpoint": url("userinfo"),
        "registration_endpoint": format!("{}/oauth2/v1/clients", state.base_url),
        "jwks_uri": url("keys"),
        "response_types_supported":
            ["code", "id_token", "code id_token", "code token", "id_token token", "code id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post", "okta_post_message"],
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token", "password",
            "urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": scopes(state, server),
        "token_endpoint_auth_methods_supported": client_auth_methods,
        "claims_supported": ["iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce",
            "name", "nickname", "preferred_username", "given_name", "middle_name", "family_name", "email",
            "email_verified", "profile", "zoneinfo", "locale", "address", "phone_number", "picture", "website",
            "gender", "birthdate", "updated_at", "at_hash", "c_hash"],
        "code_challenge_methods_supported": ["S256"],
        "introspection_endpoint": url("introspect"),
        "introspection_endpoint_auth_methods_supported": client_auth_methods,
        "revocation_endpoint": url("revoke"),
        "revocation_endpoint_auth_methods_supported": client_auth_methods,
        "end_session_endpoint": url("logout"),
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported":
            ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"],
        "device_authorization_endpoint": url("device/authorize"),
        "pushed_authorization_request_endpoint": url("par"),
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_authentication_request_signing_alg_values_supported": signing_algorithms,
        "dpop_signing_alg_values_supported": signing_algorithms,
        "acr_values_supported": ACR_VALUES,
    });
    if state.options.iss_parameter {
        document["authorization_response_iss_parameter_supported"] = json!(true);
    }
    document
}

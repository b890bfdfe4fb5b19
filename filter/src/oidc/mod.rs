//! What OIDC and the RFCs define, one file a concept. Everything here is a pure function of what the
//! provider, or the browser on its behalf, has sent.
//!
//! This room reads the validated configuration; it knows neither cookies nor access rules nor pages.

pub mod authorization_request;
pub mod authorization_response;
pub mod claims;
mod client_assertion;
mod client_auth;
pub mod http_call;
pub mod id_token;
pub mod jwks;
pub mod logout;
pub mod provider;
pub mod pushed_authorization_request;
pub mod token;
pub mod userinfo;

pub use http_call::{Answer, HttpCall};
pub use id_token::{IdToken, IdTokenError, VerifiedClaims};
pub use provider::ProviderMetadata;

/// A JSON object of claims.
pub type Claims = crate::jose::JsonObject;

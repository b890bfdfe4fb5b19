//! What OIDC and the RFCs define, one file a concept. Everything here is a pure function of what the
//! provider, or the browser on its behalf, has sent.
//!
//! Requests to the provider are made from a [`RelyingParty`] and come out as an [`HttpCall`], or as a URL for the
//! browser; what comes back is read from an [`Answer`], or from the query of the callback. [`IdToken::verify`] is
//! the one door from what was sent to what may be believed.
//!
//! This room stands on `jose` and reads the validated configuration; it knows neither cookies nor access rules nor
//! pages.

pub mod access_token;
pub mod authorization_request;
pub mod authorization_response;
pub mod claims;
mod client_assertion;
mod client_auth;
pub mod endpoint;
pub mod http_call;
pub mod id_token;
pub mod jwks;
pub mod logout;
pub mod provider;
pub mod pushed_authorization_request;
mod relying_party;
pub mod said;
pub mod token;
pub mod userinfo;

pub use http_call::{Answer, HttpCall};
pub use id_token::{IdToken, IdTokenError, VerifiedClaims};
pub use provider::ProviderMetadata;
pub use relying_party::RelyingParty;

/// What is said of a person, by an ID token or by UserInfo.
pub type Claims = crate::jose::JsonObject;

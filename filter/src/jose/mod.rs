//! What is below OpenID Connect: signed JSON (JWS, RFC 7515), the keys that verify it (JWK sets, RFC 7517), the
//! algorithms (RFC 7518, RFC 8037) and the private keys that sign.
//!
//! [`jws`] says who signed; what the claims must be is for the rooms above. Nothing here knows a provider, a
//! call or a clock: texts and keys are arguments.

mod algorithm;
pub mod jwk_set;
pub mod jws;
mod private_key;
mod public_key;

pub use algorithm::Algorithm;
pub use jwk_set::JwkSet;
pub use jws::{Jws, JwsError, TypedClaim, VerifiedJws};
pub use private_key::{PrivateKey, PrivateKeyError};

#[cfg(test)]
pub(crate) use private_key::testing;

/// A JSON object, as serde_json has it: a header, the claims of a payload, a key.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;

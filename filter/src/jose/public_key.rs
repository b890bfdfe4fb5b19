//! Keys that verify a signature, by jwt-simple.

use jwt_simple::prelude::*;

use super::algorithm::Algorithm;

/// Longer than any JWS that a provider's answer or a header of a request can bring. Bytes.
const MAX_LENGTH: usize = 256 * 1024;

/// A public key that can verify.
#[derive(Clone, Debug)]
pub(super) enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(ES256PublicKey),
    P384(ES384PublicKey),
    Ed25519(Ed25519PublicKey),
}

impl PublicKey {
    /// Whether a signature by `algorithm` can be this key's.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => algorithm.is_rsa(),
            Self::P256(_) => algorithm == Algorithm::Es256,
            Self::P384(_) => algorithm == Algorithm::Es384,
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
        }
    }

    /// Whether `token` (compact serialization) carries this key's signature by `algorithm`. jwt-simple
    /// reads the payload as well: a registered claim of a wrong type does not verify.
    pub(super) fn verifies(&self, token: &str, algorithm: Algorithm) -> bool {
        // What the claims must be is for others, whose errors say which rule was broken. At second 0 and with the
        // future accepted, jwt-simple's own look at the clock finds nothing to refuse.
        let options = || {
            Some(VerificationOptions {
                artificial_time: Some(Duration::from_secs(0)),
                time_tolerance: Some(Duration::from_secs(0)),
                accept_future: true,
                max_token_length: Some(MAX_LENGTH),
                ..VerificationOptions::default()
            })
        };
        macro_rules! rsa {
            ($key:ident, $n:expr, $e:expr) => {
                $key::from_components($n, $e)
                    .is_ok_and(|key| key.verify_token::<NoCustomClaims>(token, options()).is_ok())
            };
        }
        match (self, algorithm) {
            (Self::Rsa { n, e }, Algorithm::Rs256) => rsa!(RS256PublicKey, n, e),
            (Self::Rsa { n, e }, Algorithm::Rs384) => rsa!(RS384PublicKey, n, e),
            (Self::Rsa { n, e }, Algorithm::Rs512) => rsa!(RS512PublicKey, n, e),
            (Self::Rsa { n, e }, Algorithm::Ps256) => rsa!(PS256PublicKey, n, e),
            (Self::Rsa { n, e }, Algorithm::Ps384) => rsa!(PS384PublicKey, n, e),
            (Self::Rsa { n, e }, Algorithm::Ps512) => rsa!(PS512PublicKey, n, e),
            (Self::P256(key), Algorithm::Es256) => {
                key.verify_token::<NoCustomClaims>(token, options()).is_ok()
            }
            (Self::P384(key), Algorithm::Es384) => {
                key.verify_token::<NoCustomClaims>(token, options()).is_ok()
            }
            (Self::Ed25519(key), Algorithm::EdDsa) => {
                key.verify_token::<NoCustomClaims>(token, options()).is_ok()
            }
            _ => false,
        }
    }
}

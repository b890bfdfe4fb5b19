//! Signatures (RFC 7515) by the asymmetric algorithms that we accept (RFC 7518 §3.1, RFC 8037), through
//! jwt-simple. Nothing here looks at a claim.

use jwt_simple::prelude::*;

/// The allow-list (RFC 8725 §3.1). `none` and the HMAC family have no place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" => Self::EdDsa,
            _ => return None,
        })
    }

    fn is_rsa(self) -> bool {
        !matches!(self, Self::Es256 | Self::Es384 | Self::EdDsa)
    }
}

/// A public key that can verify.
#[derive(Clone, Debug)]
pub(super) enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(ES256PublicKey),
    P384(ES384PublicKey),
    Ed25519(Ed25519PublicKey),
}

impl PublicKey {
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => algorithm.is_rsa(),
            Self::P256(_) => algorithm == Algorithm::Es256,
            Self::P384(_) => algorithm == Algorithm::Es384,
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
        }
    }

    /// Whether `token` (compact serialization) carries this key's signature by `algorithm`.
    pub(super) fn verifies(&self, token: &str, algorithm: Algorithm) -> bool {
        // The claims are checked by `id_token`, whose errors say which rule was broken. At second 0 and
        // with the future accepted, jwt-simple's own look at the clock finds nothing to refuse.
        let options = || {
            Some(VerificationOptions {
                artificial_time: Some(Duration::from_secs(0)),
                time_tolerance: Some(Duration::from_secs(0)),
                accept_future: true,
                max_token_length: Some(super::http_call::MAX_BODY),
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

//! Private keys, for whatever they sign. Nothing here ever shows one.

use super::secret::Resolved;
use super::values::Result;
use crate::config::error::ConfigError;
use crate::jose::{PrivateKey, PrivateKeyError};

/// A key of any kind that can sign.
pub(super) fn of_any_kind(resolved: &Resolved, key_id: Option<String>) -> Result<PrivateKey> {
    let accepted = "a private key, RSA of 2048 to 4096 bits (RS256) or EC on P-256 (ES256) or P-384 (ES384), as a \
                    PEM (PKCS#8, or PKCS#1 for RSA) or as a private JWK for signatures";
    parse(resolved, key_id, accepted)
}

/// A key for ES256, which is known by its thumbprint.
pub(super) fn on_p256(resolved: &Resolved) -> Result<PrivateKey> {
    let accepted = "a private key, EC on P-256 (ES256), as a PEM (PKCS#8) or as a private JWK for signatures: \
                    `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes one";
    let key = parse(resolved, None, accepted)?.known_by_thumbprint();
    key.ok_or_else(|| ConfigError::new(&resolved.key, "a key of another kind", accepted))
}

fn parse(resolved: &Resolved, key_id: Option<String>, accepted: &str) -> Result<PrivateKey> {
    PrivateKey::parse(resolved.secret.expose(), key_id).map_err(|error| {
        let accepted = match error {
            PrivateKeyError::Encrypted | PrivateKeyError::Sec1 => {
                "a PEM of the type PRIVATE KEY: `openssl pkcs8 -topk8 -nocrypt -in key.pem` writes one"
            }
            _ => accepted,
        };
        ConfigError::new(&resolved.key, error.to_string(), accepted)
    })
}

//! The private key with which the client signs its assertions (OIDC Core §9, `private_key_jwt`).

use jwt_simple::JWTError;
use jwt_simple::prelude::{ES256KeyPair, ES384KeyPair, RS256KeyPair};

/// A private key, its key ID included. The kind of the key decides the algorithm (RFC 7518 §3.1).
pub struct PrivateKey(pub(crate) KeyPair);

/// What jwt-simple signs with.
pub(crate) enum KeyPair {
    Rs256(Box<RS256KeyPair>),
    Es256(ES256KeyPair),
    Es384(ES384KeyPair),
}

crate::redacted::redacted!(PrivateKey);

/// Why a text is no key that can sign. The words are for a log and tell nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PrivateKeyError {
    #[error("a text that is neither a PEM nor a JWK")]
    Unknown,
    #[error("a public key, or a JWK without its private part")]
    Public,
    #[error("a key under a passphrase")]
    Encrypted,
    #[error("a PEM of the type EC PRIVATE KEY")]
    Sec1,
    #[error("an RSA key of less than 2048 bits")]
    Weak,
    #[error("a key of another kind, or one that does not hold")]
    Unusable,
}

impl PrivateKey {
    /// A PEM (PKCS#8, or PKCS#1 for RSA) or a private JWK as JSON (RFC 7517), whose own `kid` counts where
    /// there is no `key_id`. Nothing but the two texts decides: neither a clock nor randomness.
    pub(super) fn parse(text: &str, key_id: Option<&str>) -> Result<Self, PrivateKeyError> {
        let text = text.trim();
        let pair = if text.starts_with('{') { from_jwk(text)? } else { from_pem(text)? };
        Ok(Self(match (pair, key_id) {
            (pair, None) => pair,
            (KeyPair::Rs256(pair), Some(id)) => KeyPair::Rs256(Box::new(pair.with_key_id(id))),
            (KeyPair::Es256(pair), Some(id)) => KeyPair::Es256(pair.with_key_id(id)),
            (KeyPair::Es384(pair), Some(id)) => KeyPair::Es384(pair.with_key_id(id)),
        }))
    }
}

fn from_pem(text: &str) -> Result<KeyPair, PrivateKeyError> {
    let label = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----"));
    let Some((label, _)) = label else { return Err(PrivateKeyError::Unknown) };
    match label {
        "PRIVATE KEY" => ES256KeyPair::from_pem(text)
            .map(KeyPair::Es256)
            .or_else(|_| ES384KeyPair::from_pem(text).map(KeyPair::Es384))
            .or_else(|_| rsa(RS256KeyPair::from_pem(text))),
        "RSA PRIVATE KEY" => rsa(RS256KeyPair::from_pem(text)),
        "ENCRYPTED PRIVATE KEY" => Err(PrivateKeyError::Encrypted),
        "EC PRIVATE KEY" => Err(PrivateKeyError::Sec1),
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => Err(PrivateKeyError::Public),
        _ => Err(PrivateKeyError::Unknown),
    }
}

fn from_jwk(text: &str) -> Result<KeyPair, PrivateKeyError> {
    let key: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|_| PrivateKeyError::Unknown)?;
    let member = |name: &str| key.get(name).and_then(serde_json::Value::as_str);
    if member("d").is_none() {
        return Err(PrivateKeyError::Public);
    }
    let unusable = |_| PrivateKeyError::Unusable;
    match (member("kty"), member("crv")) {
        (Some("RSA"), _) => rsa(RS256KeyPair::from_jwk(text)),
        (Some("EC"), Some("P-256")) => ES256KeyPair::from_jwk(text).map(KeyPair::Es256).map_err(unusable),
        (Some("EC"), Some("P-384")) => ES384KeyPair::from_jwk(text).map(KeyPair::Es384).map_err(unusable),
        _ => Err(PrivateKeyError::Unusable),
    }
}

fn rsa(pair: Result<RS256KeyPair, jwt_simple::Error>) -> Result<KeyPair, PrivateKeyError> {
    match pair {
        Ok(pair) => Ok(KeyPair::Rs256(Box::new(pair))),
        Err(error) if matches!(error.downcast_ref(), Some(JWTError::WeakKey)) => Err(PrivateKeyError::Weak),
        Err(_) => Err(PrivateKeyError::Unusable),
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::PrivateKey;

    pub(crate) const RSA: &str = include_str!("../../tests/keys/rsa.pem");
    pub(crate) const P256: &str = include_str!("../../tests/keys/p256.pem");
    pub(crate) const P384: &str = include_str!("../../tests/keys/p384.pem");

    pub(crate) fn key(text: &str, key_id: Option<&str>) -> PrivateKey {
        PrivateKey::parse(text, key_id).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use jwt_simple::prelude::{ECDSAP256KeyPairLike as _, ECDSAP384KeyPairLike as _, RSAKeyPairLike as _};

    use super::testing::{P256, P384, RSA};
    use super::*;

    fn kind_and_kid(key: &PrivateKey) -> (&'static str, Option<String>) {
        match &key.0 {
            KeyPair::Rs256(pair) => ("RS256", pair.key_id().clone()),
            KeyPair::Es256(pair) => ("ES256", pair.key_id().clone()),
            KeyPair::Es384(pair) => ("ES384", pair.key_id().clone()),
        }
    }

    #[test]
    fn every_accepted_form_is_read() {
        let rsa = RS256KeyPair::from_pem(RSA).unwrap().with_key_id("own").to_jwk();
        let p256 = ES256KeyPair::from_pem(P256).unwrap().with_key_id("own").to_jwk();
        let p384 = ES384KeyPair::from_pem(P384).unwrap().with_key_id("own").to_jwk();
        let pkcs1 = include_str!("../../tests/keys/rsa-pkcs1.pem");
        for (text, algorithm, kid) in [
            (RSA, "RS256", None),
            (pkcs1, "RS256", None),
            (P256, "ES256", None),
            (P384, "ES384", None),
            (&format!("\n{}\n", P256.replace('\n', "\r\n")), "ES256", None),
            (&rsa, "RS256", Some("own")),
            (&p256, "ES256", Some("own")),
            (&p384, "ES384", Some("own")),
        ] {
            let key = PrivateKey::parse(text, None).unwrap();
            assert_eq!(kind_and_kid(&key), (algorithm, kid.map(str::to_owned)));
            let key = PrivateKey::parse(text, Some("configured")).unwrap();
            assert_eq!(kind_and_kid(&key), (algorithm, Some("configured".to_owned())));
            assert_eq!(format!("{key:?}"), "PrivateKey([redacted])");
        }
    }

    #[test]
    fn everything_else_is_refused_by_what_it_is() {
        let public = ES256KeyPair::from_pem(P256).unwrap().public_key().to_jwk();
        let private = ES256KeyPair::from_pem(P256).unwrap().to_jwk();
        let torn = RSA.replace(RSA.lines().nth(5).unwrap(), "");
        for (text, error) in [
            ("", PrivateKeyError::Unknown),
            ("s3cr3t", PrivateKeyError::Unknown),
            ("{", PrivateKeyError::Unknown),
            ("-----BEGIN", PrivateKeyError::Unknown),
            ("-----BEGIN CERTIFICATE REQUEST-----\n", PrivateKeyError::Unknown),
            ("-----BEGIN PRIVATE KEY-----", PrivateKeyError::Unusable),
            (include_str!("../../tests/keys/rsa-public.pem"), PrivateKeyError::Public),
            (&public, PrivateKeyError::Public),
            (include_str!("../../tests/keys/p256-encrypted.pem"), PrivateKeyError::Encrypted),
            (include_str!("../../tests/keys/p256-sec1.pem"), PrivateKeyError::Sec1),
            (include_str!("../../tests/keys/rsa-1024.pem"), PrivateKeyError::Weak),
            (include_str!("../../tests/keys/ed25519.pem"), PrivateKeyError::Unusable),
            (&torn, PrivateKeyError::Unusable),
            (&private.replace("ES256", "ES384"), PrivateKeyError::Unusable),
            (&private.replace("\"sig\"", "\"enc\""), PrivateKeyError::Unusable),
            (&private.replace("P-256", "P-521"), PrivateKeyError::Unusable),
            (r#"{"kty":"oct","k":"AAAA","d":"AAAA"}"#, PrivateKeyError::Unusable),
        ] {
            assert_eq!(PrivateKey::parse(text, None).unwrap_err(), error, "{text}");
        }
    }
}

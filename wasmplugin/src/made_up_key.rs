//! A key that everybody knows, because it stands here: for what is signed on this machine and counts nowhere else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};

const SCALAR: [u8; 32] = [7; 32];

/// Its key ID in a JWK set.
pub(crate) const KID: &str = "made-up";

/// `None` never: the scalar is a valid one.
pub(crate) fn signing_key() -> Option<SigningKey> {
    SigningKey::from_slice(&SCALAR).ok()
}

/// As a JWK (RFC 7517).
pub(crate) fn public(key: &SigningKey) -> Value {
    let point = key.verifying_key().to_sec1_point(false);
    let coordinate = |bytes: Option<&p256::FieldBytes>| bytes.map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    json!({"kty": "EC", "crv": "P-256", "kid": KID, "alg": "ES256", "x": coordinate(point.x()), "y": coordinate(point.y())})
}

/// As a JWK with its private half (RFC 7518, section 6.2.2).
pub(crate) fn private(key: &SigningKey) -> Value {
    let mut jwk = public(key);
    jwk["d"] = json!(URL_SAFE_NO_PAD.encode(SCALAR));
    jwk
}

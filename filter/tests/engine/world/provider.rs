//! What the stand-in for the provider says, and its signatures.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use vestibule::inputs::Timestamp;
use vestibule_testing::ISSUER;

/// What it says next.
pub(crate) struct Provider {
    pub(crate) key: SigningKey,
    pub(crate) kid: &'static str,
    pub(crate) claims: Value,
    pub(crate) metadata: Value,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            key: SigningKey::from_slice(&[7; 32]).unwrap(),
            kid: "one",
            claims: json!({"sub": "00u1", "email": "alice@example.com", "groups": ["admin", "finance"]}),
            metadata: vestibule_testing::metadata_json(),
        }
    }
}

impl Provider {
    pub(crate) fn keys(&self) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": self.kid,
            "x": coordinate(point.x().unwrap()), "y": coordinate(point.y().unwrap())}]})
    }

    pub(crate) fn id_token(&self, nonce: &str, now: Timestamp) -> String {
        self.signed(now, json!({ "nonce": nonce }))
    }

    pub(crate) fn id_token_without_nonce(&self, now: Timestamp) -> String {
        self.signed(now, json!({}))
    }

    /// A token of these claims and no others.
    pub(crate) fn token(&self, header: Value, claims: &Value) -> String {
        let mut whole = json!({"alg": "ES256", "kid": self.kid});
        for (name, value) in header.as_object().unwrap() {
            whole[name] = value.clone();
        }
        self.sign(&whole, claims)
    }

    fn signed(&self, now: Timestamp, mut claims: Value) -> String {
        claims["iss"] = json!(ISSUER);
        claims["aud"] = json!("app");
        claims["exp"] = json!(now.0 + 3600);
        claims["iat"] = json!(now.0);
        for (name, value) in self.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.sign(&json!({"alg": "ES256", "kid": self.kid}), &claims)
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    pub(crate) fn tokens(&self, nonce: &str, now: Timestamp) -> Value {
        json!({"id_token": self.id_token(nonce, now), "access_token": "access-token", "token_type": "Bearer",
            "expires_in": 600, "refresh_token": "refresh-1"})
    }
}

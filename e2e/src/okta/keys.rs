//! The signing keys and the JWK set.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use p256::elliptic_curve::sec1::ToEncodedPoint;
use rand::RngCore;
use rsa::pkcs1v15;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use rsa::signature::{SignatureEncoding, Signer};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::secrets::encode;

/// The key that no JWK set ever names; the published ones follow it.
const UNPUBLISHED: usize = 0;

/// One RSA key of 2048 bits.
pub(crate) struct SigningKey {
    kid: String,
    private: RsaPrivateKey,
}

impl SigningKey {
    fn generate() -> Self {
        let private = RsaPrivateKey::new(&mut rand::thread_rng(), 2048).expect("an RSA key");
        Self { kid: encode(&Sha256::digest(private.n().to_bytes_be())), private }
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// RS256.
    pub(crate) fn sign(&self, input: &[u8]) -> Vec<u8> {
        pkcs1v15::SigningKey::<Sha256>::new(self.private.clone()).sign(input).to_vec()
    }

    pub(crate) fn public(&self) -> RsaPublicKey {
        self.private.to_public_key()
    }

    /// The public key as text, for the attack that takes it as the secret of an HMAC.
    pub(crate) fn public_pem(&self) -> String {
        self.public().to_public_key_pem(LineEnding::LF).expect("a public key always has a PEM form")
    }

    fn jwk(&self) -> Value {
        rsa_jwk(&self.kid, &self.private.n().to_bytes_be(), &self.private.e().to_bytes_be())
    }
}

/// The keys of one stand-in. Making one takes a while, so all stand-ins of a process share them.
pub(crate) struct KeyRing {
    /// The last one signs.
    published: Vec<Arc<SigningKey>>,
    next: usize,
    odd: Vec<Value>,
}

impl KeyRing {
    pub(crate) fn new() -> Self {
        let first = UNPUBLISHED + 1;
        Self { published: vec![shared_key(first)], next: first + 1, odd: odd_keys() }
    }

    pub(crate) fn current(&self) -> Arc<SigningKey> {
        Arc::clone(self.published.last().expect("there is always one key"))
    }

    pub(crate) fn unpublished() -> Arc<SigningKey> {
        shared_key(UNPUBLISHED)
    }

    /// The published key of that name.
    pub(crate) fn find(&self, kid: &str) -> Option<&Arc<SigningKey>> {
        self.published.iter().find(|key| key.kid == kid)
    }

    /// A new key signs from now on; the older ones stay published.
    pub(crate) fn rotate(&mut self) {
        self.published.push(shared_key(self.next));
        self.next += 1;
    }

    /// Takes all but the current key out of the set.
    pub(crate) fn withdraw_old(&mut self) {
        self.published.drain(..self.published.len() - 1);
    }

    pub(crate) fn jwk_set(&self, with_odd_keys: bool) -> Value {
        let mut keys = if with_odd_keys { self.odd.clone() } else { vec![] };
        // In between, so that neither "the first" nor "the last" is the right one.
        let middle = keys.len() / 2;
        keys.splice(middle..middle, self.published.iter().map(|key| key.jwk()));
        json!({ "keys": keys })
    }
}

fn shared_key(index: usize) -> Arc<SigningKey> {
    static KEYS: Mutex<BTreeMap<usize, Arc<SigningKey>>> = Mutex::new(BTreeMap::new());
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(keys.entry(index).or_insert_with(|| Arc::new(SigningKey::generate())))
}

/// Members that a relying party meets in the sets of other providers and must pass over.
fn odd_keys() -> Vec<Value> {
    let mut no_alg = rsa_jwk("odd-no-alg", &random_modulus(), &[1, 0, 1]);
    if let Some(members) = no_alg.as_object_mut() {
        members.remove("alg");
        members.remove("use");
    }
    let mut encryption = rsa_jwk("odd-enc", &random_modulus(), &[1, 0, 1]);
    encryption["use"] = json!("enc");
    encryption["alg"] = json!("RSA-OAEP-256");
    let point = p256::SecretKey::random(&mut rand::thread_rng()).public_key().to_encoded_point(false);
    let coordinate = |half: Option<&p256::FieldBytes>| encode(half.expect("not the point at infinity"));
    let ec = json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "odd-ec",
        "x": coordinate(point.x()), "y": coordinate(point.y()),
    });
    let unknown = json!({
        "kty": "AKP", "alg": "ML-DSA-65", "use": "sig", "kid": "odd-kty", "pub": encode(&random_modulus()),
    });
    vec![unknown, no_alg, ec, encryption]
}

fn rsa_jwk(kid: &str, n: &[u8], e: &[u8]) -> Value {
    json!({ "kty": "RSA", "alg": "RS256", "kid": kid, "use": "sig", "e": encode(e), "n": encode(n) })
}

/// Something of the form of a modulus of 2048 bits: odd, and with its highest bit set.
fn random_modulus() -> [u8; 256] {
    let mut bytes = [0; 256];
    rand::thread_rng().fill_bytes(&mut bytes);
    bytes[0] |= 0x80;
    bytes[255] |= 1;
    bytes
}

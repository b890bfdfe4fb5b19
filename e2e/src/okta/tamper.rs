//! ID tokens that a relying party must refuse.

use p256::ecdsa::SigningKey;
use serde_json::{Value, json};

use super::jwt;
use super::keys::KeyRing;
use super::secrets::{decode, encode, random_id};

/// What to do to every ID token until `StandInOkta::clear_tampers`. Several are applied in order.
#[derive(Clone, Debug)]
pub enum IdTokenTamper {
    /// Sets a claim: a wrong `nonce`, `iss`, `aud`, `azp`, …
    Claim(String, Value),
    /// Sets a time claim to so many seconds from now: `("exp", -120)`.
    ClaimFromNow(String, i64),
    WithoutClaim(String),
    /// Sets a member of the JOSE header.
    Header(String, Value),
    NoKid,
    /// A `kid` that no set has.
    UnknownKid,
    /// A bit of the signature is flipped.
    BadSignature,
    /// The right `kid`, signed by a key that is in no set.
    UnpublishedKey,
    /// `alg: none`, without a signature.
    AlgNone,
    /// `alg: HS256`, with the PEM form of the public key as the secret.
    Hs256WithPublicKey,
    /// `alg: HS256`, with this secret.
    Hs256(String),
    /// `alg: ES256`, by a key that is in no set.
    Es256UnpublishedKey,
    /// Something else in place of the token.
    Raw(String),
    /// The token response has no `id_token`.
    Missing,
}

/// The ID token with everything done to it, or none at all.
pub(crate) fn sign(keys: &KeyRing, tampers: &[IdTokenTamper], mut claims: Value, now: u64) -> Option<String> {
    let mut key = keys.current();
    let mut header = jwt::header(&key);
    let mut signature = Signature::Rs256;
    for tamper in tampers {
        match tamper.clone() {
            IdTokenTamper::Claim(name, value) => claims[name] = value,
            IdTokenTamper::ClaimFromNow(name, seconds) => {
                claims[name] = json!(now.saturating_add_signed(seconds))
            }
            IdTokenTamper::WithoutClaim(name) => remove(&mut claims, &name),
            IdTokenTamper::Header(name, value) => header[name] = value,
            IdTokenTamper::NoKid => remove(&mut header, "kid"),
            IdTokenTamper::UnknownKid => header["kid"] = json!(random_id(43)),
            IdTokenTamper::BadSignature => signature = Signature::Flipped,
            IdTokenTamper::UnpublishedKey => key = KeyRing::unpublished(),
            IdTokenTamper::AlgNone => {
                header["alg"] = json!("none");
                signature = Signature::None;
            }
            IdTokenTamper::Hs256WithPublicKey => {
                header["alg"] = json!("HS256");
                signature = Signature::Hs256(key.public_pem().into_bytes());
            }
            IdTokenTamper::Hs256(secret) => {
                header["alg"] = json!("HS256");
                signature = Signature::Hs256(secret.into_bytes());
            }
            IdTokenTamper::Es256UnpublishedKey => {
                header["alg"] = json!("ES256");
                signature = Signature::Es256;
            }
            IdTokenTamper::Raw(token) => return Some(token),
            IdTokenTamper::Missing => return None,
        }
    }
    Some(match signature {
        Signature::Rs256 => jwt::sign(&key, &header, &claims),
        Signature::Flipped => flip_signature(&jwt::sign(&key, &header, &claims)),
        Signature::Hs256(secret) => jwt::sign_hs256(&secret, &header, &claims),
        Signature::Es256 => jwt::sign_es256(&SigningKey::random(&mut rand::thread_rng()), &header, &claims),
        Signature::None => jwt::unsigned(&header, &claims),
    })
}

enum Signature {
    Rs256,
    Flipped,
    Hs256(Vec<u8>),
    Es256,
    None,
}

fn flip_signature(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let mut bytes = decode(signature).unwrap_or_default();
    if let Some(byte) = bytes.get_mut(100) {
        *byte ^= 1;
    }
    format!("{input}.{}", encode(&bytes))
}

fn remove(object: &mut Value, name: &str) {
    if let Some(members) = object.as_object_mut() {
        members.remove(name);
    }
}

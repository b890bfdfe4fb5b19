use std::sync::LazyLock;

use jwt_simple::prelude::{ECDSAP256PublicKeyLike as _, ES256KeyPair, ES384KeyPair, RS256KeyPair};
use serde_json::json;

use super::super::public_key::PublicKey;
use super::super::testing::{P256, P384, RSA, key};
use super::*;
use crate::inputs::testing::{Counting, Dry};

static OTHER: LazyLock<ES256KeyPair> = LazyLock::new(ES256KeyPair::generate);

fn object(value: Value) -> JsonObject {
    value.as_object().unwrap().clone()
}

fn signed(key: &PrivateKey) -> String {
    sign(key, &object(json!({"sub": "00u1"})), &mut Counting::default()).unwrap()
}

/// A token by the P-256 key.
fn compact(header: &Value, payload: &str) -> String {
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let signature = key(P256, None).sign(signed.as_bytes(), &mut Dry).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn jwk(pair: &ES256KeyPair, kid: &str) -> Value {
    let point = pair.public_key().public_key().to_bytes_uncompressed();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid})
}

fn keys() -> JwkSet {
    let keys = json!({"keys": [jwk(&ES256KeyPair::from_pem(P256).unwrap(), "one"), jwk(&OTHER, "two")]});
    JwkSet::read(&object(keys)).unwrap()
}

fn verify(compact: &str) -> Result<VerifiedJws, JwsError> {
    Jws::parse(compact)?.verify(&keys())
}

#[test]
fn what_is_verified_comes_back_whole() {
    let header = json!({"alg": "ES256", "kid": "one", "typ": "at+jwt"});
    let verified = verify(&compact(&header, r#"{"sub":"00u1","more":[1]}"#)).unwrap();
    assert_eq!(verified.algorithm, Algorithm::Es256);
    assert_eq!(Value::Object(verified.header.clone()), header);
    assert_eq!(Value::Object(verified.payload.clone()), json!({"sub": "00u1", "more": [1]}));
    assert_eq!(format!("{verified:?}"), "VerifiedJws([redacted])");
    verify(&signed(&key(P256, Some("one")))).unwrap();
}

#[test]
fn no_clock_decides() {
    let header = json!({"alg": "ES256", "kid": "one"});
    for payload in [
        json!({}),
        json!({"exp": 0, "iat": 0, "nbf": 0}),
        json!({"exp": 1, "iat": u64::from(u32::MAX), "nbf": u64::from(u32::MAX)}),
        json!({"exp": 1, "iat": 2, "nbf": 3}),
    ] {
        assert!(verify(&compact(&header, &payload.to_string())).is_ok(), "{payload}");
    }
}

#[test]
fn each_fault_is_an_error_of_its_own() {
    for (header, payload, error) in [
        (json!({"kid": "one"}), "{}", JwsError::Algorithm),
        (json!({"alg": "none", "kid": "one"}), "{}", JwsError::Algorithm),
        (json!({"alg": "HS256", "kid": "one"}), "{}", JwsError::Algorithm),
        (json!({"alg": "ES256", "kid": "three"}), "{}", JwsError::UnknownKey),
        // Two keys fit; none does.
        (json!({"alg": "ES256"}), "{}", JwsError::AmbiguousKey),
        (json!({"alg": "ES384"}), "{}", JwsError::UnknownKey),
        (json!({"alg": "ES384", "kid": "one"}), "{}", JwsError::UnknownKey),
        (json!({"alg": "ES256", "kid": "two"}), "{}", JwsError::Signature),
        (json!({"alg": "ES256", "kid": "one", "typ": "text"}), "{}", JwsError::Signature),
        (json!({"alg": "ES256", "kid": "one", "crit": []}), "{}", JwsError::Malformed),
        (json!({"alg": "none", "crit": ["b64"], "b64": false}), "{}", JwsError::Malformed),
        (json!([]), "{}", JwsError::Malformed),
        (json!({"alg": "ES256", "kid": "one"}), "[]", JwsError::Malformed),
        (json!({"alg": "ES256", "kid": "one"}), "", JwsError::Malformed),
    ] {
        assert_eq!(verify(&compact(&header, payload)).unwrap_err(), error, "{header} {payload}");
    }
    for text in ["", ".", "..", "...", "e30.e30", "e30.e30.e30.e30", "é.é.é"] {
        assert_eq!(verify(text).unwrap_err(), JwsError::Malformed, "{text}");
    }
}

#[test]
fn a_claim_of_a_wrong_type_is_named() {
    let header = json!({"alg": "ES256", "kid": "one"});
    for (name, wrong, claim) in [
        ("iss", json!(1), TypedClaim::Iss),
        ("aud", json!(["a", 1]), TypedClaim::Aud),
        ("exp", json!("soon"), TypedClaim::Exp),
        ("iat", json!(-1), TypedClaim::Iat),
        ("nbf", json!({}), TypedClaim::Nbf),
        ("nonce", json!([]), TypedClaim::Nonce),
        ("sub", json!(true), TypedClaim::Sub),
    ] {
        let payload = json!({ name: wrong }).to_string();
        assert_eq!(verify(&compact(&header, &payload)).unwrap_err(), JwsError::ClaimType(claim), "{name}");
    }
}

#[test]
fn a_header_says_algorithm_kind_and_key() {
    let header = |key_id: Option<&str>| Jws::parse(&signed(&key(P256, key_id))).unwrap().header;
    assert_eq!(Value::Object(header(Some("k"))), json!({"alg": "ES256", "kid": "k", "typ": "JWT"}));
    assert_eq!(Value::Object(header(None)), json!({"alg": "ES256", "typ": "JWT"}));
}

#[test]
fn each_kind_of_key_signs_by_its_algorithm() {
    let rsa = RS256KeyPair::from_pem(RSA).unwrap().public_key().to_components();
    let p256 = ES256KeyPair::from_pem(P256).unwrap().public_key();
    let p384 = ES384KeyPair::from_pem(P384).unwrap().public_key();
    for (text, algorithm, public) in [
        (RSA, Algorithm::Rs256, PublicKey::Rsa { n: rsa.n, e: rsa.e }),
        (P256, Algorithm::Es256, PublicKey::P256(p256)),
        (P384, Algorithm::Es384, PublicKey::P384(p384)),
    ] {
        let token = signed(&key(text, None));
        assert!(public.verifies(&token, algorithm), "{algorithm:?}");
    }
}

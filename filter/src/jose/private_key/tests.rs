use jwt_simple::prelude::{ES256KeyPair, ES384KeyPair, RS256KeyPair};

use super::testing::{P256, P384, RSA};
use super::*;

#[test]
fn every_accepted_form_is_read() {
    let rsa = RS256KeyPair::from_pem(RSA).unwrap().with_key_id("own").to_jwk();
    let p256 = ES256KeyPair::from_pem(P256).unwrap().with_key_id("own").to_jwk();
    let p384 = ES384KeyPair::from_pem(P384).unwrap().with_key_id("own").to_jwk();
    let pkcs1 = include_str!("../../../tests/keys/rsa-pkcs1.pem");
    for (text, algorithm, kid) in [
        (RSA, "RS256", None),
        (pkcs1, "RS256", None),
        (P256, "ES256", None),
        (P384, "ES384", None),
        (&format!("\n{}\n", P256.replace('\n', "\r\n")), "ES256", None),
        // As a variable of the environment may have it.
        (&P256.replace('\n', " "), "ES256", None),
        (&rsa, "RS256", Some("own")),
        (&p256, "ES256", Some("own")),
        (&p384, "ES384", Some("own")),
    ] {
        let key = PrivateKey::parse(text, None).unwrap();
        assert_eq!((key.algorithm(), key.key_id()), (algorithm, kid));
        let key = PrivateKey::parse(text, Some("configured".to_owned())).unwrap();
        assert_eq!((key.algorithm(), key.key_id()), (algorithm, Some("configured")));
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
        (include_str!("../../../tests/keys/rsa-public.pem"), PrivateKeyError::Public),
        (&public, PrivateKeyError::Public),
        (include_str!("../../../tests/keys/p256-encrypted.pem"), PrivateKeyError::Encrypted),
        (include_str!("../../../tests/keys/p256-sec1.pem"), PrivateKeyError::Sec1),
        (include_str!("../../../tests/keys/rsa-1024.pem"), PrivateKeyError::Weak),
        (include_str!("../../../tests/keys/ed25519.pem"), PrivateKeyError::Unusable),
        (&torn, PrivateKeyError::Unusable),
        (&private.replace("ES256", "ES384"), PrivateKeyError::Unusable),
        (&private.replace("\"sig\"", "\"enc\""), PrivateKeyError::Unusable),
        (&private.replace("P-256", "P-521"), PrivateKeyError::Unusable),
        (r#"{"kty":"oct","k":"AAAA","d":"AAAA"}"#, PrivateKeyError::Unusable),
    ] {
        assert_eq!(PrivateKey::parse(text, None).unwrap_err(), error, "{text}");
    }
}

#[test]
fn der_that_is_torn_or_bent_is_no_key_and_nothing_worse() {
    let bytes = |pem: &str| {
        STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
    };
    for pem in [RSA, P256, P384] {
        let good = bytes(pem);
        let key = |bytes: &[u8]| der::pkcs8(bytes).and_then(|numbers| pair(numbers).ok());
        assert!(key(&good).is_some());
        assert!(key(&[&good[..], &[0]].concat()).is_none());
        for at in 0..good.len() {
            assert!(key(&good[..at]).is_none(), "{at}");
        }
        // The structure is at the beginning; the numbers behind it are the crates' business.
        for at in 0..60 {
            for bit in 0..8 {
                let mut bent = good.clone();
                bent[at] ^= 1 << bit;
                let _ = key(&bent);
                let _ = der::pkcs1(&bent);
            }
        }
    }
}

#[test]
fn rsa_is_signed_with_the_given_randomness_or_not_at_all() {
    use crate::inputs::testing::{Counting, Dry};
    let key = PrivateKey::parse(RSA, None).unwrap();
    assert_eq!(key.sign(b"x", &mut Dry), Err(NoEntropy));
    // PKCS#1 v1.5 has one signature for one text, however it was blinded.
    let mut entropy = Counting::default();
    assert_eq!(key.sign(b"x", &mut entropy), key.sign(b"x", &mut entropy));
    // RFC 6979 as well.
    let key = PrivateKey::parse(P256, None).unwrap();
    assert_eq!(key.sign(b"x", &mut Dry), key.sign(b"x", &mut entropy));
}

//! Every rule of OIDC Core §3.1.3.7 is broken once, beside what RFC 8725 warns of.

use std::sync::LazyLock;

use jwt_simple::prelude::*;
use serde_json::{Value, json};

use super::super::{Answer, jwks};
use super::*;

const ISSUER: &str = "https://op.example";
const NOW: Timestamp = Timestamp(1_700_000_000);
const EXPECTED: Expected<'static> = Expected {
    issuer: ISSUER,
    client_id: "app",
    nonce: Nonce::Is("n"),
    access_token: "access",
    max_age: None,
    now: NOW,
};

static KEY: LazyLock<ES256KeyPair> = LazyLock::new(ES256KeyPair::generate);
static OTHER: LazyLock<ES256KeyPair> = LazyLock::new(ES256KeyPair::generate);

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "app", "sub": "00u1", "exp": NOW.0 + 3600, "iat": NOW.0, "nonce": "n"})
}

fn jwk(key: &ES256KeyPair, kid: Option<&str>) -> Value {
    let point = key.public_key().public_key().to_bytes_uncompressed();
    let mut jwk = json!({
        "kty": "EC", "crv": "P-256", "use": "sig",
        "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
    });
    if let Some(kid) = kid {
        jwk["kid"] = kid.into();
    }
    jwk
}

fn set(keys: &[Value]) -> JwkSet {
    let body = json!({ "keys": keys }).to_string().into_bytes();
    jwks::read(&Answer::Response { status: 200, headers: vec![], body }).unwrap()
}

fn keys() -> JwkSet {
    set(&[jwk(&KEY, Some("one"))])
}

fn compact(header: &Value, claims: &Value, sign: impl FnOnce(&str) -> Vec<u8>) -> IdToken {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(&signed));
    IdToken::new(format!("{signed}.{signature}"))
}

fn es256(key: &'static ES256KeyPair) -> impl FnOnce(&str) -> Vec<u8> {
    use p256::ecdsa::signature::Signer as _;
    let key = p256::ecdsa::SigningKey::from_slice(&key.to_bytes()).unwrap();
    move |text| {
        let signature: p256::ecdsa::Signature = key.sign(text.as_bytes());
        signature.to_bytes().to_vec()
    }
}

fn token(header: &Value, claims: &Value) -> IdToken {
    compact(header, claims, es256(&KEY))
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "one", "typ": "JWT"})
}

fn verify(claims: &Value) -> Result<VerifiedClaims, IdTokenError> {
    token(&header(), claims).verify(&keys(), &EXPECTED)
}

/// The error after `change`, which must be the only thing wrong.
fn broken(change: impl FnOnce(&mut Value)) -> IdTokenError {
    verify(&claims()).unwrap();
    let mut changed = claims();
    change(&mut changed);
    verify(&changed).unwrap_err()
}

#[test]
fn an_honest_token_is_verified() {
    let verified = verify(&claims()).unwrap();
    assert_eq!(verified.sub, "00u1");
    assert_eq!(verified.claims["iss"], ISSUER);
}

#[test]
fn issuer_must_be_the_configured_one() {
    for issuer in [
        json!(7),
        json!(["x"]),
        json!("https://op.example/"),
        json!("https://evil.example"),
        json!(""),
        Value::Null,
    ] {
        assert_eq!(broken(|claims| claims["iss"] = issuer), IdTokenError::Issuer);
    }
}

#[test]
fn audience_must_hold_the_client() {
    for aud in
        [json!("other"), json!(["other"]), json!([]), json!([1, "app"]), json!({"app": 1}), Value::Null]
    {
        assert_eq!(broken(|claims| claims["aud"] = aud), IdTokenError::Audience);
    }
}

#[test]
fn several_audiences_need_an_authorized_party() {
    assert_eq!(broken(|claims| claims["aud"] = json!(["app", "other"])), IdTokenError::Audience);
    assert_eq!(broken(|claims| claims["azp"] = json!("other")), IdTokenError::Audience);
    let both = |claims: &mut Value, azp: &str| {
        claims["aud"] = json!(["app", "other"]);
        claims["azp"] = json!(azp);
    };
    assert_eq!(broken(|claims| both(claims, "other")), IdTokenError::Audience);
    let mut fine = claims();
    both(&mut fine, "app");
    verify(&fine).unwrap();
}

#[test]
fn expiry_has_a_skew_of_a_minute_and_no_more() {
    assert_eq!(broken(|claims| claims["exp"] = json!(NOW.0 - 60)), IdTokenError::Expired);
    let mut late = claims();
    late["exp"] = json!(NOW.0 - 59);
    verify(&late).unwrap();
    assert_eq!(broken(|claims| claims["exp"] = json!(-1.5)), IdTokenError::Expired);
    for odd in [json!("soon"), Value::Null, json!(-1)] {
        assert_eq!(broken(|claims| claims["exp"] = odd), IdTokenError::Expired);
    }
}

#[test]
fn times_beyond_all_measure_do_no_harm() {
    for huge in [json!(u64::MAX), json!(1e300), json!(1u64 << 40)] {
        let mut odd = claims();
        odd["exp"] = huge;
        let _ = verify(&odd);
    }
}

#[test]
fn issue_time_must_be_there_and_past() {
    assert_eq!(broken(|claims| claims["iat"] = json!(NOW.0 + 61)), IdTokenError::IssuedAt);
    assert_eq!(
        broken(|claims| {
            claims.as_object_mut().unwrap().remove("iat");
        }),
        IdTokenError::IssuedAt
    );
    assert_eq!(broken(|claims| claims["nbf"] = json!(NOW.0 + 61)), IdTokenError::IssuedAt);
}

#[test]
fn nonce_must_be_that_of_this_sign_in() {
    for nonce in [json!(7), json!("other"), json!(""), Value::Null] {
        assert_eq!(broken(|claims| claims["nonce"] = nonce), IdTokenError::Nonce);
    }
}

#[test]
fn at_hash_must_be_that_of_the_access_token() {
    // The left half of SHA-256("access").
    let at_hash = URL_SAFE_NO_PAD.encode(&Sha256::digest("access")[..16]);
    let mut with = claims();
    with["at_hash"] = json!(at_hash);
    verify(&with).unwrap();
    let whole = URL_SAFE_NO_PAD.encode(Sha256::digest("access"));
    for wrong in [json!("AAAA"), json!(whole), json!(1)] {
        assert_eq!(broken(|claims| claims["at_hash"] = wrong), IdTokenError::AtHash);
    }
}

#[test]
fn somebody_must_be_named() {
    let long = "x".repeat(256);
    for sub in [json!(7), json!(""), json!(long)] {
        assert_eq!(broken(|claims| claims["sub"] = sub), IdTokenError::Subject);
    }
    assert_eq!(
        broken(|claims| {
            claims.as_object_mut().unwrap().remove("sub");
        }),
        IdTokenError::Subject
    );
}

#[test]
fn algorithms_off_the_list_are_refused() {
    for alg in ["none", "None", "nOnE", "HS256", "HS512", "RS1", "ES512", "", "es256"] {
        let forged = token(&json!({"alg": alg, "kid": "one"}), &claims());
        assert_eq!(forged.verify(&keys(), &EXPECTED).unwrap_err(), IdTokenError::Algorithm, "{alg}");
    }
    let unsigned = compact(&json!({"alg": "none"}), &claims(), |_| vec![]);
    assert_eq!(unsigned.verify(&keys(), &EXPECTED).unwrap_err(), IdTokenError::Algorithm);
}

#[test]
fn an_hmac_with_the_public_key_is_refused() {
    let public = KEY.public_key().to_pem().unwrap();
    let key = HS256Key::from_bytes(public.as_bytes()).with_key_id("one");
    let forged = IdToken::new(key.authenticate(signed_claims()).unwrap());
    assert_eq!(forged.verify(&keys(), &EXPECTED).unwrap_err(), IdTokenError::Algorithm);
}

#[test]
fn another_keys_signature_is_refused() {
    let forged = compact(&header(), &claims(), es256(&OTHER));
    assert_eq!(forged.verify(&keys(), &EXPECTED).unwrap_err(), IdTokenError::Signature);
}

#[test]
fn a_key_is_used_for_its_own_algorithm_only() {
    let mut key = jwk(&KEY, Some("one"));
    key["alg"] = json!("ES384");
    assert_eq!(
        token(&header(), &claims()).verify(&set(&[key]), &EXPECTED).unwrap_err(),
        IdTokenError::UnknownKey
    );
}

#[test]
fn the_kid_chooses_the_key() {
    let unknown = token(&json!({"alg": "ES256", "kid": "two"}), &claims());
    assert_eq!(unknown.verify(&keys(), &EXPECTED).unwrap_err(), IdTokenError::UnknownKey);
    let both = set(&[jwk(&OTHER, Some("two")), jwk(&KEY, Some("one"))]);
    token(&header(), &claims()).verify(&both, &EXPECTED).unwrap();
    let twice = set(&[jwk(&OTHER, Some("one")), jwk(&KEY, Some("one"))]);
    token(&header(), &claims()).verify(&twice, &EXPECTED).unwrap();
}

#[test]
fn without_a_kid_there_must_be_one_key() {
    let bare = token(&json!({"alg": "ES256"}), &claims());
    bare.verify(&keys(), &EXPECTED).unwrap();
    let both = set(&[jwk(&OTHER, Some("two")), jwk(&KEY, Some("one"))]);
    assert_eq!(bare.verify(&both, &EXPECTED).unwrap_err(), IdTokenError::AmbiguousKey);
}

#[test]
fn tokens_of_another_kind_are_no_id_tokens() {
    for extra in
        [json!({"typ": "at+jwt"}), json!({"typ": "logout+jwt"}), json!({"typ": 1}), json!({"crit": ["exp"]})]
    {
        let mut header = header();
        for (name, value) in extra.as_object().unwrap() {
            header[name] = value.clone();
        }
        assert_eq!(
            token(&header, &claims()).verify(&keys(), &EXPECTED).unwrap_err(),
            IdTokenError::Malformed
        );
    }
}

#[test]
fn the_kind_is_seen_before_the_key_is_looked_for() {
    let header = json!({"alg": "ES256", "kid": "two", "typ": "at+jwt"});
    assert_eq!(token(&header, &claims()).verify(&keys(), &EXPECTED).unwrap_err(), IdTokenError::Malformed);
}

#[test]
fn rubbish_is_no_token() {
    for text in ["", ".", "..", "...", "a.b.c", "e30.e30", "e30.e30.e30.e30", "e30.W10.", "é.é.é"] {
        IdToken::new(text.to_owned()).verify(&keys(), &EXPECTED).unwrap_err();
    }
}

#[test]
fn odd_keys_do_not_spoil_the_set() {
    let odd = set(&[
        json!({"kty": "RSA", "kid": "no-alg", "n": "AQAB", "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "enc", "use": "enc", "n": URL_SAFE_NO_PAD.encode([255; 256]), "e": "AQAB"}),
        json!({"kty": "unknown"}),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}),
        json!("not an object"),
        json!({}),
        jwk(&KEY, Some("one")),
    ]);
    token(&header(), &claims()).verify(&odd, &EXPECTED).unwrap();
}

#[test]
fn every_accepted_algorithm_verifies() {
    macro_rules! rsa {
        ($($alg:literal $pair:ident),+) => {{
            let der = RS256KeyPair::generate(2048).unwrap().to_der().unwrap();
            $({
                let pair = $pair::from_der(&der).unwrap().with_key_id("one");
                let components = pair.public_key().to_components();
                let key = json!({"kty": "RSA", "kid": "one", "alg": $alg,
                    "n": URL_SAFE_NO_PAD.encode(&components.n), "e": URL_SAFE_NO_PAD.encode(&components.e)});
                accepts($alg, key, &pair.sign(signed_claims()).unwrap());
            })+
        }};
    }
    rsa!("RS256" RS256KeyPair, "RS384" RS384KeyPair, "RS512" RS512KeyPair,
         "PS256" PS256KeyPair, "PS384" PS384KeyPair, "PS512" PS512KeyPair);

    let pair = ES384KeyPair::generate().with_key_id("one");
    let point = pair.public_key().public_key().to_bytes_uncompressed();
    let key = json!({"kty": "EC", "crv": "P-384", "kid": "one",
        "x": URL_SAFE_NO_PAD.encode(&point[1..49]), "y": URL_SAFE_NO_PAD.encode(&point[49..])});
    accepts("ES384", key, &pair.sign(signed_claims()).unwrap());

    let pair = Ed25519KeyPair::generate().with_key_id("one");
    let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "one",
        "x": URL_SAFE_NO_PAD.encode(pair.public_key().to_bytes())});
    accepts("EdDSA", key, &pair.sign(signed_claims()).unwrap());
}

/// A provider that has not asked the person again, or does not say, whatever `max_age` there was.
#[test]
fn a_sign_in_that_is_too_long_ago_or_of_unknown_age_is_refused_where_there_is_a_limit() {
    let verify = |auth_time: Option<u64>, max_age| {
        let mut claims = claims();
        claims["auth_time"] = json!(auth_time);
        token(&header(), &claims).verify(&keys(), &Expected { max_age, ..EXPECTED }).map(drop)
    };
    for (auth_time, max_age, accepted) in [
        (None, None, true),
        (None, Some(900), false),
        (Some(NOW.0 - 900 - MAX_SKEW), Some(900), true),
        (Some(NOW.0 - 901 - MAX_SKEW), Some(900), false),
        (Some(NOW.0 - 10), Some(0), true),
        (Some(NOW.0 - MAX_SKEW - 1), Some(0), false),
        // From the future.
        (Some(NOW.0 + MAX_SKEW), Some(0), true),
        (Some(NOW.0 + MAX_SKEW + 1), Some(900), false),
        (Some(u64::MAX), Some(900), false),
        (Some(0), Some(u64::MAX), true),
    ] {
        let wanted = if accepted { Ok(()) } else { Err(IdTokenError::AuthTime) };
        assert_eq!(verify(auth_time, max_age), wanted, "{auth_time:?} {max_age:?}");
    }
}

fn accepts(algorithm: &str, key: Value, token: &str) {
    let now = Timestamp(coarsetime::Clock::now_since_epoch().as_secs());
    let expected = Expected { now, ..EXPECTED };
    let verified = IdToken::new(token.to_owned()).verify(&set(std::slice::from_ref(&key)), &expected);
    assert!(verified.is_ok(), "{algorithm}: {:?}", verified.unwrap_err());
    let mut forged = token.to_owned().into_bytes();
    let middle = forged.len() - 40;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    let forged = IdToken::new(String::from_utf8(forged).unwrap());
    assert_eq!(forged.verify(&set(&[key]), &expected).unwrap_err(), IdTokenError::Signature, "{algorithm}");
}

fn signed_claims() -> JWTClaims<NoCustomClaims> {
    jwt_simple::prelude::Claims::create(Duration::from_hours(1))
        .with_issuer(ISSUER)
        .with_audience("app")
        .with_subject("00u1")
        .with_nonce("n")
}

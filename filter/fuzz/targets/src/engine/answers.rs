//! What the provider says, truly or not.

use serde_json::{Value, json};
use vestibule::driver::limits::MAX_WAIT;
use vestibule::inputs::Timestamp;
use vestibule::oidc::Answer;
use vestibule_testing::{answer, metadata_json, ok};

use super::person::{Person, person};
use super::refresh_token::{self, ACCESS_TOKEN_LIVES, TokenNumber};
use super::script::Answered;
use crate::support::{jwk, signed};

pub(super) const ACCESS_TOKEN: &str = "the-access-token";
/// How long an ID token is good, with the skew that is allowed.
pub(super) const GOOD_FOR: u64 = 3600 + 60;

pub(super) fn trouble() -> Answer {
    answer(503, b"upstream connect error or disconnect/reset before headers")
}

/// What ends a refresh token for the person's sake: in one word or another.
pub(super) fn refusal_of_person(number: TokenNumber) -> Answer {
    let codes =
        ["invalid_grant", "access_denied", "interaction_required", "login_required", "consent_required"];
    let code = codes[number % codes.len()];
    answer(400, json!({"error": code}).to_string().as_bytes())
}

pub(super) fn invalid_grant() -> Answer {
    answer(400, br#"{"error":"invalid_grant"}"#)
}

/// The honest answer to a refresh; without a key there is no ID token in it.
pub(super) fn refreshed(person: &Person, key: Option<usize>, number: TokenNumber, now: Timestamp) -> Answer {
    // The access token has the number too, so that the call for userinfo tells of which refresh it is.
    let mut response = json!({"access_token": format!("{ACCESS_TOKEN}-{number}"), "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_LIVES, "refresh_token": refresh_token::name(number)});
    if let Some(key) = key {
        let mut claims = person.token("", now);
        claims.as_object_mut().expect("an object").remove("nonce");
        let header = json!({"alg": "ES256", "kid": key.to_string()}).to_string();
        response["id_token"] = json!(signed(key, &header, &claims.to_string()));
    }
    ok(&response)
}

/// The answer to the redemption of a code, and whether it is an honest one.
pub(super) fn tokens(
    answered: &Answered,
    key: usize,
    nonce: &str,
    refresh_token: &str,
    now: Timestamp,
) -> (Answer, bool) {
    let person = person(answered.person);
    let mut claims = person.token(nonce, now);
    let mut header = json!({"alg": "ES256", "kid": key.to_string()});
    let mut response = json!({"access_token": ACCESS_TOKEN, "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_LIVES, "refresh_token": refresh_token});
    let mut tampered = false;
    match answered.fault % 32 {
        1 => claims["nonce"] = json!("another"),
        2 => claims["iss"] = json!("https://op.example/oauth2/other"),
        3 => claims["aud"] = json!("another"),
        4 => claims["exp"] = json!(now.0 - 61),
        // Also after the longest wait for keys.
        5 => claims["iat"] = json!(now.0 + 61 + MAX_WAIT),
        6 => header["alg"] = json!("none"),
        7 => header["alg"] = json!("HS256"),
        8 => tampered = true,
        9 => claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA"),
        10 => claims["sub"] = json!(""),
        11 => claims["aud"] = json!(["app", "another"]),
        12 => response["access_token"] = json!(1),
        13 => return (invalid_grant(), false),
        14 => return (answer(500, b""), false),
        15 => return (Answer::Nothing, false),
        16 => return (Answer::TooLarge, false),
        17 => return (answer(200, b"<html>"), false),
        18 => return (answer(429, br#"{"errorCode":"E0000047"}"#), false),
        19 => header["kid"] = json!("not there"),
        20 => header["typ"] = json!("at+jwt"),
        21 => claims["azp"] = json!("another"),
        22 => response["token_type"] = json!("mac"),
        23 => return (answer(200, br#"{"id_token":"..","access_token":"a","token_type":"Bearer"}"#), false),
        _ => {}
    }
    let mut token = signed(key, &header.to_string(), &claims.to_string());
    if tampered {
        claims["sub"] = json!("00u1-forged");
        let parts: Vec<_> = token.split('.').collect();
        token = [parts[0], &crate::support::base64url(claims.to_string()), parts[2]].join(".");
    }
    response["id_token"] = json!(token);
    (ok(&response), matches!(answered.fault % 32, 0 | 24..))
}

/// The answer to a call for userinfo, and whether it is an honest one.
pub(super) fn userinfo(answered: &Answered, of: &Person) -> (Answer, bool) {
    let mut body = json!({"sub": of.sub});
    body.as_object_mut().expect("an object").extend(of.userinfo.as_object().expect("an object").clone());
    match answered.fault % 8 {
        1 => body["sub"] = json!("00u9"),
        2 => return (answer(401, b""), false),
        3 => return (trouble(), false),
        4 => return (answer(200, b"eyJ"), false),
        5 => return (Answer::Nothing, false),
        6 => return (Answer::TooLarge, false),
        _ => {}
    }
    (ok(&body), answered.fault % 8 != 1)
}

/// Metadata, by the kind of the answer.
pub(super) fn metadata(kind: u8) -> Answer {
    let mut metadata = metadata_json();
    match kind % 8 {
        1 => return answer(200, b"{"),
        2 => return answer(503, b"upstream connect error"),
        3 => return Answer::Nothing,
        4 => metadata["issuer"] = json!("https://evil.example"),
        5 => {
            metadata["userinfo_endpoint"] = Value::Null;
            metadata["end_session_endpoint"] = Value::Null;
        }
        6 => metadata["authorization_response_iss_parameter_supported"] = json!(true),
        _ => {}
    }
    ok(&metadata)
}

/// Keys, by the kind of the answer; whether the provider's present key is among them.
pub(super) fn keys(kind: u8, present: usize) -> (Answer, bool) {
    match kind % 8 {
        1 => (answer(200, b"[]"), false),
        2 => (answer(500, b""), false),
        3 => (Answer::Nothing, false),
        4 => (ok(&json!({"keys": []})), false),
        5 => (ok(&json!({"keys": [{"kty": "oct", "kid": "0"}, jwk(present), 1, null]})), true),
        _ => (ok(&json!({"keys": [jwk(present)]})), true),
    }
}

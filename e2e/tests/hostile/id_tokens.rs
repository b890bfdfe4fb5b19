//! What an ID token claims (OIDC Core §2 and §3.1.3.7).

use serde_json::{Value, json};
use vestibule_e2e::okta::{IdTokenTamper as Tamper, StandInOkta};
use vestibule_e2e::stage::{CLIENT_ID, Stage};

use crate::world::{Refusal, attempt, id_token, on_a_stage, refused};

const ISSUER: Refusal = id_token("the ID token has another issuer");
const AUDIENCE: Refusal = id_token("the ID token is for another audience");
const EXPIRED: Refusal = id_token("the ID token has expired");
const ISSUED: Refusal = id_token("the ID token is from the future or does not say when it was issued");
const NONCE: Refusal = id_token("the ID token belongs to another sign-in");
const AT_HASH: Refusal = id_token("the ID token belongs to another access token");
const SUBJECT: Refusal = id_token("the ID token names nobody");

fn claim(name: &str, value: impl Into<Value>) -> Tamper {
    Tamper::Claim(name.to_owned(), value.into())
}

fn without(name: &str) -> Tamper {
    Tamper::WithoutClaim(name.to_owned())
}

fn from_now(name: &str, seconds: i64) -> Tamper {
    Tamper::ClaimFromNow(name.to_owned(), seconds)
}

fn with(tampers: Vec<Tamper>) -> impl FnOnce(&StandInOkta) {
    move |okta| tampers.into_iter().for_each(|tamper| okta.tamper(tamper))
}

/// Each of these alone makes the ID token one to refuse.
fn refuses(refusal: Refusal, cases: impl FnOnce(&Stage) -> Vec<Vec<Tamper>>) {
    on_a_stage(async |stage| {
        for tampers in cases(stage) {
            refused(stage, &format!("{tampers:?}"), &refusal, with(tampers)).await;
        }
    });
}

/// And with these it is a good one.
fn accepts(cases: Vec<Vec<Tamper>>) {
    on_a_stage(async |stage| {
        for tampers in cases {
            let case = format!("{tampers:?}");
            attempt(stage, "bob", with(tampers)).await.must_be_accepted(stage, &case).await;
        }
    });
}

#[test]
fn oidcc_client_test() {
    accepts(vec![vec![]]);
}

#[test]
fn oidcc_client_test_nonce_invalid() {
    refuses(NONCE, |_| vec![vec![claim("nonce", "of-another-sign-in")], vec![claim("nonce", "")]]);
}

#[test]
fn nonce_missing() {
    refuses(NONCE, |_| vec![vec![without("nonce")]]);
}

/// The nonce of another sign-in of the same browser, with everything else right.
#[test]
fn nonce_of_another_tab() {
    on_a_stage(async |stage| {
        let other = stage.visitor().begin("/other").await;
        let nonce = other.split_once("nonce=").unwrap().1.split('&').next().unwrap().to_owned();
        refused(stage, "another tab's", &NONCE, with(vec![claim("nonce", nonce)])).await;
    });
}

#[test]
fn oidcc_client_test_invalid_iss() {
    refuses(ISSUER, |stage| {
        let issuer = stage.issuer();
        vec![
            vec![claim("iss", "https://evil.test")],
            vec![claim("iss", format!("{issuer}/"))],
            vec![claim("iss", issuer.to_uppercase())],
            vec![claim("iss", format!("{issuer}?client_id={CLIENT_ID}"))],
            vec![claim("iss", stage.okta.org_issuer())],
            vec![without("iss")],
        ]
    });
}

#[test]
fn oidcc_client_test_missing_iat() {
    refuses(ISSUED, |_| vec![vec![without("iat")]]);
}

/// Beyond the skew of a minute; and `nbf`, which means the same.
#[test]
fn iat_in_the_future() {
    refuses(ISSUED, |_| {
        vec![vec![from_now("iat", 120)], vec![claim("iat", 1e300)], vec![from_now("nbf", 120)]]
    });
}

#[test]
fn oidcc_client_test_missing_sub() {
    refuses(SUBJECT, |_| {
        vec![vec![without("sub")], vec![claim("sub", "")], vec![claim("sub", "x".repeat(256))]]
    });
}

/// Another client's token of the same provider: Argo CD CVE-2023-22482.
#[test]
fn oidcc_client_test_invalid_aud() {
    refuses(AUDIENCE, |_| {
        vec![
            vec![claim("aud", "another-client")],
            vec![claim("aud", json!(["another-client"]))],
            vec![claim("aud", json!([]))],
            vec![claim("aud", format!("{CLIENT_ID}x"))],
            vec![claim("aud", CLIENT_ID.to_lowercase() + " ")],
        ]
    });
}

#[test]
fn oidcc_client_test_missing_aud() {
    refuses(AUDIENCE, |_| vec![vec![without("aud")]]);
}

#[test]
fn azp_missing_beside_several_audiences() {
    refuses(AUDIENCE, |_| vec![vec![claim("aud", json!([CLIENT_ID, "another-client"])), without("azp")]]);
}

#[test]
fn azp_of_another_client() {
    refuses(AUDIENCE, |_| {
        vec![
            vec![claim("azp", "another-client")],
            vec![claim("azp", json!([CLIENT_ID]))],
            vec![claim("aud", json!([CLIENT_ID, "another-client"])), claim("azp", "another-client")],
        ]
    });
}

#[test]
fn azp_of_this_client() {
    accepts(vec![
        vec![claim("azp", CLIENT_ID)],
        vec![claim("aud", json!([CLIENT_ID]))],
        vec![claim("aud", json!(["another-client", CLIENT_ID])), claim("azp", CLIENT_ID)],
    ]);
}

/// 61 seconds are too many, as is no time at all: a Rust peer accepted 15 minutes.
#[test]
fn expired() {
    refuses(EXPIRED, |_| {
        vec![
            vec![from_now("exp", -62)],
            vec![from_now("exp", -600)],
            vec![claim("exp", 0)],
            vec![without("exp")],
        ]
    });
}

/// Clocks may differ by a minute.
#[test]
fn skew_of_half_a_minute() {
    accepts(vec![vec![from_now("exp", -30)], vec![from_now("iat", 30)], vec![from_now("nbf", 30)]]);
}

/// The module is for flows that give an access token at the authorization endpoint; the rule holds here too.
#[test]
fn oidcc_client_test_invalid_athash() {
    refuses(AT_HASH, |_| vec![vec![claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")], vec![claim("at_hash", "")]]);
}

/// Optional in the code flow (OIDC Core §3.1.3.6).
#[test]
fn oidcc_client_test_missing_athash() {
    accepts(vec![vec![without("at_hash")]]);
}

/// Members of another type than the standard's: the log names the claim, not the signature.
#[test]
fn claims_of_another_type() {
    let no_text = [json!(7), Value::Null, json!(["a", "b"]), json!({"a": "b"}), json!(true)];
    let no_date = [json!("tomorrow"), Value::Null, json!([1]), json!(-1), json!(true)];
    let no_audience = [json!(7), Value::Null, json!({ CLIENT_ID: true }), json!([[CLIENT_ID]]), json!([7])];
    on_a_stage(async |stage| {
        for (refusal, names, values) in [
            (ISSUER, &["iss"][..], &no_text),
            (SUBJECT, &["sub"], &no_text),
            (NONCE, &["nonce"], &no_text),
            (AT_HASH, &["at_hash"], &no_text),
            (AUDIENCE, &["aud"], &no_audience),
            (EXPIRED, &["exp"], &no_date),
            (ISSUED, &["iat", "nbf"], &no_date),
        ] {
            for (name, value) in names.iter().flat_map(|name| values.iter().map(move |value| (name, value))) {
                let case = format!("{name}: {value}");
                refused(stage, &case, &refusal, with(vec![claim(name, value.clone())])).await;
            }
        }
    });
}

//! How an ID token is signed, and by whom (RFC 7515, RFC 8725).

use serde_json::json;
use vestibule_e2e::okta::{AuthorizationServer, IdTokenTamper as Tamper, OktaOptions, StandInOkta};
use vestibule_e2e::stage::{CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, Stage, StageOptions};

use crate::world::{Refusal, alone, attempt, id_token, on_a_stage, prepared, refused};

const ALGORITHM: Refusal = id_token("the ID token is signed by an algorithm that is not accepted");
const UNKNOWN_KEY: Refusal = id_token("the ID token is signed by a key that is not in the provider's set");
const SIGNATURE: Refusal = id_token("the ID token's signature does not fit");
const MALFORMED: Refusal = id_token("the ID token is not a JWT");

/// What alone makes the ID token one to refuse.
fn refuses(refusal: Refusal, cases: Vec<Vec<Tamper>>) {
    on_a_stage(async |stage| {
        for tampers in cases {
            let case = format!("{tampers:?}");
            refused(stage, &case, &refusal, |okta| tampers.into_iter().for_each(|one| okta.tamper(one)))
                .await;
        }
    });
}

fn header(name: &str, value: impl Into<serde_json::Value>) -> Tamper {
    Tamper::Header(name.to_owned(), value.into())
}

#[test]
fn oidcc_client_test_idtoken_sig_rs256() {
    on_a_stage(async |stage| {
        // The header says so by itself; also with the type that many providers add.
        for tampers in [vec![], vec![header("typ", "JWT")], vec![header("typ", "jwt")]] {
            let attempt = attempt(stage, "bob", |okta| tampers.into_iter().for_each(|one| okta.tamper(one)));
            attempt.await.must_be_accepted(stage, "RS256").await;
        }
    });
}

/// A client may accept it from the token endpoint if it asked for it at registration; this one never does.
#[test]
fn oidcc_client_test_idtoken_sig_none() {
    refuses(
        ALGORITHM,
        vec![
            vec![Tamper::AlgNone],
            vec![Tamper::AlgNone, Tamper::NoKid],
            vec![Tamper::AlgNone, header("alg", "None")],
            vec![Tamper::AlgNone, header("alg", "nOnE")],
            vec![Tamper::AlgNone, header("alg", "")],
            vec![Tamper::AlgNone, header("alg", json!(null))],
            vec![header("alg", "none")],
        ],
    );
}

/// A token with its signature taken off, and one of an algorithm that is on the list.
#[test]
fn idtoken_without_a_signature() {
    refuses(SIGNATURE, vec![vec![Tamper::AlgNone, header("alg", "RS256")]]);
}

#[test]
fn oidcc_client_test_invalid_sig_rs256() {
    refuses(SIGNATURE, vec![vec![Tamper::BadSignature]]);
}

/// Signed by a key that is in no set, with the `kid` of one that is.
#[test]
fn signature_of_another_key() {
    on_a_stage(async |stage| {
        let kid = stage.okta.current_kid();
        refused(stage, "another key under this name", &SIGNATURE, |okta| {
            okta.tamper(Tamper::UnpublishedKey);
            okta.tamper(header("kid", kid.as_str()));
        })
        .await;
    });
}

/// The set has a key on P-256, `odd-ec`.
#[test]
fn oidcc_client_test_invalid_sig_es256() {
    refuses(SIGNATURE, vec![vec![Tamper::Es256UnpublishedKey, header("kid", "odd-ec")]]);
}

/// An algorithm that the named key is not for: RFC 8725 §3.1.
#[test]
fn algorithm_of_another_key() {
    refuses(
        UNKNOWN_KEY,
        vec![
            vec![Tamper::Es256UnpublishedKey],
            vec![header("alg", "PS256")],
            vec![header("alg", "RS512")],
            vec![header("kid", "odd-ec")],
            vec![header("kid", "odd-enc")],
        ],
    );
}

#[test]
fn oidcc_client_test_invalid_sig_hs256() {
    let secrets = [CLIENT_SECRET, COOKIE_SECRET, "", "another secret"];
    refuses(ALGORITHM, secrets.map(|secret| vec![Tamper::Hs256(secret.to_owned())]).to_vec());
}

/// The key is public, so anybody can compute this.
#[test]
fn sig_hs256_with_the_public_key() {
    let hmac = |name: &str| vec![Tamper::Hs256WithPublicKey, header("alg", name)];
    refuses(ALGORITHM, ["HS256", "HS384", "HS512", "hs256"].map(hmac).to_vec());
}

/// Algorithms off the list: not implemented, not for signatures, not in this spelling.
#[test]
fn algorithms_off_the_list() {
    let names = ["ES512", "ES256K", "RS1", "RSA-OAEP", "ML-DSA-65", "rs256", "RS256 "];
    refuses(ALGORITHM, names.map(|name| vec![header("alg", name)]).to_vec());
}

/// The token brings its own key: RFC 8725 §3.10.
#[test]
fn keys_that_the_token_brings_are_not_looked_at() {
    let key = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS256", "kid": "mine"});
    let bring = |name: &str, value: serde_json::Value| {
        vec![Tamper::UnpublishedKey, Tamper::UnknownKid, header(name, value)]
    };
    refuses(
        UNKNOWN_KEY,
        vec![
            bring("jwk", key),
            bring("jku", json!("https://evil.test/keys")),
            bring("x5u", json!("https://evil.test/certificate")),
            bring("x5c", json!(["AAAA"])),
        ],
    );
}

/// A token of another kind is no ID token, nor is one with extensions that must be understood.
#[test]
fn tokens_of_another_kind() {
    refuses(
        MALFORMED,
        vec![
            vec![header("typ", "at+jwt")],
            vec![header("typ", "logout+jwt")],
            vec![header("typ", 1)],
            vec![header("crit", json!(["exp"]))],
            vec![header("b64", false), header("crit", json!(["b64"]))],
            vec![Tamper::Raw("not.a.token".to_owned())],
            vec![Tamper::Raw("..".to_owned())],
            // Encrypted, in five parts; and bytes that are no UTF-8.
            vec![Tamper::Raw("a.b.c.d.e".to_owned())],
            vec![Tamper::Raw("eyJhbGciOiJSUzI1NiIsImtpZCI6Iv8ifQ.e30.AAAA".to_owned())],
        ],
    );
}

/// The provider's own signature on something that is not for this client.
#[test]
fn an_access_token_in_place_of_the_id_token() {
    on_a_stage(async |stage| {
        let server = AuthorizationServer::Custom("default".to_owned());
        let scopes = ["openid", "profile", "email"];
        let token = stage.okta.access_token(&server, CLIENT_ID, "bob", &scopes).unwrap();
        let refusal = id_token("the ID token is for another audience");
        refused(stage, "an access token", &refusal, |okta| okta.tamper(Tamper::Raw(token))).await;
    });
}

#[test]
fn kid_unknown() {
    refuses(
        UNKNOWN_KEY,
        vec![
            vec![Tamper::UnknownKid],
            vec![header("kid", "")],
            vec![header("kid", "../../etc/passwd")],
            vec![header("kid", "' OR 1=1 --")],
        ],
    );
}

fn one_key() -> StageOptions {
    StageOptions {
        okta: OktaOptions { odd_keys: false, ..OktaOptions::default() },
        ..StageOptions::default()
    }
}

#[test]
fn oidcc_client_test_kid_absent_single_jwks() {
    alone(async || {
        let stage = Stage::with(one_key()).await;
        attempt(&stage, "bob", |okta| okta.tamper(Tamper::NoKid))
            .await
            .must_be_accepted(&stage, "no kid")
            .await;
        // It is still that key which must have signed.
        refused(&stage, "no kid, another key", &SIGNATURE, |okta| {
            okta.tamper(Tamper::UnpublishedKey);
            okta.tamper(Tamper::NoKid);
        })
        .await;
    });
}

/// The suite leaves it to the client whether it tries all keys: this one refuses.
#[test]
fn oidcc_client_test_kid_absent_multiple_jwks() {
    alone(async || {
        let stage = prepared(one_key(), StandInOkta::rotate_keys).await;
        stage.ready().await;
        let ambiguous = id_token("the ID token does not say which of the provider's keys has signed it");
        refused(&stage, "no kid, two keys", &ambiguous, |okta| okta.tamper(Tamper::NoKid)).await;
    });
}

/// Keys that cannot be read, or are for something else, stand around the good one.
#[test]
fn oidcc_client_test_ignores_unparseable_key_in_jwks() {
    on_a_stage(async |stage| {
        let set = stage.okta.jwk_set();
        let keys = set["keys"].as_array().unwrap();
        assert!(keys.len() > 3 && keys.iter().any(|key| key["kty"] == "AKP"), "{set}");
        attempt(stage, "bob", |_| ()).await.must_be_accepted(stage, "odd keys").await;
    });
}

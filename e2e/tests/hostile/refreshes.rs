//! What a refresh brings (OIDC Core §12.2). The tests of the refresh itself are in `e2e/tests/refresh.rs`.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use vestibule_e2e::okta::{Endpoint, IdTokenTamper as Tamper, Person, RefreshTokens};
use vestibule_e2e::stage::{CLIENT_ID, Stage};

use crate::world::{honest, on_a_stage};

/// Of an access token.
const LIFETIME: Duration = Duration::from_secs(2);

/// From now on access tokens run out soon.
fn short(stage: &Stage) {
    stage.okta.configure(|options| options.lifetimes.access_token = LIFETIME);
}

fn claim(name: &str, value: impl Into<Value>) -> Tamper {
    Tamper::Claim(name.to_owned(), value.into())
}

/// The access token has run out, and the refresh brings an ID token that must not be believed: a new sign-in.
fn refuses(cases: Vec<(Vec<Tamper>, &'static str)>) {
    on_a_stage(async |stage| {
        short(stage);
        let before = stage.reached().len();
        let mut people = Vec::new();
        for case in cases {
            people.push((stage.signed_in("bob").await, case));
        }
        sleep(LIFETIME).await;
        for (mut bob, (tampers, detail)) in people {
            let case = format!("{tampers:?}");
            let asked = stage.okta.requests(Endpoint::Token);
            tampers.into_iter().for_each(|tamper| stage.okta.tamper(tamper));
            let response = bob.fetch("/page").await;
            assert_eq!(response.status, 401, "{case}: {}", response.summary());
            assert!(bob.jar.beginning("").next().is_none(), "{case}: {:?}", bob.jar);
            stage.okta.clear_tampers();
            assert!(stage.envoy.logged(detail).await, "{case}: {:#?}", stage.envoy.filter_log());
            assert_eq!(bob.fetch("/page").await.status, 401, "{case}");
            assert_eq!(stage.okta.requests(Endpoint::Token), asked + 1, "{case}: it was tried again");
        }
        assert_eq!(stage.reached().len(), before);
        honest(stage, "forged refreshes").await;
    });
}

#[test]
fn oidcc_client_test_refresh_token() {
    on_a_stage(async |stage| {
        short(stage);
        let mut bob = stage.signed_in("bob").await;
        bob.page("/page").await;
        sleep(LIFETIME).await;
        // Without `nonce`, as Okta's come, and without `at_hash`, which is optional.
        stage.okta.tamper(Tamper::WithoutClaim("at_hash".to_owned()));
        assert_eq!(bob.page("/page").await.status, 200);
        let token = |back: usize| {
            stage.reached().into_iter().rev().nth(back).unwrap().one("x-auth-request-access-token").unwrap()
        };
        assert_ne!(token(0), token(1));
        let last = stage.okta.token_requests().pop().unwrap();
        assert_eq!(last.grant_type, "refresh_token");
        assert!(last.scope.unwrap_or_default().contains("openid"));
    });
}

/// Nothing new is known of the person but what userinfo say.
#[test]
fn refresh_token_without_an_id_token() {
    on_a_stage(async |stage| {
        short(stage);
        let mut alice = stage.signed_in("alice").await;
        sleep(LIFETIME).await;
        stage.okta.tamper(Tamper::Missing);
        assert_eq!(alice.page("/finance/report").await.status, 200);
        let reached = stage.reached().pop().unwrap();
        assert_eq!(reached.one("x-auth-request-user"), Some(Person::new("alice", "", "").id));
        assert_eq!(reached.one("x-auth-request-groups").as_deref(), Some("Everyone,admin,finance"));
    });
}

/// No new refresh token comes: the old one stays good (RFC 6749 §6).
#[test]
fn refresh_token_that_does_not_rotate() {
    on_a_stage(async |stage| {
        short(stage);
        stage.okta.configure(|options| options.refresh = RefreshTokens::Keep);
        let mut bob = stage.signed_in("bob").await;
        let asked = stage.okta.requests(Endpoint::Token);
        for refreshes in 1..=2 {
            sleep(LIFETIME).await;
            assert_eq!(bob.page("/page").await.status, 200);
            assert_eq!(stage.okta.requests(Endpoint::Token), asked + refreshes);
        }
    });
}

/// The keys may have been rotated since the sign-in, as at every other time: one fetch, and the session goes on.
#[test]
fn refresh_token_after_a_signing_key_rotation() {
    on_a_stage(async |stage| {
        short(stage);
        let mut alice = stage.signed_in("alice").await;
        // Until keys may be fetched again; meanwhile the session is kept fresh.
        for _ in 0..6 {
            sleep(LIFETIME).await;
            assert_eq!(alice.page("/page").await.status, 200);
        }
        stage.okta.rotate_keys();
        sleep(LIFETIME).await;
        let response = alice.page("/page").await;
        assert_eq!(response.status, 200, "{}\n{:#?}", response.summary(), stage.envoy.filter_log());
    });
}

#[test]
fn oidcc_client_test_refresh_token_invalid_issuer() {
    let issuer = "the ID token has another issuer";
    refuses(vec![
        (vec![claim("iss", "https://evil.test")], issuer),
        (vec![Tamper::WithoutClaim("iss".to_owned())], issuer),
    ]);
}

#[test]
fn oidcc_client_test_refresh_token_invalid_sub() {
    refuses(vec![
        (vec![claim("sub", "00usomebodyelse")], "the ID token is about somebody else"),
        (vec![Tamper::WithoutClaim("sub".to_owned())], "the ID token names nobody"),
    ]);
}

#[test]
fn oidcc_client_test_refresh_token_invalid_aud() {
    let audience = "the ID token is for another audience";
    refuses(vec![
        (vec![claim("aud", "another-client")], audience),
        (vec![claim("aud", json!([CLIENT_ID, "another-client"]))], audience),
    ]);
}

#[test]
fn oidcc_client_test_refresh_token_invalid_azp() {
    refuses(vec![(vec![claim("azp", "another-client")], "the ID token is for another audience")]);
}

#[test]
fn refresh_token_with_a_forged_id_token() {
    refuses(vec![
        (vec![Tamper::BadSignature], "the ID token's signature does not fit"),
        (vec![Tamper::AlgNone], "signed by an algorithm that is not accepted"),
        (vec![Tamper::Hs256WithPublicKey], "signed by an algorithm that is not accepted"),
        (vec![claim("nonce", "of-another-sign-in")], "the ID token belongs to another sign-in"),
        (vec![claim("at_hash", "AAAA")], "the ID token belongs to another access token"),
        (vec![Tamper::ClaimFromNow("exp".to_owned(), -120)], "the ID token has expired"),
    ]);
}

//! Where the provider is, and which keys it has (OIDC Discovery 1.0).

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use vestibule_e2e::client::Response;
use vestibule_e2e::okta::{Endpoint, Fault, StandInOkta};
use vestibule_e2e::stage::{Stage, StageOptions};

use crate::world::{Refusal, alone, attempt, counted, honest, id_token, prepared, refused};

const UNKNOWN_KEY: Refusal = id_token("the ID token is signed by a key that is not in the provider's set");
/// An unknown `kid` makes for a fetch at most every ten seconds.
const KEYS_AT_MOST_EVERY: Duration = Duration::from_secs(11);

/// The page of those who come while the provider cannot be used.
fn not_ready(response: &Response, case: &str) {
    assert_eq!(response.status, 503, "{case}: {}", response.summary());
    assert!(response.text().contains("Code: provider_not_ready"), "{case}: {}", response.summary());
    assert!(response.header("retry-after").is_some(), "{case}: {}", response.summary());
}

/// With these metadata, nobody can sign in; with the right ones, everybody can.
async fn never_ready_with(case: &str, fault: Fault, logged: &str) {
    let stage = prepared(StageOptions::default(), |okta| okta.fault(Endpoint::Metadata, fault)).await;
    assert!(stage.envoy.logged(logged).await, "{case}: {:#?}", stage.envoy.filter_log());
    not_ready(&stage.visitor().page("/page").await, case);
    assert_eq!(stage.okta.requests(Endpoint::Keys), 0, "{case}");
    counted(&stage, "provider_not_ready", 1).await;
    assert_eq!(stage.reached().len(), 0);
    stage.okta.clear_faults();
    stage.ready().await;
    honest(&stage, case).await;
}

#[test]
fn oidcc_client_test_discovery_issuer_mismatch() {
    alone(async || {
        let mismatch = async |case, issuer: &str| {
            let logged = "provider metadata: the metadata's issuer is not the configured one";
            never_ready_with(case, Fault::Issuer(issuer.to_owned()), logged).await;
        };
        tokio::join!(
            mismatch("another host", "https://evil.test"),
            mismatch("a prefix", "http://localhost"),
            mismatch("none", ""),
        );
    });
}

fn merged(members: Value) -> impl FnOnce(&StandInOkta) {
    move |okta| okta.fault(Endpoint::Metadata, Fault::Merge(members))
}

#[test]
fn oidcc_client_test_discovery_openid_config() {
    alone(async || {
        let authorize = "https://login.example.test/tenant/authorize?own=1";
        let stage = prepared(
            StageOptions::default(),
            merged(json!({"authorization_endpoint": authorize, "unknown_member": {"a": [1]}})),
        )
        .await;
        stage.ready().await;
        let location = stage.visitor().begin("/page").await;
        assert!(location.starts_with(&format!("{authorize}&")), "{location}");
    });
}

#[test]
fn oidcc_client_test_discovery_jwks_uri_keys() {
    alone(async || {
        // The keys' place is the one that the metadata name, here that of another server of the provider.
        let of_org = |okta: &StandInOkta| {
            let keys = format!("{}/oauth2/v1/keys", okta.base_url());
            merged(json!({ "jwks_uri": keys }))(okta);
        };
        let stage = prepared(StageOptions::default(), of_org).await;
        stage.ready().await;
        assert!(stage.okta.requests(Endpoint::Keys) >= 1);
        honest(&stage, "keys elsewhere").await;

        // Where there are none, nobody can sign in.
        let nowhere = prepared(StageOptions::default(), |okta| {
            merged(json!({ "jwks_uri": format!("{}/nowhere", okta.base_url()) }))(okta);
        })
        .await;
        assert!(nowhere.envoy.logged("JWK set: status 404").await, "{:#?}", nowhere.envoy.filter_log());
        not_ready(&nowhere.visitor().page("/page").await, "no keys");
    });
}

/// Once the filter may ask for keys again.
async fn rested() -> Stage {
    let stage = Stage::start().await;
    sleep(KEYS_AT_MOST_EVERY).await;
    stage
}

/// Between the authorization response and the ID token.
#[test]
fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    alone(async || {
        let stage = rested().await;
        let before = stage.okta.requests(Endpoint::Keys);
        attempt(&stage, "bob", |okta| {
            okta.rotate_keys();
            okta.withdraw_old_keys();
        })
        .await
        .must_be_accepted(&stage, "a new key")
        .await;
        assert_eq!(stage.okta.requests(Endpoint::Keys), before + 1);
    });
}

/// Between two sign-ins. Whoever signed in before stays signed in.
#[test]
fn oidcc_client_test_signing_key_rotation() {
    alone(async || {
        let stage = rested().await;
        let mut alice = stage.signed_in("alice").await;
        stage.okta.rotate_keys();
        attempt(&stage, "bob", |_| ()).await.must_be_accepted(&stage, "the second").await;
        stage.okta.withdraw_old_keys();
        assert_eq!(alice.page("/page").await.status, 200);
        // Nor does a token of nobody's key cost the provider another fetch.
        let before = stage.okta.requests(Endpoint::Keys);
        let unknown = |okta: &StandInOkta| okta.tamper(vestibule_e2e::okta::IdTokenTamper::UnknownKid);
        refused(&stage, "nobody's key", &UNKNOWN_KEY, unknown).await;
        assert_eq!(stage.okta.requests(Endpoint::Keys), before);
    });
}

/// The keys cannot be had just when they are needed: closed, and well again by itself.
#[test]
fn signing_key_rotation_while_the_keys_are_away() {
    alone(async || {
        let stage = rested().await;
        let mut alice = stage.signed_in("alice").await;
        stage.okta.rotate_keys();
        stage.okta.fault(Endpoint::Keys, Fault::Close);
        let mut bob = stage.visitor();
        let callback = stage.approve(&bob.begin("/").await, "bob").await;
        let response = bob.page(vestibule_e2e::visitor::target_of(&callback)).await;
        assert_eq!(response.status, 502, "{}", response.summary());
        assert!(response.text().contains("Code: id_token_invalid"), "{}", response.summary());
        assert!(bob.jar.beginning("").next().is_none(), "{:?}", bob.jar);
        assert!(stage.envoy.logged("JWK set: ").await, "{:#?}", stage.envoy.filter_log());
        // Those who are signed in notice nothing.
        assert_eq!(alice.page("/page").await.status, 200);
        stage.okta.clear_faults();
        let ready = stage.envoy.filter_log().iter().filter(|line| line.contains("provider ready")).count();
        let heals = || stage.envoy.filter_log().iter().filter(|line| line.contains("provider ready")).count();
        assert!(
            vestibule_e2e::envoy::eventually(|| heals() > ready).await,
            "{:#?}",
            stage.envoy.filter_log()
        );
        honest(&stage, "the keys are back").await;
    });
}

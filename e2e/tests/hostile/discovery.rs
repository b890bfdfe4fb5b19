//! Where the provider is, and which keys it has (OIDC Discovery 1.0).

use serde_json::{Value, json};
use vestibule_e2e::client::Response;
use vestibule_e2e::okta::{Endpoint, Fault, StandInOkta};
use vestibule_e2e::stage::StageOptions;

use crate::endpoints::each_delays;
use crate::world::{Refusal, alone, attempt, honest, id_token, on_a_ready_stage, prepared, refused};

const UNKNOWN_KEY: Refusal = id_token("the ID token is signed by a key that is not in the provider's set");

/// The page of those who come while the provider cannot be used.
fn not_ready(response: &Response, case: &str) {
    assert_eq!(response.status, 503, "{case}: {}", response.summary());
    assert!(response.text().contains("Code: provider_not_ready"), "{case}: {}", response.summary());
    assert!(response.header("retry-after").is_some(), "{case}: {}", response.summary());
}

#[test]
fn oidcc_client_test_discovery_issuer_mismatch() {
    let mismatch = |case, issuer: &str| {
        (case, Fault::Issuer(issuer.to_owned()), "the metadata's issuer is not the configured one")
    };
    let cases = [
        mismatch("another host", "https://evil.test"),
        mismatch("a prefix", "http://localhost"),
        mismatch("none", ""),
    ];
    alone(async || each_delays(Endpoint::Metadata, "provider metadata", &cases).await);
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
        // Where there are none, nobody can sign in.
        let stage = prepared(StageOptions::default(), |okta| {
            merged(json!({ "jwks_uri": format!("{}/nowhere", okta.base_url()) }))(okta);
        })
        .await;
        assert!(stage.envoy.logged("JWK set: status 404").await, "{:#?}", stage.envoy.filter_log());
        not_ready(&stage.visitor().page("/page").await, "no keys");
        assert_eq!(stage.okta.requests(Endpoint::Keys), 0);
        // Here they are where another server of the provider has them.
        stage.okta.clear_faults();
        merged(json!({ "jwks_uri": format!("{}/oauth2/v1/keys", stage.okta.base_url()) }))(&stage.okta);
        stage.ready().await;
        assert!(stage.okta.requests(Endpoint::Keys) >= 1);
        honest(&stage, "keys elsewhere").await;
    });
}

/// Between the authorization response and the ID token.
#[test]
fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    on_a_ready_stage(async |stage| {
        let before = stage.okta.requests(Endpoint::Keys);
        attempt(stage, "bob", |okta| {
            okta.rotate_keys();
            okta.withdraw_old_keys();
        })
        .await
        .must_be_accepted(stage, "a new key")
        .await;
        assert_eq!(stage.okta.requests(Endpoint::Keys), before + 1);
    });
}

/// Between two sign-ins. Whoever signed in before stays signed in.
#[test]
fn oidcc_client_test_signing_key_rotation() {
    on_a_ready_stage(async |stage| {
        let mut alice = stage.signed_in("alice").await;
        stage.okta.rotate_keys();
        attempt(stage, "bob", |_| ()).await.must_be_accepted(stage, "the second").await;
        stage.okta.withdraw_old_keys();
        assert_eq!(alice.page("/page").await.status, 200);
        // A token of nobody's key is the provider's own fault, and costs it one fetch.
        let before = stage.okta.requests(Endpoint::Keys);
        let unknown = |okta: &StandInOkta| okta.tamper(vestibule_e2e::okta::IdTokenTamper::UnknownKid);
        refused(stage, "nobody's key", &UNKNOWN_KEY, unknown).await;
        assert_eq!(stage.okta.requests(Endpoint::Keys), before + 1);
    });
}

/// The keys cannot be had just when they are needed: closed, and well again by itself.
#[test]
fn signing_key_rotation_while_the_keys_are_away() {
    on_a_ready_stage(async |stage| {
        let mut alice = stage.signed_in("alice").await;
        stage.okta.rotate_keys();
        stage.okta.fault(Endpoint::Keys, Fault::Close);
        let mut bob = stage.visitor();
        let callback = stage.approve(&bob.begin("/").await, "bob").await;
        let response = bob.page(vestibule_e2e::visitor::target_of(&callback)).await;
        assert_eq!(response.status, 502, "{}", response.summary());
        assert!(response.text().contains("Code: id_token_invalid"), "{}", response.summary());
        assert!(bob.jar.beginning("").all(|(name, _)| name.contains("_b_")), "{:?}", bob.jar);
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
        honest(stage, "the keys are back").await;
    });
}

/// Google has no such scope, and answers `invalid_scope` to it.
#[test]
fn a_provider_without_offline_access_is_not_asked_for_it() {
    alone(async || {
        let config = json!({"session": {"refresh": true}});
        let stage = prepared(
            StageOptions { config, ..StageOptions::default() },
            merged(json!({ "scopes_supported": ["openid", "email", "profile"] })),
        )
        .await;
        stage.ready().await;
        let mut alice = stage.visitor();
        let authorization = alice.begin("/page").await;
        assert!(!authorization.contains("offline_access"), "{authorization}");
        let callback = stage.approve(&authorization, "alice").await;
        let response = alice.page(vestibule_e2e::visitor::target_of(&callback)).await;
        assert_eq!((response.status, response.location().as_str()), (302, "/page"), "{}", response.summary());
        assert_eq!(alice.page("/page").await.status, 200);
        // The operator is told what helps.
        assert!(stage.envoy.logged("no refresh token came").await, "{:#?}", stage.envoy.filter_log());
    });
}

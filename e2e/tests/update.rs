//! A new configuration while Envoy runs, as from Istio: the old and the new one live side by side for a while.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::visitor::target_of;
use vestibule_e2e::wire::State;

fn dynamic() -> EnvoyOptions {
    EnvoyOptions { dynamic: true, concurrency: 2, ..EnvoyOptions::default() }
}

#[tokio::test]
async fn a_new_configuration_takes_over_without_signing_anyone_out() {
    let stage = Stage::with(StageOptions { envoy: dynamic(), ..StageOptions::default() }).await;
    let mut bob = stage.signed_in("bob").await;
    assert_eq!(bob.page("/reports").await.status, 200);
    let mut pending = stage.visitor();
    let authorization = pending.begin("/page").await;

    let rules = json!({"access": [{"match": {"paths": ["/reports"]}, "require": {"groups": ["finance"]}}]});
    assert!(stage.update(rules).await);
    // Each connection has a worker by chance: none may still have the old rules.
    for _ in 0..10 {
        assert_eq!(bob.page("/reports").await.status, 403);
        assert_eq!(bob.page("/page").await.status, 200);
        assert_eq!(stage.visitor().fetch("/healthz").await.status, 401, "no longer public");
    }
    // A sign-in that began before ends after.
    let callback = stage.approve(&authorization, "alice").await;
    assert_eq!(pending.page(target_of(&callback)).await.location(), "/page");
    assert_eq!(pending.page("/reports").await.status, 200);
}

#[tokio::test]
async fn a_wrong_configuration_leaves_the_one_before_in_place() {
    let stage = Stage::with(StageOptions { envoy: dynamic(), ..StageOptions::default() }).await;
    let mut alice = stage.signed_in("alice").await;
    for wrong in [
        json!({"session": {"secrets": [{"value": "short"}]}}),
        json!({"access": [{"allow": "public", "mach": {"paths": ["/healthz"]}}]}),
        json!({"provider": {"issuer": "http://acme.okta.com"}}),
    ] {
        assert!(!stage.update(wrong).await, "taken");
        for _ in 0..6 {
            assert_eq!(stage.visitor().fetch("/page").await.status, 401);
            assert_eq!(stage.visitor().fetch("/healthz").await.status, 200);
            assert_eq!(alice.page("/finance/report").await.status, 200);
        }
    }
    // The one after is taken.
    assert!(stage.update(json!({"access": []})).await);
    assert_eq!(stage.visitor().fetch("/healthz").await.status, 401);
    assert_eq!(alice.page("/page").await.status, 200);
}

#[tokio::test]
async fn whoever_waits_for_the_provider_during_an_update_is_answered_and_not_let_in() {
    let options = StageOptions { envoy: dynamic(), provider: State::Silent, ..StageOptions::default() };
    let stage = Stage::with(options).await;
    let envoy = stage.envoy.plain();
    let waiting: Vec<_> = (0..8)
        .map(|number| {
            let page = Request::page(format!("/page/{number}"));
            tokio::spawn(async move { client::send(envoy, &page).await })
        })
        .collect();
    sleep(Duration::from_millis(500)).await;
    assert!(stage.update(json!({"provider": {"timeout": "4s"}})).await);
    stage.wire.set(State::Open);
    for page in waiting {
        let response = page.await.unwrap().unwrap();
        assert!(matches!(response.status, 302 | 503), "{}", response.summary());
    }
    stage.ready().await;
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(stage.signed_in("alice").await.page("/page").await.status, 200);
}

#[tokio::test]
async fn a_push_signs_out_everyone_or_one_person_at_once() {
    let stage = Stage::with(StageOptions { envoy: dynamic(), ..StageOptions::default() }).await;
    let mut alice = stage.signed_in("alice").await;
    let mut bob = stage.signed_in("bob").await;
    // On every worker, so that each has both sessions in its cache.
    for _ in 0..10 {
        assert_eq!(alice.page("/page").await.status, 200);
        assert_eq!(bob.page("/page").await.status, 200);
    }
    // Times of the configuration are in whole seconds.
    sleep(Duration::from_secs(2)).await;
    let revoked = json!({"session": {"revoked": [{"email": "bob@example.com", "before": now()}]}});
    assert!(stage.update(revoked).await);
    for _ in 0..10 {
        assert_eq!(alice.page("/page").await.status, 200);
        assert_eq!(bob.fetch("/page").await.status, 401);
    }
    assert!(stage.update(json!({"session": {"not_before": now()}})).await);
    for _ in 0..10 {
        assert_eq!(alice.fetch("/page").await.status, 401);
    }
    // Whoever signs in again is in.
    let mut bob = stage.signed_in("bob").await;
    assert_eq!(bob.page("/page").await.status, 200);
}

#[tokio::test]
async fn secrets_rotate_by_pushes_without_signing_anyone_out() {
    let stage = Stage::with(StageOptions { envoy: dynamic(), ..StageOptions::default() }).await;
    let mut alice = stage.signed_in("alice").await;
    let (old, new) =
        (json!({"env": "COOKIE_SECRET"}), json!({"value": "the-next-cookie-secret-of-32-bytes-or-more"}));
    for secrets in [json!([old, new]), json!([new, old])] {
        assert!(stage.update(json!({"session": {"secrets": secrets}})).await);
        for _ in 0..6 {
            assert_eq!(alice.page("/page").await.status, 200);
        }
    }
    let mut bob = stage.signed_in("bob").await;
    assert!(stage.update(json!({"session": {"secrets": [new]}})).await);
    for _ in 0..6 {
        assert_eq!(bob.page("/page").await.status, 200);
        assert_eq!(alice.clone().fetch("/page").await.status, 401);
    }
}

/// As RFC 3339 has it.
fn now() -> String {
    let output = std::process::Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

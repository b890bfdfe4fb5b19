//! Secrets that are changed, in the right order and in the wrong one.

use serde_json::json;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::okta::Client;
use vestibule_e2e::stage::{CLIENT_ID, COOKIE_SECRET, HOST, Stage, StageOptions};

use crate::drill::{Before, Signs, callback_of, nobody_else_notices, says};

const ANOTHER: &str = "another-cookie-secret-of-more-than-32-bytes";

fn dynamic() -> StageOptions {
    StageOptions {
        envoy: EnvoyOptions { dynamic: true, ..EnvoyOptions::default() },
        ..StageOptions::default()
    }
}

/// In the right order nobody notices, and the counter says when the old one may go.
#[tokio::test]
async fn the_session_secret_is_rotated() {
    let stage = Stage::with(dynamic()).await;
    let mut alice = stage.signed_in("alice").await;
    let both = json!([{"value": ANOTHER}, {"env": "COOKIE_SECRET"}]);
    assert!(stage.update(json!({"session": {"secrets": both}})).await);
    stage.ready().await;
    nobody_else_notices(&mut alice).await;
    let mut bob = stage.signed_in("bob").await;
    nobody_else_notices(&mut bob).await;
    let opened = async |key| stage.envoy.metric("vestibule_sessions_opened_total", &[("key", key)]).await;
    vestibule_e2e::process::until_within(
        std::time::Duration::from_secs(5),
        async || opened("1").await >= 1.0 && opened("0").await >= 1.0,
        || "sessions of both secrets are not counted".to_owned(),
    )
    .await;
    // The old one goes too early: whoever still had it signs in again, and a sign-in under way says why it is not redeemed.
    let mut late = stage.visitor();
    let begun_before = stage.approve(&late.begin("/page").await, "alice").await;
    assert!(
        stage
            .update(
                json!({"session": {"secrets": [{"value": "a-third-cookie-secret-of-more-than-32-bytes"}]}})
            )
            .await
    );
    stage.ready().await;
    let before = Before::of(&stage.envoy).await;
    assert_eq!(alice.page("/page").await.status, 302);
    let page = late.page(vestibule_e2e::visitor::target_of(&begun_before)).await;
    says(&page, 400, "sign_in_unknown");
    Signs {
        reason: "sign_in_unknown",
        log: &["cause=state_unreadable", "path=/oauth2/callback"],
        metric: ("vestibule_sign_ins_total", &[("outcome", "failed"), ("reason", "sign_in_unknown")]),
        details: "vestibule_sign_in_unknown{state_unreadable}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
    assert!(!stage.envoy.log().contains(ANOTHER) && !stage.envoy.log().contains(COOKIE_SECRET));
}

/// Okta has a new client secret, and the gateway does not.
#[tokio::test]
async fn the_client_secret_is_wrong() {
    let stage = Stage::start().await;
    let mut alice = stage.signed_in("alice").await;
    let rotated = Client::web(CLIENT_ID, "the-new-client-secret-that-only-okta-knows");
    let rotated = rotated.serving(&format!("https://{HOST}"));
    let before = Before::of(&stage.envoy).await;
    let page = callback_of(&stage, "bob", |stage| {
        stage.okta.configure(|options| options.clients = vec![rotated]);
    })
    .await;
    says(&page, 502, "client_refused");
    Signs {
        reason: "client_refused",
        log: &[
            "cause=invalid_client",
            "endpoint=token provider_status=401 provider_error=invalid_client",
            "provider_error_description=\"",
            "compare client.id",
        ],
        metric: ("vestibule_sign_ins_total", &[("outcome", "failed"), ("reason", "client_refused")]),
        details: "vestibule_client_refused{invalid_client}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
    nobody_else_notices(&mut alice).await;
}

//! The provider: away, slow, limiting, with new keys, under another name, with another clock.

use std::time::Duration;

use serde_json::json;
use vestibule_e2e::okta::{Client, Endpoint, Fault, IdTokenTamper};
use vestibule_e2e::process::until_within;
use vestibule_e2e::stage::{CLIENT_ID, CLIENT_SECRET, Stage, StageOptions};
use vestibule_e2e::visitor::target_of;
use vestibule_e2e::wire::State;

use crate::drill::{Before, Signs, callback_of, nobody_else_notices, says};

const FAILED: &str = "vestibule_sign_ins_total";

#[tokio::test]
async fn the_provider_changes_its_keys() {
    let stage = Stage::start().await;
    let fetched = async || stage.envoy.metric("vestibule_keys_fetched_timestamp_seconds", &[]).await;
    let asked = async || {
        let keys = [("endpoint", "keys"), ("status", "2xx")];
        stage.envoy.metric("vestibule_provider_requests_total", &keys).await
    };
    until_within(Duration::from_secs(5), async || fetched().await > 0.0, || "no time of a fetch".into())
        .await;
    let before = (fetched().await, asked().await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    stage.okta.rotate_keys();
    stage.okta.withdraw_old_keys();
    stage.signed_in("alice").await;
    let moved = async || fetched().await > before.0 && asked().await > before.1;
    until_within(Duration::from_secs(5), moved, || "the fetch of the new keys is not seen".into()).await;
}

#[tokio::test]
async fn the_provider_is_away() {
    let stage = Stage::start().await;
    let mut alice = stage.signed_in("alice").await;
    let before = Before::of(&stage.envoy).await;
    let page = callback_of(&stage, "bob", |stage| stage.wire.set(State::Refused)).await;
    says(&page, 502, "token_unreachable");
    Signs {
        reason: "token_unreachable",
        log: &["cause=no_answer", "endpoint=token"],
        metric: (FAILED, &[("outcome", "failed"), ("reason", "token_unreachable")]),
        details: "vestibule_token_unreachable{no_answer}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
    let calls = [("endpoint", "token"), ("status", "5xx")];
    assert!(stage.envoy.metric("vestibule_provider_requests_total", &calls).await >= 1.0);
    nobody_else_notices(&mut alice).await;
}

/// A gateway that starts while the provider is away.
#[tokio::test]
async fn the_provider_is_away_at_the_start() {
    let stage = Stage::with(StageOptions { provider: State::Refused, ..StageOptions::default() }).await;
    let before = Before::of(&stage.envoy).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    says(&stage.visitor().page("/page").await, 503, "provider_not_ready");
    Signs {
        reason: "provider_not_ready",
        log: &["status=503", "cause=no_answer", "path=/page"],
        metric: ("vestibule_decisions_total", &[("outcome", "failed"), ("reason", "provider_not_ready")]),
        details: "vestibule_provider_not_ready{default,no_answer}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
    assert!(
        stage.envoy.logged("endpoint=metadata provider_status=503").await,
        "{:#?}",
        stage.envoy.filter_log()
    );
    assert_eq!(stage.envoy.metric("vestibule_ready", &[]).await, 0.0);
    stage.wire.set(State::Open);
    stage.ready().await;
    let ready = async || stage.envoy.metric("vestibule_ready", &[]).await >= 1.0;
    until_within(Duration::from_secs(20), ready, || "ready is not said".into()).await;
}

#[tokio::test]
async fn the_provider_is_slow() {
    let stage = Stage::configured(json!({"provider": {"timeout": "1s"}})).await;
    let before = Before::of(&stage.envoy).await;
    let slow = Fault::Delay(Duration::from_secs(3));
    let page = callback_of(&stage, "bob", |stage| stage.okta.fault(Endpoint::Token, slow)).await;
    says(&page, 502, "token_unreachable");
    Signs {
        reason: "token_unreachable",
        log: &["cause=no_answer", "endpoint=token provider_status=504"],
        metric: (FAILED, &[("outcome", "failed"), ("reason", "token_unreachable")]),
        details: "vestibule_token_unreachable{no_answer}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
    // How slow, the histogram says: a call that was given up after a second.
    let token = [("endpoint", "token")];
    let histogram = |end: &str| format!("vestibule_provider_request_duration_milliseconds_{end}");
    let told = async || stage.envoy.metric(&histogram("sum"), &token).await >= 900.0;
    until_within(Duration::from_secs(10), told, || "the histogram does not say it".into()).await;
    assert!(stage.envoy.metric(&histogram("count"), &token).await >= 1.0);
}

#[tokio::test]
async fn the_provider_limits_how_often_it_is_asked() {
    let stage = Stage::start().await;
    let before = Before::of(&stage.envoy).await;
    let page =
        callback_of(&stage, "bob", |stage| stage.okta.fault(Endpoint::Token, Fault::RateLimited)).await;
    says(&page, 502, "token_unreachable");
    Signs {
        reason: "token_unreachable",
        log: &["cause=rate_limited", "endpoint=token provider_status=429"],
        metric: ("vestibule_provider_requests_total", &[("endpoint", "token"), ("status", "429")]),
        details: "vestibule_token_unreachable{rate_limited}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
}

/// The issuer of the configuration is not that of the metadata: a host's other name, or a slash too many.
#[tokio::test]
async fn the_issuer_is_mistyped() {
    let stage = Stage::with(StageOptions { provider: State::Refused, ..StageOptions::default() }).await;
    let theirs = "https://acme.okta.com/oauth2/default";
    stage.okta.fault(Endpoint::Metadata, Fault::Issuer(theirs.to_owned()));
    let before = Before::of(&stage.envoy).await;
    stage.wire.set(State::Open);
    assert!(stage.envoy.logged(&format!("issuer is not the configured one, but {theirs}")).await);
    says(&stage.visitor().page("/page").await, 503, "provider_not_ready");
    Signs {
        reason: "provider_not_ready",
        log: &["cause=bad_answer", "endpoint=metadata provider_status=200", theirs],
        metric: ("vestibule_decisions_total", &[("reason", "provider_not_ready")]),
        details: "vestibule_provider_not_ready{default,no_answer}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
}

/// The clock of the gateway's node is behind that of the provider.
#[tokio::test]
async fn a_clock_is_off() {
    let stage = Stage::start().await;
    let before = Before::of(&stage.envoy).await;
    let page = callback_of(&stage, "bob", |stage| {
        stage.okta.tamper(IdTokenTamper::ClaimFromNow("iat".into(), 600));
    })
    .await;
    says(&page, 502, "id_token_invalid");
    Signs {
        reason: "id_token_invalid",
        log: &["cause=issued_at", "from the future"],
        metric: (FAILED, &[("outcome", "failed"), ("reason", "id_token_invalid")]),
        details: "vestibule_id_token_invalid{issued_at}",
    }
    .are_seen(&stage.envoy, &before)
    .await;
}

/// Okta shows its own page, and nobody comes back: sign-ins begin and none ends.
#[tokio::test]
async fn the_redirect_uri_is_not_registered() {
    let stage = Stage::start().await;
    let elsewhere = Client::web(CLIENT_ID, CLIENT_SECRET).serving("https://another-host.example");
    stage.okta.configure(|options| options.clients = vec![elsewhere]);
    let before = stage.envoy.samples().await;
    let authorization = stage.visitor().begin("/page").await;
    let okta = stage.at_okta(&authorization).await;
    assert_eq!(okta.status, 400, "{}", okta.summary());
    let signs = async |outcome: &str| {
        let labels = [("outcome", outcome)];
        stage.envoy.metric(FAILED, &labels).await - before.sum(FAILED, &labels).expect("from the start")
    };
    until_within(Duration::from_secs(5), async || signs("started").await >= 1.0, || "not counted".into())
        .await;
    assert_eq!((signs("completed").await, signs("failed").await), (0.0, 0.0));
    // What has to be registered stands in the address.
    let (_, uri) = authorization.split_once("redirect_uri=").expect("a redirect URI");
    assert!(target_of(&authorization).contains("redirect_uri=") && uri.contains("%2Foauth2%2Fcallback"));
}

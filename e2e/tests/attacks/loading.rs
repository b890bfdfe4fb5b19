//! Before the filter has the provider's metadata.

use std::time::Duration;

use serde_json::json;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::eventually;
use vestibule_e2e::okta::{Endpoint, Fault};
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::wire::State;

#[tokio::test]
async fn nothing_reaches_the_application_while_discovery_is_loading() {
    let options = StageOptions { provider: State::Silent, ..StageOptions::default() };
    let stage = Stage::with(options).await;
    assert!(eventually(|| stage.wire.connections() > 0).await, "discovery does not begin");

    let envoy = stage.envoy.plain();
    let transfer = Request::form("/finance/transfer", "amount=1000000&to=mallory");
    let script = Request::new("POST", "/api").header("content-type", "application/json").body("{}");
    let deletion = Request::new("DELETE", "/api/1");
    let (transfer, script, deletion) = tokio::join!(
        client::send(envoy, &transfer),
        client::send(envoy, &script),
        client::send(envoy, &deletion),
    );
    for response in [transfer, script, deletion] {
        let response = response.unwrap();
        assert!(matches!(response.status, 401 | 503), "{}", response.summary());
    }

    // Nor does a page that brings a body.
    let odd = Request::page("/finance/transfer").body("amount=1000000&to=mallory");
    let odd = tokio::spawn(async move { client::send(envoy, &odd).await.unwrap() });

    // A page waits for the decision, and the decision is a sign-in.
    let parked = tokio::spawn(async move { client::send(envoy, &Request::page("/admin")).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!parked.is_finished(), "not parked: {}", parked.await.unwrap().summary());
    stage.wire.set(State::Open);
    let response = parked.await.unwrap();
    assert_eq!(response.status, 302, "{}", response.summary());
    assert!(response.location().starts_with(&stage.issuer()), "{}", response.location());
    let odd = odd.await.unwrap();
    assert!(matches!(odd.status, 302 | 401 | 503), "{}", odd.summary());
    assert_eq!(stage.reached().len(), 0);
    // What is public was served all the while, and still is.
    assert_eq!(client::send(envoy, &Request::get("/healthz")).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_visitor_who_leaves_while_parked_does_no_harm() {
    let options = StageOptions { provider: State::Silent, ..StageOptions::default() };
    let stage = Stage::with(options).await;
    for _ in 0..5 {
        let page = Request::page("/admin");
        let impatient = client::send(stage.envoy.plain(), &page);
        assert!(tokio::time::timeout(Duration::from_millis(200), impatient).await.is_err());
    }
    stage.wire.set(State::Open);
    stage.ready().await;
    stage.signed_in("alice").await;
    assert_eq!(stage.reached().len(), 0);
}

#[tokio::test]
async fn a_discovery_slower_than_the_tick_still_becomes_ready() {
    let options = StageOptions {
        config: json!({"provider": {"timeout": "10s"}}),
        provider: State::Refused,
        ..StageOptions::default()
    };
    let stage = Stage::with(options).await;
    stage.okta.fault(Endpoint::Metadata, Fault::Delay(Duration::from_secs(3)));
    stage.okta.fault(Endpoint::Keys, Fault::Delay(Duration::from_secs(3)));
    stage.wire.set(State::Open);
    stage.ready().await;
    // At most one of each kind by each VM: a tick must not begin another while one is under way. None waits longer
    // than two seconds for another.
    let calls = (stage.okta.requests(Endpoint::Metadata), stage.okta.requests(Endpoint::Keys));
    assert!(calls.0 <= 2 && calls.1 <= 2, "{calls:?}");
}

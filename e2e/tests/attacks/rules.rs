//! Networks, preflights and claims of rules: forged addresses, preflights that bring something along, claims that lie.

use serde_json::{Value, json};
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::okta::IdTokenTamper;
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::visitor::target_of;

fn rules() -> Value {
    json!({"access": [
        {"match": {"paths": ["/metrics"], "client_cidrs": ["203.0.113.0/24"]}, "allow": "public"},
        {"match": {"paths": ["/local"], "client_cidrs": ["127.0.0.0/8"]}, "allow": "public"},
        {"match": {"paths": ["/api/*"]}, "preflight": "allow"},
        {"match": {"paths": ["/sales/*"]}, "require": {"claims": {"/org/teams": ["sales"]}}},
    ]})
}

async fn behind(trusted_hops: u32) -> Stage {
    let envoy = EnvoyOptions { trusted_hops, ..EnvoyOptions::default() };
    Stage::with(StageOptions { config: rules(), envoy, ..StageOptions::default() }).await
}

/// Whoever sends a header with an address of the network.
fn forged(path: &str) -> Request {
    let names = ["x-forwarded-for", "x-real-ip", "x-envoy-external-address", "forwarded", "true-client-ip"];
    names.iter().fold(Request::fetch(path), |request, name| request.header(name, "203.0.113.7"))
}

#[tokio::test]
async fn no_header_makes_an_address() {
    let stage = behind(0).await;
    let mut stranger = stage.visitor();
    assert_eq!(stranger.send(forged("/metrics")).await.status, 401);
    assert_eq!(stranger.fetch("/local").await.status, 200);
    assert_eq!(stranger.send(forged("/local")).await.status, 200);
}

/// With one trusted proxy, what it appends counts, and what stood before it does not.
#[tokio::test]
async fn behind_a_trusted_proxy_its_word_counts_and_nobody_elses() {
    let stage = behind(1).await;
    for (chain, expected) in [
        ("203.0.113.7", 200),
        ("198.51.100.1, 203.0.113.7", 200),
        ("203.0.113.7, 198.51.100.1", 401),
        ("198.51.100.1", 401),
    ] {
        let answer = stage.visitor().from(chain).fetch("/metrics").await;
        assert_eq!(answer.status, expected, "{chain}: {}", answer.summary());
    }
    let request = Request::fetch("/metrics").header("x-envoy-external-address", "203.0.113.7");
    assert_eq!(stage.visitor().from("198.51.100.1").send(request).await.status, 401);
}

/// What wasmplugin/RULES.md warns of: where Envoy believes the header, whoever reaches it makes the address. The peer is an
/// internal one here as above, where that makes no difference.
#[tokio::test]
async fn an_envoy_that_believes_the_header_makes_the_address_of_it() {
    let envoy = EnvoyOptions { uses_remote_address: false, ..EnvoyOptions::default() };
    let stage = Stage::with(StageOptions { config: rules(), envoy, ..StageOptions::default() }).await;
    assert_eq!(stage.visitor().from("203.0.113.7").fetch("/metrics").await.status, 200);
    assert_eq!(stage.visitor().from("203.0.113.7, 198.51.100.1").fetch("/metrics").await.status, 401);
    assert_eq!(stage.visitor().fetch("/metrics").await.status, 401);
    // No other header counts there either.
    let others = ["x-real-ip", "x-envoy-external-address", "forwarded", "true-client-ip"];
    let forged =
        others.iter().fold(Request::fetch("/metrics"), |request, name| request.header(name, "203.0.113.7"));
    assert_eq!(stage.visitor().send(forged).await.status, 401);
    let manual = include_str!("../../../wasmplugin/RULES.md");
    assert!(manual.contains("`use_remote_address: false`"));
}

#[tokio::test]
async fn a_preflight_passes_and_nothing_comes_along() {
    let stage = behind(0).await;
    let mut alice = stage.signed_in("alice").await;
    let preflight = |path: &str| {
        Request::new("OPTIONS", path)
            .header("origin", "https://spa.example.test")
            .header("access-control-request-method", "PUT")
    };
    let forged = preflight("/api/orders").header("x-auth-request-user", "admin");
    assert_eq!(alice.send(forged.header("authorization", "Bearer a.b.c")).await.status, 200);
    let reached = stage.reached();
    let names: Vec<_> = reached[0].headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(!names.contains(&"x-auth-request-user") && !names.contains(&"cookie"), "{names:?}");
    let mut stranger = stage.visitor();
    for request in [
        preflight("//api/orders"),
        preflight("/API/orders"),
        preflight("/other"),
        Request::new("OPTIONS", "/api/orders").header("origin", "https://spa.example.test"),
        Request::new("GET", "/api/orders")
            .header("origin", "https://spa.example.test")
            .header("access-control-request-method", "PUT"),
    ] {
        let case = format!("{request:?}");
        assert_eq!(stranger.send(request).await.status, 401, "{case}");
    }
    assert_eq!(stage.reached().len(), 1);
}

#[tokio::test]
async fn a_nested_claim_opens_and_what_looks_like_it_does_not() {
    let stage = behind(0).await;
    for (org, expected) in [
        (json!({"teams": ["sales", "x"]}), 200),
        (json!({"teams": "sales"}), 200),
        (json!({"teams": ["sales,x"]}), 403),
        (json!({"teams": {"sales": true}}), 403),
        (json!({"teams": []}), 403),
        (json!("sales"), 403),
    ] {
        stage.okta.clear_tampers();
        stage.okta.tamper(IdTokenTamper::Claim("org".to_owned(), org.clone()));
        let mut alice = stage.visitor();
        let callback = stage.approve(&alice.begin("/").await, "alice").await;
        assert_eq!(alice.page(target_of(&callback)).await.status, 302);
        assert_eq!(alice.page("/sales/x").await.status, expected, "{org}");
    }
}

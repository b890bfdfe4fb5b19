//! Preflights and claims of rules: preflights that bring something along, claims that lie.

use serde_json::{Value, json};
use vestibule_e2e::client::Request;
use vestibule_e2e::okta::IdTokenTamper;
use vestibule_e2e::stage::Stage;
use vestibule_e2e::visitor::target_of;

fn rules() -> Value {
    json!({"access": [
        {"match": {"paths": ["/api/*"]}, "preflight": "allow"},
        {"match": {"paths": ["/sales/*"]}, "require": {"claims": {"/org/teams": ["sales"]}}},
    ]})
}

#[tokio::test]
async fn a_preflight_passes_and_nothing_comes_along() {
    let stage = Stage::configured(rules()).await;
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
    let stage = Stage::configured(rules()).await;
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

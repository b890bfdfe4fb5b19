//! Rules that ask for a strong or a recent sign-in: what lies about one, and what goes round.

use serde_json::{Value, json};
use vestibule_e2e::client::{Request, Response};
use vestibule_e2e::okta::IdTokenTamper;
use vestibule_e2e::stage::Stage;
use vestibule_e2e::visitor::{Visitor, target_of};

const MFA: &str = "urn:okta:loa:2fa:any";

fn rules() -> Value {
    json!({"access": [
        {"match": {"paths": ["/healthz"]}, "allow": "public"},
        {"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"], "acr": [MFA]}},
        {"match": {"paths": ["/keys/*"]}, "require": {"max_age": "15m"}},
    ]})
}

/// One round from `path` to the provider and back: the callback's answer.
async fn round(stage: &Stage, visitor: &mut Visitor, path: &str) -> Response {
    let authorization = visitor.begin(path).await;
    let callback = stage.approve(&authorization, "alice").await;
    visitor.page(target_of(&callback)).await
}

fn refused(response: &Response, code: &str) {
    assert_eq!(response.status, 403, "{}", response.summary());
    assert!(response.text().contains(code), "{}", response.text());
}

#[tokio::test]
async fn a_stronger_sign_in_is_asked_for_where_a_rule_wants_it_and_nowhere_else() {
    let stage = Stage::configured(rules()).await;
    let mut alice = stage.signed_in("alice").await;
    let authorization = alice.begin("/finance/q3?year=2026").await;
    assert!(authorization.contains("acr_values=urn%3Aokta%3Aloa%3A2fa%3Aany"), "{authorization}");
    let callback = stage.approve(&authorization, "alice").await;
    assert_eq!(alice.page(target_of(&callback)).await.location(), "/finance/q3?year=2026");
    assert_eq!(alice.page("/finance/q3").await.status, 200);
    // Everything else does not ask.
    let mut usual = stage.signed_in("alice").await;
    assert_eq!(usual.page("/reports").await.status, 200);
    // Whoever lacks the group is not sent round.
    let mut bob = stage.signed_in("bob").await;
    refused(&bob.page("/finance/q3").await, "not_permitted");
}

#[tokio::test]
async fn a_provider_that_ignores_the_class_or_lies_about_it_ends_in_a_page() {
    let stage = Stage::configured(rules()).await;
    let mut alice = stage.signed_in("alice").await;
    for tamper in [
        IdTokenTamper::WithoutClaim("acr".to_owned()),
        IdTokenTamper::Claim("acr".to_owned(), json!("urn:okta:loa:1fa:any")),
        IdTokenTamper::Claim("acr".to_owned(), json!([MFA])),
        IdTokenTamper::Claim("acr".to_owned(), json!(format!("{MFA}:x"))),
    ] {
        stage.okta.clear_tampers();
        stage.okta.tamper(tamper);
        for _ in 0..2 {
            let page = round(&stage, &mut alice, "/finance/q3").await;
            refused(&page, "acr_not_reached");
            assert!(page.text().contains("href=\"/finance/q3\""), "{}", page.text());
        }
        assert_eq!(alice.page("/reports").await.status, 200, "the session is kept");
    }
    stage.okta.clear_tampers();
    assert_eq!(round(&stage, &mut alice, "/finance/q3").await.location(), "/finance/q3");
    assert_eq!(alice.page("/finance/q3").await.status, 200);
    // A usual sign-in afterwards is a weaker one.
    assert_eq!(round(&stage, &mut alice, "/oauth2/start?rd=%2Freports").await.status, 302);
    assert_eq!(alice.page("/finance/q3").await.status, 302);
}

#[tokio::test]
async fn an_auth_time_that_is_old_missing_or_of_tomorrow_is_not_recent() {
    let stage = Stage::configured(rules()).await;
    let mut alice = stage.visitor();
    for tamper in [
        IdTokenTamper::ClaimFromNow("auth_time".to_owned(), -1_000),
        IdTokenTamper::ClaimFromNow("auth_time".to_owned(), 3_600),
        IdTokenTamper::WithoutClaim("auth_time".to_owned()),
        IdTokenTamper::Claim("auth_time".to_owned(), json!("now")),
    ] {
        stage.okta.clear_tampers();
        stage.okta.tamper(tamper);
        let authorization = alice.begin("/keys/1").await;
        assert!(authorization.contains("max_age=900"), "{authorization}");
        refused(&round(&stage, &mut alice, "/keys/1").await, "sign_in_too_old");
        assert_eq!(alice.page("/reports").await.status, 200);
    }
    stage.okta.clear_tampers();
    assert_eq!(round(&stage, &mut alice, "/keys/1").await.location(), "/keys/1");
    assert_eq!(alice.page("/keys/1").await.status, 200);
}

#[tokio::test]
async fn a_single_page_application_is_told_and_can_send_the_person_there() {
    let stage = Stage::configured(rules()).await;
    let mut alice = stage.signed_in("alice").await;
    let answer = alice.fetch("/finance/api").await;
    assert_eq!(answer.status, 401, "{}", answer.summary());
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
    assert!(challenge.contains(&format!("acr_values=\"{MFA}\"")), "{challenge}");
    let sign_in = answer.json()["sign_in"].as_str().unwrap().to_owned();
    let back = round(&stage, &mut alice, &format!("{sign_in}%2Fapp%2Ffinance")).await;
    assert_eq!(back.location(), "/app/finance");
    assert_eq!(alice.fetch("/finance/api").await.status, 200);
    // A form of a session that is too weak gets a page.
    let mut weak = stage.signed_in("alice").await;
    let form = Request::form("/finance/transfer", "to=mallory").header("sec-fetch-mode", "navigate");
    let page = weak.send(form.header("sec-fetch-dest", "document")).await;
    assert_eq!(page.status, 401, "{}", page.summary());
    assert!(page.text().contains("step_up_needed") && page.text().contains("step_up="), "{}", page.text());
    assert_eq!(stage.reached().iter().filter(|request| request.path == "/finance/transfer").count(), 0);
}

#[tokio::test]
async fn words_in_a_link_ask_the_provider_for_nothing() {
    let stage = Stage::configured(rules()).await;
    let mut alice = stage.signed_in("alice").await;
    for query in ["acr_values=x", "max_age=0", "prompt=login&acr_values=x"] {
        let authorization = alice.begin(&format!("/oauth2/start?rd=%2F&{query}")).await;
        assert!(
            !authorization.contains("acr_values") && !authorization.contains("max_age"),
            "{authorization}"
        );
    }
    for sealed in ["", "x", "AAAA", "a&step_up=b"] {
        let page = alice.page(format!("/oauth2/start?rd=%2F&step_up={sealed}")).await;
        assert_eq!(page.status, 400, "{sealed}: {}", page.summary());
    }
}

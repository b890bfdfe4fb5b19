//! Misbehaviour, errors of the platform, and going away.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vestibule_e2e::okta::{Endpoint, Fault, Gate};

use super::rp::{Rp, VERIFIER, options, text};

#[tokio::test]
async fn metadata_names_issuer_and_endpoints() {
    let rp = Rp::of_default_server(options()).await;
    let (_, metadata) = get(&rp, "/oauth2/default/.well-known/openid-configuration").await;
    assert_eq!(metadata["issuer"], rp.okta.default_issuer());
    assert_eq!(text(&metadata, "token_endpoint"), format!("{}/v1/token", rp.base));
    let (_, org) = get(&rp, "/.well-known/openid-configuration").await;
    assert_eq!(org["issuer"], rp.okta.base_url());
    assert_eq!(text(&org, "jwks_uri"), format!("{}/oauth2/v1/keys", rp.okta.base_url()));
    assert_eq!(rp.okta.requests(Endpoint::Metadata), 2);
}

#[tokio::test]
async fn unknown_places_and_missing_licences_are_errors_of_the_platform() {
    let rp = Rp::of_default_server(options()).await;
    let (status, error) = get(&rp, "/oauth2/unknown/.well-known/openid-configuration").await;
    assert_eq!((status, text(&error, "errorCode")), (404, "E0000007"));
    let (status, error) = get(&rp, "/oauth2/default/v1/token").await;
    assert_eq!((status, text(&error, "errorCode")), (405, "E0000022"));
    rp.okta.configure(|options| options.api_access_management = false);
    let (status, error) = get(&rp, "/oauth2/default/.well-known/openid-configuration").await;
    assert_eq!((status, text(&error, "errorCode")), (401, "E0000015"));
}

#[tokio::test]
async fn faults_come_in_turn_and_end() {
    let rp = Rp::of_default_server(options()).await;
    let metadata = "/oauth2/default/.well-known/openid-configuration";
    rp.okta.fault_times(Endpoint::Metadata, Fault::RateLimited, 1);
    rp.okta.fault_times(
        Endpoint::Metadata,
        Fault::Status { status: 503, headers: vec![("x-a".into(), "b".into())], body: "away".into() },
        2,
    );
    rp.okta.fault(Endpoint::Metadata, Fault::Issuer("https://evil.example".into()));

    let limited = rp.http.get(format!("{}{metadata}", rp.okta.base_url())).send().await.unwrap();
    assert_eq!(
        (limited.status().as_u16(), &limited.headers()["x-rate-limit-remaining"]),
        (429, &"0".parse().unwrap())
    );
    assert_eq!(get(&rp, metadata).await.0, 503);
    assert_eq!(get(&rp, metadata).await.0, 503);
    assert_eq!(get(&rp, metadata).await.1["issuer"], "https://evil.example");
    rp.okta.clear_faults();
    assert_eq!(get(&rp, metadata).await.1["issuer"], rp.okta.default_issuer());
}

#[tokio::test]
async fn answers_can_be_spoiled() {
    let rp = Rp::of_default_server(options()).await;
    let url = format!("{}/v1/keys", rp.base);
    let fetch = async |fault: Fault| {
        rp.okta.fault_times(Endpoint::Keys, fault, 1);
        let answer = rp.http.get(&url).send().await.unwrap();
        (answer.headers().clone(), answer.bytes().await.unwrap())
    };
    assert!(fetch(Fault::EmptyBody).await.1.is_empty());
    assert!(fetch(Fault::HugeBody).await.1.len() > 2_000_000);
    assert!(serde_json::from_slice::<Value>(&fetch(Fault::MalformedJson).await.1).is_err());
    assert_eq!(fetch(Fault::WrongTypes).await.1, json!({ "keys": "odd" }).to_string());
    assert_eq!(fetch(Fault::Merge(json!({ "keys": null, "a": 1 }))).await.1, json!({ "a": 1 }).to_string());
    assert_eq!(fetch(Fault::WrongContentType).await.0["content-type"], "text/html");
    assert_eq!(fetch(Fault::Redirect("/elsewhere".into())).await.0["location"], "/elsewhere");
    let start = Instant::now();
    fetch(Fault::Delay(Duration::from_millis(50))).await;
    assert!(start.elapsed() >= Duration::from_millis(50));

    rp.okta.fault_times(Endpoint::Keys, Fault::Close, 1);
    assert!(rp.http.get(&url).send().await.is_err());
}

#[tokio::test]
async fn a_gate_holds_answers_back() {
    let rp = Rp::of_default_server(options()).await;
    let gate = Gate::closed();
    rp.okta.fault(Endpoint::Keys, Fault::Gate(gate.clone()));
    let answer = rp.http.get(format!("{}/v1/keys", rp.base)).send();
    let opened = async {
        gate.arrived(1).await;
        gate.open();
    };
    assert_eq!(tokio::join!(answer, opened).0.unwrap().status(), 200);
}

#[tokio::test]
async fn a_lost_answer_has_redeemed_the_code() {
    let mut rp = Rp::of_default_server(options()).await;
    let code = rp.code("alice", "openid").await;
    rp.okta.fault_times(Endpoint::Token, Fault::LoseAnswer, 1);
    let url = format!("{}/v1/token", rp.base);
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", super::rp::REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ])
        .finish();
    let lost = rp
        .http
        .post(&url)
        .header("authorization", super::rp::basic(super::rp::CLIENT_ID, super::rp::SECRET))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await;
    assert!(lost.is_err());
    assert_eq!(text(&rp.redeem(&code, VERIFIER).await.1, "error"), "invalid_grant");
}

#[tokio::test]
async fn it_can_go_away_and_come_back_with_all_it_knew() {
    let mut rp = Rp::of_default_server(options()).await;
    let tokens = rp.tokens("alice", "openid offline_access").await;
    rp.okta.stop().await;
    assert!(rp.http.get(rp.okta.base_url()).send().await.is_err());
    rp.okta.start_again().await.unwrap();
    assert_eq!(rp.refresh(text(&tokens, "refresh_token")).await.0, 200);
    rp.code("nobody", "openid").await;
}

async fn get(rp: &Rp, path: &str) -> (u16, Value) {
    let answer = rp.http.get(format!("{}{path}", rp.okta.base_url())).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
}

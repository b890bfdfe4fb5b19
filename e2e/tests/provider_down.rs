//! The provider is away, slow or wrong: closed, but never for those who are signed in.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request, Response};
use vestibule_e2e::okta::{Endpoint, Fault};
use vestibule_e2e::stage::{HOST, Stage, StageOptions};
use vestibule_e2e::visitor::target_of;
use vestibule_e2e::wire::State;

fn asks_to_come_back(response: &Response) {
    assert_eq!(response.status, 503, "{}", response.summary());
    assert!(response.header("retry-after").is_some(), "{}", response.summary());
    assert!(
        response.header("cache-control").is_some_and(|all| all.contains("no-store")),
        "{}",
        response.summary()
    );
    assert!(
        response.text().contains("http-equiv=\"refresh\""),
        "a person need not reload: {}",
        response.text()
    );
}

#[tokio::test]
async fn a_provider_that_is_away_at_the_start_closes_all_but_public_routes_until_it_comes() {
    let stage = Stage::with(StageOptions { provider: State::Refused, ..StageOptions::default() }).await;
    assert_eq!(stage.visitor().page("/healthz").await.status, 200);
    let page = stage.visitor().page("/page").await;
    asks_to_come_back(&page);
    let script = stage.visitor().fetch("/page").await;
    assert!(matches!(script.status, 401 | 503), "{}", script.summary());
    assert_eq!(stage.visitor().fetch("/oauth2/auth").await.status, 401);
    assert!(stage.envoy.logged("reason=provider_not_ready").await, "{:#?}", stage.envoy.filter_log());
    assert_eq!(stage.reached().iter().filter(|request| request.path != "/healthz").count(), 0);
    // It comes, and nobody has to do anything.
    stage.wire.set(State::Open);
    stage.ready().await;
    assert_eq!(stage.signed_in("alice").await.page("/page").await.status, 200);
}

/// So many pages at once, each on its own connection.
fn crowd(envoy: SocketAddr, pages: usize) -> JoinSet<Response> {
    // Two sockets each, here and in Envoy, which inherits the limit.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let mut crowd = JoinSet::new();
    for number in 0..pages {
        let page = Request::page(format!("/page/{number}"));
        crowd.spawn(async move { client::send(envoy, &page).await.unwrap() });
    }
    crowd
}

#[tokio::test]
async fn parked_requests_are_bounded_and_none_waits_for_ever() {
    let stage = Stage::with(StageOptions { provider: State::Silent, ..StageOptions::default() }).await;
    let mut waiting = crowd(stage.envoy.plain(), 1200);
    // Those beyond the bound are told at once, while the others still wait.
    let began = Instant::now();
    asks_to_come_back(&waiting.join_next().await.unwrap().unwrap());
    assert!(began.elapsed() < Duration::from_secs(5) && waiting.len() > 100, "only {} wait", waiting.len());
    while let Some(response) = waiting.join_next().await {
        asks_to_come_back(&response.unwrap());
    }
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(stage.visitor().page("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_crowd_that_waits_is_sent_to_the_provider_as_soon_as_it_is_there() {
    let stage = Stage::with(StageOptions { provider: State::Silent, ..StageOptions::default() }).await;
    let mut waiting = crowd(stage.envoy.plain(), 700);
    sleep(Duration::from_secs(2)).await;
    stage.wire.set(State::Open);
    while let Some(response) = waiting.join_next().await {
        let response = response.unwrap();
        assert_eq!(response.status, 302, "{}", response.summary());
        assert!(response.location().starts_with(&stage.issuer()));
    }
    assert_eq!(stage.reached().len(), 0);
    stage.signed_in("alice").await;
}

#[tokio::test]
async fn the_signed_in_go_on_while_the_provider_is_away() {
    let stage = Stage::start().await;
    let mut alice = stage.signed_in("alice").await;
    for state in [State::Refused, State::Silent] {
        stage.wire.set(state);
        for _ in 0..3 {
            assert_eq!(alice.page("/finance/report").await.status, 200);
            assert_eq!(alice.fetch("/oauth2/auth").await.status, 202);
        }
    }
    // A stranger can at least begin: what that needs is known.
    assert!(stage.visitor().begin("/page").await.starts_with(&stage.issuer()));
    // Signing out does not need the provider.
    assert_eq!(alice.page("/oauth2/sign_out").await.status, 302);
    assert_eq!(alice.fetch("/page").await.status, 401);
}

#[tokio::test]
async fn a_session_opens_in_a_replica_that_has_never_reached_the_provider() {
    let stage = Stage::start().await;
    let alice = stage.signed_in("alice").await;
    for state in [State::Refused, State::Silent] {
        stage.wire.set(state);
        let replica = stage.replica().await;
        let mut alice = alice.moved(replica.plain(), HOST);
        assert_eq!(alice.page("/finance/report").await.status, 200);
        assert_eq!(alice.send(Request::form("/finance/report", "a=b")).await.status, 200);
        assert_eq!(stage.reached().pop().unwrap().body, b"a=b");
        assert_eq!(alice.fetch("/oauth2/userinfo").await.status, 200);
        // Signing out cannot lead through the provider, but it ends the session here.
        let response = alice.page("/oauth2/sign_out").await;
        assert!(matches!(response.status, 200 | 302), "{}", response.summary());
        assert_eq!(alice.fetch("/page").await.status, 401);
    }
}

#[tokio::test]
async fn a_token_endpoint_that_fails_is_a_page_with_a_reason_and_the_next_sign_in_works() {
    let stage = Stage::configured(json!({"provider": {"timeout": "1s"}})).await;
    let status =
        |status: u16, body: &str| Fault::Status { status, headers: Vec::new(), body: body.to_owned() };
    let faults = [
        ("500", status(500, "oops"), "token_unreachable"),
        ("503 with a page", status(503, "<h1>down</h1>"), "token_unreachable"),
        ("429", Fault::RateLimited, "token_"),
        (
            "invalid_grant",
            status(400, r#"{"error":"invalid_grant","error_description":"no"}"#),
            "token_refused",
        ),
        ("invalid_client", status(401, r#"{"error":"invalid_client"}"#), "token_refused"),
        ("platform error", status(403, r#"{"errorCode":"E0000006","errorSummary":"no"}"#), "token_"),
        ("no answer in time", Fault::Delay(Duration::from_secs(3)), "token_unreachable"),
        ("closed", Fault::Close, "token_unreachable"),
        ("answer lost", Fault::LoseAnswer, "token_unreachable"),
        ("empty", Fault::EmptyBody, "token_invalid"),
        ("huge", Fault::HugeBody, "token_invalid"),
        ("malformed", Fault::MalformedJson, "token_invalid"),
        ("wrong types", Fault::WrongTypes, "token_invalid"),
        ("a list", Fault::Json(json!([1])), "token_invalid"),
        ("no ID token", Fault::Merge(json!({"id_token": null})), "token_invalid"),
        ("redirect", Fault::Redirect("https://evil.test/".to_owned()), "token_"),
    ];
    let mut failures = Vec::new();
    for (case, fault, reason) in faults {
        let lines = stage.envoy.filter_log().len();
        let mut alice = stage.visitor();
        let callback = target_of(&stage.approve(&alice.begin("/page").await, "alice").await);
        let asked = stage.okta.requests(Endpoint::Token);
        stage.okta.fault(Endpoint::Token, fault);
        let response = alice.page(&callback).await;
        stage.okta.clear_faults();
        let asked = stage.okta.requests(Endpoint::Token) - asked;
        let text = response.text();
        let session = alice.jar.has("__Host-vestibule");
        let log = stage.envoy.filter_log()[lines..].join("\n");
        if !(400..600).contains(&response.status) || !text.contains(reason) || !text.contains("/oauth2/start")
        {
            failures.push(format!("{case}: {}", response.summary()));
        }
        if !log.contains(&format!("reason={reason}")) {
            failures.push(format!("{case}: not in the log: {log}"));
        }
        if session || asked != 1 {
            failures.push(format!("{case}: session {session}, asked {asked} times"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(stage.signed_in("alice").await.page("/page").await.status, 200);
}

#[tokio::test]
async fn keys_that_cannot_be_had_do_not_let_a_token_pass_and_known_ones_stay_good() {
    let stage = Stage::start().await;
    stage.signed_in("alice").await;
    stage.okta.fault(Endpoint::Keys, Fault::Close);
    // Signed with a key that is known: nothing has to be fetched.
    stage.signed_in("alice").await;
    // With one that is not: closed.
    stage.okta.rotate_keys();
    let mut bob = stage.visitor();
    let callback = target_of(&stage.approve(&bob.begin("/").await, "bob").await);
    let response = bob.page(&callback).await;
    assert!((500..600).contains(&response.status), "{}", response.summary());
    assert!(!bob.jar.has("__Host-vestibule"));
}

#[tokio::test]
async fn metadata_that_are_wrong_are_refused_and_the_right_ones_taken_later() {
    let wrong = [
        ("issuer", Fault::Issuer("https://evil.test".to_owned())),
        ("malformed", Fault::MalformedJson),
        ("types", Fault::WrongTypes),
        ("empty", Fault::EmptyBody),
        ("huge", Fault::HugeBody),
        ("endpoint", Fault::Merge(json!({"authorization_endpoint": "http://evil.test/authorize"}))),
        ("no endpoint", Fault::Merge(json!({"token_endpoint": null}))),
    ];
    // Two lots, for the filter asks again after longer and longer.
    for some in wrong.chunks(4) {
        let stage = Stage::with(StageOptions { provider: State::Refused, ..StageOptions::default() }).await;
        // Each VM asks, so each fault comes often enough for all of them.
        for (case, fault) in some {
            println!("{case}");
            stage.okta.fault_times(Endpoint::Metadata, fault.clone(), 2);
        }
        let faulty = 2 * some.len() as u64;
        stage.wire.set(State::Open);
        let mut alice = stage.visitor();
        while stage.okta.requests(Endpoint::Metadata) < faulty {
            let response = alice.page("/page").await;
            let asked = stage.okta.requests(Endpoint::Metadata);
            assert!(response.status == 503 || asked > faulty, "after {asked}: {}", response.summary());
        }
        stage.ready().await;
        stage.signed_in("alice").await;
    }
}

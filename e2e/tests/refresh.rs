//! Refresh in real Envoy, with workers that share nothing but shared data.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::okta::{Endpoint, Fault, OktaOptions, TokenAnswer, TokenRequest};
use vestibule_e2e::stage::{HOST, Stage, StageOptions};
use vestibule_e2e::wire::State;

/// Of an access token. A refresh is due after four fifths of it.
const LIFETIME: Duration = Duration::from_secs(5);

async fn stage(concurrency: u32) -> Stage {
    let mut okta = OktaOptions::default();
    okta.lifetimes.access_token = LIFETIME;
    let config = json!({"session": {"refresh": true}, "upstream": {"access_token": true}});
    let envoy = EnvoyOptions { concurrency, ..EnvoyOptions::default() };
    Stage::with(StageOptions { config, okta, envoy, ..StageOptions::default() }).await
}

fn refreshes(stage: &Stage) -> Vec<TokenRequest> {
    let mut requests = stage.okta.token_requests();
    requests.retain(|request| request.grant_type == "refresh_token");
    requests
}

fn given(requests: &[TokenRequest]) -> usize {
    requests.iter().filter(|request| matches!(request.answer, TokenAnswer::Tokens)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_requests_at_once_on_four_workers_make_one_refresh() {
    let stage = stage(4).await;
    let alice = stage.signed_in("alice").await;
    sleep(LIFETIME).await;
    let mut requests = JoinSet::new();
    for _ in 0..200 {
        let mut tab = alice.clone();
        requests.spawn(async move {
            let response = tab.fetch("/page").await;
            (response.status, tab)
        });
    }
    let mut tabs = Vec::new();
    while let Some(done) = requests.join_next().await {
        let (status, tab) = done.unwrap();
        assert_eq!(status, 200);
        tabs.push(tab);
    }
    assert_eq!(stage.reached().len(), 200);
    let made = refreshes(&stage);
    assert_eq!((made.len(), given(&made)), (1, 1), "{made:?}");
    // All of them have the new token, and each tab has a cookie that works on every worker.
    let tokens: std::collections::BTreeSet<_> =
        stage.reached().iter().map(|reached| reached.one("x-auth-request-access-token")).collect();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    for mut tab in tabs.into_iter().take(20) {
        assert_eq!(tab.fetch("/page").await.status, 200);
    }
    assert_eq!(refreshes(&stage).len(), 1);
    // Law 8: the tokens of a refresh are as secret as those of a sign-in.
    let log = stage.envoy.filter_log().join("\n");
    for secret in stage.okta.secrets() {
        assert!(!log.contains(&secret), "a secret in the log");
    }
}

#[tokio::test]
async fn whoever_lost_a_group_in_okta_loses_access_with_the_next_refresh() {
    let stage = stage(1).await;
    let mut alice = stage.signed_in("alice").await;
    assert_eq!(alice.page("/finance/ledger").await.status, 200);
    stage.okta.configure(|options| {
        let alice = options.people.iter_mut().find(|person| person.nick == "alice").unwrap();
        alice.groups.retain(|group| group != "finance");
    });
    assert_eq!(alice.page("/finance/ledger").await.status, 200);
    sleep(LIFETIME).await;
    assert_eq!(alice.page("/finance/ledger").await.status, 403);
    assert_eq!(alice.page("/page").await.status, 200);
    let told = stage.reached().pop().unwrap();
    assert_eq!(told.one("x-auth-request-groups").as_deref(), Some("Everyone,admin"));
}

#[tokio::test]
async fn okta_being_away_ends_no_session_and_it_heals_by_itself() {
    let stage = stage(1).await;
    let mut alice = stage.signed_in("alice").await;
    stage.wire.set(State::Refused);
    sleep(LIFETIME).await;
    for _ in 0..5 {
        assert_eq!(alice.page("/page").await.status, 200);
    }
    // A token that ran out is not passed off as one.
    assert_eq!(stage.reached().pop().unwrap().one("x-auth-request-access-token"), None);
    assert!(stage.envoy.filter_log().iter().any(|line| line.contains("reason=refresh_failed")));
    stage.wire.set(State::Open);
    for _ in 0..100 {
        assert_eq!(alice.page("/page").await.status, 200);
        if stage.reached().pop().unwrap().one("x-auth-request-access-token").is_some() {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("no refresh within the back-off: {:#?}", stage.envoy.filter_log());
}

#[tokio::test]
async fn an_answer_that_was_lost_with_its_envoy_locks_nobody_out() {
    let stage = stage(1).await;
    let alice = stage.signed_in("alice").await;
    sleep(LIFETIME).await;
    // Okta rotates the token, and the Envoy that asked never hears of it.
    stage.okta.fault_times(Endpoint::Token, Fault::LoseAnswer, 1);
    assert_eq!(alice.clone().page("/page").await.status, 200);
    let next = stage.replica().await;
    let mut alice = alice.moved(next.plain(), HOST);
    for _ in 0..100 {
        let response = alice.page("/page").await;
        assert!([200, 302].contains(&response.status), "{}", response.summary());
        if given(&refreshes(&stage)) == 2 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(alice.page("/page").await.status, 200);
    assert!(stage.reached().pop().unwrap().one("x-auth-request-access-token").is_some());
}

#[tokio::test]
async fn a_refresh_token_that_okta_has_ended_leads_to_a_new_sign_in() {
    let stage = stage(1).await;
    let mut alice = stage.signed_in("alice").await;
    stage.okta.revoke_all_tokens();
    sleep(LIFETIME).await;
    assert_eq!(alice.fetch("/page").await.status, 401);
    assert!(alice.jar.beginning("__Host-vestibule").next().is_none());
    let response = alice.page("/page").await;
    assert_eq!(response.status, 302, "{}", response.summary());
    assert_eq!(refreshes(&stage).len(), 1);
}

#[tokio::test]
async fn signing_out_ends_the_refresh_token_at_okta() {
    let stage = stage(1).await;
    let mut alice = stage.signed_in("alice").await;
    let before = alice.clone();
    assert_eq!(alice.page("/oauth2/sign_out").await.status, 302);
    for _ in 0..50 {
        if stage.okta.requests(Endpoint::Revoke) > 0 {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(stage.okta.requests(Endpoint::Revoke), 1);
    // Whoever kept the cookies can use them no longer than the access token lives.
    sleep(LIFETIME).await;
    assert_eq!(before.clone().fetch("/page").await.status, 401);
}

#[tokio::test]
async fn a_request_with_a_body_waits_for_the_refresh_and_arrives_whole() {
    let stage = stage(1).await;
    let mut alice = stage.signed_in("alice").await;
    stage.okta.fault(Endpoint::Token, Fault::Delay(Duration::from_millis(500)));
    sleep(LIFETIME).await;
    let response = alice.send(Request::form("/echo", &"a=b&".repeat(20_000))).await;
    assert_eq!(response.status, 200, "{}", response.summary());
    assert_eq!(stage.reached().pop().unwrap().body.len(), 80_000);
    assert_eq!(refreshes(&stage).len(), 1);
}

//! Refresh, with a provider that rotates refresh tokens and gives no grace: one that comes twice ends them all.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;
use vestibule_e2e::envoy::eventually;
use vestibule_e2e::oidc_provider::ProviderOptions;

use crate::stage::{Options, Stage};

/// Of an access token, in seconds. A refresh is due after four fifths of it.
const LIFETIME: u32 = 5;

async fn stage() -> Stage {
    stage_with(1, LIFETIME).await
}

async fn stage_with(workers: u32, access_token_lifetime: u32) -> Stage {
    let config = json!({
        // Without it there is no offline_access (OpenID Connect Core §11), and so no refresh token.
        "client": {"authorization_params": {"prompt": "consent"}},
        "session": {"refresh": true},
        "upstream": {"access_token": true},
    });
    let provider = ProviderOptions { access_token_lifetime, ..ProviderOptions::default() };
    Stage::start(Options { config, provider, workers, ..Options::default() }).await
}

async fn access_token_runs_out() {
    runs_out(LIFETIME).await;
}

async fn runs_out(lifetime: u32) {
    sleep(Duration::from_secs(u64::from(lifetime) + 1)).await;
}

fn access_token(stage: &Stage, path: &str) -> String {
    stage.last(path).one("x-auth-request-access-token").expect("an access token")
}

/// What the provider answered to each refresh.
fn refreshes(stage: &Stage) -> Vec<Value> {
    stage.provider.grants("refresh_token").into_iter().map(|mut event| event["status"].take()).collect()
}

#[tokio::test]
async fn a_page_goes_on_working_while_access_and_refresh_tokens_change() {
    let stage = stage().await;
    stage.open("/page/0").await;
    stage.sign_in("alice").await;
    stage.browser.shows("alice@example.com").await;
    let mut before = access_token(&stage, "/page/0");
    for round in 1..=3 {
        access_token_runs_out().await;
        let path = format!("/page/{round}");
        stage.open(&path).await;
        stage.browser.at(|url| url == stage.url(&path)).await;
        stage.browser.shows("alice@example.com").await;
        let after = access_token(&stage, &path);
        assert_ne!(after, before, "round {round}");
        before = after;
    }
    // She was never sent to the provider again.
    assert_eq!(refreshes(&stage), vec![json!(200); 3]);
    assert_eq!(stage.provider.grants("authorization_code").len(), 1);
}

#[tokio::test]
async fn a_page_that_fires_ten_requests_at_once_refreshes_once() {
    let stage = stage().await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("alice@example.com").await;
    for round in 1..=2 {
        access_token_runs_out().await;
        let statuses = stage
            .browser
            .script(
                "return Promise.all([...Array(10).keys()].map(n => fetch('/api/me?' + n)))\
                 .then(answers => answers.map(answer => answer.status))",
            )
            .await;
        assert_eq!(statuses, json!(vec![200; 10]));
        assert_eq!(refreshes(&stage), vec![json!(200); round]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_on_four_workers_never_uses_a_refresh_token_twice() {
    // Long enough that the new token is not due again before the last of them has come.
    let lifetime = 12;
    let stage = stage_with(4, lifetime).await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("alice@example.com").await;
    let visitor = stage.visitor().await;
    runs_out(lifetime).await;
    let mut requests = JoinSet::new();
    for _ in 0..60 {
        let mut visitor = visitor.clone();
        requests.spawn(async move { visitor.fetch("/api/me").await.status });
    }
    assert_eq!(requests.join_all().await, [200; 60]);
    // And those who have not heard of the new cookie.
    for _ in 0..8 {
        assert_eq!(visitor.clone().fetch("/late").await.status, 200);
    }
    assert_eq!(refreshes(&stage), [json!(200)]);
    let tokens: BTreeSet<Option<String>> = stage
        .reached()
        .iter()
        .filter(|request| request.path != "/page")
        .map(|request| request.one("x-auth-request-access-token"))
        .collect();
    assert_eq!(tokens.len(), 1, "all of them have the new one");
}

#[tokio::test]
async fn who_loses_a_group_loses_access_with_the_next_refresh() {
    let mut stage = stage().await;
    stage.open("/finance/2026").await;
    stage.sign_in("alice").await;
    stage.browser.shows("alice@example.com").await;
    stage.provider.set_claims("alice", json!({"groups": ["everyone"]})).await;
    access_token_runs_out().await;
    stage.open("/finance/2026").await;
    stage.browser.shows("not_permitted").await;
    stage.open("/page").await;
    stage.browser.shows("alice@example.com").await;
    assert_eq!(stage.last("/page").one("x-auth-request-groups").as_deref(), Some("everyone"));
}

#[tokio::test]
async fn signing_out_ends_the_refresh_token() {
    let stage = stage().await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("alice@example.com").await;
    stage.open("/oauth2/sign_out").await;
    stage.browser.click("#sign-out").await;
    stage.browser.at(|url| url.starts_with(&stage.url("/oauth2/signed_out"))).await;
    // Nobody waits for that: it comes a little later.
    assert!(eventually(|| !stage.provider.requests("/token/revocation").is_empty()).await);
    let revoked = stage.provider.requests("/token/revocation");
    assert_eq!(
        (&revoked[0]["status"], &revoked[0]["client_auth"]),
        (&json!(200), &json!("client_secret_basic"))
    );
}

#[tokio::test]
async fn a_refresh_that_is_refused_ends_the_session_and_a_new_sign_in_works() {
    let mut stage = stage().await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("alice@example.com").await;
    stage.provider.forget_tokens().await;
    access_token_runs_out().await;
    stage.open("/after").await;
    // It knows her still; `prompt` asks for her consent again.
    stage.browser.shows("Second provider: consent").await;
    stage.browser.click("#agree").await;
    stage.browser.at(|url| url == stage.url("/after")).await;
    stage.browser.shows("alice@example.com").await;
}

//! Pushed authorization requests (RFC 9126).

use serde_json::{Value, json};
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::eventually;
use vestibule_e2e::oidc_provider::ProviderOptions;
use vestibule_e2e::stage::HOST;
use vestibule_e2e::visitor::Visitor;

use crate::stage::{Options, Stage};

const REQUIRED: ProviderOptions = ProviderOptions { require_par: true, ..ProviderOptions::USUAL };

#[tokio::test]
async fn where_the_provider_requires_it_the_browser_carries_a_reference_only() {
    let stage = Stage::start(Options { provider: REQUIRED, ..Options::default() }).await;
    pushes(&stage).await;
}

#[tokio::test]
async fn it_is_done_where_the_configuration_asks_for_it() {
    let config = json!({"client": {"pushed_authorization_requests": true}});
    let stage = Stage::start(Options { config, ..Options::default() }).await;
    pushes(&stage).await;
}

async fn pushes(stage: &Stage) {
    // The stage itself has begun a sign-in or more to see whether it is ready; the provider tells of it in its own time.
    assert!(
        eventually(|| stage.provider.requests("/request").iter().any(|request| request["status"] == 201))
            .await
    );
    let before = stage.provider.requests("/request").len();
    let link = stage.url("/page?x=1");
    stage.browser.open(&link).await;
    stage.sign_in("alice").await;
    stage.browser.at(|url| url == link).await;
    stage.browser.shows("alice@example.com").await;

    let pushed = stage.provider.requests("/request").split_off(before);
    assert_eq!(pushed.len(), 1, "{pushed:?}");
    assert_eq!(
        (&pushed[0]["status"], &pushed[0]["client_auth"]),
        (&json!(201), &json!("client_secret_basic"))
    );
    let parameters = names(&pushed[0]["parameters"]);
    for name in ["state", "nonce", "code_challenge", "redirect_uri", "scope"] {
        assert!(parameters.contains(&name), "{parameters:?}");
    }
    let asked = stage.provider.requests("/auth").pop().expect("an authorization request");
    let mut carried = names(&asked["query"]);
    carried.sort_unstable();
    assert_eq!(carried, ["client_id", "request_uri"]);
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn a_push_that_is_refused_is_a_page_and_the_next_sign_in_works() {
    let mut stage = Stage::start(Options { provider: REQUIRED, ..Options::default() }).await;
    let secret = stage.client_secret();
    stage.change_client(&json!({"client_secret": "the-secret-was-changed-at-the-provider"})).await;
    stage.open("/page").await;
    stage.browser.shows("client_refused").await;
    assert_eq!(stage.reached().len(), 0);
    let refused = stage.provider.requests("/request").pop().expect("a push");
    assert_eq!((&refused["status"], &refused["error"]), (&json!(401), &json!("invalid_client")));

    stage.change_client(&json!({"client_secret": secret})).await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("alice@example.com").await;
}

#[tokio::test]
async fn what_starts_no_sign_in_pushes_nothing() {
    let stage = Stage::start(Options { provider: REQUIRED, ..Options::default() }).await;
    let before = stage.provider.requests("/request").len();
    let mut visitor = Visitor::new(stage.envoy.plain(), HOST);
    assert_eq!(visitor.fetch("/api/me").await.status, 401);
    assert_eq!(visitor.send(Request::form("/page", "a=b")).await.status, 401);
    assert_eq!(stage.provider.requests("/request").len(), before);
}

//! Signing in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vestibule_e2e::oidc_provider::{ProviderOptions, ResponseIss};

use crate::stage::{Options, Stage};

#[tokio::test]
async fn a_person_signs_in_through_its_pages_and_the_claims_come_from_userinfo() {
    let stage = Stage::start(Options::default()).await;
    let link = stage.url("/finance/2026?quarter=3&name=a%20b");
    stage.browser.open(&link).await;
    stage.sign_in("alice").await;
    stage.browser.at(|url| url == link).await;
    stage.browser.shows("alice@example.com").await;

    let request = stage.last("/finance/2026");
    let header = |name: &str| request.one(name).unwrap_or_default();
    assert_eq!(header("x-auth-request-user"), "alice");
    assert_eq!(header("x-auth-request-email"), "alice@example.com");
    assert_eq!(header("x-auth-request-preferred-username"), "alice");
    assert_eq!(header("x-auth-request-groups"), "everyone,finance");

    let redeemed = stage.provider.grants("authorization_code");
    assert_eq!(redeemed.len(), 1);
    assert_eq!(
        (&redeemed[0]["client_auth"], &redeemed[0]["status"]),
        (&json!("client_secret_basic"), &json!(200))
    );
    assert_eq!(stage.provider.requests("/me").len(), 1);

    // The next page costs no call.
    stage.open("/next").await;
    stage.browser.shows("alice@example.com").await;
    assert_eq!(stage.provider.requests("/token").len() + stage.provider.requests("/me").len(), 2);
}

#[tokio::test]
async fn who_lacks_a_group_in_userinfo_is_kept_out() {
    let stage = Stage::start(Options::default()).await;
    stage.open("/finance/2026").await;
    stage.sign_in("bob").await;
    stage.browser.shows("not_permitted").await;
    assert!(stage.reached().iter().all(|request| request.path != "/finance/2026"));
    stage.open("/").await;
    stage.browser.shows("bob@example.com").await;
}

#[tokio::test]
async fn every_algorithm_that_it_signs_with_is_verified() {
    let config = json!({"upstream": {"authorization": "id_token"}});
    let mut stage = Stage::start(Options { config, ..Options::default() }).await;
    stage.open("/RS256").await;
    stage.sign_in("alice").await;
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        stage.change_client(&json!({"id_token_signed_response_alg": algorithm})).await;
        // The provider knows her by now and asks nothing.
        let path = format!("/signed-with-{algorithm}");
        stage.open(&format!("/oauth2/start?rd={path}")).await;
        stage.browser.at(|url| url == stage.url(&path)).await;
        let authorization = stage.last(&path).one("authorization").unwrap_or_default();
        let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default()).unwrap_or_default();
        let header: Value = serde_json::from_slice(&header).unwrap_or_default();
        assert_eq!(header["alg"], algorithm);
    }
}

#[tokio::test]
async fn a_refusal_on_the_consent_page_is_a_page_with_a_way_on() {
    let stage = Stage::start(Options::default()).await;
    stage.open("/page").await;
    stage.browser.click("#sign-in-alice").await;
    stage.browser.click("#deny").await;
    stage.at_application().await;
    stage.browser.shows("provider_denied").await;
    assert_eq!(stage.reached().len(), 0);

    stage.browser.click_text("Sign in").await;
    // The provider remembers who she is, and asks again for her consent.
    stage.browser.click("#agree").await;
    stage.at_application().await;
    stage.browser.shows("alice@example.com").await;
}

#[tokio::test]
async fn a_wrong_client_secret_is_a_page_that_says_so() {
    let client = json!({"client_secret": "the-secret-was-changed-at-the-provider"});
    let stage = Stage::start(Options { client, ..Options::default() }).await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("client_refused").await;
    assert_eq!(stage.reached().len(), 0);

    let redeemed = stage.provider.grants("authorization_code");
    assert_eq!(redeemed.len(), 1, "a code is redeemed once");
    assert_eq!((&redeemed[0]["status"], &redeemed[0]["error"]), (&json!(401), &json!("invalid_client")));
    assert!(stage.envoy.logged("refused: invalid_client; compare client.id").await);
}

#[tokio::test]
async fn a_response_without_the_announced_iss_is_refused() {
    response_with(ResponseIss::Missing).await;
}

#[tokio::test]
async fn a_response_with_the_iss_of_another_provider_is_refused() {
    response_with(ResponseIss::Wrong).await;
}

async fn response_with(response_iss: ResponseIss) {
    let provider = ProviderOptions { response_iss, ..ProviderOptions::default() };
    let stage = Stage::start(Options { provider, ..Options::default() }).await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("authorization_response_issuer").await;
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(stage.provider.requests("/token").len(), 0, "the code is not redeemed");
}

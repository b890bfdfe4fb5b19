//! Answers of the provider that are not for this browser, not for this sign-in, or not answers at all.

use vestibule_e2e::client::{Request, Response};
use vestibule_e2e::jar::set_cookies;
use vestibule_e2e::stage::Stage;
use vestibule_e2e::visitor::target_of;

fn sets_a_session(response: &Response) -> bool {
    set_cookies(response).iter().any(|cookie| !cookie.name.contains("_b_") && !cookie.expires())
}

/// A page with a way to try again, and no session.
fn refused(response: &Response, case: &str) {
    assert!((400..500).contains(&response.status), "{case}: {}", response.summary());
    assert!(response.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{case}");
    assert!(response.text().contains("/oauth2/start"), "{case}: {}", response.summary());
    assert!(!sets_a_session(response), "{case}: {}", response.summary());
}

#[tokio::test]
async fn a_callback_that_does_not_belong_to_this_browser_is_refused_before_the_code_is_redeemed() {
    let stage = Stage::start().await;
    // Nothing that binds it to the browser.
    let mut alice = stage.visitor();
    let callback = target_of(&stage.approve(&alice.begin("/page").await, "alice").await);
    refused(&stage.visitor().page(&callback).await, "no binding");

    // Login CSRF: Mallory's callback in Alice's browser, which has a sign-in of her own under way.
    let mut mallory = stage.visitor();
    let hers = target_of(&stage.approve(&mallory.begin("/").await, "bob").await);
    refused(&alice.page(&hers).await, "another browser's");
    // Alice's own sign-in did not suffer from it.
    assert_eq!(alice.clone().page(&callback).await.status, 302);
    let redeemed = stage.okta.token_requests().len();

    // A state that is nearly right, missing, double or empty.
    let (code, state) = callback.split_once("&state=").expect("code and state, in this order");
    let mut nearly = state.to_owned().into_bytes();
    nearly[state.len() - 1] = if nearly[state.len() - 1] == b'A' { b'B' } else { b'A' };
    let nearly = String::from_utf8(nearly).unwrap();
    for (case, target) in [
        ("nearly", format!("{code}&state={nearly}")),
        ("longer", format!("{code}&state={state}A")),
        ("shorter", format!("{code}&state={}", &state[..state.len() - 1])),
        ("empty", format!("{code}&state=")),
        ("missing", code.to_owned()),
        ("double", format!("{code}&state={nearly}&state={state}")),
        ("bytes", format!("{code}&state=%ff%fe")),
        ("no code", format!("/oauth2/callback?state={state}")),
        ("empty code", format!("/oauth2/callback?code=&state={state}")),
        ("nothing", "/oauth2/callback".to_owned()),
        ("only marks", "/oauth2/callback?&&==&=&%".to_owned()),
        ("long", format!("{code}&state={}", "A".repeat(20_000))),
    ] {
        refused(&alice.clone().page(&target).await, case);
    }
    assert_eq!(stage.okta.token_requests().len(), redeemed);

    // By POST it is not read at all.
    let posted = alice.clone().send(Request::form("/oauth2/callback", &callback)).await;
    assert!((400..500).contains(&posted.status) && !sets_a_session(&posted), "{}", posted.summary());
    assert_eq!(stage.reached().len(), 0);
}

#[tokio::test]
async fn a_callback_replayed_gives_no_second_session() {
    let stage = Stage::start().await;
    let mut alice = stage.visitor();
    let callback = target_of(&stage.approve(&alice.begin("/page").await, "alice").await);
    let thief = alice.clone();
    let first = alice.page(&callback).await;
    assert_eq!((first.status, first.location().as_str()), (302, "/page"), "{}", first.summary());
    // With the browser's cookies of before: the provider refuses the code.
    let again = thief.clone().page(&callback).await;
    assert!(again.status >= 400 && !sets_a_session(&again), "{}", again.summary());
    // In the browser itself, by going back: it is signed in, so it goes on.
    let back = alice.page(&callback).await;
    assert_eq!((back.status, back.location().as_str()), (302, "/page"), "{}", back.summary());
    assert!(!sets_a_session(&back), "{}", back.summary());
}

#[tokio::test]
async fn an_error_from_the_provider_is_a_page_and_never_a_loop() {
    let stage = Stage::start().await;
    let mut alice = stage.visitor();
    let denied = target_of(&stage.deny(&alice.begin("/page").await).await);
    let response = alice.page(&denied).await;
    refused(&response, "denied");
    assert!(response.text().contains("provider_denied"), "{}", response.text());
    assert!(stage.envoy.logged("reason=provider_denied").await, "{:#?}", stage.envoy.filter_log());
    // Text from outside stays outside, or is shown as text.
    let mut alice = stage.visitor();
    let denied = target_of(&stage.deny(&alice.begin("/page").await).await);
    let state = denied.split_once("state=").unwrap().1.split('&').next().unwrap();
    let target = format!(
        "/oauth2/callback?error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=%22%3E%3Cimg%20src=x%3E%0d%0aset-cookie:%20a=b&state={state}"
    );
    let response = alice.page(&target).await;
    assert!((400..600).contains(&response.status), "{}", response.summary());
    assert!(!response.text().contains("<script") && !response.text().contains("<img"), "{}", response.text());
    assert!(set_cookies(&response).iter().all(|cookie| cookie.name != "a"));
}

#[tokio::test]
async fn the_access_log_holds_no_code_and_no_state() {
    let stage = Stage::start().await;
    let mut alice = stage.visitor();
    let callback = target_of(&stage.approve(&alice.begin("/page").await, "alice").await);
    alice.page(&callback).await;
    // Those that fail as well.
    stage.visitor().page(&callback).await;
    alice.page("/page?own=query").await;
    let log = stage.envoy.access_log().await;
    assert_eq!(log.lines().filter(|line| line.starts_with("GET /oauth2/callback ")).count(), 2, "{log}");
    assert!(log.contains("GET /page?own=query 200"), "{log}");
    for secret in stage.okta.secrets() {
        assert!(!log.contains(&secret), "{log}");
    }
}

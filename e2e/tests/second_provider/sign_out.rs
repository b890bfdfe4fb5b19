//! Signing out.

use crate::stage::{Options, Stage};

#[tokio::test]
async fn signing_out_passes_its_confirmation_page_and_ends_both_sessions() {
    let stage = Stage::start(Options::default()).await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.browser.shows("alice@example.com").await;

    stage.open("/oauth2/sign_out").await;
    stage.browser.shows("Second provider: sign out").await;
    stage.browser.click("#sign-out").await;
    stage.browser.at(|url| url.starts_with(&stage.url("/oauth2/signed_out"))).await;
    stage.browser.shows("Signed out").await;

    // It asks again who this is.
    let before = stage.reached().len();
    stage.open("/page").await;
    stage.sign_in("bob").await;
    stage.browser.shows("bob@example.com").await;
    assert!(
        stage.reached()[before..]
            .iter()
            .all(|request| { request.one("x-auth-request-user").is_none_or(|user| user == "bob") })
    );
}

#[tokio::test]
async fn who_stays_signed_in_at_the_provider_is_signed_out_of_the_application_all_the_same() {
    let stage = Stage::start(Options::default()).await;
    stage.open("/page").await;
    stage.sign_in("alice").await;
    stage.open("/oauth2/sign_out?rd=/bye").await;
    stage.browser.click("#stay").await;
    // It knows her, and asks whether the application may know her again: that is where /bye leads without a session.
    stage.browser.shows("Second provider: consent").await;
    assert!(stage.reached().iter().all(|request| request.path != "/bye"));
    stage.browser.click("#agree").await;
    stage.browser.at(|url| url == stage.url("/bye")).await;
    stage.browser.shows("alice@example.com").await;
}

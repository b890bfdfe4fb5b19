//! The pages that a person meets, in a running Envoy.

use serde_json::json;
use vestibule_e2e::accessibility::barriers;
use vestibule_e2e::browser::Browser;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::looks::Look;
use vestibule_e2e::stage::{HOST, Stage, StageOptions};
use vestibule_e2e::wire::State;

use super::branded;

/// Nothing is in the way, however it is looked at.
async fn is_for_everybody(browser: &Browser, code: &str) {
    for look in Look::ALL {
        browser.look(look).await;
        assert_eq!(barriers(browser).await, [] as [&str; 0], "{code}, {}", look.name());
        assert!(!browser.is_too_wide().await, "{code}, {}", look.name());
    }
}

#[tokio::test]
async fn a_person_reads_pages_of_their_own_application_in_their_own_language() {
    let stage = Stage::for_browser(json!({"pages": branded()})).await;
    let origin = stage.origin(HOST);
    let browser = Browser::start().await;
    browser.prefer("de-DE,de;q=0.9,en;q=0.8").await;
    browser.open(&format!("{origin}/oauth2/sign_in?rd=/finance/q3")).await;
    browser.shows("Acme Expenses").await;
    let drawn = "return [document.documentElement.lang, document.title, document.images[0].naturalWidth, \
                 getComputedStyle(document.querySelector('.link')).backgroundColor]";
    assert_eq!(
        browser.script(drawn).await,
        json!(["de", "Anmelden – Acme Expenses", 80, "rgb(11, 110, 79)"])
    );
    is_for_everybody(&browser, "sign_in_page").await;

    // Bob is in no group that would do, and reads which would.
    browser.click_text("Anmelden").await;
    browser.click("#sign-in-bob").await;
    browser.at(|url| url == format!("{origin}/finance/q3")).await;
    for text in [
        "Kein Zugriff",
        "Angemeldet als: bob@example.com",
        "Nötig ist eine dieser Gruppen",
        "finance",
        "Hilfe",
    ] {
        browser.shows(text).await;
    }
    is_for_everybody(&browser, "not_permitted").await;
    // Another account leads to the same place.
    browser.click_text("Anderes Konto verwenden").await;
    browser.at(|url| url.contains("/v1/authorize") && url.contains("prompt=login")).await;
    browser.click("#sign-in-alice").await;
    browser.at(|url| url == format!("{origin}/finance/q3")).await;
    browser.shows("alice@example.com").await;

    browser.open(&format!("{origin}/oauth2/signed_out")).await;
    browser.shows("Angemeldet als: alice@example.com").await;
    is_for_everybody(&browser, "sign_out_page").await;
    browser.click_text("Abmelden").await;
    browser.shows("Abgemeldet").await;
    is_for_everybody(&browser, "signed_out").await;

    // English for whoever prefers what is not there.
    browser.prefer("it").await;
    for (path, text) in [
        ("/oauth2/signed_out", "You are signed out of this application."),
        ("/oauth2/start?prompt=none", "prompt_unknown"),
        ("/oauth2/callback?code=a&state=b", "sign_in_unknown"),
        ("/finance/%00", "path_invalid"),
    ] {
        browser.open(&format!("{origin}{path}")).await;
        browser.shows(text).await;
        assert_eq!(browser.script("return document.documentElement.lang").await, "en", "{path}");
        is_for_everybody(&browser, text).await;
    }
    browser.open(&format!("{origin}/finance/q3")).await;
    browser.click("#deny").await;
    browser.shows("provider_denied").await;
    is_for_everybody(&browser, "provider_denied").await;
}

/// A page may not load itself anew under somebody who reads slowly: there is a link to the same place.
#[tokio::test]
async fn whoever_waits_for_the_provider_tries_again_by_a_link() {
    let envoy = EnvoyOptions { tls_names: vec!["*.example.test".to_owned()], ..EnvoyOptions::default() };
    let options = StageOptions { envoy, provider: State::Refused, ..StageOptions::default() };
    let stage = Stage::with(options).await;
    let browser = Browser::start().await;
    let link = format!("{}/page?a=1", stage.origin(HOST));
    browser.open(&link).await;
    browser.shows("provider_not_ready").await;
    is_for_everybody(&browser, "provider_not_ready").await;
    stage.wire.set(State::Open);
    stage.ready().await;
    assert_eq!(browser.url().await, link);
    browser.click_text("Try again").await;
    browser.click("#sign-in-alice").await;
    browser.at(|url| url == link).await;
    browser.shows("alice@example.com").await;
}

/// The largest picture that a configuration takes still gets through Envoy, on a refusal.
#[tokio::test]
async fn a_large_logo_gets_through() {
    let start = "data:image/jpeg;base64,";
    let logo = format!("{start}/9j/{}", "A".repeat((32_768 - start.len()) / 4 * 4 - 4));
    let stage = Stage::configured(json!({"pages": {"name": "Acme", "logo": logo}})).await;
    let page = stage.visitor().page("/oauth2/sign_in").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(&logo) && page.text().trim_end().ends_with("</html>"));
}

//! What a person meets in a real Chromium.

use std::time::Duration;

use serde_json::json;
use vestibule_e2e::browser::{Browser, Cookie};
use vestibule_e2e::stage::{HOST, Stage};

/// Whether the browser stands on the stand-in's page.
async fn at_okta(browser: &Browser) {
    browser.at(|url| url.starts_with("http://localhost:") && url.contains("/v1/authorize")).await;
}

async fn sign_in(browser: &Browser, nick: &str) {
    at_okta(browser).await;
    browser.click(&format!("#sign-in-{nick}")).await;
    // Its page shows the same names as the application's: only what comes after it counts.
    browser.at(|url| url.contains(".example.test:")).await;
}

/// Without those of sign-ins under way, and the mark of a sign-out.
fn session_cookies(cookies: &[Cookie]) -> Vec<&Cookie> {
    let is_other = |name: &str| name.contains("_b_") || name.ends_with("_out");
    cookies.iter().filter(|cookie| cookie.name.contains("vestibule") && !is_other(&cookie.name)).collect()
}

fn bindings(cookies: &[Cookie]) -> Vec<&Cookie> {
    cookies.iter().filter(|cookie| cookie.name.starts_with("__Host-vestibule_b_")).collect()
}

#[tokio::test]
async fn a_person_signs_in_by_clicking_and_lands_on_the_deep_link_with_its_query() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    let link = format!("{}/reports/2026?quarter=3&name=a%20b", stage.origin(HOST));
    browser.open(&link).await;
    sign_in(&browser, "alice").await;
    browser.at(|url| url == link).await;
    browser.shows("alice@example.com").await;
    // The next page costs no sign-in.
    browser.open(&format!("{}/other", stage.origin(HOST))).await;
    browser.at(|url| url.ends_with("/other")).await;
    browser.shows("alice@example.com").await;
    assert_eq!(stage.okta.token_requests().len(), 1);
}

#[tokio::test]
async fn the_browser_reports_the_flags_of_every_cookie() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    browser.open(&stage.origin(HOST)).await;
    at_okta(&browser).await;
    let cookies = browser.all_cookies().await;
    let pending = bindings(&cookies);
    assert_eq!(pending.len(), 1, "{cookies:?}");
    assert_eq!(session_cookies(&cookies).len(), 0, "{cookies:?}");
    flags(pending[0]);
    assert!(pending[0].name.len() + pending[0].value.len() <= 50);

    sign_in(&browser, "alice").await;
    browser.shows("alice@example.com").await;
    let cookies = browser.all_cookies().await;
    assert_eq!(bindings(&cookies).len(), 0, "{cookies:?}");
    let session = session_cookies(&cookies);
    assert!(session.iter().any(|cookie| cookie.name == "__Host-vestibule"), "{cookies:?}");
    for cookie in session {
        flags(cookie);
    }
    // And a page's script sees none of it.
    assert_eq!(browser.script("return document.cookie").await, "");
}

fn flags(cookie: &Cookie) {
    // What only signing out needs stays at the filter's own paths.
    let (prefix, path) =
        if cookie.name.contains("vestibule_i") { ("__Secure-", "/oauth2") } else { ("__Host-", "/") };
    assert!(cookie.name.starts_with(prefix), "{cookie:?}");
    assert!(cookie.http_only && cookie.secure, "{cookie:?}");
    assert_eq!((cookie.same_site.as_str(), cookie.path.as_str()), ("Lax", path), "{cookie:?}");
    // No leading dot: the host alone.
    assert_eq!(cookie.domain, HOST, "{cookie:?}");
    assert!(cookie.name.len() + cookie.value.len() < 4096, "{cookie:?}");
}

#[tokio::test]
async fn two_tabs_that_sign_in_at_once_both_arrive_where_they_wanted() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    let first = browser.tab().await;
    browser.open(&format!("{}/one?tab=1", stage.origin(HOST))).await;
    at_okta(&browser).await;
    let second = browser.new_tab().await;
    browser.open(&format!("{}/two?tab=2", stage.origin(HOST))).await;
    sign_in(&browser, "alice").await;
    browser.at(|url| url.ends_with("/two?tab=2")).await;
    browser.switch(&first).await;
    sign_in(&browser, "alice").await;
    browser.at(|url| url.ends_with("/one?tab=1")).await;
    browser.shows("alice@example.com").await;
    browser.switch(&second).await;
    browser.open(&format!("{}/two", stage.origin(HOST))).await;
    browser.shows("alice@example.com").await;
}

#[tokio::test]
async fn someone_outside_the_group_sees_why_and_the_application_is_not_asked() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/finance/report", stage.origin(HOST))).await;
    sign_in(&browser, "bob").await;
    browser.at(|url| url.ends_with("/finance/report")).await;
    browser.shows("not_permitted").await;
    assert!(!stage.reached().iter().any(|request| request.path.starts_with("/finance")));
    // The rest of the application is open to him.
    browser.open(&stage.origin(HOST)).await;
    browser.shows("bob@example.com").await;
}

#[tokio::test]
async fn a_session_of_many_cookies_is_kept_by_the_browser() {
    let config = json!({"upstream": {"access_token": true, "authorization": "id_token"}});
    let stage = Stage::for_browser(config).await;
    let browser = Browser::start().await;
    browser.open(&stage.origin(HOST)).await;
    // A hundred groups of sixty characters each.
    sign_in(&browser, "frank").await;
    browser.shows("frank@example.com").await;
    let cookies = browser.all_cookies().await;
    assert!(session_cookies(&cookies).len() > 2, "{cookies:?}");
    for cookie in session_cookies(&cookies) {
        flags(cookie);
    }
    browser.open(&format!("{}/next", stage.origin(HOST))).await;
    browser.shows("frank@example.com").await;
    // All of them go when the next person signs in with fewer. (An ID token too large for a cookie cannot end
    // Okta's own session, so that is ended here.)
    browser.open(&format!("{}/oauth2/sign_out", stage.origin(HOST))).await;
    stage.okta.end_sessions();
    browser.open(&stage.origin(HOST)).await;
    sign_in(&browser, "carol").await;
    browser.shows("carol@example.com").await;
    assert!(session_cookies(&browser.all_cookies().await).len() <= 2);
}

#[tokio::test]
async fn after_signing_out_nothing_opens_without_a_new_sign_in() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    let page = format!("{}/page", stage.origin(HOST));
    browser.open(&page).await;
    sign_in(&browser, "alice").await;
    browser.shows("alice@example.com").await;

    browser.open(&format!("{}/oauth2/sign_out", stage.origin(HOST))).await;
    browser.at(|url| url.starts_with(&format!("{}/oauth2/signed_out", stage.origin(HOST)))).await;
    let cookies = browser.all_cookies().await;
    assert_eq!(session_cookies(&cookies), [] as [&Cookie; 0], "{cookies:?}");
    let before = stage.reached().len();
    browser.open(&page).await;
    // Signed out at the provider as well: it asks again who this is.
    browser.shows("Choose who you are").await;
    assert_eq!(stage.reached().len(), before);
    sign_in(&browser, "bob").await;
    browser.shows("bob@example.com").await;
}

#[tokio::test]
async fn a_session_ends_at_its_max_age() {
    let stage = Stage::for_browser(json!({"session": {"max_age": "6s"}})).await;
    let browser = Browser::start().await;
    browser.open(&stage.origin(HOST)).await;
    sign_in(&browser, "alice").await;
    browser.shows("alice@example.com").await;
    let status = "return fetch('/api').then(answer => answer.status)";
    assert_eq!(browser.script(status).await, 200);
    tokio::time::sleep(Duration::from_millis(6500)).await;
    assert_eq!(browser.script(status).await, 401);
}

#[tokio::test]
async fn the_sign_in_page_and_the_start_address_lead_through_the_provider() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/oauth2/sign_in?rd=/wanted?x=1", stage.origin(HOST))).await;
    browser.click_text("Sign in").await;
    sign_in(&browser, "alice").await;
    browser.at(|url| url == format!("{}/wanted?x=1", stage.origin(HOST))).await;

    // Okta knows her by now and asks nothing.
    browser.open(&format!("{}/oauth2/start?rd=%2Fdeep%3Fa%3D1%26b%3D2", stage.origin(HOST))).await;
    browser.at(|url| url == format!("{}/deep?a=1&b=2", stage.origin(HOST))).await;
}

#[tokio::test]
async fn a_refusal_by_the_provider_is_a_page_with_a_way_on() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/page", stage.origin(HOST))).await;
    at_okta(&browser).await;
    browser.click("#deny").await;
    browser.shows("provider_denied").await;
    assert_eq!(stage.reached().len(), 0);
    let cookies = browser.all_cookies().await;
    assert_eq!(session_cookies(&cookies), [] as [&Cookie; 0], "{cookies:?}");
    // By the keyboard, which shows where it is.
    browser.press_tab().await;
    let focused = "const link = document.activeElement, style = getComputedStyle(link); \
                   return [link.innerText, style.outlineStyle, parseFloat(style.outlineWidth) >= 2]";
    assert_eq!(browser.script(focused).await, json!(["Sign in", "solid", true]));
    // Okta may know her and say the same again: with another account nobody goes in circles.
    browser.click_text("Use another account").await;
    browser.at(|url| url.contains("/v1/authorize") && url.contains("prompt=login")).await;
    sign_in(&browser, "alice").await;
    browser.at(|url| url == format!("{}/page", stage.origin(HOST))).await;
    browser.shows("alice@example.com").await;
}

#[tokio::test]
async fn a_form_sent_after_the_session_has_ended_leads_back_to_its_page() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    let page = format!("{}/orders/7/edit?tab=2", stage.origin(HOST));
    browser.open(&page).await;
    sign_in(&browser, "alice").await;
    browser.at(|url| url == page).await;
    browser.shows("alice@example.com").await;
    browser.forget_cookies().await;
    let before = stage.reached().len();
    let post = "const form = document.createElement('form'); form.method = 'POST'; form.action = '/orders/7'; \
                document.body.append(form); form.submit()";
    browser.script(post).await;
    browser.shows("not_signed_in").await;
    assert_eq!(stage.reached().len(), before);
    browser.click_text("Sign in").await;
    // Okta still knows her.
    browser.at(|url| url == page).await;
    browser.shows("alice@example.com").await;
}

//! How people leave, and how they are brought in by somebody else's link. The attacker has a page of their own that people
//! open.

use serde_json::json;
use vestibule_e2e::browser::Browser;
use vestibule_e2e::client::{Request, Response};
use vestibule_e2e::stage::{HOST, Stage};
use vestibule_e2e::visitor::{Visitor, target_of};

fn by_script(visitor: &str) -> Request {
    Request::new("POST", "/oauth2/sign_out")
        .header("sec-fetch-site", visitor)
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-dest", "empty")
}

async fn is_signed_in(visitor: &mut Visitor) -> bool {
    visitor.page("/page").await.status == 200
}

/// A single-page application cannot follow a redirect to another origin.
#[tokio::test]
async fn a_script_signs_out_by_a_post_and_sends_its_window_to_the_provider() {
    let stage = Stage::start().await;
    let mut alice = stage.signed_in("alice").await;
    assert_eq!(alice.send(by_script("cross-site")).await.status, 403);
    assert_eq!(alice.send(by_script("same-site")).await.status, 403);
    assert!(is_signed_in(&mut alice).await);
    let response = alice.send(by_script("same-origin")).await;
    assert_eq!(response.status, 200, "{}", response.summary());
    let there = response.json()["location"].as_str().expect("a location").to_owned();
    assert!(!response.text().contains("eyJ"), "a script reads the ID token: {}", response.text());
    assert!(!is_signed_in(&mut alice).await);
    let logout = alice.page(&there).await.location();
    let back = stage.at_okta(&logout).await.location();
    assert!(back.starts_with(&format!("https://{HOST}/oauth2/signed_out?state=")), "{back}");
    let page = alice.page(target_of(&back)).await.text();
    assert!(page.contains("You are signed out") && !page.contains("may still be signed in"), "{page}");
}

#[tokio::test]
async fn a_local_sign_out_says_that_the_providers_session_goes_on() {
    let stage = Stage::configured(json!({"paths": {"sign_out": "local"}})).await;
    let mut alice = stage.signed_in("alice").await;
    let response = alice.page("/oauth2/sign_out").await;
    assert_eq!(response.location(), "/oauth2/signed_out");
    let page = alice.page("/oauth2/signed_out").await.text();
    assert!(page.contains("may still be signed in at the sign-in service"), "{page}");
    assert!(!is_signed_in(&mut alice).await);
    assert!(stage.envoy.logged("here only, as paths.sign_out says").await);
}

#[tokio::test]
async fn the_provider_sends_people_where_the_operator_says() {
    let bye = "https://www.example.test/bye";
    let stage = Stage::configured(json!({"paths": {"post_logout_redirect_uri": bye}})).await;
    let mut alice = stage.signed_in("alice").await;
    let logout = alice.page("/oauth2/sign_out?rd=/elsewhere").await.location();
    // Nobody has registered it.
    assert_eq!(stage.at_okta(&logout).await.status, 400);
    stage.okta.configure(|options| {
        let client = options.clients.remove(0).post_logout_redirect_uri(bye);
        options.clients.push(client);
    });
    let mut bob = stage.signed_in("bob").await;
    let logout = bob.page("/oauth2/sign_out?rd=/elsewhere").await.location();
    assert_eq!(stage.at_okta(&logout).await.location(), bye);
}

/// A page of the attacker's, as a browser opens it.
fn page(html: &str) -> String {
    let encoded: String = html.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("data:text/html,{encoded}")
}

#[tokio::test]
async fn no_image_frame_or_form_of_another_site_signs_a_person_out() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    let (origin, own) = (stage.origin(HOST), format!("{}/page", stage.origin(HOST)));
    browser.open(&own).await;
    browser.click("#sign-in-alice").await;
    browser.shows("alice@example.com").await;
    let out = format!("{origin}/oauth2/sign_out");

    browser.open(&page(&format!("<img src='{out}'><iframe src='{out}'></iframe><p>seen</p>"))).await;
    browser.shows("seen").await;
    let submit = "<script>document.forms[0].submit()</script>";
    browser.open(&page(&format!("<form method=post action='{out}'></form>{submit}"))).await;
    browser.shows("Another site tried to do this in your name").await;
    browser.open(&own).await;
    browser.shows("alice@example.com").await;

    // A form that gets is a navigation, like a link of a portal: the person says.
    browser.open(&page(&format!("<form action='{out}'></form>{submit}"))).await;
    browser.shows("perhaps another site has sent you here").await;
    browser.open(&own).await;
    browser.shows("alice@example.com").await;
    browser.open(&page(&format!("<form action='{out}'></form>{submit}"))).await;
    browser.shows("perhaps another site has sent you here").await;
    browser.click_text("Sign out").await;
    browser.shows("You are signed out").await;
    let text = browser.text().await;
    assert!(!text.contains("may still be signed in"), "{text}");
}

/// OIDC Core §4: `initiate_login_uri` of the provider's dashboard.
#[tokio::test]
async fn the_dashboard_of_the_provider_signs_a_person_in() {
    let stage = Stage::start().await;
    let mut alice = stage.visitor();
    let query = |pairs: &[(&str, &str)]| {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Request::page(format!("/oauth2/start?{query}")).header("sec-fetch-site", "cross-site")
    };
    let (issuer, target) = (stage.issuer(), format!("https://{HOST}/reports/2026"));
    let pairs = [("iss", &*issuer), ("target_link_uri", &*target), ("login_hint", "alice@example.com")];
    let authorization = alice.send(query(&pairs)).await.location();
    assert!(authorization.contains("&login_hint=alice%40example.com"), "{authorization}");
    let callback = stage.approve(&authorization, "alice").await;
    assert_eq!(alice.page(target_of(&callback)).await.location(), target);

    let mut victim = stage.visitor();
    let elsewhere = [("iss", &*issuer), ("target_link_uri", "https://evil.test/")];
    let authorization = victim.send(query(&elsewhere)).await.location();
    let callback = stage.approve(&authorization, "bob").await;
    assert_eq!(victim.page(target_of(&callback)).await.location(), "/");
    let refused = |response: Response| assert_eq!(response.status, 400, "{}", response.summary());
    refused(victim.send(query(&[("iss", "https://evil.test")])).await);
    refused(victim.send(query(&[("iss", &issuer), ("iss", "https://evil.test")])).await);
    let long = "x".repeat(300);
    refused(victim.send(query(&[("iss", &issuer), ("login_hint", &long)])).await);
}

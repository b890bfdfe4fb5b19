//! A person with a real Chromium, at the gateway's own address.

use vestibule_e2e::browser::Browser;
use vestibule_e2e::istio::gateway::Gateway;
use vestibule_e2e::istio::mesh::{HOST, OKTA};

#[tokio::test]
async fn a_person_signs_in_by_clicking_reads_a_deep_link_and_signs_out() {
    let (mesh, gateway, _) = Gateway::guarded().await;
    let (here, okta) = (gateway.tls, mesh.okta_address());
    let browser = Browser::resolving(&format!("MAP {HOST} {here}, MAP {OKTA} {okta}")).await;
    let link = format!("https://{HOST}/reports/2026?quarter=3&name=a%20b");
    browser.open(&link).await;
    browser.at(|url| url.starts_with(&format!("https://{OKTA}/oauth2/default/v1/authorize"))).await;
    browser.click("#sign-in-alice").await;
    browser.at(|url| url == link).await;
    browser.shows("alice@example.com").await;
    browser.open(&format!("https://{HOST}/oauth2/sign_out")).await;
    browser.at(|url| url.starts_with(&format!("https://{HOST}/oauth2/signed_out"))).await;
    browser.open(&link).await;
    browser.at(|url| url.starts_with(&format!("https://{OKTA}/"))).await;
    mesh.search_for_secrets(&gateway.proxy);
}

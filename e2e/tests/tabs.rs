//! Many tabs of a real Chromium, all at the provider's page before the first of them signs in.

use serde_json::json;
use vestibule_e2e::browser::{Browser, Cookie, Tab};
use vestibule_e2e::stage::{HOST, Stage};

const OTHER: &str = "other.example.test";

/// Opens so many tabs, each at an address of its own, and waits until it is at the provider's page.
async fn tabs_at_the_provider(browser: &Browser, links: &[String]) -> Vec<Tab> {
    let mut tabs = vec![browser.tab().await];
    for (number, link) in links.iter().enumerate() {
        if number > 0 {
            tabs.push(browser.new_tab().await);
        }
        browser.open(link).await;
        browser.at(|url| url.contains("/v1/authorize")).await;
    }
    tabs
}

/// Signs in in each of them, from the last to the first, and waits until it is where it wanted to be.
async fn all_arrive(browser: &Browser, tabs: &[Tab], links: &[String]) {
    for (tab, link) in tabs.iter().zip(links).rev() {
        browser.switch(tab).await;
        browser.click("#sign-in-alice").await;
        browser.at(|url| url == link).await;
        browser.shows("alice@example.com").await;
    }
}

fn of_sign_ins(cookies: &[Cookie]) -> usize {
    let is_one = |name: &str| name.contains("vestibule_b_") || name.contains("vestibule_d_");
    cookies.iter().filter(|cookie| is_one(&cookie.name)).count()
}

#[tokio::test]
async fn thirty_tabs_on_two_hosts_arrive_where_they_wanted_also_after_a_restart_of_the_browser() {
    let stage = Stage::for_browser(json!({})).await;
    let browser = Browser::start().await;
    let link = |tab: usize| format!("{}/tab/{tab}?x=y", stage.origin([HOST, OTHER][tab % 2]));
    let links: Vec<String> = (0..30).map(link).collect();
    let tabs = tabs_at_the_provider(&browser, &links).await;
    // One for each host.
    let cookies = browser.all_cookies().await;
    assert_eq!((cookies.len(), of_sign_ins(&cookies)), (2, 2), "{cookies:?}");
    let mut at_the_provider = Vec::new();
    for tab in &tabs {
        browser.switch(tab).await;
        at_the_provider.push(browser.url().await);
    }
    let browser = browser.restarted().await;
    let tabs = tabs_at_the_provider(&browser, &at_the_provider).await;
    all_arrive(&browser, &tabs, &links).await;
    assert_eq!(of_sign_ins(&browser.all_cookies().await), 0);
    // Two hosts, and so two sessions: the others needed no code.
    assert_eq!(stage.okta.token_requests().len(), 2);
}

#[tokio::test]
async fn tabs_of_several_hosts_arrive_over_the_one_host_that_signs_people_in() {
    let config = json!({
        "session": {"cookie": {"domains": [".example.test"]}},
        "paths": {"redirect_uri": "https://app.example.test/oauth2/callback"},
    });
    let stage = Stage::for_browser(config).await;
    let browser = Browser::resolving(&format!("MAP *.example.test {}", stage.envoy.tls())).await;
    let hosts = [OTHER, "admin.example.test", HOST];
    let links: Vec<String> =
        (0..9).map(|tab| format!("https://{}/tab/{tab}?x=y", hosts[tab % hosts.len()])).collect();
    let tabs = tabs_at_the_provider(&browser, &links).await;
    all_arrive(&browser, &tabs, &links).await;
    assert_eq!(of_sign_ins(&browser.all_cookies().await), 0);
    assert_eq!(stage.okta.token_requests().len(), 1);
}

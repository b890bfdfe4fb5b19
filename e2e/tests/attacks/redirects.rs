//! `rd` leads nowhere but to this host and the domains that the configuration names.

use serde_json::json;
use vestibule_e2e::stage::Stage;
use vestibule_e2e::visitor::target_of;

/// As they stand in the query, encoded or not.
const HOSTILE: &[&str] = &[
    "https://evil.test/",
    "http://evil.test",
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/%5cevil.test",
    "/%09/evil.test",
    "/%0a/evil.test",
    "/%0d%0alocation:%20https://evil.test",
    "%09//evil.test",
    "%20//evil.test",
    "/%20/evil.test",
    "/.//evil.test",
    "/./\\evil.test",
    "/..//evil.test",
    "/x/..//evil.test",
    "/%2e%2e//evil.test",
    "https:evil.test",
    "https:/evil.test",
    "https:///evil.test",
    "https:\\\\evil.test",
    "https://app.example.test@evil.test/",
    "https://app.example.test:443@evil.test/",
    "https://app.example.test%40evil.test/",
    "https://app.example.test.evil.test/",
    "https://evilapp.example.test.evil.test/",
    "https://evil.test%23.example.org/",
    "https://evil.test%5c.example.org/",
    "https://evil.test%3f.example.org/",
    "https://evilexample.org/",
    "https://example.org.evil.test/",
    "https://[::1]@evil.test/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "ftp://app.example.test/",
    "evil.test",
    "@evil.test",
    "?//evil.test",
    "%E2%80%AE//evil.test",
    "https://evil%E3%80%82test/",
    "/%EF%BC%8Fevil.test",
];

fn stays(location: &str, rd: &str) {
    let own = location.strip_prefix("https://app.example.test").filter(|rest| rest.starts_with('/'));
    let path = own.unwrap_or(location);
    assert!(path.starts_with('/') && !path.contains('\\') && !path.contains("//"), "{rd} led to {location}");
    assert!(!path.chars().any(char::is_control), "{rd} led to {location}");
}

#[tokio::test]
async fn a_sign_in_ends_on_this_host_or_on_a_domain_that_is_allowed() {
    let stage = Stage::configured(json!({"paths": {"allowed_redirect_domains": [".example.org"]}})).await;
    for rd in HOSTILE {
        let mut alice = stage.visitor();
        let authorization = alice.begin(&format!("/oauth2/start?rd={rd}")).await;
        assert!(authorization.starts_with(&stage.issuer()), "{rd} led to {authorization}");
        let callback = stage.approve(&authorization, "alice").await;
        let response = alice.page(target_of(&callback)).await;
        assert_eq!(response.status, 302, "{rd}: {}", response.summary());
        stays(&response.location(), rd);
    }
    for (rd, wanted) in [
        ("/page%3Fa%3Db", "/page?a=b"),
        ("https://example.org/x", "https://example.org/x"),
        ("https://deep.example.org/", "https://deep.example.org/"),
    ] {
        let mut alice = stage.visitor();
        let callback = stage.approve(&alice.begin(&format!("/oauth2/start?rd={rd}")).await, "alice").await;
        assert_eq!(alice.page(target_of(&callback)).await.location(), wanted);
    }
}

#[tokio::test]
async fn neither_the_sign_in_page_nor_a_deep_link_leads_elsewhere() {
    let stage = Stage::start().await;
    for rd in HOSTILE {
        let page = stage.visitor().page(format!("/oauth2/sign_in?rd={rd}")).await;
        assert_eq!(page.status, 200, "{rd}: {}", page.summary());
        let text = page.text();
        assert!(
            !text.contains("href=\"http") && !text.contains("href=\"//") && !text.contains("javascript:"),
            "{text}"
        );
    }
    // The page that was asked for begins with two slashes: it must not be read as a host afterwards.
    let stage = Stage::configured(json!({"access": []})).await;
    let mut alice = stage.visitor();
    let callback = stage.approve(&alice.begin("//evil.test/x").await, "alice").await;
    stays(&alice.page(target_of(&callback)).await.location(), "//evil.test/x");
}

#[tokio::test]
async fn signing_out_ends_on_this_host() {
    let stage = Stage::start().await;
    for rd in HOSTILE {
        let mut alice = stage.signed_in("alice").await;
        let mut response = alice.page(format!("/oauth2/sign_out?rd={rd}")).await;
        // The provider ends its own session and sends the browser back.
        if response.status == 302 && response.location().starts_with(&stage.issuer()) {
            let back = stage.at_okta(&response.location()).await.location();
            assert!(back.starts_with("https://app.example.test/oauth2/signed_out"), "{rd} led to {back}");
            response = alice.page(target_of(&back)).await;
        }
        if response.status == 302 {
            stays(&response.location(), rd);
        } else {
            assert_eq!(response.status, 200, "{rd}: {}", response.summary());
            assert!(!response.text().contains("evil"), "{rd}: {}", response.text());
        }
        // What is left is the mark of the sign-out.
        let mut left = alice.jar.beginning("__Host-vestibule");
        assert!(left.all(|(name, _)| name == "__Host-vestibule_out"), "{rd}: {:?}", alice.jar);
    }
}

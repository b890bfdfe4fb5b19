//! Requests that are odd as a whole: their method, their size, what stands in them twice.

use serde_json::json;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::jar::set_cookies;
use vestibule_e2e::software::{Server, Software};
use vestibule_e2e::stage::{HOST, Stage, StageOptions};
use vestibule_e2e::visitor::{Visitor, target_of};

#[tokio::test]
async fn a_body_passes_whole_for_the_signed_in_and_not_at_all_for_others() {
    let stage = Stage::start().await;
    let body: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let upload =
        |path| Request::new("POST", path).header("content-type", "application/octet-stream").body(&body);
    let refused = client::send(stage.envoy.plain(), &upload("/upload")).await.unwrap();
    assert_eq!(refused.status, 401, "{}", refused.summary());
    let mut bob = stage.signed_in("bob").await;
    assert_eq!(bob.send(upload("/finance/upload")).await.status, 403);
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(bob.send(upload("/upload")).await.status, 200);
    assert!(stage.reached()[0].body == body);
    // Twice the length is a request in a request: Envoy refuses it, or the filter sees one request only.
    let smuggled =
        Request::form("/upload", "").header("content-length", "40").header("transfer-encoding", "chunked");
    let _ = client::send(stage.envoy.plain(), &smuggled).await;
    assert_eq!(stage.reached().len(), 1);
}

#[tokio::test]
async fn odd_methods_and_targets_reach_nobody() {
    let stage = Stage::start().await;
    for (method, target) in [
        ("CONNECT", "app.example.test:443"),
        ("CONNECT", "/healthz"),
        ("OPTIONS", "*"),
        ("GET", "*"),
        ("GET", "healthz"),
        ("GET", "?/healthz"),
        ("GET", "#/healthz"),
        ("TRACE", "/page"),
        ("PROPFIND", "/page"),
        ("get", "/page"),
        ("GET", "http://other.example.test/page"),
        ("GET", "https://app.example.test@evil.test/healthz"),
        ("POST", "http://app.example.test:80/page"),
    ] {
        if let Ok(response) = client::send(stage.envoy.plain(), &Request::new(method, target)).await {
            assert!(matches!(response.status, 400..=405 | 501), "{method} {target}: {}", response.summary());
        }
    }
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(stage.visitor().page("/healthz").await.status, 200);
}

#[tokio::test]
async fn several_authorizations_are_refused() {
    let stage = Stage::start().await;
    let mut alice = stage.signed_in("alice").await;
    let page = || Request::page("/page");
    for request in [
        page().header("authorization", "Bearer a").header("authorization", "Bearer b"),
        page().header("authorization", "Bearer a, Bearer b"),
        page().header("Authorization", "Bearer a").header("AUTHORIZATION", "Basic b"),
    ] {
        let response = alice.send(request).await;
        assert_eq!(response.status, 400, "{}", response.summary());
    }
    assert_eq!(stage.reached().len(), 0);
}

#[tokio::test]
async fn no_other_site_and_no_prefetch_signs_anybody_out_or_in() {
    let stage = Stage::start().await;
    let alice = stage.signed_in("alice").await;
    let image = |path| {
        Request::get(path)
            .header("accept", "image/*")
            .header("sec-fetch-site", "cross-site")
            .header("sec-fetch-mode", "no-cors")
            .header("sec-fetch-dest", "image")
    };
    let frame = |path| {
        Request::get(path)
            .header("accept", "text/html")
            .header("sec-fetch-site", "cross-site")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "iframe")
    };
    for path in ["/oauth2/sign_out", "/oauth2/start?rd=/page", "/oauth2/callback?code=a&state=b.c", "/page"] {
        for (case, request) in [
            ("an image", image(path)),
            ("a frame", frame(path)),
            ("a prefetch", Request::page(path).header("sec-purpose", "prefetch")),
            ("a prerender", Request::page(path).header("sec-purpose", "prefetch;prerender")),
        ] {
            // A cross-site request carries no Lax cookie, but what it sets would be kept.
            let response = stage.visitor().send(request.clone()).await;
            assert!(set_cookies(&response).is_empty(), "{case} of {path}: {}", response.summary());
            let mut browser = alice.clone();
            let response = browser.send(request).await;
            assert!(set_cookies(&response).is_empty(), "{case} of {path}: {}", response.summary());
        }
    }
    // Where a person goes, by a link from wherever, it works.
    let mut browser = alice.clone();
    let link = Request::page("/oauth2/sign_out");
    assert_eq!(browser.send(link).await.status, 302);
    assert_eq!(browser.fetch("/page").await.status, 401);
}

#[tokio::test]
async fn a_deep_link_too_long_for_state_and_cookie_keeps_its_path_then_becomes_the_front_page() {
    let stage = Stage::start().await;
    for (link, wanted) in [
        (format!("/page?q={}", "a".repeat(100)), format!("/page?q={}", "a".repeat(100))),
        (format!("/page?q={}", "a".repeat(500)), format!("/page?q={}", "a".repeat(500))),
        (format!("/page?q={}", "a".repeat(5_000)), "/page".to_owned()),
        (format!("/{}", "a".repeat(5_000)), "/".to_owned()),
    ] {
        let mut alice = stage.visitor();
        let authorization = alice.begin(&link).await;
        let held: Vec<usize> =
            alice.jar.beginning("").map(|(name, value)| name.len() + value.len()).collect();
        assert!(held.len() <= 2 && held.iter().all(|length| *length <= 1024), "{held:?}");
        let callback = stage.approve(&authorization, "alice").await;
        assert_eq!(alice.page(target_of(&callback)).await.location(), wanted);
    }
}

/// HTTP/2 carries a method in any case, and some frameworks raise it: a rule for POST must not miss `post`.
#[tokio::test]
async fn a_method_in_lower_case_reaches_nobody() {
    let rules = json!({"access": [{"match": {"methods": ["POST"]}, "require": {"groups": ["finance"]}}]});
    let stage = Stage::configured(rules).await;
    let bob = stage.signed_in("bob").await;
    for method in ["post", "Post", "POSt", "get"] {
        let response = send_by_http2(&stage, &bob, method).await;
        assert_eq!(response.status(), 400, "{method}");
        assert!(response.text().await.unwrap().contains("method_invalid"), "{method}");
    }
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(send_by_http2(&stage, &bob, "POST").await.status(), 403);
    assert_eq!(send_by_http2(&stage, &bob, "GET").await.status(), 200);
}

/// The attacker is signed in, without the group that a rule for POST asks for, and posts in lower case.
#[tokio::test]
async fn flask_raises_no_method_that_a_rule_has_not_seen() {
    let flask = Server::start(Software::Flask).await;
    let stage = Stage::with(StageOptions {
        config: json!({"access": [{"match": {"methods": ["POST"]}, "require": {"groups": ["finance"]}}]}),
        application: Some(flask.address()),
        ..StageOptions::default()
    })
    .await;
    let bob = stage.signed_in("bob").await;
    for (method, status) in [("post", 400), ("Post", 400), ("POSt", 400), ("POST", 403), ("GET", 200)] {
        let response = send_by_http2(&stage, &bob, method).await;
        assert_eq!(response.status(), status, "{method}: {}", response.text().await.unwrap());
    }
    // Without the filter Flask takes it for the other: that is what the test is about.
    let seen = client::send(flask.address(), &Request::new("post", "/page")).await.unwrap().json();
    assert_eq!(seen["method"], "POST", "{seen}");
}

/// HTTP/1.1 clients and Envoy's own parser know no method in lower case.
async fn send_by_http2(stage: &Stage, visitor: &Visitor, method: &str) -> reqwest::Response {
    let envoy = stage.envoy.plain();
    let browser = reqwest::Client::builder().http2_prior_knowledge().resolve(HOST, envoy).build().unwrap();
    browser
        .request(
            reqwest::Method::from_bytes(method.as_bytes()).unwrap(),
            format!("http://{HOST}:{}/page", envoy.port()),
        )
        .header("cookie", visitor.jar.header().unwrap_or_default())
        .send()
        .await
        .unwrap()
}

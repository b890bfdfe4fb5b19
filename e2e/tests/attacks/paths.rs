//! `/healthz` and `/public/*` are public; nothing else is because it resembles them.

use serde_json::json;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::stage::{Stage, StageOptions};

/// As the client writes them: Envoy normalises nothing in this test.
const NOT_PUBLIC: &[&str] = &[
    "/admin",
    "/admin?x=/healthz",
    "/admin?/healthz",
    "/admin/healthz",
    "/healthz/",
    "/healthz/admin",
    "/healthzadmin",
    "/HEALTHZ",
    "/x#/healthz",
    "/admin%23/healthz",
    "/admin%3f/healthz",
    "//healthz",
    "/./healthz",
    "/.//healthz",
    "/x/../healthz",
    "/%2e/healthz",
    "/%68ealthz",
    "/healthz/../admin",
    "/healthz/%2e%2e/admin",
    "/healthz%2f..%2fadmin",
    "/healthz%5c..%5cadmin",
    "/healthz\\..\\admin",
    "\\healthz",
    "/healthz;/admin",
    "/healthz;x=1",
    "/healthz%00",
    "/healthz%252f",
    "/healthz%20",
    "/public/../admin",
    "/public/%2e%2e/admin",
    "/public/..%2fadmin",
    "/public/..;/admin",
    "/public/%252e%252e/admin",
    "/public//admin",
    "/public/.%2e/admin",
    "/public/x\\..\\..\\admin",
    "http://app.example.test/admin?/healthz",
    "//app.example.test/healthz",
];

#[tokio::test]
async fn nothing_is_public_because_it_resembles_a_public_path() {
    let stage = Stage::start().await;
    for path in ["/healthz", "/healthz?x=1", "/healthz?x=/../admin", "/public/", "/public/a/b?c", "/public"] {
        let response = stage.visitor().page(path).await;
        assert_eq!(response.status, 200, "{path}: {}", response.summary());
    }
    let before = stage.reached().len();
    for path in NOT_PUBLIC {
        for request in [Request::page(path), Request::get(path), Request::form(path, "a=b")] {
            // Envoy may refuse it and close the connection before the filter sees it.
            if let Ok(response) = client::send(stage.envoy.plain(), &request).await {
                assert!(matches!(response.status, 302 | 400 | 401), "{path}: {}", response.summary());
            }
        }
    }
    assert_eq!(
        stage.reached()[before..].iter().map(|request| &request.path).collect::<Vec<_>>(),
        [] as [&String; 0]
    );
}

#[tokio::test]
async fn nor_where_envoy_normalises_paths_as_istio_has_it() {
    let envoy = EnvoyOptions { normalize_path: true, ..EnvoyOptions::default() };
    let stage = Stage::with(StageOptions { envoy, ..StageOptions::default() }).await;
    for path in NOT_PUBLIC {
        // Those that Envoy itself turns into a public path are public, and arrive so.
        if let Ok(response) = client::send(stage.envoy.plain(), &Request::page(path)).await {
            assert!(matches!(response.status, 200 | 302 | 400 | 401), "{path}: {}", response.summary());
        }
    }
    let public = |path: &str| {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        path == "/healthz" || path == "/public" || path.starts_with("/public/")
    };
    for request in stage.reached() {
        assert!(public(&request.path), "{}", request.path);
        assert!(!request.path.contains("..") && !request.path.contains('%'), "{}", request.path);
    }
}

#[tokio::test]
async fn a_path_that_can_be_read_in_two_ways_is_for_whoever_passes_in_both() {
    const RESTRICTED_IN_ONE: &[&str] =
        &["/finance%2freport", "/finance%5creport", "/finance;a/b", "/finance%3fa", "/financ%2565/a"];
    let stage = Stage::start().await;
    let (mut alice, mut bob) = (stage.signed_in("alice").await, stage.signed_in("bob").await);
    for path in ["/a%00", "/a%0d%0ab", "/a%2f..%2fb"] {
        let response = alice.page(path).await;
        assert_eq!(response.status, 400, "{path}: {}", response.summary());
    }
    for path in RESTRICTED_IN_ONE {
        let response = bob.page(path).await;
        assert_eq!(response.status, 403, "{path}: {}", response.summary());
        let response = stage.visitor().page(path).await;
        assert_eq!(response.status, 302, "{path}: {}", response.summary());
    }
    assert_eq!(stage.reached().len(), 0);
    for path in RESTRICTED_IN_ONE {
        assert_eq!(alice.page(path).await.status, 200, "{path}");
    }
    for path in ["/a%2fb", "/a%5cb", "/a;b", "/a%252fb"] {
        assert_eq!(bob.page(path).await.status, 200, "{path}");
        assert_eq!(stage.reached().last().unwrap().path, *path, "as it came");
    }
    let closed = json!([{"match": {"paths": ["/closed/*"]}, "allow": "none"}]);
    let closed = Stage::configured(json!({"access": closed})).await;
    let mut alice = closed.signed_in("alice").await;
    for path in ["/closed%2fx", "/closed;x", "//a/closed/x"] {
        let response = alice.page(path).await;
        assert_eq!(response.status, 400, "{path}: {}", response.summary());
        assert!(response.text().contains("path_ambiguous"), "{path}: {}", response.summary());
    }
    assert_eq!(closed.reached().len(), 0);
    // On a host for which no rule names a path it does not matter.
    let lenient = Stage::configured(json!({"access": []})).await;
    let mut alice = lenient.signed_in("alice").await;
    assert_eq!(alice.page("/a%2fb;c").await.status, 200);
    let literal = Stage::configured(json!({"paths": {"ambiguous": "allow"}})).await;
    let mut alice = literal.signed_in("alice").await;
    assert_eq!(alice.page("/a%2fb;c").await.status, 200);
    let response = literal.visitor().page("/public/a%2fb").await;
    assert_eq!(response.status, 302, "still never public: {}", response.summary());
}

#[tokio::test]
async fn a_group_rule_holds_for_every_way_to_write_its_path() {
    let stage = Stage::start().await;
    let mut bob = stage.signed_in("bob").await;
    for path in [
        "/finance",
        "/finance/",
        "/finance/report",
        "/finance/report?x=/healthz",
        "//finance/report",
        "/finance//report",
        "/./finance/report",
        "/x/../finance/report",
        "/healthz/../finance/report",
        "/%66inance/report",
        "/finance/%2e/report",
        "/\\finance/report",
        "/finance\\report",
        "/Finance",
        "/FINANCE/report",
        "/finance.json",
    ] {
        let response = bob.page(path).await;
        assert!(matches!(response.status, 400 | 403), "{path}: {}", response.summary());
    }
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(bob.page("/Financial").await.status, 200);
}

/// Node's `URL` and Python's `urlsplit` read `//a/finance/x` as `/finance/x` at a host `a`.
#[tokio::test]
async fn what_follows_an_authority_is_a_path_as_well() {
    const LIKE_AN_AUTHORITY: &[&str] = &[
        "//a/finance/x",
        "///a/finance/x",
        "/\\a/finance/x",
        "/.//a/finance/x",
        "/%2e//a/finance/x",
        "/%2fa/finance/x",
        "/%5ca/finance/x",
    ];
    for (ambiguous, status) in [("refuse", 403), ("allow", 200)] {
        let stage = Stage::configured(json!({"paths": {"ambiguous": ambiguous}})).await;
        let mut bob = stage.signed_in("bob").await;
        for path in LIKE_AN_AUTHORITY {
            let response = bob.page(path).await;
            assert_eq!(response.status, status, "{ambiguous} {path}: {}", response.summary());
        }
        // With `allow` somebody says that the application reads nothing else there than these characters.
        assert_eq!(stage.reached().is_empty(), status == 403, "{ambiguous}");
        assert_eq!(bob.page("/a//b").await.status, 200);
    }
}

//! What a client writes into headers.

use serde_json::{Value, json};
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::software::{Server, Software};
use vestibule_e2e::stage::{Stage, StageOptions};

/// Ways to write the identity headers that a careless application reads as the real ones.
const FORGED: &[&str] = &[
    "x-auth-request-user",
    "X-Auth-Request-User",
    "X-AUTH-REQUEST-USER",
    "x_auth_request_user",
    "X_Auth_Request_User",
    "x-auth_request-user",
    "x-auth-request-email",
    "x_auth_request_email",
    "x-auth-request-groups",
    "X_Auth-Request_Groups",
    "x-auth-request-preferred-username",
    "x-auth-request-access-token",
    "X_AUTH_REQUEST_ACCESS_TOKEN",
    "x-team",
    "x_team",
    // PHP, CGI and others fold each of these to `HTTP_X_AUTH_REQUEST_USER`.
    "x.auth.request.user",
    "X!Auth#Request$Email",
    "x%auth&request'groups",
    "x*auth+request^user",
    "x`auth|request~user",
    "x.forwarded.user",
    "x.team",
];

#[tokio::test]
async fn forged_identity_headers_never_arrive() {
    let stage =
        Stage::configured(json!({"upstream": {"access_token": true, "claims": {"x-team": "department"}}}))
            .await;
    let forged = |mut request: Request| {
        for name in FORGED {
            // Twice each: one that is replaced must not leave the other.
            request = request.header(name, "forged").header(name, "forged,admin");
        }
        request
    };
    let mut alice = stage.signed_in("alice").await;
    assert_eq!(alice.send(forged(Request::page("/page"))).await.status, 200);
    assert_eq!(alice.send(forged(Request::form("/page", "a=b"))).await.status, 200);
    assert_eq!(alice.send(forged(Request::get("/healthz"))).await.status, 200);
    assert_eq!(stage.visitor().send(forged(Request::get("/public/x"))).await.status, 200);
    // Someone without groups gets none from outside either.
    let mut carol = stage.signed_in("carol").await;
    assert_eq!(carol.send(forged(Request::get("/page"))).await.status, 200);
    assert_eq!(carol.send(forged(Request::page("/finance/report"))).await.status, 403);

    let reached = stage.reached();
    assert_eq!(reached.len(), 5);
    for request in &reached {
        for (name, value) in &request.headers {
            assert!(!value.windows(6).any(|part| part == b"forged"), "{} {name}", request.path);
        }
    }
    let first = &reached[0];
    assert_eq!(first.one("x-auth-request-email"), Some("alice@example.com".to_owned()));
    assert_eq!(first.one("x-auth-request-groups"), Some("Everyone,admin,finance".to_owned()));
    assert_eq!(first.one("x-team"), Some("Treasury".to_owned()));
    assert!(first.one("x-auth-request-access-token").is_some());
    // Not even to someone who is signed in does a public route pass an identity.
    let public = reached.iter().find(|request| request.path == "/healthz").unwrap();
    assert_eq!(public.one("x-auth-request-user"), None);
    let carol = reached.last().unwrap();
    assert_eq!(carol.one("x-auth-request-groups"), None);
}

/// An application that is told much, with a public and an optional part.
fn partly_open() -> Value {
    json!({
        "upstream": {"access_token": true, "claims": {"x-team": "department"}},
        "access": [
            {"match": {"paths": ["/public/*"]}, "allow": "public"},
            {"match": {"paths": ["/optional/*"]}, "allow": "optional"},
        ],
    })
}

/// The attacker is anybody, or somebody who lacks an email or a group, and tells PHP who they are where the filter says
/// nothing: by names that PHP folds to those of the filter.
#[tokio::test]
async fn php_reads_no_forged_identity() {
    let php = Server::start(Software::Php).await;
    let stage = Stage::with(StageOptions {
        config: partly_open(),
        application: Some(php.address()),
        ..StageOptions::default()
    })
    .await;
    let (mut carol, mut dave) = (stage.signed_in("carol").await, stage.signed_in("dave").await);
    let mut stranger = stage.visitor();
    for name in FORGED {
        // One at a time as well: of several PHP keeps the last.
        let request = |path| Request::get(path).header(name, "forged");
        let answers = [
            (stranger.send(request("/public/x")).await, None),
            (stranger.send(request("/optional/x")).await, None),
            (carol.send(request("/public/x")).await, None),
            (carol.send(request("/optional/x")).await, Some("carol")),
            (carol.send(request("/page")).await, Some("carol")),
            (dave.send(request("/page")).await, Some("dave")),
        ];
        for (response, nick) in answers {
            assert_eq!(response.status, 200, "{name}: {}", response.summary());
            let seen = response.json();
            assert!(!seen.to_string().contains("forged"), "{name}: {seen}");
            let user = nick.map(|nick| format!("00u{nick:0<14}1d7"));
            assert_eq!(
                seen["server"]["HTTP_X_AUTH_REQUEST_USER"].as_str(),
                user.as_deref(),
                "{name}: {seen}"
            );
        }
    }
    // Without the filter PHP believes it: that is what the test is about.
    let forged = Request::get("/").header("x.auth.request.user", "forged");
    let seen = vestibule_e2e::client::send(php.address(), &forged).await.unwrap().json();
    assert_eq!(seen["server"]["HTTP_X_AUTH_REQUEST_USER"], "forged");
}

/// The same behind the body: applications may take trailers for headers (RFC 9110 §6.5.1).
#[tokio::test]
async fn forged_trailers_never_arrive() {
    let node = Server::start(Software::Node).await;
    let stage = Stage::with(StageOptions {
        config: partly_open(),
        application: Some(node.address()),
        envoy: EnvoyOptions { trailers: true, ..EnvoyOptions::default() },
        ..StageOptions::default()
    })
    .await;
    let forged = |path| {
        let request = Request::form(path, "a=b").trailer("x-checksum", "1");
        let names = FORGED.iter().chain(&["x-forwarded-host", "X_Host", "x.original.url"]);
        names.fold(request, |request, name| request.trailer(name, "forged"))
    };
    let (mut carol, mut stranger) = (stage.signed_in("carol").await, stage.visitor());
    for response in [
        stranger.send(forged("/public/x")).await,
        stranger.send(forged("/optional/x")).await,
        carol.send(forged("/optional/x")).await,
        carol.send(forged("/page")).await,
    ] {
        assert_eq!(response.status, 200, "{}", response.summary());
        assert_eq!(response.json()["trailers"], json!([["x-checksum", "1"]]), "{}", response.summary());
    }
}

/// The attacker is signed in and would rather be nobody: the next proxy drops what `connection` names, and on an upgrade
/// Envoy passes that header on as it came.
#[tokio::test]
async fn no_upgrade_has_the_next_proxy_drop_the_identity() {
    let node = Server::start(Software::Node).await;
    let stage = Stage::with(StageOptions {
        config: json!({"access": [{"match": {"paths": ["/public/*"]}, "allow": "public"}]}),
        application: Some(node.address()),
        ..StageOptions::default()
    })
    .await;
    let web_socket = |path, connection: &str| {
        Request::get(path)
            .header("connection", connection)
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    let mut alice = stage.signed_in("alice").await;
    let user = Some("00ualice0000000001d7");
    for (path, sent, expected, user) in [
        ("/page", "keep-alive, Upgrade", "keep-alive, Upgrade", user),
        ("/page", "upgrade, x-auth-request-user", "upgrade", user),
        ("/page", "X-Auth-Request-User,X_AUTH_REQUEST_GROUPS, Upgrade", "Upgrade", user),
        ("/page", "upgrade, x.auth.request.user, x-own", "upgrade, x-own", user),
        ("/page", "upgrade, x-auth-request-user;q=1, \"x-auth-request-user\"", "upgrade", user),
        ("/public/x", "upgrade, x-auth-request-user, x-forwarded-host", "upgrade", None),
    ] {
        let response = alice.send(web_socket(path, sent)).await;
        assert_eq!(response.status, 101, "{path} {sent}: {}", response.summary());
        let seen = response.json();
        let headers = seen["headers"].as_array().unwrap();
        let value = |name| headers.iter().find(|header| header[0] == name).map(|header| &header[1]);
        assert_eq!(value("connection").unwrap(), expected, "{path} {sent}");
        assert_eq!(value("x-auth-request-user").and_then(|user| user.as_str()), user, "{path} {sent}");
    }
    let refused = stage.visitor().send(web_socket("/page", "upgrade")).await;
    assert_eq!(refused.status, 401, "{}", refused.summary());
}

#[tokio::test]
async fn no_header_of_a_client_changes_which_page_or_host_it_asks_for() {
    let stage = Stage::start().await;
    for (name, value) in [
        ("x-original-url", "/healthz"),
        ("x-rewrite-url", "/healthz"),
        ("x-original-uri", "/healthz"),
        ("x-forwarded-uri", "/healthz"),
        ("x-forwarded-path", "/healthz"),
        ("x-envoy-original-path", "/healthz"),
        ("x-http-method-override", "OPTIONS"),
        ("user-agent", "kube-probe/1.30"),
        ("user-agent", "GoogleHC/1.0"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "evil.test"),
        ("forwarded", "host=evil.test;proto=http"),
        ("x-auth-request-redirect", "https://evil.test/"),
        ("authorization", "Bearer garbage"),
        ("authorization", "Basic YWxpY2U6YWxpY2U="),
    ] {
        let response = stage.visitor().send(Request::page("/page").header(name, value)).await;
        assert_eq!(response.status, 302, "{name}: {}", response.summary());
        assert!(response.location().contains("https%3A%2F%2Fapp.example.test%2Foauth2%2Fcallback"), "{name}");
        assert!(!response.summary().contains("evil"), "{name}: {}", response.summary());
    }
    assert_eq!(stage.reached().len(), 0);

    let mut alice = stage.signed_in("alice").await;
    let sent = Request::page("/page")
        .header("x-original-url", "/finance")
        .header("x-rewrite-url", "/finance")
        .header("X-HTTP-Method-Override", "DELETE")
        .header("authorization", "Bearer the-application's-own");
    assert_eq!(alice.send(sent).await.status, 200);
    let reached = stage.reached().pop().unwrap();
    for name in ["x-original-url", "x-rewrite-url", "x-http-method-override"] {
        assert_eq!(reached.one(name), None, "{name}");
    }
    assert_eq!(reached.one("authorization").as_deref(), Some("Bearer the-application's-own"));
}

#[tokio::test]
async fn odd_hosts_are_refused_and_none_gets_into_a_redirect() {
    let stage = Stage::start().await;
    for host in [
        "app.example.test@evil.test",
        "app.example.test:443@evil.test",
        "app.example.test/evil",
        "app.example.test:port",
        "app.example.test:99999999",
        "app example.test",
        "app.example.test,evil.test",
        "app.example.test#",
        "app.example.test?x",
        "[::1",
        "",
    ] {
        let request = Request::page("/page").host(host);
        if let Ok(response) = vestibule_e2e::client::send(stage.envoy.plain(), &request).await {
            assert_eq!(response.status, 400, "{host}: {}", response.summary());
        }
    }
    assert_eq!(stage.reached().len(), 0);
    // Written otherwise, the same host.
    let mut visitor = stage.visitor_at("APP.example.test.");
    assert!(visitor.begin("/page").await.contains("https%3A%2F%2Fapp.example.test"));
}

//! The laws of the design that the other files do not show already.
//!
//! | law | shown by |
//! |-----|----------|
//! | 1 closed in doubt, open to the signed-in | `attacks::loading`, `provider_down`, `bad_configuration`, `reload` |
//! | 2 nothing panics | `attacks::cookies::no_cookie_kills_the_filter`, `attacks::callback`, `provider_down` |
//! | 3 identity headers, own cookies | `attacks::headers::forged_identity_headers_never_arrive`, `attacks::cookies::the_filters_cookies_stay_and_all_others_pass` |
//! | 4 ID token, state before code | `an_id_token_with_anything_wrong_in_it_gives_no_session`, `attacks::callback::a_callback_that_does_not_belong_…` |
//! | 5 sealed | `attacks::cookies::a_session_opens_on_its_own_host_only`, `…::a_session_past_its_max_age_…`, `a_secret_rotates_without_signing_anyone_out` |
//! | 6 no open redirect | `attacks::redirects` |
//! | 7 parallel tabs; no redirect for scripts | `browser::two_tabs_…`, `browser::ten_tabs_…`, `of_many_sign_ins_…`, `only_a_page_that_a_person_opens_is_redirected`, `attacks::pages` |
//! | 8 no secret in a log | `no_line_of_the_filter_holds_a_secret`, `attacks::callback::the_access_log_holds_no_code_and_no_state` |
//! | 9 replicas and workers | `a_sign_in_may_start_on_one_replica_and_end_on_another`, `workers_share_nothing_that_a_sign_in_needs`, `refresh`, `shared_fetch` |
//! | 10 keys | `attacks::keys`, `provider_down::keys_that_cannot_be_had_…` |

use serde_json::json;
use vestibule_e2e::client::{self, Request, Response};
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::okta::{Endpoint, Fault, IdTokenTamper as Tamper};
use vestibule_e2e::stage::{CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, HOST, Stage, StageOptions};
use vestibule_e2e::visitor::{Visitor, target_of};

#[tokio::test]
async fn no_line_of_the_filter_holds_a_secret() {
    let config = json!({"upstream": {"access_token": true, "authorization": "id_token"}});
    let stage = Stage::configured(config).await;
    let mut secrets = vec![CLIENT_SECRET.to_owned(), COOKIE_SECRET.to_owned()];
    let mut keep =
        |visitor: &Visitor| secrets.extend(visitor.jar.beginning("").map(|(_, value)| value.to_owned()));

    // A sign-in, its pages and its end.
    let mut alice = stage.visitor();
    let authorization = alice.begin("/page?secret=query-of-the-application").await;
    keep(&alice);
    let callback = target_of(&stage.approve(&authorization, "alice").await);
    alice.page(&callback).await;
    keep(&alice);
    alice.page("/page").await;
    alice.fetch("/oauth2/userinfo").await;
    // What goes wrong, each in its way.
    stage.visitor().page(&callback).await;
    alice.page(&callback).await;
    for fault in [
        Fault::Close,
        Fault::MalformedJson,
        Fault::WrongTypes,
        Fault::Status {
            status: 400,
            headers: Vec::new(),
            body: r#"{"error":"invalid_grant","error_description":"the code 4echoed-c0de is used"}"#
                .to_owned(),
        },
    ] {
        let mut bob = stage.visitor();
        let callback = target_of(&stage.approve(&bob.begin("/").await, "bob").await);
        keep(&bob);
        stage.okta.fault(Endpoint::Token, fault);
        bob.page(&callback).await;
        stage.okta.clear_faults();
    }
    stage.okta.tamper(Tamper::BadSignature);
    let mut bob = stage.visitor();
    let spoilt = target_of(&stage.approve(&bob.begin("/").await, "bob").await);
    bob.page(&spoilt).await;
    stage.okta.clear_tampers();
    stage
        .visitor()
        .send(Request::page("/page").header("authorization", "Bearer a-token-of-the-application"))
        .await;
    stage
        .visitor()
        .send(Request::page("/page").header("cookie", "__Host-vestibule=a-cookie-of-nobody"))
        .await;
    alice.page("/oauth2/sign_out").await;

    let state = callback.split_once("state=").unwrap().1.split('&').next().unwrap().to_owned();
    secrets.push(state);
    secrets.extend(stage.okta.secrets());
    secrets.extend(
        ["query-of-the-application", "4echoed-c0de", "a-token-of-the-application", "a-cookie-of-nobody"]
            .map(str::to_owned),
    );
    let lines = stage.envoy.filter_log();
    assert!(lines.iter().any(|line| line.contains("reason=")), "nothing to look at: {}", stage.envoy.log());
    for line in &lines {
        for secret in secrets.iter().filter(|secret| secret.len() >= 8) {
            assert!(!line.contains(secret.as_str()), "{line}");
            // Nor the better part of it.
            assert!(!line.contains(&secret[..secret.len().min(24)]), "{line}");
        }
    }
}

#[tokio::test]
async fn an_id_token_with_anything_wrong_in_it_gives_no_session() {
    let stage = Stage::start().await;
    let claim = |name: &str, value| Tamper::Claim(name.to_owned(), value);
    let from_now = |name: &str, seconds| Tamper::ClaimFromNow(name.to_owned(), seconds);
    let without = |name: &str| Tamper::WithoutClaim(name.to_owned());
    let wrong = [
        vec![Tamper::BadSignature],
        vec![Tamper::UnpublishedKey],
        vec![Tamper::UnknownKid],
        vec![Tamper::AlgNone],
        vec![Tamper::Hs256WithPublicKey],
        vec![Tamper::Raw("not.a.token".to_owned())],
        vec![Tamper::Raw("..".to_owned())],
        vec![Tamper::Raw(String::new())],
        vec![Tamper::Missing],
        vec![claim("iss", json!("https://evil.test"))],
        vec![claim("iss", json!(format!("{}/", stage.issuer())))],
        vec![without("iss")],
        vec![claim("aud", json!("another-client"))],
        vec![claim("aud", json!([CLIENT_ID, "another-client"])), without("azp")],
        vec![claim("aud", json!([]))],
        vec![claim("azp", json!("another-client"))],
        vec![without("aud")],
        vec![claim("nonce", json!("of-another-sign-in"))],
        vec![without("nonce")],
        vec![claim("sub", json!(""))],
        vec![claim("sub", json!(7))],
        vec![without("sub")],
        vec![from_now("exp", -90)],
        vec![claim("exp", json!("tomorrow"))],
        vec![without("exp")],
        vec![from_now("iat", 600)],
        vec![without("iat")],
        vec![claim("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA"))],
    ];
    let mut failures = Vec::new();
    for tampers in wrong {
        let case = format!("{tampers:?}");
        let mut alice = stage.visitor();
        let callback = target_of(&stage.approve(&alice.begin("/page").await, "alice").await);
        for tamper in tampers {
            stage.okta.tamper(tamper);
        }
        let response = alice.page(&callback).await;
        stage.okta.clear_tampers();
        if response.status < 400 || alice.jar.has("__Host-vestibule") {
            failures.push(format!("{case}: {}", response.summary()));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert_eq!(stage.reached().len(), 0);
    // And what is a little off in time only, or more than needed, is no reason.
    for tamper in [from_now("iat", 30), from_now("exp", -30), claim("aud", json!([CLIENT_ID]))] {
        stage.okta.tamper(tamper);
        stage.signed_in("alice").await;
        stage.okta.clear_tampers();
    }
}

#[tokio::test]
async fn any_number_of_sign_ins_can_be_finished_and_leave_one_small_cookie() {
    let stage = Stage::start().await;
    let mut browser = stage.visitor();
    let mut begun = Vec::new();
    // Within one second, as where a browser opens all its tabs anew.
    for tab in 0..30 {
        begun.push(browser.begin(&format!("/tab/{tab}")).await);
    }
    let held: Vec<_> = browser.jar.beginning("").collect();
    assert!(held.len() == 1 && held[0].0.len() + held[0].1.len() <= 50, "{held:?}");
    let mut callbacks = Vec::new();
    for authorization in &begun {
        callbacks.push(target_of(&stage.approve(authorization, "alice").await));
    }
    for (tab, callback) in callbacks.iter().enumerate().step_by(7) {
        // In a browser without a session, so that only the state and its binding count.
        let response = browser.clone().page(callback).await;
        let location = (response.status, response.location());
        assert_eq!(location, (302, format!("/tab/{tab}")), "{}", response.summary());
    }
    // And in one browser: the first makes the session, all others arrive by it.
    for (tab, callback) in callbacks.iter().enumerate().skip(1).step_by(7) {
        let response = browser.page(callback).await;
        let location = (response.status, response.location());
        assert_eq!(location, (302, format!("/tab/{tab}")), "{}", response.summary());
    }
    assert_eq!(browser.jar.beginning("__Host-vestibule_b_").count(), 0);
    assert_eq!(browser.page("/page").await.status, 200);
}

#[tokio::test]
async fn a_sign_in_may_start_on_one_replica_and_end_on_another() {
    let stage = Stage::start().await;
    let replica = stage.replica().await;
    let mut here = stage.visitor();
    let authorization = here.begin("/deep?a=b").await;
    let callback = target_of(&stage.approve(&authorization, "alice").await);
    let mut there = here.moved(replica.plain(), HOST);
    let response = there.page(&callback).await;
    assert_eq!((response.status, response.location().as_str()), (302, "/deep?a=b"), "{}", response.summary());
    assert_eq!(there.page("/deep?a=b").await.status, 200);
    assert_eq!(there.moved(stage.envoy.plain(), HOST).page("/page").await.status, 200);
    let user = |at: usize| stage.reached()[at].one("x-auth-request-user");
    assert_eq!(user(0), user(1));
}

#[tokio::test]
async fn workers_share_nothing_that_a_sign_in_needs() {
    let envoy = EnvoyOptions { concurrency: 3, ..EnvoyOptions::default() };
    let stage = Stage::with(StageOptions { envoy, ..StageOptions::default() }).await;
    // Each request has its own connection, and so a worker by chance.
    for _ in 0..12 {
        let mut alice = stage.signed_in("alice").await;
        for _ in 0..4 {
            assert_eq!(alice.fetch("/page").await.status, 200);
        }
    }
}

#[tokio::test]
async fn only_a_page_that_a_person_opens_is_redirected() {
    let stage = Stage::start().await;
    let bare = || Request::get("/page");
    let html = || bare().header("accept", "text/html");
    let navigation = |mode, dest| html().header("sec-fetch-mode", mode).header("sec-fetch-dest", dest);
    for (case, request) in [
        ("a page", Request::page("/page")),
        ("an old browser", html()),
        ("an old browser's list", bare().header("accept", "application/xhtml+xml, text/html;q=0.9")),
        ("HEAD of a page", Request::new("HEAD", "/page").header("accept", "text/html")),
    ] {
        let response = stage.visitor().send(request).await;
        assert_eq!(response.status, 302, "{case}: {}", response.summary());
    }
    let write = |method| Request::new(method, "/page").header("accept", "text/html").body("a=b");
    let call = |method| Request::new(method, "/page").header("accept", "application/json").body("{}");
    for (case, request) in [
        ("a script", Request::fetch("/page")),
        (
            "a script that accepts pages",
            html().header("sec-fetch-mode", "cors").header("sec-fetch-dest", "empty"),
        ),
        ("no header at all", bare()),
        ("anything", bare().header("accept", "*/*")),
        ("a frame", navigation("navigate", "iframe")),
        ("an object", navigation("navigate", "object")),
        ("an image", navigation("no-cors", "image")),
        ("a worker", navigation("same-origin", "worker")),
        ("a prefetch", Request::page("/page").header("sec-purpose", "prefetch")),
        ("a prerender", Request::page("/page").header("sec-purpose", "prefetch;prerender")),
        (
            "a form in a frame",
            write("POST").header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "iframe"),
        ),
        ("PUT", call("PUT")),
        ("PATCH", call("PATCH")),
        ("POST", call("POST")),
        ("DELETE", Request::new("DELETE", "/page")),
        (
            "a preflight",
            Request::new("OPTIONS", "/page")
                .header("origin", "https://x.test")
                .header("access-control-request-method", "PUT"),
        ),
    ] {
        let response = stage.visitor().send(request).await;
        assert_eq!(response.status, 401, "{case}: {}", response.summary());
        assert_eq!(response.header("location"), None, "{case}");
        assert_eq!(response.header("set-cookie"), None, "{case}");
        let kind = response.header("content-type").unwrap_or_default();
        assert!(kind == "application/json" && response.json().is_object(), "{case}: {}", response.summary());
        assert_eq!(response.json()["sign_in"], "/oauth2/start?rd=", "{case}");
        challenges(case, &response);
    }
    for (case, request) in [
        ("a form", Request::form("/page", "a=b")),
        ("an empty form", Request::form("/page", "")),
        ("an old browser's form", write("POST")),
    ] {
        let response = stage.visitor().send(request).await;
        assert_eq!(response.status, 401, "{case}: {}", response.summary());
        assert!(response.header("location").is_none() && response.header("set-cookie").is_none(), "{case}");
        assert!(response.text().contains("href=\"/oauth2/start?rd="), "{case}: {}", response.summary());
        challenges(case, &response);
    }
    assert_eq!(stage.reached().len(), 0);
}

/// `Basic` would open a dialog.
fn challenges(case: &str, response: &Response) {
    let challenges: Vec<String> = response.all("www-authenticate").collect();
    assert_eq!(challenges, ["Bearer realm=\"vestibule\""], "{case}: {}", response.summary());
}

#[tokio::test]
async fn behind_a_load_balancer_that_ends_tls_the_redirect_uri_is_https() {
    // Whether Envoy trusts the hop in front or overwrites its header with http.
    for trusted_hops in [0, 1] {
        let envoy = EnvoyOptions { trusted_hops, ..EnvoyOptions::default() };
        let stage = Stage::with(StageOptions { envoy, ..StageOptions::default() }).await;
        for proto in ["https", "http", "HTTPS", "javascript", "https,http"] {
            let request = Request::page("/page")
                .header("x-forwarded-proto", proto)
                .header("x-forwarded-for", "192.0.2.1");
            let response = client::send(stage.envoy.plain(), &request).await.unwrap();
            assert_eq!(response.status, 302, "{proto}: {}", response.summary());
            let wanted = "redirect_uri=https%3A%2F%2Fapp.example.test%2Foauth2%2Fcallback";
            assert!(response.location().contains(wanted), "{proto}: {}", response.location());
        }
        assert_eq!(stage.signed_in("alice").await.page("/page").await.status, 200);
    }
}

#[tokio::test]
async fn without_secure_cookies_only_loopback_hosts_are_served() {
    let stage = Stage::configured(json!({"session": {"cookie": {"secure": false}}})).await;
    let origin = format!("localhost:{}", stage.envoy.plain().port());
    let mut alice = stage.visitor_at(&origin);
    let authorization = alice.begin("/page").await;
    assert!(authorization.contains("redirect_uri=http%3A%2F%2Flocalhost%3A"), "{authorization}");
    let callback = stage.approve(&authorization, "alice").await;
    assert_eq!(alice.page(target_of(&callback)).await.location(), "/page");
    assert!(alice.jar.has("vestibule"), "{:?}", alice.jar);
    assert_eq!(alice.page("/page").await.status, 200);
    for host in
        ["app.example.test", "localhost.evil.test", "192.0.2.1", "127.0.0.1.evil.test", "[2001:db8::1]"]
    {
        let response = alice.moved(stage.envoy.plain(), host).page("/page").await;
        assert!((400..500).contains(&response.status), "{host}: {}", response.summary());
    }
    assert_eq!(stage.reached().len(), 1);
}

#[tokio::test]
async fn outside_its_hosts_the_filter_does_nothing_at_all() {
    let stage = Stage::configured(json!({"hosts": [HOST, "*.apps.example.test"]})).await;
    for host in ["other.example.test", "apps.example.test", "example.test"] {
        for path in ["/page", "/oauth2/callback?code=a&state=b", "/oauth2/sign_in"] {
            let request = Request::page(path)
                .header("x-auth-request-user", "its own")
                .header("cookie", "__Host-vestibule=a");
            let response = stage.visitor_at(host).send(request).await;
            assert_eq!(response.status, 200, "{host}{path}: {}", response.summary());
        }
    }
    for request in stage.reached() {
        assert_eq!(request.one("x-auth-request-user").as_deref(), Some("its own"));
        assert_eq!(request.one("cookie").as_deref(), Some("__Host-vestibule=a"));
    }
    let before = stage.reached().len();
    for host in
        [HOST, "APP.EXAMPLE.TEST", "app.example.test:8443", "app.example.test.", "a.b.apps.example.test"]
    {
        assert_eq!(stage.visitor_at(host).fetch("/page").await.status, 401, "{host}");
    }
    assert_eq!(stage.reached().len(), before);
}

#[tokio::test]
async fn rules_hold_by_host_method_group_and_email_and_the_first_match_wins() {
    let stage = Stage::configured(json!({"access": [
        {"match": {"hosts": ["admin.example.test"]}, "require": {"groups": ["admin"]}},
        {"match": {"paths": ["/api/*"], "methods": ["DELETE"]}, "require": {"groups": ["finance"]}},
        {"match": {"paths": ["/people/*"]}, "require": {"email_domains": ["example.com"]}},
        {"match": {"paths": ["/alice/*"]}, "require": {"emails": ["Alice@Example.com"], "groups": ["nobody", "admin"]}},
        {"match": {"paths": ["/closed/*"]}, "allow": "none"},
        {"match": {"paths": ["/home"]}, "allow": "optional"},
        {"match": {"paths": ["/closed/open"]}, "allow": "public"},
    ]})).await;
    let mut failures = Vec::new();
    for (nick, method, path, status) in [
        ("alice", "GET", "/api/1", 200),
        ("bob", "GET", "/api/1", 200),
        ("bob", "DELETE", "/api/1", 403),
        ("alice", "DELETE", "/api/1", 200),
        ("carol", "GET", "/people/", 200),
        // Her address is not verified.
        ("dave", "GET", "/people/", 403),
        ("dave", "DELETE", "/api/1", 200),
        ("alice", "GET", "/alice/x", 200),
        ("bob", "GET", "/alice/x", 403),
        ("alice", "GET", "/closed/x", 403),
        ("alice", "GET", "/closed/open", 403),
        ("alice", "GET", "/home", 200),
    ] {
        let mut visitor = stage.signed_in(nick).await;
        let response = visitor.send(Request::new(method, path).header("accept", "*/*")).await;
        if response.status != status {
            failures.push(format!("{nick} {method} {path}: {}", response.summary()));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    // Optional: an identity where there is one.
    let home = |at: usize| {
        stage.reached().iter().filter(|one| one.path == "/home").nth(at).unwrap().one("x-auth-request-email")
    };
    assert_eq!(stage.visitor().page("/home").await.status, 200);
    assert_eq!((home(0).as_deref(), home(1)), (Some("alice@example.com"), None));
    // By host.
    let mut bob = stage.visitor_at("admin.example.test");
    let callback = stage.approve(&bob.begin("/").await, "bob").await;
    bob.page(target_of(&callback)).await;
    assert_eq!(bob.page("/").await.status, 403);
}

#[tokio::test]
async fn a_secret_rotates_without_signing_anyone_out() {
    let stage = Stage::start().await;
    let alice = stage.signed_in("alice").await;
    let newer = "a-new-cookie-secret-of-enough-bytes-0002";
    for (case, secrets, status) in [
        ("appended", json!([{"env": "COOKIE_SECRET"}, {"value": newer}]), 200),
        ("put first", json!([{"value": newer}, {"env": "COOKIE_SECRET"}]), 200),
        ("old one dropped", json!([{"value": newer}]), 401),
    ] {
        let replica = stage.replica_with(json!({"session": {"secrets": secrets}})).await;
        let response = alice.moved(replica.plain(), HOST).fetch("/page").await;
        assert_eq!(response.status, status, "{case}: {}", response.summary());
    }
}

//! Pages that lead somewhere, and what other clients get in their place. The attacker writes links and forms, and says to be
//! another kind of client.

use serde_json::json;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::okta::{Endpoint, Fault};
use vestibule_e2e::stage::{HOST, Stage};
use vestibule_e2e::visitor::{Visitor, target_of};

#[tokio::test]
async fn a_form_after_the_session_has_ended_gets_a_page_that_leads_back() {
    let stage = Stage::start().await;
    let form = |referer: &str| Request::form("/orders/7", "a=b").header("referer", referer);
    for (referer, wanted) in [
        ("https://app.example.test/orders/7/edit?tab=2", "%2Forders%2F7%2Fedit%3Ftab%3D2"),
        ("https://evil.test/orders", "%2F"),
        ("https://app.example.test.evil.test/", "%2F"),
        ("https://app.example.test//evil.test", "%2F"),
        ("https://app.example.test/oauth2/sign_out", "%2F"),
    ] {
        let response = stage.visitor().send(form(referer)).await;
        let shown = response.summary();
        assert_eq!(response.status, 401, "{referer}: {shown}");
        assert!(response.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{shown}");
        assert_eq!(
            response.header("www-authenticate").as_deref(),
            Some("Bearer realm=\"vestibule\""),
            "{shown}"
        );
        assert!(shown.contains(&format!("href=\"/oauth2/start?rd={wanted}\"")), "{referer}: {shown}");
        assert!(!shown.contains("evil"), "{referer}: {shown}");
    }
    // And that link ends where the form stood.
    let mut alice = stage.visitor();
    let callback = stage.approve(&alice.begin("/oauth2/start?rd=%2Forders%2F7%2Fedit").await, "alice").await;
    assert_eq!(alice.page(target_of(&callback)).await.location(), "/orders/7/edit");
    assert_eq!(stage.reached().len(), 0);
}

#[tokio::test]
async fn every_401_has_a_challenge_and_every_405_the_methods() {
    let stage = Stage::start().await;
    for path in ["/page", "/oauth2/auth", "/oauth2/userinfo", "/oauth2/start"] {
        let response = stage.visitor().fetch(path).await;
        assert_eq!(response.status, 401, "{path}: {}", response.summary());
        let challenges: Vec<String> = response.all("www-authenticate").collect();
        assert_eq!(challenges, ["Bearer realm=\"vestibule\""], "{path}");
        assert_eq!(response.json()["sign_in"], "/oauth2/start?rd=", "{path}");
    }
    for (path, allowed) in [
        ("/oauth2/callback", "GET"),
        ("/oauth2/start", "GET, HEAD"),
        ("/oauth2/sign_in", "GET, HEAD"),
        ("/oauth2/sign_out", "GET, HEAD, POST"),
        ("/oauth2/signed_out", "GET, HEAD"),
        ("/oauth2/userinfo", "GET, HEAD"),
    ] {
        for method in ["PUT", "DELETE", "OPTIONS"] {
            let response = stage.visitor().send(Request::new(method, path)).await;
            assert_eq!(response.status, 405, "{method} {path}: {}", response.summary());
            assert_eq!(response.header("allow").as_deref(), Some(allowed), "{method} {path}");
        }
    }
}

/// A call as a gRPC client makes it.
async fn call(stage: &Stage, visitor: &Visitor, path: &str, kind: &str) -> reqwest::Response {
    let envoy = stage.envoy.plain();
    let client = reqwest::Client::builder().http2_prior_knowledge().resolve(HOST, envoy).build().unwrap();
    client
        .post(format!("http://{HOST}:{}{path}", envoy.port()))
        .header("content-type", kind)
        .header("te", "trailers")
        .header("cookie", visitor.jar.header().unwrap_or_default())
        // One message of no bytes.
        .body([0; 5].to_vec())
        .send()
        .await
        .unwrap()
}

/// Envoy makes an answer without a body of it: the status becomes a number of gRPC's, the sentence its message.
#[tokio::test]
async fn grpc_clients_get_a_status_and_a_plain_message() {
    let stage = Stage::start().await;
    let (stranger, bob) = (stage.visitor(), stage.signed_in("bob").await);
    for kind in ["application/grpc", "application/grpc+proto"] {
        for (visitor, path, status, code) in [
            (&stranger, "/pkg.Service/Method", "16", "not_signed_in"),
            (&bob, "/finance/Method", "7", "not_permitted"),
        ] {
            let response = call(&stage, visitor, path, kind).await;
            let header =
                |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(response.status(), 200, "gRPC's own status counts: {response:?}");
            assert_eq!(header("content-type").as_deref(), Some("application/grpc"), "{response:?}");
            assert_eq!(header("grpc-status").as_deref(), Some(status), "{response:?}");
            let message = header("grpc-message").unwrap();
            assert!(message.starts_with(&format!("{code}: ")) && message.len() < 200, "{message}");
            assert!(!message.contains(['<', '{', '%']), "{message}");
            assert_eq!(response.bytes().await.unwrap().len(), 0);
        }
    }
    // What Envoy does not take for gRPC keeps its status.
    let response = call(&stage, &stranger, "/pkg.Service/Method", "application/grpc-web").await;
    assert_eq!(response.status(), 401);
    assert!(response.text().await.unwrap().starts_with("not_signed_in: "));
    assert_eq!(stage.reached().len(), 0);
}

/// A proxy that guards an application by asking there passes a stranger's headers on, and goes by the HTTP status. (Envoy
/// answers 200 where the request says that it is gRPC.)
#[tokio::test]
async fn nobody_gets_in_by_asking_auth_as_a_grpc_client() {
    let stage = Stage::start().await;
    let mut bob = stage.signed_in("bob").await;
    for kind in ["application/grpc", "application/grpc+proto"] {
        let ask = |path: &str| Request::get(path).header("content-type", kind);
        for (request, status) in [
            (ask("/oauth2/auth"), 401),
            (ask("/oauth2/userinfo"), 401),
            (ask("/oauth2/auth?allowed_groups=finance"), 401),
            (ask("/oauth2/auth?allowed_x=finance"), 400),
            (ask("/oauth2/auth").header("authorization", "a").header("authorization", "b"), 400),
            (ask("/oauth2/auth").host("exa mple"), 400),
            (Request::new("DELETE", "/oauth2/userinfo").header("content-type", kind), 405),
        ] {
            let case = format!("{request:?}");
            let response = client::send(stage.envoy.plain(), &request).await.unwrap();
            assert_eq!(response.status, status, "{case}: {}", response.summary());
        }
        assert_eq!(bob.send(ask("/oauth2/auth?allowed_groups=finance")).await.status, 403);
        assert_eq!(bob.send(ask("/oauth2/auth")).await.status, 202);
        let response = call(&stage, &stage.visitor(), "/oauth2/auth", kind).await;
        assert_eq!(response.status(), 401, "{response:?}");
    }
    assert_eq!(stage.reached().len(), 0);
}

#[tokio::test]
async fn whoever_okta_turns_away_may_use_another_account_and_goes_on_to_the_deep_link() {
    let stage = Stage::start().await;
    let mut alice = stage.visitor();
    let denied = stage.deny(&alice.begin("/deep?a=1").await).await;
    let response = alice.page(target_of(&denied)).await;
    assert_eq!(response.status, 403, "{}", response.summary());
    let page = response.text();
    let again = "/oauth2/start?rd=%2Fdeep%3Fa%3D1";
    assert!(page.contains(&format!("href=\"{again}\"")), "{page}");
    assert!(page.contains(&format!("href=\"{again}&#38;prompt=select_account\"")), "{page}");

    // Okta lists no values: it is asked for a new sign-in.
    let authorization = alice.begin(&format!("{again}&prompt=select_account")).await;
    assert!(authorization.contains("&prompt=login"), "{authorization}");
    let callback = stage.approve(&authorization, "alice").await;
    assert_eq!(alice.page(target_of(&callback)).await.location(), "/deep?a=1");

    for prompt in ["none", "consent", "create", "login%20none", "login&prompt=none", ""] {
        let response = stage.visitor().page(format!("/oauth2/start?rd=/&prompt={prompt}")).await;
        assert_eq!(response.status, 400, "{prompt}: {}", response.summary());
        assert!(response.text().contains("prompt_unknown"), "{prompt}");
        assert!(response.header("set-cookie").is_none() && response.header("location").is_none(), "{prompt}");
    }
}

/// The operator's business: the page sends nobody round, and the log says what to compare.
#[tokio::test]
async fn a_wrong_client_secret_is_told_to_the_operator() {
    let pushing = json!({"client": {"pushed_authorization_requests": true}});
    for (endpoint, config) in [(Endpoint::Token, json!({})), (Endpoint::Par, pushing)] {
        let stage = Stage::configured(config).await;
        for code in ["invalid_client", "unauthorized_client"] {
            let body = json!({"error": code}).to_string();
            stage.okta.fault(endpoint, Fault::Status { status: 401, headers: vec![], body });
            let mut alice = stage.visitor();
            let mut response = alice.page("/deep").await;
            if endpoint == Endpoint::Token {
                let callback = stage.approve(&response.location(), "alice").await;
                response = alice.page(target_of(&callback)).await;
            }
            let page = response.text();
            assert_eq!(response.status, 502, "{code}: {}", response.summary());
            assert!(page.contains("client_refused") && !page.contains("href"), "{code}: {page}");
            assert!(!page.contains("gain") && !page.contains("http-equiv"), "{code}: {page}");
            assert!(stage.envoy.logged(&format!("refused: {code}; compare client.id")).await);
            stage.okta.clear_faults();
        }
    }
}

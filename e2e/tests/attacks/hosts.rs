//! Which host it is, according to the application: a rule for one is not escaped by naming it to the application only.

use serde_json::json;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::software::{Server, Software};
use vestibule_e2e::stage::{HOST, Stage, StageOptions};

/// For the finance group only. The application serves it by its name, as a framework with virtual hosts does.
const ADMIN: &str = "admin.example.test";

/// How the attacker names it to the application.
const NAMED: &[(&str, &str)] = &[
    ("x-forwarded-host", ADMIN),
    ("X-Forwarded-Host", "app.example.test, admin.example.test"),
    ("X_Forwarded_Host", ADMIN),
    ("x.forwarded.host", ADMIN),
    ("x-forwarded.host", ADMIN),
    ("forwarded", "for=192.0.2.1;host=admin.example.test"),
    ("x-host", ADMIN),
    ("X_Host", ADMIN),
    ("x-original-host", ADMIN),
    ("x.original.host", ADMIN),
];

/// The attacker is signed in, without the group that the rule for the other host asks for; or not even that.
#[tokio::test]
async fn php_and_flask_hear_of_no_other_host() {
    for software in [Software::Php, Software::Flask] {
        let server = Server::start(software).await;
        let stage = Stage::with(StageOptions {
            config: json!({"access": [
                {"match": {"hosts": [ADMIN]}, "require": {"groups": ["finance"]}},
                {"match": {"paths": ["/public/*"]}, "allow": "public"},
            ]}),
            application: Some(server.address()),
            ..StageOptions::default()
        })
        .await;
        let mut bob = stage.signed_in("bob").await;
        for (name, value) in NAMED {
            for (mut who, path) in [(bob.clone(), "/page"), (stage.visitor(), "/public/x")] {
                let response = who.send(Request::get(path).header(name, value)).await;
                assert_eq!(response.status, 200, "{software:?} {name}: {}", response.summary());
                let seen = response.json();
                assert_eq!(seen["host"], HOST, "{software:?} {name}: {seen}");
                assert!(!seen.to_string().contains(ADMIN), "{software:?} {name}: {seen}");
            }
        }
        // Where it came, it is not missing but true.
        let seen = bob.send(Request::get("/page").header("x-forwarded-host", ADMIN)).await.json();
        assert_eq!(seen["server"]["HTTP_X_FORWARDED_HOST"], HOST, "{software:?}: {seen}");
        let mut at_admin = bob.moved(stage.envoy.plain(), ADMIN);
        assert_eq!(at_admin.fetch("/page").await.status, 401, "a session is for its host");

        // Without the filter they believe it: that is what the test is about.
        let request = Request::get("/page").header("x-forwarded-host", ADMIN);
        let seen = client::send(server.address(), &request).await.unwrap().json();
        assert_eq!(seen["host"], ADMIN, "{software:?}: {seen}");
    }
}

/// Beyond the filter's hosts another application may have a proxy of its own in front.
#[tokio::test]
async fn other_hosts_keep_what_their_proxies_say() {
    let stage = Stage::configured(json!({"hosts": [HOST]})).await;
    let mut other = stage.visitor_at("other.example.test");
    let request =
        NAMED.iter().fold(Request::get("/page"), |request, (name, value)| request.header(name, value));
    assert_eq!(other.send(request).await.status, 200);
    let reached = stage.reached().pop().unwrap();
    assert_eq!(reached.one("x-host").as_deref(), Some(ADMIN));
    assert_eq!(reached.one("forwarded").as_deref(), Some("for=192.0.2.1;host=admin.example.test"));
    // Envoy joins the two.
    assert!(reached.one("x-forwarded-host").unwrap().starts_with(ADMIN));
}

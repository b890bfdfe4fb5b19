//! The same with a real API server: the repository's manifests by kubectl, in the order of the guide.

use vestibule_e2e::envoy;
use vestibule_e2e::envoy_gateway::{HOST, InKubernetes, OPEN_HOST};
use vestibule_e2e::leaks;

const POLICY: &str = "envoyextensionpolicy";

#[tokio::test]
async fn the_manifests_sign_people_in_and_their_status_says_so() {
    let gateway = InKubernetes::without_route(&envoy::filter_wasm()).await;
    // Step 3 of the guide.
    gateway.until(async || gateway.stat("wasm.envoy.wasm.runtime.v8.active").await > 0).await;
    gateway.says(POLICY, "vestibule", "Accepted", "True").await;
    gateway.says("httproute", "okta", "Accepted", "True").await;
    gateway.says("envoypatchpolicy", "vestibule-reload", "Programmed", "True").await;
    // Step 4.
    gateway.open_the_route();
    gateway.guarded().await;
    assert_eq!(gateway.status(HOST, "/page").await, 401);
    assert_eq!(gateway.status(HOST, "/healthz").await, 200);
    assert_eq!(gateway.status("okta.invalid", "/").await, 403);
    let mut alice = gateway.visitor(HOST);
    gateway.sign_in(&mut alice, "alice", "/reports/2026?quarter=3").await;
    assert_eq!(alice.page("/finance/report").await.status, 200);
    let mut carol = gateway.visitor(HOST);
    gateway.sign_in(&mut carol, "carol", "/page").await;
    assert_eq!(carol.page("/finance/report").await.status, 403);
    assert_eq!(gateway.status(OPEN_HOST, "/page").await, 200);
    let seen = gateway.application.requests();
    let of_alice = seen.iter().find(|request| request.path == "/finance/report").expect("Alice's request");
    let email: Vec<_> = of_alice.header("x-auth-request-email").collect();
    assert_eq!(email, [b"alice@example.com"]);
    // Law 8.
    let lines = envoy::filter_lines(&gateway.log());
    assert!(!lines.is_empty(), "the filter has not said a word");
    leaks::search(&lines, gateway.okta.secrets());
}

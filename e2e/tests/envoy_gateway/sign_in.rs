//! From the manifests of the repository to somebody who is signed in.

use vestibule_e2e::envoy_gateway::{EnvoyGateway, HOST, OPEN_HOST};
use vestibule_e2e::leaks;

#[tokio::test]
async fn the_manifests_sign_people_in_and_leave_other_hosts_alone() {
    let gateway = EnvoyGateway::usual().await;
    assert_eq!(gateway.status(HOST, "/page").await, 401);
    assert_eq!(gateway.status(HOST, "/healthz").await, 200);
    // The route that is there for its cluster leads no stranger to Okta.
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
    leaks::search(&vestibule_e2e::envoy::filter_lines(&gateway.log()), gateway.okta.secrets());
}

//! The overlay `ingress-gateway`.

use vestibule_e2e::istio::gateway::Gateway;
use vestibule_e2e::istio::mesh::{HOST, Mesh, OTHER_HOST};

#[tokio::test]
async fn the_manifests_sign_people_in_at_the_gateway_and_leave_other_hosts_alone() {
    let mesh = Mesh::start().await;
    let image = mesh.push("0.1.0");
    let gateway = Gateway::start(&mesh).await;
    // Before: everything is open.
    assert_eq!(mesh.visitor(gateway.plain, HOST).page("/page").await.status, 200);
    mesh.deploy("ingress-gateway", &image, &[]);
    mesh.guarded(gateway.plain, &gateway.proxy).await;

    let mut alice = mesh.visitor(gateway.plain, HOST);
    mesh.sign_in(&mut alice, "alice", "/reports/2026?quarter=3").await;
    assert_eq!(alice.page("/reports/2026?quarter=3").await.status, 200);
    assert_eq!(alice.page("/finance/report").await.status, 200);
    let mut bob = mesh.visitor(gateway.plain, HOST);
    mesh.sign_in(&mut bob, "bob", "/").await;
    assert_eq!(bob.page("/finance/report").await.status, 403);

    let stranger = |host| mesh.visitor(gateway.plain, host);
    assert_eq!(stranger(HOST).fetch("/page").await.status, 401);
    assert_eq!(stranger(HOST).page("/healthz").await.status, 200);
    assert_eq!(stranger(OTHER_HOST).page("/page").await.status, 200);
    mesh.search_for_secrets(&gateway.proxy);
}

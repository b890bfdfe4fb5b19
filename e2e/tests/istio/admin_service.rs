//! The overlays for a single workload: what an `ext_authz` policy with oauth2-proxy did.

use std::time::Duration;

use tokio::time::sleep;
use vestibule_e2e::client::Request;
use vestibule_e2e::istio::mesh::{HOST, Mesh, OTHER_HOST};
use vestibule_e2e::istio::sidecar::Sidecar;

/// As other workloads of the mesh call it.
const SERVICE: &str = "admin-service.admin.svc.cluster.local";

#[tokio::test]
async fn the_host_in_the_policy_needs_a_sign_in_and_other_hosts_pass_untouched() {
    let mesh = Mesh::start().await;
    let sidecar = Sidecar::start(&mesh).await;
    assert_eq!(mesh.visitor(sidecar.inbound, HOST).page("/page").await.status, 200, "before");
    mesh.deploy("admin-service", &mesh.push("0.1.0"), &[]);
    mesh.guarded(sidecar.inbound, &sidecar.proxy).await;

    let before = mesh.application.requests().len();
    // However the host is written.
    for host in [HOST, "ADMIN.example.com", "admin.example.com:8080", "admin.example.com."] {
        let mut stranger = mesh.visitor(sidecar.inbound, host);
        assert_eq!(stranger.fetch("/page").await.status, 401, "{host}");
        assert_eq!(stranger.send(Request::form("/page", "a=b")).await.status, 401, "{host}");
        assert_eq!(stranger.page("/page").await.status, 302, "{host}");
    }
    assert_eq!(mesh.application.requests().len(), before);

    let mut alice = mesh.visitor(sidecar.inbound, HOST);
    mesh.sign_in(&mut alice, "alice", "/page?a=b").await;
    assert_eq!(
        alice.send(Request::page("/page?a=b").header("x-auth-request-email", "eve@example.com")).await.status,
        200
    );
    let request = mesh.application.requests().pop().expect("the page");
    assert_eq!(request.header("x-auth-request-email").collect::<Vec<_>>(), [b"alice@example.com"]);
    let groups: Vec<&[u8]> = request.header("x-auth-request-groups").collect();
    assert_eq!(groups, [b"Everyone,admin,finance,admins".as_slice()]);

    // What is not the policy's business arrives as it was sent, the filter's own paths included.
    for host in [SERVICE, OTHER_HOST, "127.0.0.1"] {
        for path in ["/page", "/oauth2/start", "/a/../b"] {
            let sent = Request::get(path)
                .header("x-auth-request-email", "job@example.com")
                .header("authorization", "Bearer of-the-application")
                .header("cookie", "vestibule=its-own; other=1");
            assert_eq!(mesh.visitor(sidecar.inbound, host).send(sent).await.status, 200, "{host}{path}");
            let seen = mesh.application.requests().pop().expect("the request");
            let one = |name| seen.header(name).map(<[u8]>::to_vec).collect::<Vec<_>>();
            assert_eq!(one("x-auth-request-email"), [b"job@example.com"]);
            assert_eq!(one("authorization"), [b"Bearer of-the-application"]);
            assert_eq!(one("cookie"), [b"vestibule=its-own; other=1"]);
        }
    }
    mesh.search_for_secrets(&sidecar.proxy);
}

#[tokio::test]
async fn behind_the_filter_istio_decides_on_the_claims_and_on_the_host() {
    let mesh = Mesh::start().await;
    let sidecar = Sidecar::start(&mesh).await;
    mesh.deploy("admin-service-claims", &mesh.push("0.1.0"), &[]);
    mesh.guarded(sidecar.inbound, &sidecar.proxy).await;

    let mut alice = mesh.visitor(sidecar.inbound, HOST);
    mesh.sign_in(&mut alice, "alice", "/page").await;
    // istiod may take a moment for Okta's keys.
    for _ in 0..100 {
        if alice.page("/page").await.status == 200 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(alice.page("/page").await.status, 200, "{}", sidecar.proxy.log());
    assert_eq!(mesh.visitor(sidecar.inbound, HOST).page("/healthz").await.status, 200);
    let mut bob = mesh.visitor(sidecar.inbound, HOST);
    mesh.sign_in(&mut bob, "bob", "/page").await;

    let before = mesh.application.requests().len();
    let denied = bob.page("/page").await;
    assert_eq!((denied.status, denied.text().as_str()), (403, "RBAC: access denied"));
    // A token of the right person, brought along by somebody else.
    let stolen = mesh.okta.secrets().into_iter().find(|one| one.matches('.').count() == 2 && one.len() > 200);
    let bearer = format!("Bearer {}", stolen.expect("a token"));
    let mut stranger = mesh.visitor(sidecar.inbound, HOST);
    assert_eq!(stranger.send(Request::fetch("/page").header("authorization", &bearer)).await.status, 401);
    assert_eq!(bob.send(Request::page("/page").header("authorization", &bearer)).await.status, 403);
    assert_eq!(stranger.send(Request::fetch("/page?access_token=x")).await.status, 401);
    for host in [SERVICE, OTHER_HOST] {
        let mut stranger = mesh.visitor(sidecar.inbound, host);
        assert_eq!(stranger.fetch("/page").await.status, 403, "{host}");
        let sent = Request::fetch("/page").header("authorization", &bearer);
        assert_eq!(stranger.send(sent).await.status, 403, "{host}");
    }
    assert_eq!(mesh.application.requests().len(), before);
    mesh.search_for_secrets(&sidecar.proxy);
}

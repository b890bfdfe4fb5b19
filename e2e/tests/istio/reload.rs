//! The plugin itself dies, under the manifests' `failStrategy`.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::{CRASH, crashing_wasm};
use vestibule_e2e::image;
use vestibule_e2e::istio::gateway::Gateway;
use vestibule_e2e::istio::mesh::{HOST, Mesh};

#[tokio::test]
async fn a_plugin_that_dies_keeps_the_door_shut_and_comes_back() {
    let mesh = Mesh::start().await;
    let image = image::push(&crashing_wasm(), &format!("{}/vestibule:crashing", mesh.registry.address()));
    let gateway = Gateway::start(&mesh).await;
    mesh.deploy("ingress-gateway", &image, &[]);
    mesh.guarded(gateway.plain, &gateway.proxy).await;
    let mut alice = mesh.visitor(gateway.plain, HOST);
    mesh.sign_in(&mut alice, "alice", "/").await;
    for _ in 0..5 {
        let before = mesh.application.requests().len();
        // On both workers, and the young ones as well.
        for _ in 0..6 {
            let answer =
                mesh.visitor(gateway.plain, HOST).send(Request::page("/page").header(CRASH, "1")).await;
            assert!(answer.status >= 500, "{}", answer.summary());
            let answer = mesh.visitor(gateway.plain, HOST).fetch("/page").await;
            assert!(matches!(answer.status, 401 | 503), "{}", answer.summary());
        }
        assert_eq!(mesh.application.requests().len(), before);
        let deadline = Instant::now() + Duration::from_secs(20);
        // Both workers.
        let mut served = 0;
        while served < 10 {
            assert!(Instant::now() < deadline, "it stays shut:\n{}", gateway.proxy.log());
            if alice.page("/page").await.status == 200 {
                served += 1;
            } else {
                served = 0;
                sleep(Duration::from_millis(50)).await;
            }
        }
        assert_eq!(mesh.visitor(gateway.plain, HOST).fetch("/page").await.status, 401);
    }
    assert!(gateway.proxy.log().contains("a test wants the VM to die"));
}

//! A filter that dies.

use std::time::Duration;

use tokio::time::sleep;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::CRASH;
use vestibule_e2e::envoy_gateway::{Around, EnvoyGateway, HOST};

/// The debug build ends its VM with this request.
pub(crate) async fn crash(gateway: &Around) {
    let request = Request::page("/page").host(HOST).header(CRASH, "now");
    let _ = client::send(gateway.address(), &request).await;
}

#[tokio::test]
async fn a_filter_that_failed_is_loaded_again() {
    let gateway = EnvoyGateway::crashing(|_| {}).await;
    gateway.guarded().await;
    crash(&gateway).await;
    gateway.until(async || gateway.status(HOST, "/page").await == 401).await;
    assert!(gateway.stat("wasm.envoy.wasm.runtime.v8.active").await > 0);
    assert!(gateway.application.requests().is_empty());
}

/// Without the patch it stays shut: 503 until Envoy starts anew.
#[tokio::test]
async fn without_the_patch_a_filter_that_failed_stays_so() {
    let gateway =
        EnvoyGateway::crashing(|resources| resources.remove("EnvoyPatchPolicy", "vestibule-reload")).await;
    gateway.guarded().await;
    crash(&gateway).await;
    for _ in 0..10 {
        // Each worker has a VM of its own.
        crash(&gateway).await;
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(gateway.status(HOST, "/page").await, 503);
    assert!(gateway.application.requests().is_empty());
}

//! Another module: under the same policy a running Envoy keeps the old one; under another name it takes the new one.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::{CRASH, crashing_wasm};
use vestibule_e2e::envoy_gateway::{EnvoyGateway, HOST, Resources};

/// As the guide says: the policy has a new name, and the patch names it.
fn renamed(resources: &mut Resources, name: &str) {
    resources.get_mut("EnvoyExtensionPolicy", "vestibule")["metadata"]["name"] = json!(name);
    let path = &mut resources.get_mut("EnvoyPatchPolicy", "vestibule-reload")["spec"]["jsonPatches"][0]["operation"]
        ["jsonPath"];
    *path = json!(path.as_str().expect("a path").replace("/vestibule/", &format!("/{name}/")));
}

/// Whether the VM is of the debug build, which dies when a request asks for it.
async fn is_the_new_one(gateway: &EnvoyGateway) -> bool {
    let request = Request::page("/page").host(HOST).header(CRASH, "now");
    client::send(gateway.address(), &request).await.map_or(true, |answer| answer.status == 503)
}

#[tokio::test]
async fn a_new_module_needs_a_new_name() {
    let gateway = EnvoyGateway::usual().await;
    let mut alice = gateway.visitor(HOST);
    gateway.sign_in(&mut alice, "alice", "/page").await;
    assert!(!is_the_new_one(&gateway).await);
    let newer = EnvoyGateway::push(&gateway.registry, &crashing_wasm(), "0.2.0");

    let mut resources = gateway.usual_resources();
    resources.set_image(&newer);
    gateway.apply(&resources);
    sleep(Duration::from_secs(8)).await;
    assert!(!is_the_new_one(&gateway).await, "it kept the old one when this was written");

    renamed(&mut resources, "vestibule-2");
    gateway.apply(&resources);
    gateway.until(async || is_the_new_one(&gateway).await).await;
    gateway.until(async || alice.page("/page").await.status == 200).await;

    // Back.
    gateway.apply(&gateway.usual_resources());
    gateway.until(async || !is_the_new_one(&gateway).await).await;
    gateway.until(async || alice.page("/page").await.status == 200).await;
    assert_eq!(gateway.status(HOST, "/page").await, 401);
}

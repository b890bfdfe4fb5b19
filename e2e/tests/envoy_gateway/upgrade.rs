//! Another module: a running Envoy keeps the old one under the same policy; a new Envoy has the new one from the start.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::{CRASH, crashing_wasm};
use vestibule_e2e::envoy_gateway::{Around, EnvoyGateway, HOST, Resources, push};

use crate::doors::without_a_way_to_the_module;

/// As the guide says: the policy has a new name, and the patch names it.
fn renamed(resources: &mut Resources, name: &str) {
    resources.get_mut("EnvoyExtensionPolicy", "vestibule")["metadata"]["name"] = json!(name);
    let path = &mut resources.get_mut("EnvoyPatchPolicy", "vestibule-reload")["spec"]["jsonPatches"][0]["operation"]
        ["jsonPath"];
    *path = json!(path.as_str().expect("a path").replace("/vestibule/", &format!("/{name}/")));
}

/// Whether the VM is of the debug build, which dies when a request asks for it.
pub(crate) async fn is_the_new_one(gateway: &Around) -> bool {
    let request = Request::page("/page").host(HOST).header(CRASH, "now");
    client::send(gateway.address(), &request).await.map_or(true, |answer| answer.status == 503)
}

/// What somebody who is not signed in gets while something is changed.
pub(crate) async fn strangers(gateway: &Around, time: Duration) -> Vec<u16> {
    let (mut seen, until) = (BTreeSet::new(), Instant::now() + time);
    while Instant::now() < until {
        seen.insert(gateway.status(HOST, "/page").await);
        sleep(Duration::from_millis(10)).await;
    }
    seen.into_iter().collect()
}

#[tokio::test]
async fn a_new_module_comes_with_a_new_envoy() {
    let gateway = EnvoyGateway::usual().await;
    let mut alice = gateway.visitor(HOST);
    gateway.sign_in(&mut alice, "alice", "/page").await;
    assert!(!is_the_new_one(&gateway).await);
    let mut resources = gateway.usual_resources();
    resources.set_image(&push(&gateway.registry, &crashing_wasm(), "0.2.0"));
    gateway.apply(&resources);
    assert_eq!(strangers(&gateway, Duration::from_secs(8)).await, [401]);
    assert!(!is_the_new_one(&gateway).await, "it kept the old one when this was written");

    let gateway = gateway.restarted().await;
    gateway.guarded().await;
    assert!(is_the_new_one(&gateway).await);
    gateway.until(async || alice.page("/page").await.status == 200).await;

    // Back.
    gateway.apply(&gateway.usual_resources());
    let gateway = gateway.restarted().await;
    gateway.guarded().await;
    assert!(!is_the_new_one(&gateway).await);
    assert_eq!(alice.page("/page").await.status, 200);
    assert_eq!(strangers(&gateway, Duration::from_secs(1)).await, [401]);
}

/// A policy under another name is a new filter. While Envoy fetches its module, the routes name it and the listener does not have
/// it: the door is open.
#[tokio::test]
async fn a_new_name_is_an_open_door_until_its_module_is_there() {
    let gateway = EnvoyGateway::usual().await;
    let mut resources = gateway.usual_resources();
    resources.set_image(&push(&gateway.registry, &crashing_wasm(), "0.2.0"));
    renamed(&mut resources, "vestibule-2");
    without_a_way_to_the_module(&mut resources);
    gateway.apply(&resources);
    assert!(strangers(&gateway, Duration::from_secs(20)).await.contains(&200));
}

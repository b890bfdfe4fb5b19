//! Doors that stand open in Envoy Gateway, and how to shut them.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use vestibule_e2e::envoy;
use vestibule_e2e::envoy_gateway::{EnvoyGateway, HOST, Resources, push};

/// A policy of a route, with a module of its own: here another filter of ours, for a host that nobody asks for.
fn of_a_route(resources: &mut Resources, hosts: &[&str]) {
    let mut policy = resources.get_mut("EnvoyExtensionPolicy", "vestibule").clone();
    policy["metadata"]["name"] = json!("of-a-route");
    policy["spec"]["targetRefs"] =
        json!([{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "application"}]);
    policy["spec"]["wasm"][0]["config"]["hosts"] = json!(hosts);
    resources.add(policy);
}

#[tokio::test]
async fn a_policy_of_a_route_replaces_that_of_the_gateway() {
    let gateway = EnvoyGateway::usual().await;
    assert_eq!(gateway.status(HOST, "/page").await, 401);
    let mut resources = gateway.usual_resources();
    of_a_route(&mut resources, &["nobody.example.com"]);
    gateway.apply(&resources);
    // The door is open.
    gateway.until(async || gateway.status(HOST, "/page").await == 200).await;
    // The filter is in that policy as well.
    let mut resources = gateway.usual_resources();
    of_a_route(&mut resources, &[HOST]);
    gateway.apply(&resources);
    gateway.until(async || gateway.status(HOST, "/page").await == 401).await;
}

/// Whatever it holds: here nothing but a few lines of Lua.
#[tokio::test]
async fn a_policy_of_a_route_without_a_module_does_so_as_well() {
    let gateway = EnvoyGateway::usual().await;
    let mut resources = gateway.usual_resources();
    resources.add(json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyExtensionPolicy",
        "metadata": {"name": "of-a-route", "namespace": "default"},
        "spec": {
            "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "application"}],
            "lua": [{"type": "Inline", "inline": "function envoy_on_response(handle) end"}],
        },
    }));
    gateway.apply(&resources);
    gateway.until(async || gateway.status(HOST, "/page").await == 200).await;
}

/// In the right order there is no route before the filter is.
#[tokio::test]
async fn the_filter_before_the_route_opens_no_door() {
    let gateway = EnvoyGateway::start(|resources, registry| {
        resources.set_image(&push(registry, &envoy::filter_wasm(), "0.1.0"));
        resources.remove("HTTPRoute", "application");
    })
    .await;
    let mut resources = gateway.usual_resources();
    resources.remove("HTTPRoute", "application");
    gateway.until(async || gateway.stat("wasm.envoy.wasm.runtime.v8.active").await > 0).await;
    assert_eq!(gateway.status(HOST, "/page").await, 404);
    gateway.apply(&gateway.usual_resources());
    let mut statuses = Vec::new();
    while statuses.last() != Some(&401) && statuses.len() < 500 {
        statuses.push(gateway.status(HOST, "/page").await);
        sleep(Duration::from_millis(20)).await;
    }
    statuses.dedup();
    assert!(statuses.iter().all(|status| [404, 401, 503].contains(status)), "{statuses:?}");
    assert_eq!(statuses.last(), Some(&401));
    assert!(gateway.application.requests().is_empty());
}

/// Envoy gets the module from Envoy Gateway: on the way there nobody listens.
pub(crate) fn without_a_way_to_the_module(resources: &mut Resources) {
    let patches = &mut resources.get_mut("EnvoyPatchPolicy", "wasm-server")["spec"]["jsonPatches"];
    let mut port = patches[1].clone();
    port["operation"]["path"] =
        json!("/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address/port_value");
    port["operation"]["value"] = json!(1);
    patches.as_array_mut().expect("patches").push(port);
}

/// A gateway that runs serves on as it was while Envoy tries to get the module, and after that nothing but 503.
#[tokio::test]
async fn a_running_gateway_is_open_until_envoy_gives_up_on_the_module() {
    let gateway = EnvoyGateway::start(|resources, _| {
        resources.remove("EnvoyExtensionPolicy", "vestibule");
        resources.remove("EnvoyPatchPolicy", "vestibule-reload");
        without_a_way_to_the_module(resources);
    })
    .await;
    gateway.until(async || gateway.status(HOST, "/page").await == 200).await;
    let mut resources = gateway.usual_resources();
    without_a_way_to_the_module(&mut resources);
    gateway.apply(&resources);
    sleep(Duration::from_secs(15)).await;
    assert_eq!(gateway.status(HOST, "/page").await, 200, "it was open when this was written");
    gateway.until_within(Duration::from_secs(180), async || gateway.status(HOST, "/page").await == 503).await;
}

/// An image that is not there: Envoy Gateway itself answers for the routes.
#[tokio::test]
async fn an_image_that_is_not_there_shuts_the_routes() {
    let gateway = EnvoyGateway::start(|resources, registry| {
        let digest = "0".repeat(64);
        resources.set_image(&format!("{}/vestibule@sha256:{digest}", registry.address()));
    })
    .await;
    gateway.until(async || gateway.status(HOST, "/page").await == 500).await;
    assert!(gateway.application.requests().is_empty());
}

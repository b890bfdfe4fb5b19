//! Something changes while people work: nobody gets in unauthenticated, and nobody is signed out.

use std::fs;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use vestibule_e2e::image;
use vestibule_e2e::istio::gateway::Gateway;
use vestibule_e2e::istio::istiod::ISTIO_SYSTEM;
use vestibule_e2e::istio::mesh::{HOST, Mesh};
use vestibule_e2e::istio::traffic::{self, Statuses, Traffic};
use vestibule_e2e::visitor::Visitor;

#[tokio::test]
async fn a_new_image_and_a_new_configuration_roll_out_while_requests_flow() {
    let (mesh, gateway, image) = Gateway::guarded().await;
    let mut alice = alice(&mesh, &gateway).await;
    let traffic = Traffic::start(gateway.plain, alice.clone());

    // Another configuration.
    let rules = json!([{"match": {"paths": ["/reports"]}, "require": {"groups": ["finance"]}}]);
    let patch =
        [("WasmPlugin", json!([{"op": "replace", "path": "/spec/pluginConfig/access", "value": rules}]))];
    mesh.deploy("ingress-gateway", &image, &patch);
    let mut bob = mesh.visitor(gateway.plain, HOST);
    mesh.sign_in(&mut bob, "bob", "/").await;
    gateway.proxy.until(async || bob.page("/reports").await.status == 403).await;

    // Another image: the same filter with one more section that says nothing.
    let mut bytes = fs::read(mesh.wasm()).expect("the filter");
    bytes.extend_from_slice(b"\0\x08\x07version");
    let newer = mesh.file("newer.wasm");
    fs::write(&newer, bytes).expect("newer.wasm");
    let newer = image::push(&newer, &format!("{}/vestibule:0.2.0", mesh.registry.address()));
    let code = newer.split_once("@sha256:").expect("a digest").1.to_owned();
    mesh.deploy("ingress-gateway", &newer, &patch);
    let dump = async || gateway.proxy.admin("/config_dump?resource=ecds_filters").await;
    gateway.proxy.until(async || dump().await.contains(&code)).await;
    sleep(Duration::from_secs(2)).await;

    let (person, stranger) = traffic.end().await;
    assert_only(&person, 200);
    assert_only(&stranger, 401);
    reached_by_alice_alone(&mesh);
    assert_eq!(alice.page("/finance/report").await.status, 200);
    mesh.search_for_secrets(&gateway.proxy);
}

#[tokio::test]
async fn a_broken_configuration_keeps_the_one_before_serving() {
    let (mesh, gateway, image) = Gateway::guarded().await;
    let traffic = Traffic::start(gateway.plain, alice(&mesh, &gateway).await);
    for (path, value, said) in [
        ("/spec/pluginConfig/hots", json!([HOST]), "hots"),
        ("/spec/pluginConfig/session/secrets/0", json!({"value": "short"}), "session.secrets[0]"),
        ("/spec/pluginConfig/client/secret", json!({"env": "NOT_IN_THE_POD"}), "NOT_IN_THE_POD"),
    ] {
        mesh.deploy(
            "ingress-gateway",
            &image,
            &[("WasmPlugin", json!([{"op": "add", "path": path, "value": value}]))],
        );
        assert!(gateway.proxy.logged(said).await, "no line with {said}:\n{}", gateway.proxy.log());
        sleep(Duration::from_secs(1)).await;
        mesh.guarded(gateway.plain, &gateway.proxy).await;
    }
    let (person, stranger) = traffic.end().await;
    assert_only(&person, 200);
    assert_only(&stranger, 401);
    reached_by_alice_alone(&mesh);
    mesh.search_for_secrets(&gateway.proxy);
}

/// From a WasmPlugin to the newer TrafficExtension and back, in the order of the guide: the new one is there before the old
/// one goes. While both are there two filters look at each request, so that people are sent to sign in; nobody gets in unasked,
/// and afterwards everybody works on with the session that they had.
#[tokio::test]
async fn a_move_between_the_two_kinds_opens_no_door_and_ends_no_session() {
    let (mesh, gateway, image) = Gateway::guarded().await;
    let mut alice = alice(&mesh, &gateway).await;
    let traffic = Traffic::start(gateway.plain, alice.clone());
    let named = async |name: &str| {
        let dump = gateway.proxy.admin("/config_dump?resource=dynamic_listeners").await;
        dump.contains(name)
    };
    let (older, newer) =
        ("vestibule~istio-translated-wasmplugin", "trafficextension/istio-system.vestibule\"");
    let work_goes_on = || sleep(Duration::from_secs(2));

    for (component, new, (old_kind, old)) in [
        (&["traffic-extension"][..], newer, ("wasmplugin", older)),
        (&[], older, ("trafficextension", newer)),
    ] {
        mesh.deploy_with(component, "ingress-gateway", &image, &[]);
        gateway.proxy.until(async || named(new).await).await;
        work_goes_on().await;
        mesh.cluster.kubectl(&["delete", old_kind, "vestibule", "-n", ISTIO_SYSTEM]);
        gateway.proxy.until(async || !named(old).await).await;
        gateway.proxy.until(async || alice.page("/page").await.status == 200).await;
        work_goes_on().await;
    }

    let (person, stranger) = traffic.end().await;
    assert_only(&stranger, 401);
    assert!(person.keys().all(|status| [200, 302].contains(status)), "{person:?}");
    assert!(person[&200] > 50, "{person:?}");
    reached_by_alice_alone(&mesh);
    mesh.search_for_secrets(&gateway.proxy);
}

/// Alice, signed in at the gateway.
async fn alice(mesh: &Mesh, gateway: &Gateway) -> Visitor {
    let mut alice = mesh.visitor(gateway.plain, HOST);
    mesh.sign_in(&mut alice, "alice", "/").await;
    alice
}

fn assert_only(statuses: &Statuses, status: u16) {
    assert_eq!(statuses.keys().collect::<Vec<_>>(), [&status], "{statuses:?}");
    assert!(statuses[&status] > 50, "hardly any traffic: {statuses:?}");
}

fn reached_by_alice_alone(mesh: &Mesh) {
    let requests = mesh.application.requests();
    let traffic: Vec<_> = requests.iter().filter(|request| request.path == traffic::PATH).collect();
    assert!(traffic.len() > 50);
    for request in traffic {
        let emails: Vec<&[u8]> = request.header("x-auth-request-email").collect();
        assert_eq!(emails, [b"alice@example.com".as_slice()], "{request:?}");
    }
}

//! The overlay `gateway-api`: the Gateway, its deployment's environment and the route come from the manifests alone.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::json;
use vestibule_e2e::istio::mesh::{APPLICATION, HOST, Mesh, service_here};
use vestibule_e2e::istio::proxy::{Kind, Pod, Proxy};
use vestibule_e2e::ports;

const NAMESPACE: &str = "istio-ingress";

#[tokio::test]
async fn a_gateway_of_the_gateway_api_is_guarded_by_its_name() {
    let mesh = Mesh::start().await;
    mesh.make_secret(NAMESPACE);
    mesh.cluster.namespace("admin");
    // A Service needs endpoints, and the API server takes none on 127.0.0.1: the route names this in its place.
    mesh.cluster.apply(&service_here("admin", APPLICATION, 80, mesh.application.port()));
    let port = ports::free();
    // The listener as it is, without TLS: that is not the filter's business.
    let listener = json!([
        {"op": "replace", "path": "/spec/listeners/0/port", "value": port},
        {"op": "replace", "path": "/spec/listeners/0/protocol", "value": "HTTP"},
        {"op": "remove", "path": "/spec/listeners/0/tls"},
    ]);
    let backend =
        json!({"group": "networking.istio.io", "kind": "Hostname", "name": APPLICATION, "port": 80});
    let route = json!([{"op": "replace", "path": "/spec/rules/0/backendRefs/0", "value": backend}]);
    let changes = [("Gateway", listener), ("HTTPRoute", route)];
    mesh.deploy("gateway-api", &mesh.push("0.1.0"), &changes);
    mesh.cluster.apply(&on_loopback());
    let labels =
        BTreeMap::from([("gateway.networking.k8s.io/gateway-name".to_owned(), "gateway".to_owned())]);
    let pod = Pod {
        kind: Kind::Router,
        namespace: NAMESPACE.to_owned(),
        name: "gateway-istio".to_owned(),
        labels,
        environment: mesh.environment_when_there(NAMESPACE, "gateway-istio").await,
        insecure_registries: mesh.registry.address().to_string(),
        concurrency: 2,
        trusted_proxies: 0,
    };
    assert_eq!(pod.environment.keys().collect::<Vec<_>>(), ["COOKIE_SECRET", "OKTA_CLIENT_SECRET"]);
    let mut proxy = Proxy::start(&mesh.cluster, &mesh.istiod, &pod);
    proxy.listens(port).await;
    let gateway = SocketAddr::from(([127, 0, 0, 1], port));
    mesh.guarded(gateway, &proxy).await;
    assert_eq!(mesh.visitor(gateway, HOST).fetch("/page").await.status, 401);
    assert_eq!(mesh.application.requests().len(), 0);
    let mut alice = mesh.visitor(gateway, HOST);
    mesh.sign_in(&mut alice, "alice", "/page").await;
    assert_eq!(alice.page("/page").await.status, 200);
    mesh.search_for_secrets(&proxy);
}

/// Everything of a test listens on 127.0.0.1 alone.
fn on_loopback() -> String {
    let patch = json!({"address": {"socketAddress": {"address": "127.0.0.1"}}});
    json!({
        "apiVersion": "networking.istio.io/v1alpha3",
        "kind": "EnvoyFilter",
        "metadata": {"name": "on-loopback", "namespace": NAMESPACE},
        "spec": {"configPatches": [{
            "applyTo": "LISTENER",
            "match": {"context": "GATEWAY"},
            "patch": {"operation": "MERGE", "value": patch},
        }]},
    })
    .to_string()
}

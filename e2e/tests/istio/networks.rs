//! Rules for networks in Istio: what `numTrustedProxies` makes of an address at a gateway, and what a sidecar believes.

use std::net::SocketAddr;

use serde_json::{Value, json};
use vestibule_e2e::istio::gateway::Gateway;
use vestibule_e2e::istio::mesh::{HOST, Mesh};
use vestibule_e2e::istio::sidecar::Sidecar;

/// A rule that opens to a network outside, and one that opens to whoever connects.
fn rules() -> Value {
    let rule = |path, network| {
        json!({"op": "add", "path": "/spec/pluginConfig/access/0", "value": {
            "match": {"paths": [path], "client_cidrs": [network]}, "allow": "public",
        }})
    };
    json!([rule("/outside", "203.0.113.0/24"), rule("/peer", "127.0.0.0/8")])
}

/// The answers to `/outside` and `/peer` where this came as `x-forwarded-for`.
async fn answers(mesh: &Mesh, at: SocketAddr, forwarded_for: &str) -> [u16; 2] {
    let mut visitor = mesh.visitor(at, HOST).from(forwarded_for);
    [visitor.fetch("/outside").await.status, visitor.fetch("/peer").await.status]
}

#[tokio::test]
async fn at_a_gateway_the_trusted_proxies_say_the_address() {
    let mesh = Mesh::start().await;
    let mut gateway = Gateway::start(&mesh).await;
    mesh.deploy("ingress-gateway", &mesh.push("0.1.0"), &[("WasmPlugin", rules())]);
    for (trusted_proxies, rows) in [
        (0, [("203.0.113.7", [401, 200]), ("203.0.113.7, 198.51.100.1", [401, 200])]),
        (1, [("198.51.100.1, 203.0.113.7", [200, 401]), ("203.0.113.7, 198.51.100.1", [401, 401])]),
        // One too many: what the client wrote is taken for a proxy's word.
        (2, [("203.0.113.7", [401, 200]), ("203.0.113.7, 198.51.100.1", [200, 401])]),
    ] {
        gateway = gateway.restarted_behind(trusted_proxies, &mesh).await;
        mesh.guarded(gateway.plain, &gateway.proxy).await;
        for (forwarded_for, expected) in rows {
            let found = answers(&mesh, gateway.plain, forwarded_for).await;
            assert_eq!(found, expected, "{trusted_proxies} proxies, {forwarded_for}");
        }
    }
    mesh.search_for_secrets(&gateway.proxy);
}

/// Why the guide says that such a rule is none beside a workload.
#[tokio::test]
async fn beside_a_workload_the_neighbour_chooses_the_address() {
    let mesh = Mesh::start().await;
    let sidecar = Sidecar::start(&mesh).await;
    mesh.deploy("admin-service", &mesh.push("0.1.0"), &[("WasmPlugin", rules())]);
    mesh.guarded(sidecar.inbound, &sidecar.proxy).await;
    for (forwarded_for, expected) in
        [("203.0.113.7", [200, 401]), ("198.51.100.1", [401, 401]), ("127.0.0.1", [401, 200])]
    {
        assert_eq!(answers(&mesh, sidecar.inbound, forwarded_for).await, expected, "{forwarded_for}");
    }
}

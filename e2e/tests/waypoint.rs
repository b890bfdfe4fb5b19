//! The overlay `waypoint`: a workload of an ambient mesh, whose requests come through a waypoint by HBONE.
//!
//! A waypoint must have an address that endpoints may have, which no loopback address is. So this runs in a network of its own
//! (`scripts/test --waypoint`).

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tokio::net::TcpStream;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy;
use vestibule_e2e::istio::mesh::{HOST, Mesh};
use vestibule_e2e::istio::proxy::{Kind, Pod, Proxy, WAYPOINT_ADDRESS};
use vestibule_e2e::ports;
use vestibule_e2e::process::Process;
use vestibule_e2e::scratch::Scratch;

const NAMESPACE: &str = "admin";
const SERVICE: &str = "admin-service";
/// Of HBONE.
const PORT: u16 = 15008;

#[tokio::test]
async fn a_person_signs_in_through_a_waypoint() {
    let mesh = Mesh::ambient().await;
    mesh.make_secret(NAMESPACE);
    let ways = Ways::new(mesh.application.port());
    mesh.cluster.apply(&service(ways.application));
    mesh.deploy("waypoint", &mesh.push("0.1.0"), &[]);
    mesh.cluster.apply(&of_this_build_of_envoy());
    let environment = mesh.environment_when_there(NAMESPACE, "waypoint").await;
    assert_eq!(environment.keys().collect::<Vec<_>>(), ["COOKIE_SECRET", "OKTA_CLIENT_SECRET"]);
    mesh.cluster.apply(&endpoints("waypoint", &[("mesh", PORT), ("status-port", 15021)]));
    let deployment = mesh.cluster.get(NAMESPACE, "deployment", "waypoint");
    let labels: BTreeMap<String, String> =
        serde_json::from_value(deployment["spec"]["template"]["metadata"]["labels"].clone()).expect("labels");
    let pod = Pod {
        kind: Kind::Waypoint,
        namespace: NAMESPACE.to_owned(),
        name: "waypoint".to_owned(),
        labels,
        environment,
        insecure_registries: mesh.registry.address().to_string(),
        concurrency: 2,
        trusted_proxies: 0,
    };
    let proxy = Proxy::start(&mesh.cluster, &mesh.istiod, &pod);
    proxy.until(async || TcpStream::connect((WAYPOINT_ADDRESS, PORT)).await.is_ok()).await;
    let is_whole = |name: &str| {
        fs::read_to_string(proxy.certificates().join(name)).is_ok_and(|text| text.contains("-----END"))
    };
    proxy.until(async || is_whole("cert-chain.pem") && is_whole("key.pem")).await;
    let address = mesh.cluster.get(NAMESPACE, "service", SERVICE);
    let address = address["spec"]["clusterIP"].as_str().expect("the Service's address").to_owned();
    let _ways = ways.start(&proxy.certificates(), &address).await;

    // At first the waypoint knows of no such Service, and cuts the line.
    let start = || Request::page("/oauth2/start").host(HOST);
    proxy.until(async || client::send(ways.client, &start()).await.is_ok_and(|it| it.status == 302)).await;
    assert_eq!(mesh.visitor(ways.client, HOST).fetch("/page").await.status, 401);
    assert_eq!(mesh.visitor(ways.client, HOST).page("/healthz").await.status, 200);
    let mut alice = mesh.visitor(ways.client, HOST);
    mesh.sign_in(&mut alice, "alice", "/finance/report?quarter=3").await;
    assert_eq!(alice.page("/finance/report").await.status, 200);
    let mut carol = mesh.visitor(ways.client, HOST);
    mesh.sign_in(&mut carol, "carol", "/page").await;
    assert_eq!(carol.page("/finance/report").await.status, 403);
    let seen = mesh.application.requests();
    let email: Vec<_> = seen.last().expect("Alice's request").header("x-auth-request-email").collect();
    assert_eq!((seen.len(), email), (2, vec![&b"alice@example.com"[..]]));
    mesh.search_for_secrets(&proxy);
}

/// What the mesh would do: HBONE towards the waypoint, and an address for the application that endpoints may have.
struct Ways {
    folder: Scratch,
    client: SocketAddr,
    application: u16,
    behind: u16,
}

impl Ways {
    fn new(behind: u16) -> Self {
        let client = SocketAddr::from(([127, 0, 0, 1], ports::free()));
        Self { folder: Scratch::new("ways"), client, application: ports::free(), behind }
    }

    async fn start(&self, certificates: &Path, service: &str) -> Process {
        let tunnel = json!({"hostname": format!("{service}:80")});
        let identity = json!({"certificate_chain": {"filename": certificates.join("cert-chain.pem")},
            "private_key": {"filename": certificates.join("key.pem")}});
        let h2 = json!({"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}},
        }});
        let tls = json!({"name": "tls", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "common_tls_context": {
                "alpn_protocols": ["h2"],
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"},
                "tls_certificates": [identity],
            },
        }});
        let mut waypoint = cluster("waypoint", WAYPOINT_ADDRESS, PORT);
        waypoint["typed_extension_protocol_options"] = h2;
        waypoint["transport_socket"] = tls;
        let config = json!({"static_resources": {
            "listeners": [
                listener("client", &self.client.ip().to_string(), self.client.port(), "waypoint", Some(tunnel)),
                listener("application", WAYPOINT_ADDRESS, self.application, "application", None),
            ],
            "clusters": [waypoint, cluster("application", "127.0.0.1", self.behind)],
        }});
        let file = self.folder.path().join("ways.json");
        fs::write(&file, config.to_string()).expect("a file");
        let mut command = Command::new(envoy::binary());
        command.arg("-c").arg(file).args(["--use-dynamic-base-id", "--concurrency", "1"]);
        let mut process = Process::start(&mut command, self.folder.path().join("ways.log"));
        process.until(async || TcpStream::connect(self.client).await.is_ok()).await;
        process
    }
}

fn listener(name: &str, address: &str, port: u16, cluster: &str, tunnel: Option<Value>) -> Value {
    let mut proxy = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": name,
        "cluster": cluster,
    });
    if let Some(tunnel) = tunnel {
        proxy["tunneling_config"] = tunnel;
    }
    json!({
        "name": name,
        "address": {"socket_address": {"address": address, "port_value": port}},
        "filter_chains": [{"filters": [{"name": "tcp", "typed_config": proxy}]}],
    })
}

fn cluster(name: &str, address: &str, port: u16) -> Value {
    let endpoint = json!({"address": {"socket_address": {"address": address, "port_value": port}}});
    json!({
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}]},
    })
}

/// The workload's Service, which names the waypoint, with the host that people use as well.
fn service(application: u16) -> String {
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": SERVICE, "namespace": NAMESPACE, "labels": {"istio.io/use-waypoint": "waypoint"}},
        "spec": {"selector": {"app": SERVICE}, "ports": [{"name": "http", "port": 80, "targetPort": application}]},
    });
    format!("{service}\n---\n{}", endpoints(SERVICE, &[("http", application)]))
}

fn endpoints(service: &str, ports: &[(&str, u16)]) -> String {
    let ports: Vec<_> =
        ports.iter().map(|(name, port)| json!({"name": name, "port": port, "protocol": "TCP"})).collect();
    json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": service, "namespace": NAMESPACE, "labels": {"kubernetes.io/service-name": service}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [WAYPOINT_ADDRESS], "conditions": {"ready": true}}],
        "ports": ports,
    })
    .to_string()
}

/// Envoy as its own project builds it lacks two filters of Istio's.
fn of_this_build_of_envoy() -> String {
    let without = |filter: &str| {
        let manager =
            json!({"name": "envoy.filters.network.http_connection_manager", "subFilter": {"name": filter}});
        json!({
            "applyTo": "HTTP_FILTER",
            "match": {"context": "SIDECAR_INBOUND", "listener": {"filterChain": {"filter": manager}}},
            "patch": {"operation": "REMOVE"},
        })
    };
    json!({
        "apiVersion": "networking.istio.io/v1alpha3",
        "kind": "EnvoyFilter",
        "metadata": {"name": "of-this-build", "namespace": NAMESPACE},
        "spec": {
            "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}],
            "configPatches": [without("waypoint_downstream_peer_metadata"), without("waypoint_upstream_peer_metadata")],
        },
    })
    .to_string()
}

//! A pod's proxy: Istio's agent, and Envoy under it, with the environment that the pod would have.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;

use super::cluster::Cluster;
use super::istiod::{Istiod, documented_mesh_config};
use crate::client::{self, Request};
use crate::envoy;
use crate::ports;
use crate::process::{self, Process};
use crate::scratch::Scratch;
use crate::tools::{bootstrap_template, tool};

/// Where a waypoint is; the network of its tests has it.
pub const WAYPOINT_ADDRESS: &str = "10.99.0.1";

/// What the pod is.
#[derive(Clone, Debug)]
pub struct Pod {
    pub kind: Kind,
    pub namespace: String,
    pub name: String,
    pub labels: BTreeMap<String, String>,
    /// What a kubelet would have resolved for the proxy's container.
    pub environment: BTreeMap<String, String>,
    /// Registries, as `host:port`, with which the agent speaks plain HTTP.
    pub insecure_registries: String,
    /// Worker threads of Envoy.
    pub concurrency: u32,
    /// `gatewayTopology.numTrustedProxies`, of the mesh or of the pod's annotation `proxy.istio.io/config`: the injection
    /// makes the same variable of both. Istio's default is 0.
    pub trusted_proxies: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A gateway.
    Router,
    /// A waypoint of an ambient mesh: it speaks HBONE, at an address that is none of loopback's.
    Waypoint,
    /// Beside an application. Nothing redirects traffic to it here: its ports come from a `Sidecar` resource.
    Sidecar,
}

/// Ends, with its Envoy, when dropped.
#[derive(Debug)]
pub struct Proxy {
    process: Process,
    admin: SocketAddr,
    folder: Scratch,
}

impl Proxy {
    /// Makes the pod known to the cluster and starts its proxy; returns at once.
    pub fn start(cluster: &Cluster, istiod: &Istiod, pod: &Pod) -> Self {
        announce(cluster, pod);
        let folder = Scratch::new(&pod.name);
        let token = folder.path().join("var/run/secrets/tokens");
        fs::create_dir_all(&token).expect("a folder");
        let bound = ["--bound-object-kind", "Pod", "--bound-object-name", &pod.name];
        let create = ["create", "token", &pod.name, "-n", &pod.namespace, "--audience", "istio-ca"];
        let issued = cluster.kubectl(&[&create[..], &bound[..]].concat());
        fs::write(token.join("istio-token"), issued.trim()).expect("istio-token");
        let admin = ports::free();
        let mut command = agent(folder.path(), istiod.xds(), admin, pod);
        let process = Process::start(&mut command, folder.path().join("proxy.log"));
        Self { process, admin: SocketAddr::from(([127, 0, 0, 1], admin)), folder }
    }

    /// Waits until Envoy has its configuration and listens on this port.
    ///
    /// # Panics
    /// With the proxy's log, when it does not come to that.
    pub async fn listens(&mut self, port: u16) {
        self.process.until(async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
    }

    /// What the pod's identity in the mesh is proven by: `cert-chain.pem` and `key.pem` of a waypoint.
    #[must_use]
    pub fn certificates(&self) -> PathBuf {
        self.folder.path().join("certificates")
    }

    /// All that agent and Envoy have logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The filter's own lines in it.
    #[must_use]
    pub fn filter_log(&self) -> Vec<String> {
        envoy::filter_lines(&self.log())
    }

    /// Waits until the log has a line with `text`.
    pub async fn logged(&self, text: &str) -> bool {
        envoy::eventually(|| self.log().contains(text)).await
    }

    /// Waits until something holds that it is to bring about.
    ///
    /// # Panics
    /// With its log, when that has not come to be after half a minute.
    pub async fn until(&self, holds: impl AsyncFnMut() -> bool) {
        process::until_within(Duration::from_secs(30), holds, || self.log()).await;
    }

    /// What Envoy's admin interface says.
    pub async fn admin(&self, path: &str) -> String {
        client::send(self.admin, &Request::get(path)).await.expect("Envoy's admin interface").text()
    }
}

/// What a kubelet and a scheduler would have told the API server.
fn announce(cluster: &Cluster, pod: &Pod) {
    let (namespace, name) = (&pod.namespace, &pod.name);
    cluster.namespace(namespace);
    cluster.apply(
        &json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace},
        })
        .to_string(),
    );
    cluster.apply(
        &json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": pod.labels},
            "spec": {
                "nodeName": "here",
                "serviceAccountName": name,
                "containers": [{"name": "istio-proxy", "image": "proxy"}],
            },
        })
        .to_string(),
    );
    let address = json!({"status": {
        "phase": "Running",
        "podIP": address(pod.kind),
        "podIPs": [{"ip": address(pod.kind)}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }})
    .to_string();
    cluster.kubectl(&["patch", "pod", name, "-n", namespace, "--subresource=status", "--patch", &address]);
}

fn agent(folder: &Path, xds: SocketAddr, admin: u16, pod: &Pod) -> Command {
    // Everything of a test listens on 127.0.0.1 alone.
    let template = fs::read_to_string(bootstrap_template()).expect("the bootstrap template");
    let own = folder.join("bootstrap.template.json");
    let template = if pod.kind == Kind::Waypoint {
        // Envoy as its own project builds it knows nothing of the mesh's metadata. And it stands where there is no other network.
        template.replace("{{- if .metadata_discovery }}", "{{- if false }}")
    } else {
        template.replace("{{ .wildcard }}", "{{ .localhost }}")
    };
    fs::write(&own, template).expect("the template");
    let proxy_config = json!({
        "binaryPath": envoy::binary(),
        "configPath": folder.join("proxy"),
        "proxyAdminPort": admin,
        // The one port that the agent opens on every interface; it says only whether the proxy is ready.
        "statusPort": ports::free(),
        "discoveryAddress": xds.to_string(),
        "controlPlaneAuthPolicy": "NONE",
        "concurrency": pod.concurrency,
        "gatewayTopology": {"numTrustedProxies": pod.trusted_proxies},
        // Of the mesh, as the injection hands it to each proxy.
        "extraStatTags": documented_mesh_config()["defaultConfig"]["extraStatTags"],
    });
    let kind = match pod.kind {
        Kind::Router => "router",
        Kind::Waypoint => "waypoint",
        Kind::Sidecar => "sidecar",
    };
    let is_waypoint = pod.kind == Kind::Waypoint;
    let mut command = Command::new(tool("pilot-agent"));
    command
        .current_dir(folder)
        .args(["proxy", kind, "--domain", &format!("{}.svc.cluster.local", pod.namespace)])
        .arg("--templateFile")
        .arg(own)
        // The filter's own lines in full. Envoy's other components would log each header.
        .args(["--proxyLogLevel=info", "--proxyComponentLogLevel=wasm:debug"])
        .env("POD_NAME", &pod.name)
        .env("POD_NAMESPACE", &pod.namespace)
        .env("INSTANCE_IP", address(pod.kind))
        .env("SERVICE_ACCOUNT", &pod.name)
        .env("ISTIO_META_CLUSTER_ID", "Kubernetes")
        .env("ISTIO_META_INTERCEPTION_MODE", "NONE")
        .env("ISTIO_METAJSON_LABELS", json!(pod.labels).to_string())
        .env("CA_ADDR", xds.to_string())
        .env("PROXY_CONFIG", proxy_config.to_string())
        .env("ENVOY_STATUS_PORT", ports::free().to_string())
        .env("ENVOY_PROMETHEUS_PORT", ports::free().to_string())
        .env("WASM_INSECURE_REGISTRIES", &pod.insecure_registries)
        .envs(&pod.environment);
    if is_waypoint {
        let certificates = folder.join("certificates");
        fs::create_dir_all(&certificates).expect("a folder");
        // Else istiod sends it what only Istio's own build has.
        command.env("ISTIO_META_ISTIO_VERSION", "1.28.0").env("OUTPUT_CERTS", certificates);
    }
    command
}

/// The pod's. The API server takes none of loopback's for an endpoint.
fn address(kind: Kind) -> &'static str {
    match kind {
        Kind::Waypoint => WAYPOINT_ADDRESS,
        Kind::Router | Kind::Sidecar => "127.0.0.1",
    }
}

//! Istio's control plane.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::{Value, json};
use vestibule_testing::merge;

use super::cluster::Cluster;
use super::ext_authz;
use crate::client::{self, Request};
use crate::ports;
use crate::process::Process;
use crate::scratch::Scratch;
use crate::tools::{injection, tool};

/// The namespace of Istio itself, and its root namespace.
pub const ISTIO_SYSTEM: &str = "istio-system";

/// The one port at which an agent asks for certificates without TLS.
const XDS_PORT: u16 = 15010;

/// Ends with its process when dropped.
#[derive(Debug)]
pub struct Istiod {
    process: Process,
    xds: SocketAddr,
    _folder: Scratch,
}

impl Istiod {
    /// Returns when it has read the cluster.
    ///
    /// # Panics
    /// With what it said, when it does not come up.
    pub async fn start(cluster: &Cluster) -> Self {
        Self::with(cluster, &[]).await
    }

    /// The same, with these variables in its environment.
    ///
    /// # Panics
    /// As [`Istiod::start`].
    pub async fn with(cluster: &Cluster, environment: &[(&str, &str)]) -> Self {
        cluster.namespace(ISTIO_SYSTEM);
        let folder = Scratch::new("istiod");
        let xds = ports::free_address(XDS_PORT);
        let loopback = || SocketAddr::from(([127, 0, 0, 1], ports::free()));
        let http = loopback();
        let mesh = folder.path().join("mesh.yaml");
        fs::write(&mesh, mesh_config(xds)).expect("mesh.yaml");
        let inject = folder.path().join("var/lib/istio");
        fs::create_dir_all(&inject).expect("a folder");
        symlink(injection(), inject.join("inject")).expect("a link");
        let mut command = Command::new(tool("pilot-discovery"));
        command
            .current_dir(folder.path())
            .arg("discovery")
            .arg("--kubeconfig")
            .arg(cluster.kubeconfig())
            .arg("--meshConfig")
            .arg(&mesh)
            .args(["--grpcAddr", &xds.to_string(), "--httpAddr", &http.to_string(), "--secureGRPCAddr="])
            .args(["--httpsAddr=", "--monitoringAddr", &loopback().to_string(), "--ctrlz_port", "0"])
            .env("POD_NAMESPACE", ISTIO_SYSTEM)
            .env("POD_NAME", "istiod")
            // Envoy as its own project builds it lacks the filters that only Istio's build has.
            .env("PILOT_ENABLE_ALPN_FILTER", "false")
            .env("PILOT_ENABLE_METADATA_EXCHANGE", "false")
            .env("XDS_AUTH_PLAINTEXT", "true")
            .envs(environment.iter().copied());
        let mut process = Process::start(&mut command, folder.path().join("istiod.log"));
        let ready = async || client::send(http, &Request::get("/ready")).await;
        process.until(async || ready().await.is_ok_and(|answer| answer.status == 200)).await;
        Self { process, xds, _folder: folder }
    }

    /// Where agents ask for their configuration and certificates.
    #[must_use]
    pub fn xds(&self) -> SocketAddr {
        self.xds
    }

    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// Without telemetry, which wants filters of Istio's own build of Envoy.
fn mesh_config(xds: SocketAddr) -> String {
    // Its access log is that of the documents.
    let mut config = documented_mesh_config();
    let own = json!({
        "defaultProviders": {},
        "enablePrometheusMerge": false,
        // Only a policy that names it makes anything of it.
        "extensionProviders": [ext_authz::extension_provider()],
        "defaultConfig": {
            "discoveryAddress": xds.to_string(),
            "controlPlaneAuthPolicy": "NONE",
        },
    });
    merge(&mut config, &own);
    config.to_string()
}

/// `meshConfig` of `wasmplugin/monitoring/istio-mesh-config.yaml`.
pub(super) fn documented_mesh_config() -> Value {
    const FILE: &str = include_str!("../../../wasmplugin/monitoring/istio-mesh-config.yaml");
    let operator: Value = serde_yaml_ng::from_str(FILE).expect("YAML");
    operator["spec"]["meshConfig"].clone()
}

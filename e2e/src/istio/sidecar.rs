//! The workload `admin-service` with its sidecar, as it is before Vestibule comes.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::mesh::{Mesh, deployment};
use super::proxy::{Kind, Pod, Proxy};
use crate::ports;

/// As the overlays have it.
pub const NAMESPACE: &str = "admin";
pub(super) const NAME: &str = "admin-service";

#[derive(Debug)]
pub struct Sidecar {
    pub proxy: Proxy,
    /// Where requests to the workload come in.
    pub inbound: SocketAddr,
}

impl Sidecar {
    /// With what the overlay `admin-service` asks of the workload's Deployment.
    pub async fn start(mesh: &Mesh) -> Self {
        let labels = apply(mesh);
        mesh.patch_deployment(NAMESPACE, NAME, "overlays/admin-service/environment.yaml");
        mesh.inject(NAMESPACE, NAME);
        Self::of(mesh, labels).await
    }

    /// The Deployment as its team wrote it: the environment comes from the template of the injection.
    pub async fn start_by_template(mesh: &Mesh) -> Self {
        let labels = apply(mesh);
        mesh.inject_with_template(NAMESPACE, NAME);
        Self::of(mesh, labels).await
    }

    /// The same where nobody has made the Secret, or the pod is older than the template.
    pub async fn start_without_variables(mesh: &Mesh) -> Self {
        mesh.cluster.namespace(NAMESPACE);
        let labels = labels();
        mesh.cluster.apply(&deployment(NAMESPACE, NAME, "application", &labels).to_string());
        mesh.inject(NAMESPACE, NAME);
        Self::of(mesh, labels).await
    }

    async fn of(mesh: &Mesh, labels: BTreeMap<String, String>) -> Self {
        let inbound = ports::free();
        mesh.cluster.apply(&resources(inbound, mesh.application.port()));
        let pod = Pod {
            kind: Kind::Sidecar,
            namespace: NAMESPACE.to_owned(),
            name: NAME.to_owned(),
            labels,
            environment: mesh.environment(NAMESPACE, NAME),
            insecure_registries: mesh.registry.address().to_string(),
            concurrency: 2,
            trusted_proxies: 0,
        };
        let mut proxy = Proxy::start(&mesh.cluster, &mesh.istiod, &pod);
        proxy.listens(inbound).await;
        Self { proxy, inbound: SocketAddr::from(([127, 0, 0, 1], inbound)) }
    }
}

fn labels() -> BTreeMap<String, String> {
    BTreeMap::from([("app".to_owned(), NAME.to_owned())])
}

/// The Secret and the workload's Deployment; the labels of its pods.
fn apply(mesh: &Mesh) -> BTreeMap<String, String> {
    let labels = labels();
    mesh.make_secret(NAMESPACE);
    mesh.cluster.apply(&deployment(NAMESPACE, NAME, "application", &labels).to_string());
    labels
}

/// Nothing redirects the pod's traffic here, so that its sidecar has ports of its own.
fn resources(inbound: u16, application: u16) -> String {
    // Only a listener of the same port makes the sidecar know Okta; it need not be able to open it.
    let outbound = ports::free_address(443).ip();
    format!(
        r#"
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: {NAME}, namespace: {NAMESPACE}}}
spec:
  workloadSelector: {{labels: {{app: {NAME}}}}}
  ingress:
    - port: {{number: {inbound}, protocol: HTTP, name: http}}
      bind: 127.0.0.1
      captureMode: NONE
      defaultEndpoint: 127.0.0.1:{application}
  egress:
    - port: {{number: 443, protocol: TLS, name: outbound}}
      bind: {outbound}
      captureMode: NONE
      hosts: ["*/*"]
"#
    )
}

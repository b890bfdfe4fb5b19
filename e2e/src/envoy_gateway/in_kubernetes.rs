//! Envoy Gateway whose resources come from a real API server, put there by kubectl as the guide says. No kubelet is needed: of the
//! Deployment that it makes, the tests start Envoy themselves.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::around::{Around, PORT, push, soon};
use super::container::Container;
use super::{HOST, OPEN_HOST, pod};
use crate::acme::{CLIENT_SECRET, COOKIE_SECRET, OKTA};
use crate::client::{self, Request};
use crate::envoy;
use crate::istio::cluster::Cluster;
use crate::process::{self, Process};
use crate::scratch::Scratch;
use crate::tools::{envoy_gateway_crds, run, tool};
use crate::wire::{State, Wire};

/// Envoy Gateway's own namespace.
pub const NAMESPACE: &str = "envoy-gateway-system";
/// Of the network of these tests. Endpoints have none of loopback's.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);
/// Of Envoy's own interface.
const ADMIN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 19000);

#[derive(Debug)]
pub struct InKubernetes {
    envoy: Process,
    server: Process,
    pub cluster: Cluster,
    around: Around,
    /// To Okta and to the application, at addresses that a cluster may have.
    _ways: [Wire; 2],
    folder: Scratch,
}

impl Deref for InKubernetes {
    type Target = Around;

    fn deref(&self) -> &Around {
        &self.around
    }
}

impl InKubernetes {
    /// As the guide says, with the filter as scripts/build left it; once a sign-in can begin.
    pub async fn usual() -> Self {
        Self::running(&envoy::filter_wasm()).await
    }

    /// The same with another build of it.
    pub async fn running(wasm: &Path) -> Self {
        let gateway = Self::without_route(wasm).await;
        gateway.open_the_route();
        gateway.guarded().await;
        gateway
    }

    /// As far as the guide has the route to the application come last. Returns when Envoy listens.
    ///
    /// # Panics
    /// With what Envoy Gateway or Envoy said, when it does not come to that.
    pub async fn without_route(wasm: &Path) -> Self {
        let around = Around::start().await;
        let cluster = Cluster::with(&envoy_gateway_crds()).await;
        let folder = Scratch::new("envoy-gateway");
        let okta = Wire::at(SocketAddr::from((ADDRESS, 443)), around.front.tls(), State::Open).await;
        let behind = SocketAddr::from((Ipv4Addr::LOCALHOST, around.application.port()));
        let application = Wire::at(SocketAddr::from((ADDRESS, 0)), behind, State::Open).await;
        run(Command::new("cp").arg("-r").arg(manifests()).arg(folder.path()));
        let server = server(&cluster, folder.path());
        make_secret(&cluster);
        cluster.kubectl(&["apply", "-f", &folder.path().join("envoy-gateway/proxy.yaml").to_string_lossy()]);
        cluster.apply(&of_people(application.address().port()));
        let image = push(&around.registry, wasm, "0.1.0");
        deploy(&cluster, folder.path(), &image, &[]);
        let envoy = start_envoy(&cluster, folder.path(), &around, &server).await;
        let mut gateway = Self { envoy, server, cluster, around, _ways: [okta, application], folder };
        gateway.listens().await;
        gateway
    }

    /// Applies the manifests with another image, and with these changes (RFC 6902) of the policy.
    pub fn deploy(&self, image: &str, changes: &[Value]) {
        deploy(&self.cluster, self.folder.path(), image, changes);
    }

    /// Pushes a build of the filter; gives its reference as the policy has it.
    #[must_use]
    pub fn push(&self, wasm: &Path, tag: &str) -> String {
        push(&self.registry, wasm, tag)
    }

    /// The route to the application, which the guide has come last.
    pub fn open_the_route(&self) {
        self.cluster.apply(&route("application", HOST));
    }

    /// `kubectl rollout restart`, and a new pod in the place of this one.
    #[must_use]
    pub async fn restarted(self) -> Self {
        let owner = ["-l", "gateway.envoyproxy.io/owning-gateway-name=eg"];
        let restart = ["-n", NAMESPACE, "rollout", "restart", "deployment"];
        self.cluster.kubectl(&[&restart[..], &owner[..]].concat());
        let Self { envoy, server, cluster, around, _ways, folder } = self;
        envoy.stop().await;
        let envoy = start_envoy(&cluster, folder.path(), &around, &server).await;
        let mut gateway = Self { envoy, server, cluster, around, _ways, folder };
        gateway.listens().await;
        gateway
    }

    async fn listens(&mut self) {
        self.envoy.until(async || self.around.is_served().await).await;
    }

    /// The Deployment of the Gateway.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn deployment(&self) -> Value {
        deployment(&self.cluster).expect("the Deployment of the Gateway")
    }

    /// Waits until a condition in the status of a resource of the Gateway's namespace is so.
    pub async fn says(&self, kind: &str, name: &str, condition: &str, status: &str) {
        self.until(async || self.condition(kind, name, condition).is_some_and(|it| it["status"] == status))
            .await;
    }

    /// A condition in the status of a resource, as `kubectl get -o yaml` shows it.
    #[must_use]
    pub fn condition(&self, kind: &str, name: &str, condition: &str) -> Option<Value> {
        let status = self.cluster.get("default", kind, name)["status"].take();
        let of = |part: &str| status[part].as_array().cloned().unwrap_or_default();
        let parts = [of("ancestors"), of("parents")].concat();
        let conditions = parts.iter().filter_map(|part| part["conditions"].as_array()).flatten();
        conditions.clone().find(|it| it["type"] == condition).cloned()
    }

    /// Waits until something holds.
    ///
    /// # Panics
    /// With its log, when that has not come to be after `limit`.
    pub async fn until_within(&self, limit: Duration, holds: impl AsyncFnMut() -> bool) {
        process::until_within(limit, holds, || self.log()).await;
    }

    /// The same, within half a minute.
    pub async fn until(&self, holds: impl AsyncFnMut() -> bool) {
        soon(holds, || self.log()).await;
    }

    /// Waits until a sign-in can begin.
    pub async fn guarded(&self) {
        self.until(async || self.can_sign_in().await).await;
    }

    /// All that Envoy Gateway and Envoy have logged.
    #[must_use]
    pub fn log(&self) -> String {
        format!("{}\n{}", self.server.log(), self.envoy.log())
    }

    /// A counter or a gauge of Envoy's.
    pub async fn stat(&self, name: &str) -> u64 {
        let stats = client::send(ADMIN, &Request::get("/stats")).await.expect("Envoy's admin interface");
        envoy::stat_of(&stats.text(), name)
    }
}

fn manifests() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("wasmplugin").join("envoy-gateway")
}

/// Envoy Gateway itself, as its chart has it, but for what one machine allows.
fn server(cluster: &Cluster, folder: &Path) -> Process {
    cluster.namespace(NAMESPACE);
    run(Command::new(tool("envoy-gateway"))
        .args(["certgen", "--disable-topology-injector"])
        .env("KUBECONFIG", cluster.kubeconfig()));
    let own = json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyGateway",
        "gateway": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
        "provider": {"type": "Kubernetes", "kubernetes": {
            "leaderElection": {"disable": true},
            "topologyInjector": {"disable": true},
        }},
        // Envoy's, in a pod of its own.
        "admin": {"address": {"host": "127.0.0.1", "port": 19100}},
        "telemetry": {"metrics": {"prometheus": {"disable": true}}},
        "extensionApis": {"enableBackend": true, "enableEnvoyPatchPolicy": true, "enableLua": true},
    });
    let container = Container::new(folder.join("server"));
    container.write("/etc/envoy-gateway.yaml", &own.to_string());
    container.write("/etc/hosts", "127.0.0.1 localhost\n");
    container.write("/var/lib/eg/.keep", "");
    for (file, text) in cluster.secret(NAMESPACE, "envoy-gateway") {
        container.write(&format!("/certs/{file}"), &text);
    }
    let mut command = container.command(&tool("envoy-gateway"));
    command.args(["server", "--config-path", "/etc/envoy-gateway.yaml"]);
    command.env("KUBECONFIG", cluster.kubeconfig());
    Process::start(&mut command, folder.join("envoy-gateway.log"))
}

/// As the guide has it made.
fn make_secret(cluster: &Cluster) {
    let client = format!("--from-literal=OKTA_CLIENT_SECRET={CLIENT_SECRET}");
    let cookie = format!("--from-literal=COOKIE_SECRET={COOKIE_SECRET}");
    let create = ["-n", NAMESPACE, "create", "secret", "generic", "vestibule"];
    cluster.kubectl(&[&create[..], &[&client, &cookie]].concat());
}

/// The manifests as they are, but for the image and what else the test wants of the policy.
fn deploy(cluster: &Cluster, folder: &Path, image: &str, changes: &[Value]) {
    let image = json!({"op": "replace", "path": "/spec/wasm/0/code/image/url", "value": image});
    let change = json!([&[image], changes].concat());
    let kustomization = json!({
        "resources": ["envoy-gateway"],
        "patches": [{"target": {"kind": "EnvoyExtensionPolicy"}, "patch": change.to_string()}],
    });
    fs::write(folder.join("kustomization.yaml"), kustomization.to_string()).expect("kustomization.yaml");
    cluster.kubectl(&["apply", "-k", &folder.to_string_lossy()]);
}

async fn start_envoy(cluster: &Cluster, folder: &Path, around: &Around, server: &Process) -> Process {
    let mut found = None;
    soon(
        async || {
            found = deployment(cluster);
            found.as_ref().is_some_and(|it| has_service(cluster, it))
        },
        || server.log(),
    )
    .await;
    let hosts = format!("{ADDRESS} {OKTA}\n");
    let found = found.expect("a Deployment");
    cluster.apply(&pod::endpoints(cluster, &found, &ADDRESS.to_string()));
    let mut command = pod::command(cluster, &found, folder.join("pod"), &hosts, &around.front.certificate());
    Process::start(&mut command, folder.join("envoy.log"))
}

fn deployment(cluster: &Cluster) -> Option<Value> {
    let owner = "gateway.envoyproxy.io/owning-gateway-name=eg";
    let found = cluster.kubectl(&["get", "deployment", "-n", NAMESPACE, "-l", owner, "-o", "json"]);
    let mut found: Value = serde_json::from_str(&found).expect("JSON");
    found["items"].get_mut(0).map(Value::take)
}

/// Envoy Gateway makes it after the Deployment.
fn has_service(cluster: &Cluster, deployment: &Value) -> bool {
    let name = deployment["metadata"]["name"].as_str().expect("a Deployment's name");
    cluster.try_kubectl(&["get", "-n", NAMESPACE, "service", name], "").status.success()
}

/// What people have already: a class, a Gateway that names what `proxy.yaml` made, an application, and a host of no concern.
fn of_people(application: u16) -> String {
    let resources = [
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": "eg"},
            "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
        }),
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": "eg", "namespace": "default"},
            "spec": {
                "gatewayClassName": "eg",
                "listeners": [{"name": "http", "protocol": "HTTP", "port": PORT}],
                "infrastructure": {"parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": "vestibule"}},
            },
        }),
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "application", "namespace": "default"},
            "spec": {"ports": [{"name": "http", "port": 80, "targetPort": application}]},
        }),
        json!({
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": "application", "namespace": "default", "labels": {"kubernetes.io/service-name": "application"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [ADDRESS.to_string()], "conditions": {"ready": true}}],
            "ports": [{"name": "http", "port": application, "protocol": "TCP"}],
        }),
    ];
    let resources: Vec<_> = resources.iter().map(Value::to_string).collect();
    format!("{}\n---\n{}", resources.join("\n---\n"), route("open", OPEN_HOST))
}

fn route(name: &str, host: &str) -> String {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "parentRefs": [{"name": "eg"}],
            "hostnames": [host],
            "rules": [{"name": "all", "backendRefs": [{"name": "application", "port": 80}]}],
        },
    })
    .to_string()
}

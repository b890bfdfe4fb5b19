//! All of it together: the cluster, istiod, Okta behind its own name and TLS, an application, and a registry.
//!
//! What is deployed is what `wasmplugin/` has, applied by kubectl as the guide says; only what belongs to one machine
//! (where Okta is, whose certificate it has, the registry) is patched in.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::cluster::Cluster;
use super::istiod::Istiod;
use super::proxy::Proxy;
use crate::acme::{self, CLIENT_SECRET, COOKIE_SECRET};
use crate::application::Application;
use crate::envoy::Envoy;
use crate::okta::StandInOkta;
use crate::registry::{Registry, RegistryOptions};
use crate::scratch::Scratch;
use crate::tools::{injection, run, tool};
use crate::visitor::Visitor;
use crate::{envoy, image, leaks};

pub use crate::acme::{CLIENT_ID, HOST, OKTA};

/// The application, as the routes to it have it.
pub const APPLICATION: &str = "application.internal";
/// A host of the same gateway that the manifests leave alone.
pub const OTHER_HOST: &str = "other.example.com";

#[derive(Debug)]
pub struct Mesh {
    pub cluster: Cluster,
    pub istiod: Istiod,
    pub okta: StandInOkta,
    pub application: Application,
    pub registry: Registry,
    /// Okta's own name and certificate.
    front: Envoy,
    folder: Scratch,
}

impl Mesh {
    pub async fn start() -> Self {
        Self::with(RegistryOptions::default()).await
    }

    pub async fn with(registry: RegistryOptions) -> Self {
        Self::of(registry, &[]).await
    }

    /// A mesh that has waypoints.
    pub async fn ambient() -> Self {
        Self::of(RegistryOptions::default(), &[("PILOT_ENABLE_AMBIENT", "true")]).await
    }

    async fn of(registry: RegistryOptions, istiod: &[(&str, &str)]) -> Self {
        let cluster = Cluster::start().await;
        let istiod = Istiod::with(&cluster, istiod).await;
        let (okta, front) = acme::start(|options| {
            // Whom the policy of the overlay with claims lets in.
            for person in options.people.iter_mut().filter(|person| person.nick == "alice") {
                person.groups.push("admins".to_owned());
            }
        })
        .await;
        let application = Application::start(0).await.expect("the application");
        let registry = Registry::with(registry).await;
        let folder = Scratch::new("mesh");
        let wasmplugin = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("wasmplugin");
        for part in ["manifests", "overlays"] {
            run(Command::new("cp").arg("-r").arg(wasmplugin.join(part)).arg(folder.path()));
        }
        Self { cluster, istiod, okta, application, registry, front, folder }
    }

    /// Pushes the filter as `scripts/image --push` does: its reference, pinned by digest.
    #[must_use]
    pub fn push(&self, tag: &str) -> String {
        image::push(&self.wasm(), &format!("{}/vestibule:{tag}", self.registry.address()))
    }

    /// The filter as scripts/build left it.
    #[must_use]
    pub fn wasm(&self) -> PathBuf {
        envoy::filter_wasm()
    }

    /// A place for a file that lives as long as the mesh.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The Secret `vestibule`, as the guide has it made.
    pub fn make_secret(&self, namespace: &str) {
        self.cluster.namespace(namespace);
        let client = format!("--from-literal=OKTA_CLIENT_SECRET={CLIENT_SECRET}");
        let cookie = format!("--from-literal=COOKIE_SECRET={COOKIE_SECRET}");
        self.cluster.kubectl(&[
            "create",
            "secret",
            "generic",
            "vestibule",
            "-n",
            namespace,
            &client,
            &cookie,
        ]);
    }

    /// Applies an overlay with this image, changed by operations (RFC 6902) on the resources of a kind.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub fn deploy(&self, overlay: &str, image: &str, changes: &[(&str, Value)]) {
        self.deploy_with(&[], overlay, image, changes);
    }

    /// The same, with components of `wasmplugin/manifests`.
    ///
    /// # Panics
    /// As [`Mesh::deploy`].
    pub fn deploy_with(&self, components: &[&str], overlay: &str, image: &str, changes: &[(&str, Value)]) {
        // Beside a sidecar the traffic policy is that of a subset.
        let policy = if overlay.starts_with("admin-service") || overlay == "many-workloads" {
            "subsets/0/trafficPolicy"
        } else {
            "trafficPolicy"
        };
        let front = json!([{"address": "127.0.0.1", "ports": {"https": self.front.tls().port()}}]);
        // istiod fetches the keys itself, and has no other way to Okta.
        let keys = format!("http://127.0.0.1:{}/oauth2/default/v1/keys", self.okta.port());
        let put = |path: &str, value: Value| json!([{"op": "add", "path": path, "value": value}]);
        let module = if components.contains(&"traffic-extension") {
            ("TrafficExtension", put("/spec/wasm/url", json!(image)))
        } else {
            ("WasmPlugin", put("/spec/url", json!(image)))
        };
        let here = [
            module,
            ("ServiceEntry", put("/spec/endpoints", front)),
            (
                "DestinationRule",
                put(&format!("/spec/{policy}/tls/caCertificates"), json!(self.front.certificate())),
            ),
            ("RequestAuthentication", put("/spec/jwtRules/0/jwksUri", json!(keys))),
        ];
        let patches: Vec<Value> = here
            .iter()
            .chain(changes)
            .map(|(kind, operations)| json!({"target": {"kind": kind}, "patch": operations.to_string()}))
            .collect();
        let components: Vec<_> = components.iter().map(|name| format!("manifests/{name}")).collect();
        let kustomization = json!({"resources": [format!("overlays/{overlay}")], "components": components, "patches": patches});
        fs::write(self.file("kustomization.yaml"), kustomization.to_string()).expect("kustomization.yaml");
        self.cluster.kubectl(&["apply", "-k", &self.folder.path().to_string_lossy()]);
    }

    /// Applies one of the patches of `wasmplugin/` to a Deployment, as the guide says.
    pub fn patch_deployment(&self, namespace: &str, name: &str, file: &str) {
        let file = self.folder.path().join(file);
        let file = file.to_string_lossy();
        self.cluster.kubectl(&["patch", "deployment", name, "-n", namespace, "--patch-file", &file]);
    }

    /// Puts a sidecar into the pods of a Deployment, as Istio's injection does.
    pub fn inject(&self, namespace: &str, deployment: &str) {
        let before = self.cluster.get(namespace, "deployment", deployment);
        self.inject_by(&injection().join("config"), &before);
    }

    /// The same by the templates that a pod gets where istiod has `manifests/environment/injection.yaml`, which its chart puts
    /// into the injection's configuration. `istioctl` does not read `defaultTemplates` of it, so the pod names them here.
    ///
    /// # Panics
    /// When one of the two files is not as it should be.
    pub fn inject_with_template(&self, namespace: &str, deployment: &str) {
        let read = |file: PathBuf| -> Value {
            let text =
                fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            serde_yaml_ng::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        };
        let values = read(self.file("manifests/environment/injection.yaml"));
        let ours = &values["sidecarInjectorWebhook"];
        let mut config = read(injection().join("config"));
        config["templates"]["vestibule"] = ours["templates"]["vestibule"].clone();
        let file = self.file("injection.json");
        fs::write(&file, config.to_string()).expect("injection.json");

        let defaults = ours["defaultTemplates"].as_array().expect("defaultTemplates");
        let defaults: Vec<_> = defaults.iter().filter_map(Value::as_str).collect();
        let mut before = self.cluster.get(namespace, "deployment", deployment);
        before["spec"]["template"]["metadata"]["annotations"]["inject.istio.io/templates"] =
            json!(defaults.join(","));
        self.inject_by(&file, &before);
    }

    fn inject_by(&self, config: &Path, deployment: &Value) {
        let file = self.file("deployment.json");
        fs::write(&file, deployment.to_string()).expect("deployment.json");
        fs::write(self.file("mesh.yaml"), "{}").expect("mesh.yaml");
        let injected = run(Command::new(tool("istioctl"))
            .arg("kube-inject")
            .arg("--kubeconfig")
            .arg(self.cluster.kubeconfig())
            .arg("--filename")
            .arg(file)
            .arg("--injectConfigFile")
            .arg(config)
            .arg("--valuesFile")
            .arg(injection().join("values"))
            .arg("--meshConfigFile")
            .arg(self.file("mesh.yaml")));
        self.cluster.apply(&injected);
    }

    /// What a kubelet puts into the environment of the proxy in the pods of a Deployment.
    #[must_use]
    pub fn environment(&self, namespace: &str, deployment: &str) -> BTreeMap<String, String> {
        let deployment = self.cluster.get(namespace, "deployment", deployment);
        let pod = &deployment["spec"]["template"]["spec"];
        // A sidecar that Kubernetes itself knows as one is an init container.
        let mut containers =
            ["containers", "initContainers"].iter().flat_map(|kind| pod[*kind].as_array()).flatten();
        let proxy = containers.find(|one| one["name"] == "istio-proxy").expect("istio-proxy");
        let variables = proxy["env"].as_array().cloned().unwrap_or_default();
        let secret = |reference: &Value| {
            let (name, key) = (reference["name"].as_str()?, reference["key"].as_str()?);
            self.cluster.secret(namespace, name).remove(key)
        };
        variables
            .iter()
            .filter_map(|one| {
                Some((one["name"].as_str()?.to_owned(), secret(&one["valueFrom"]["secretKeyRef"])?))
            })
            .collect()
    }

    /// The same, of a Deployment that istiod makes.
    ///
    /// # Panics
    /// When it makes none.
    pub async fn environment_when_there(
        &self,
        namespace: &str,
        deployment: &str,
    ) -> BTreeMap<String, String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self
            .cluster
            .try_kubectl(&["get", "deployment", "-n", namespace, deployment], "")
            .status
            .success()
        {
            assert!(Instant::now() < deadline, "no deployment {deployment}:\n{}", self.istiod.log());
            sleep(Duration::from_millis(200)).await;
        }
        self.environment(namespace, deployment)
    }

    /// Somebody who has no cookie yet.
    #[must_use]
    pub fn visitor(&self, proxy: SocketAddr, host: &str) -> Visitor {
        Visitor::new(proxy, host)
    }

    /// Signs a person in from this page, where the sign-in must end.
    pub async fn sign_in(&self, visitor: &mut Visitor, nick: &str, page: &str) {
        acme::sign_in(&self.okta, visitor, nick, page).await;
    }

    /// What the person does at Okta: the callback's address.
    pub async fn approve(&self, authorization: &str, nick: &str) -> String {
        acme::approve(&self.okta, authorization, nick).await
    }

    /// Waits until a sign-in can begin at this proxy.
    ///
    /// # Panics
    /// With the proxy's log, when that does not come to be.
    pub async fn guarded(&self, at: SocketAddr, proxy: &Proxy) {
        proxy.until(async || self.visitor(at, HOST).page("/oauth2/start").await.status == 302).await;
    }

    /// Where Okta's own name leads, for a browser.
    #[must_use]
    pub fn okta_address(&self) -> SocketAddr {
        self.front.tls()
    }

    /// Law 8, at the end of a test.
    pub fn search_for_secrets(&self, proxy: &Proxy) {
        let own = [CLIENT_SECRET, COOKIE_SECRET].map(str::to_owned);
        let lines = proxy.filter_log();
        assert!(!lines.is_empty(), "the filter has not said a word");
        leaks::search(&lines, self.okta.secrets().into_iter().chain(own));
    }
}

/// A process of this machine as a service of the mesh.
#[must_use]
pub fn service_here(namespace: &str, host: &str, port: u16, process: u16) -> String {
    json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry",
        "metadata": {"name": host, "namespace": namespace},
        "spec": {
            "hosts": [host],
            "location": "MESH_EXTERNAL",
            "resolution": "STATIC",
            "ports": [{"number": port, "name": "http", "protocol": "HTTP"}],
            "endpoints": [{"address": "127.0.0.1", "ports": {"http": process}}],
        },
    })
    .to_string()
}

/// A Deployment that nobody runs: what its pods would have is read from it.
#[must_use]
pub fn deployment(namespace: &str, name: &str, container: &str, labels: &BTreeMap<String, String>) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": container, "image": "image"}]},
            },
        },
    })
}

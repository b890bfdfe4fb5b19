//! The resources: those of `wasmplugin/envoy-gateway`, as they are but for what belongs to one machine, and the Gateway with its
//! routes, which people have already.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::HOST;
use super::around::{Around, PORT};
use super::files::{version_of, write_yaml};
use crate::envoy::Envoy;

/// A host of the same Gateway whose route no policy of its own has, unless a test gives it one.
pub const OPEN_HOST: &str = "open.example.com";

/// Resources by kind and name.
#[derive(Clone, Debug)]
pub struct Resources(Vec<Value>);

impl Resources {
    pub(super) fn of_the_manifests(folder: &Path, around: &Around) -> Self {
        let manifests =
            Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("wasmplugin").join("envoy-gateway");
        let mut all = of_people(around.application.port());
        for file in ["policy.yaml", "okta.yaml", "reload.yaml"] {
            let text = fs::read_to_string(manifests.join(file)).expect("a manifest");
            all.extend(
                text.split("\n---\n")
                    .map(|document| serde_yaml_ng::from_str::<Value>(document).expect("YAML")),
            );
        }
        for resource in &mut all {
            resource["metadata"]["namespace"] = json!("default");
        }
        let mut resources = Self(all);
        resources.here(folder, &around.front);
        resources
    }

    /// What belongs to this machine, and to the file provider.
    fn here(&mut self, folder: &Path, front: &Envoy) {
        let certificate = fs::read_to_string(front.certificate()).expect("the certificate of the stand-in");
        self.add(json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "okta-ca", "namespace": "default"},
            "data": {"ca.crt": certificate},
        }));
        let okta = self.get_mut("Backend", "okta");
        okta["spec"]["endpoints"] = json!([{"ip": {"address": "127.0.0.1", "port": front.tls().port()}}]);
        let tls = okta["spec"]["tls"].as_object_mut().expect("tls of the backend");
        tls.remove("wellKnownCACertificates");
        tls.insert(
            "caCertificateRefs".to_owned(),
            json!([{"group": "", "kind": "ConfigMap", "name": "okta-ca"}]),
        );
        // There the name of a filter has no kind in it.
        let reload = self.get_mut("EnvoyPatchPolicy", "vestibule-reload");
        let path = &mut reload["spec"]["jsonPatches"][0]["operation"]["jsonPath"];
        *path = json!(path.as_str().expect("a path").replace("/envoyextensionpolicy/", "//"));
        self.add(wasm_server(folder));
    }

    /// A resource that is there.
    ///
    /// # Panics
    /// When it is not.
    pub fn get_mut(&mut self, kind: &str, name: &str) -> &mut Value {
        let found = self.0.iter_mut().find(|it| it["kind"] == kind && it["metadata"]["name"] == name);
        found.unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// One more.
    pub fn add(&mut self, resource: Value) {
        self.0.push(resource);
    }

    /// Without this one.
    pub fn remove(&mut self, kind: &str, name: &str) {
        self.0.retain(|it| it["kind"] != kind || it["metadata"]["name"] != name);
    }

    /// The module of the policy.
    pub fn set_image(&mut self, image: &str) {
        self.get_mut("EnvoyExtensionPolicy", "vestibule")["spec"]["wasm"][0]["code"]["image"]["url"] =
            json!(image);
    }

    pub(super) fn write(&self, folder: &Path) {
        write_yaml(&folder.join("conf/all.yaml"), &self.0);
    }
}

/// A Gateway, and an application behind two hosts of it.
fn of_people(application: u16) -> Vec<Value> {
    let route = |name: &str, host: &str| {
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": name},
            "spec": {
                "parentRefs": [{"name": "eg"}],
                "hostnames": [host],
                "rules": [{"backendRefs": [{"group": "gateway.envoyproxy.io", "kind": "Backend", "name": "application"}]}],
            },
        })
    };
    vec![
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": "eg"},
            "spec": {
                "controllerName": "gateway.envoyproxy.io/gatewayclass-controller",
                "parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": "proxy", "namespace": "default"},
            },
        }),
        json!({
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "EnvoyProxy",
            "metadata": {"name": "proxy"},
            "spec": {
                "provider": {"type": "Host", "host": {"envoyVersion": version_of(&crate::envoy::binary())}},
                "logging": {"level": {"default": "info", "wasm": "debug"}},
            },
        }),
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": "eg"},
            "spec": {"gatewayClassName": "eg", "listeners": [{"name": "http", "protocol": "HTTP", "port": PORT}]},
        }),
        route("application", HOST),
        route("open", OPEN_HOST),
        json!({
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "Backend",
            "metadata": {"name": "application"},
            "spec": {"endpoints": [{"ip": {"address": "127.0.0.1", "port": application}}]},
        }),
    ]
}

/// Without Kubernetes, Envoy looks for Envoy Gateway's own server of modules under a name that only a cluster has, with
/// certificates that are nowhere.
fn wasm_server(folder: &Path) -> Value {
    let certificate = |file: &str| json!({"filename": folder.join("config/certs/envoy").join(file)});
    let patch = |path: &str, value: Value| {
        json!({
            "type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
            "name": "wasm_cluster",
            "operation": {"op": "replace", "path": path, "value": value},
        })
    };
    json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyPatchPolicy",
        "metadata": {"name": "wasm-server", "namespace": "default"},
        "spec": {
            "targetRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "eg"},
            "type": "JSONPatch",
            "jsonPatches": [
                patch("/transport_socket/typed_config/common_tls_context", json!({
                    "tls_params": {"tls_maximum_protocol_version": "TLSv1_3"},
                    "tls_certificates": [{"certificate_chain": certificate("tls.crt"), "private_key": certificate("tls.key")}],
                    "validation_context": {"trusted_ca": certificate("ca.crt")},
                })),
                patch("/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address/address", json!("127.0.0.1")),
            ],
        },
    })
}

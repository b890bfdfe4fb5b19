//! The pod of the Deployment that Envoy Gateway makes for a Gateway: its container `envoy`, as a kubelet would run it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, mem};

use serde_json::{Value, json};

use super::container::Container;
use crate::envoy;
use crate::istio::cluster::Cluster;

/// Where Envoy finds Envoy Gateway in a cluster.
const SERVER: &str = "envoy-gateway.envoy-gateway-system.svc.cluster.local";

/// What Envoy is started with.
pub(super) fn command(
    cluster: &Cluster,
    deployment: &Value,
    root: PathBuf,
    hosts: &str,
    authority: &Path,
) -> Command {
    let of = |field: &str| deployment["metadata"][field].as_str().expect("a Deployment's name").to_owned();
    let (namespace, name) = (of("namespace"), of("name"));
    let containers = deployment["spec"]["template"]["spec"]["containers"].as_array().expect("containers");
    let envoy =
        containers.iter().find(|container| container["name"] == "envoy").expect("the container envoy");
    let environment = environment(cluster, &namespace, &name, envoy);
    let container = Container::new(root);
    container.write("/etc/hosts", &format!("127.0.0.1 localhost {SERVER}\n{hosts}"));
    // The certificates of the machine's own authorities.
    let authority = fs::read_to_string(authority).expect("a certificate");
    container.write("/etc/ssl/certs/ca-certificates.crt", &authority);
    for (file, text) in cluster.secret(&namespace, "envoy") {
        container.write(&format!("/certs/{file}"), &text);
    }
    let config = cluster.get(&namespace, "configmap", &name);
    for (file, text) in config["data"].as_object().expect("the ConfigMap's files") {
        container.write(&format!("/sds/{file}"), text.as_str().expect("a text"));
    }
    let mut command = container.command(&envoy::binary());
    let arguments = envoy["args"].as_array().expect("arguments").iter().filter_map(Value::as_str);
    let mut of_levels = false;
    let here = |argument: &str| {
        // Envoy finds no name that ends in a dot in a hosts file.
        let here = expanded(argument, &environment).replace(&format!("{SERVER}."), "127.0.0.1");
        // The filter's own lines in full.
        if mem::replace(&mut of_levels, argument == "--component-log-level") {
            format!("{here},wasm:debug")
        } else {
            here
        }
    };
    command.args(arguments.map(here)).envs(&environment);
    command
}

/// What a cluster says of the Service of the Gateway once its pod runs. Without it Envoy waits a quarter of a minute for it.
pub(super) fn endpoints(cluster: &Cluster, deployment: &Value, address: &str) -> String {
    let field = |name: &str| deployment["metadata"][name].as_str().expect("a Deployment's name");
    let (namespace, name) = (field("namespace"), field("name"));
    let service = cluster.get(namespace, "service", name);
    let mut labels = service["metadata"]["labels"].clone();
    labels["kubernetes.io/service-name"] = json!(name);
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let ports: Vec<_> = ports
        .map(|port| json!({"name": port["name"], "port": port["targetPort"], "protocol": port["protocol"]}))
        .collect();
    json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": true}}],
        "ports": ports,
    })
    .to_string()
}

/// What the container's `env` comes to.
fn environment(cluster: &Cluster, namespace: &str, pod: &str, container: &Value) -> BTreeMap<String, String> {
    let value = |variable: &Value| {
        let from = &variable["valueFrom"];
        if let Some(value) = variable["value"].as_str() {
            return value.to_owned();
        }
        if let Some(name) = from["secretKeyRef"]["name"].as_str() {
            let key = from["secretKeyRef"]["key"].as_str().expect("a key of a Secret");
            let secret = cluster.secret(namespace, name).remove(key);
            return secret.unwrap_or_else(|| panic!("the Secret {name} has no {key}"));
        }
        match from["fieldRef"]["fieldPath"].as_str() {
            Some("metadata.namespace") => namespace.to_owned(),
            Some("metadata.name") => pod.to_owned(),
            _ => String::new(),
        }
    };
    let variables = container["env"].as_array().into_iter().flatten();
    variables.map(|one| (one["name"].as_str().expect("a name").to_owned(), value(one))).collect()
}

/// `$(NAME)` stands for a variable.
fn expanded(argument: &str, environment: &BTreeMap<String, String>) -> String {
    environment
        .iter()
        .fold(argument.to_owned(), |text, (name, value)| text.replace(&format!("$({name})"), value))
}

//! The pods' environment: the same list wherever it is written, and what each way of installing makes of it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::tools::{run, tool};

use crate::yaml::{documents, of_kind, read, repository};

fn document(path: &str) -> Value {
    documents(&read(&repository().join("wasmplugin").join(path))).remove(0)
}

/// The proxy's variables in a Deployment, or in a patch for one.
fn proxy(deployment: &Value) -> &Value {
    let containers = deployment["spec"]["template"]["spec"]["containers"].as_array().unwrap();
    &containers.iter().find(|container| container["name"] == "istio-proxy").unwrap()["env"]
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect()
}

#[test]
fn every_way_to_install_has_the_same_list_which_is_the_plugins() {
    let patch = document("manifests/environment/deployment.yaml");
    let list = proxy(&patch);
    let operator = document("manifests/environment/istio-operator.yaml");
    assert_eq!(&document("manifests/environment/helm.yaml")["envVarFrom"], list);
    assert_eq!(&operator["spec"]["components"]["ingressGateways"][0]["k8s"]["env"], list);
    assert_eq!(proxy(&document("overlays/admin-service/environment.yaml")), list);
    assert_eq!(&of_the_template(), list);

    let plugin = document("manifests/istio.yaml");
    assert_eq!(names(&plugin["spec"]["vmConfig"]["env"]), names(list));
    let secret = document("manifests/secret.example.yaml");
    let keys: BTreeSet<_> = secret["stringData"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, names(list));
    for entry in list.as_array().unwrap() {
        assert_eq!(entry["valueFrom"]["secretKeyRef"]["name"], secret["metadata"]["name"]);
        assert_eq!(entry["valueFrom"]["secretKeyRef"]["key"], entry["name"]);
    }
}

/// The list of the template for Istio's injection. A pod of a namespace without the Secret must start: `optional`.
fn of_the_template() -> Value {
    let values = document("manifests/environment/injection.yaml");
    let template = values["sidecarInjectorWebhook"]["templates"]["vestibule"].as_str().unwrap();
    let plain: String = template
        .replace("{{ if eq $native \"true\" }}initContainers{{ else }}containers{{ end }}", "containers");
    let plain: Vec<_> = plain.lines().filter(|line| !line.contains("{{")).collect();
    let pod: Value = serde_yaml_ng::from_str(&plain.join("\n")).unwrap();
    let mut list = pod["spec"]["containers"][0]["env"].clone();
    assert_eq!(pod["spec"]["containers"][0]["name"], "istio-proxy");
    for entry in list.as_array_mut().unwrap() {
        let reference = entry["valueFrom"]["secretKeyRef"].as_object_mut().unwrap();
        assert_eq!(reference.remove("optional"), Some(Value::Bool(true)));
    }
    list
}

/// Nobody can run with the example's values: a cookie secret has 32 bytes or more.
#[test]
fn the_example_of_the_secret_is_too_short() {
    let secret = document("manifests/secret.example.yaml");
    let values = &secret["stringData"];
    let environment = |name: &str| values[name].as_str().map(str::to_owned);
    let plugin = document("manifests/istio.yaml");
    let config = plugin["spec"]["pluginConfig"].to_string();
    let refused = vestibule::config::load(config.as_bytes(), &environment).unwrap_err().to_string();
    assert!(refused.contains("session.secrets"), "{refused}");
}

#[test]
fn istioctl_install_gives_the_gateway_its_environment() {
    let file = repository().join("wasmplugin/manifests/environment/istio-operator.yaml");
    let manifests = run(Command::new(tool("istioctl")).args(["manifest", "generate", "-f"]).arg(file));
    let manifests = documents(&manifests);
    let deployments = of_kind(&manifests, "Deployment");
    let gateway = deployments.iter().find(|it| it["metadata"]["name"] == "istio-ingressgateway").unwrap();
    for name in ["OKTA_CLIENT_SECRET", "COOKIE_SECRET"] {
        assert!(names(proxy(gateway)).contains(name));
    }
}

#[test]
fn a_workloads_deployment_takes_the_patch() {
    let scratch = Scratch::new("manifests-deployment");
    let file = scratch.path().join("deployment.yaml");
    let deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: admin-service}, spec: \
                      {template: {spec: {containers: [{name: admin, image: 'admin:1'}]}}}}";
    std::fs::write(&file, deployment).unwrap();
    let patched = run(Command::new(tool("kubectl"))
        .args(["patch", "--local", "-o", "yaml", "-f"])
        .arg(&file)
        .arg("--patch-file")
        .arg(repository().join("wasmplugin/overlays/admin-service/environment.yaml")));
    let patched = documents(&patched).remove(0);
    assert_eq!(patched["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 2, "{patched}");
    assert!(names(proxy(&patched)).contains("COOKIE_SECRET"));
}

//! A real Kubernetes API server takes every manifest, word for word, and the chart installs as its notes say.

use std::process::Command;

use serde_json::Value;
use vestibule_e2e::istio::cluster::Cluster;
use vestibule_e2e::tools::{all, run, tool};

use crate::chart::{VARIANTS, chart, values};
use crate::every_manifest::every_manifest;
use crate::yaml::documents;

/// For other programs than the API server, or of an operator that is not here.
const OTHERS: [&str; 4] = ["Kustomization", "Component", "IstioOperator", "PodMonitor"];

#[tokio::test]
async fn every_manifest_is_taken_by_the_api_server() {
    let cluster = Cluster::start().await;
    for namespace in ["istio-system", "istio-ingress", "admin", "vestibule-test"] {
        cluster.namespace(namespace);
    }
    let mut taken = 0;
    for (name, text) in every_manifest() {
        // Chart.yaml has no kind. The resources of Envoy Gateway are taken by a real one, in tests of their own.
        let ours = |document: &Value| {
            let is_of_envoy_gateway = document["apiVersion"]
                .as_str()
                .is_some_and(|group| group.starts_with("gateway.envoyproxy.io/"));
            document["kind"].as_str().is_some_and(|kind| !OTHERS.contains(&kind)) && !is_of_envoy_gateway
        };
        for document in documents(&text).into_iter().filter(ours) {
            // Strict: an unknown field is an error, where it would be dropped without a word.
            let apply = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
            let output = cluster.try_kubectl(&apply, &document.to_string());
            assert!(output.status.success(), "{}: {}", name.display(), all(&output));
            taken += 1;
        }
    }
    assert!(taken >= 40, "{taken}");
    let misspelt = "{apiVersion: extensions.istio.io/v1alpha1, kind: WasmPlugin, metadata: {name: a}, \
                    spec: {url: 'oci://a/b', fazed: AUTHN}}";
    let output =
        cluster.try_kubectl(&["apply", "--dry-run=server", "--validate=strict", "-f", "-"], misspelt);
    assert!(!output.status.success(), "{}", all(&output));

    for variant in VARIANTS {
        install(&cluster, variant);
    }
}

fn helm(cluster: &Cluster) -> Command {
    let mut helm = Command::new(tool("helm"));
    helm.arg("--kubeconfig").arg(cluster.kubeconfig()).args(["--namespace", "admin"]);
    helm
}

/// Installs a variant in the order of the guide, the pods' environment first, and takes it away.
fn install(cluster: &Cluster, variant: &str) {
    let environment = run(helm(cluster)
        .args(["template", "vestibule"])
        .arg(chart())
        .arg("-f")
        .arg(values(variant))
        .args(["-s", "templates/environment.yaml"]));
    cluster.apply(&environment);
    if variant != "gateway-api" {
        patch_a_deployment(cluster);
    }
    let notes = run(helm(cluster)
        .args(["install", "vestibule"])
        .arg(chart())
        .arg("-f")
        .arg(values(variant))
        .arg("--take-ownership"));
    assert!(notes.contains("OKTA_CLIENT_SECRET, COOKIE_SECRET"), "{notes}");
    assert!(notes.contains("https://HOST/oauth2/callback"), "{notes}");
    let kind = if variant == "traffic-extension" { "trafficextension" } else { "wasmplugin" };
    assert_eq!(cluster.get("admin", kind, "vestibule")["spec"]["phase"], "AUTHN");
    assert_eq!(notes.contains("parametersRef"), variant == "gateway-api", "{notes}");
    assert_eq!(notes.contains("-o jsonpath='{.data.deployment}'"), variant != "gateway-api", "{notes}");
    run(helm(cluster).args(["uninstall", "vestibule"]));
}

fn patch_a_deployment(cluster: &Cluster) {
    cluster.apply(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: pods, namespace: admin}, spec: {selector: \
         {matchLabels: {app: pods}}, template: {metadata: {labels: {app: pods}}, spec: {containers: [{name: \
         istio-proxy, image: auto}]}}}}",
    );
    let map = cluster.get("admin", "configmap", "vestibule-environment");
    let patch = map["data"]["deployment"].as_str().unwrap();
    cluster.kubectl(&["-n", "admin", "patch", "deployment", "pods", "--patch", patch]);
    let deployment = cluster.get("admin", "deployment", "pods");
    let environment = &deployment["spec"]["template"]["spec"]["containers"][0]["env"];
    assert_eq!(environment[0]["valueFrom"]["secretKeyRef"]["key"], "OKTA_CLIENT_SECRET", "{deployment}");
    cluster.kubectl(&["-n", "admin", "delete", "deployment", "pods"]);
}

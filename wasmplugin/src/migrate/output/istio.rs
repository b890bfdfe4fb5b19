//! WasmPlugin and TrafficExtension.

use super::{File, NO_DIGEST, SECRETS};
use crate::admission;
use crate::migrate::plan::{Endpoint, Plan, Plugin};
use crate::migrate::tree::{Map, Tree};

/// Which of Istio's two resources for a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    WasmPlugin,
    TrafficExtension,
}

/// The patch with the secrets, for whatever runs the proxy.
const ENVIRONMENT: &str = "\
# Puts the Secret vestibule into the environment of the proxy, where the filter looks for it. For a gateway:
#   kubectl -n NAMESPACE patch deployment GATEWAY --patch-file environment.yaml
spec:
  template:
    spec:
      containers:
        - name: istio-proxy
          env:
            - name: OIDC_CLIENT_SECRET
              valueFrom: {secretKeyRef: {name: vestibule, key: OIDC_CLIENT_SECRET}}
            - name: COOKIE_SECRET
              valueFrom: {secretKeyRef: {name: vestibule, key: COOKIE_SECRET}}
";

pub(super) fn files(plan: &Plan, kind: Kind) -> Vec<File> {
    let plugins: Vec<String> =
        plan.plugins.iter().map(|plugin| self::plugin(plugin, plan.config_of(plugin), kind)).collect();
    let mut files = vec![File { name: "plugin.yaml", text: plugins.join("---\n") }];
    if !plan.endpoints.is_empty() {
        let namespaces = plan.plugins.iter().map(|plugin| plugin.namespace.as_str());
        let mut namespaces: Vec<&str> = namespaces.collect();
        namespaces.dedup();
        let reach = namespaces.iter().flat_map(|namespace| {
            plan.endpoints.iter().map(move |endpoint| self::reach(endpoint, namespace))
        });
        files.push(File { name: "provider.yaml", text: reach.collect::<Vec<_>>().join("---\n") });
    }
    files.push(File { name: "environment.yaml", text: ENVIRONMENT.to_owned() });
    files
}

fn plugin(plugin: &Plugin, config: Map, kind: Kind) -> String {
    let (label, value) = admission::LABEL;
    let metadata = Map::default()
        .with("name", plugin.name.as_str())
        .with("namespace", plugin.namespace.as_str())
        .with("labels", Map::default().with(label, value));
    let head = Map::default()
        .with("apiVersion", "extensions.istio.io/v1alpha1")
        .with("kind", if kind == Kind::WasmPlugin { "WasmPlugin" } else { "TrafficExtension" })
        .with("metadata", metadata);
    let variable = |name: &str| Map::default().with("name", name).with("valueFrom", "HOST");
    let variables: Vec<Map> = SECRETS.into_iter().map(variable).collect();
    let mut vm = Map::default();
    vm.set("env", variables, Some("the proxy must have these in its environment".to_owned()));
    let mut module = Map::default();
    module.set(
        "url",
        format!("oci://registry.example.com/vestibule@sha256:{NO_DIGEST}"),
        Some("<- what scripts/image --push printed".to_owned()),
    );
    module.set("imagePullPolicy", "IfNotPresent", None);
    module.set("failStrategy", "FAIL_RELOAD", None);
    module.set("vmConfig", vm, None);
    module.set("pluginConfig", config, None);
    let mut spec = plugin.workloads.clone();
    spec.set("phase", "AUTHN", None);
    match kind {
        Kind::WasmPlugin => spec.extend(&module),
        Kind::TrafficExtension => spec.set("wasm", module, None),
    }
    head.with("spec", spec).render(0)
}

/// ServiceEntry and DestinationRule: name, TLS, and whose certificate counts.
fn reach(endpoint: &Endpoint, namespace: &str) -> String {
    let Endpoint { host, port } = endpoint;
    let name = super::name_of(host);
    let resource = |kind: &str, spec: Map| {
        Map::default()
            .with("apiVersion", "networking.istio.io/v1")
            .with("kind", kind)
            .with("metadata", Map::default().with("name", name.as_str()).with("namespace", namespace))
            .with("spec", spec)
            .render(0)
    };
    let https = Map::default()
        .with("number", Tree::Number(u32::from(*port)))
        .with("name", "https")
        .with("protocol", "HTTPS");
    let entry = Map::default()
        .with("exportTo", vec!["."])
        .with("hosts", vec![host.as_str()])
        .with("location", "MESH_EXTERNAL")
        .with("resolution", "DNS")
        .with("ports", vec![https]);
    let tls = Map::default()
        .with("mode", "SIMPLE")
        .with("caCertificates", "system")
        .with("sni", host.as_str())
        .with("subjectAltNames", vec![host.as_str()]);
    let pool = Map::default().with("http", Map::default().with("idleTimeout", "30s"));
    let policy = Map::default().with("connectionPool", pool).with("tls", tls);
    let rule =
        Map::default().with("exportTo", vec!["."]).with("host", host.as_str()).with("trafficPolicy", policy);
    format!("{}---\n{}", resource("ServiceEntry", entry), resource("DestinationRule", rule))
}

//! EnvoyExtensionPolicy, and what Envoy Gateway needs beside it.

use super::{File, NO_DIGEST, SECRETS, name_of, with_clusters};
use crate::admission;
use crate::migrate::plan::{Endpoint, Plan, Plugin};
use crate::migrate::tree::{Map, Tree};

const API: &str = "gateway.envoyproxy.io";
const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// What puts the secrets into the environment of Envoy.
const ENVIRONMENT: &str = "\
# Puts the Secret vestibule, which is in Envoy Gateway's own namespace, into the environment of Envoy. The GatewayClass, or
# infrastructure.parametersRef of the Gateway, must name it.
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: vestibule}
spec:
  provider:
    type: Kubernetes
    kubernetes:
      envoyDeployment:
        container:
          env:
            - name: OIDC_CLIENT_SECRET
              valueFrom: {secretKeyRef: {name: vestibule, key: OIDC_CLIENT_SECRET}}
            - name: COOKIE_SECRET
              valueFrom: {secretKeyRef: {name: vestibule, key: COOKIE_SECRET}}
";

pub(super) fn prepare(plan: &mut Plan) {
    plan.report.changed("kind", "this is for Envoy Gateway: where the report speaks of selector, match, ServiceEntry or DestinationRule, those are Istio's and not in the files. The Secret goes into the namespace of Envoy Gateway itself. wasmplugin/ENVOY-GATEWAY.md says in which order to apply, and which doors to look at");
    if plan.plugins.iter().any(|plugin| gateway(plugin).is_none()) {
        plan.report.gap("targetRefs", "the Gateway that the policy is for, in plugin.yaml and provider.yaml: the files name pods, and Envoy Gateway knows none. Set its namespace too");
    }
    plan.report.gap(
        "jsonPatches",
        "the listener's name, NAMESPACE/GATEWAY/LISTENER, in reload.yaml: until then a filter that failed answers 503 until Envoy starts anew",
    );
}

pub(super) fn files(plan: &Plan) -> Vec<File> {
    let each = |of: &dyn Fn(&Plugin) -> String| {
        plan.plugins.iter().map(of).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("---\n")
    };
    let routes = |plugin: &Plugin| {
        let of = |endpoint| format!("{}---\n{}", route(plugin, endpoint), backend(plugin, endpoint));
        plan.endpoints.iter().map(of).collect::<Vec<_>>().join("---\n")
    };
    let mut files = vec![File { name: "plugin.yaml", text: each(&|plugin| policy(plan, plugin)) }];
    if !plan.endpoints.is_empty() {
        files.push(File { name: "provider.yaml", text: each(&routes) });
    }
    files.push(File { name: "reload.yaml", text: each(&reload) });
    files.push(File { name: "environment.yaml", text: ENVIRONMENT.to_owned() });
    files
}

fn resource(api: &str, kind: &str, name: &str, namespace: &str, spec: Map) -> String {
    let metadata = Map::default().with("name", name).with("namespace", namespace);
    let metadata = match kind {
        "EnvoyExtensionPolicy" => {
            let (label, value) = admission::LABEL;
            metadata.with("labels", Map::default().with(label, value))
        }
        _ => metadata,
    };
    Map::default()
        .with("apiVersion", api)
        .with("kind", kind)
        .with("metadata", metadata)
        .with("spec", spec)
        .render(0)
}

fn policy(plan: &Plan, plugin: &Plugin) -> String {
    let mut image = Map::default();
    image.set(
        "url",
        format!("registry.example.com/vestibule@sha256:{NO_DIGEST}"),
        Some("<- what scripts/image --push printed, without oci://".to_owned()),
    );
    let mut env = Map::default();
    env.set("hostKeys", SECRETS.to_vec(), Some("Envoy must have these in its environment".to_owned()));
    let module = Map::default()
        .with("name", "vestibule")
        .with("code", Map::default().with("type", "Image").with("image", image))
        .with("env", env)
        .with("config", config(plan, plugin));
    let spec = Map::default()
        .with("targetRefs", Tree::List(vec![Tree::Map(target(plugin, true))]))
        .with("wasm", Tree::List(vec![Tree::Map(module)]));
    resource(&format!("{API}/v1alpha1"), "EnvoyExtensionPolicy", &plugin.name, &plugin.namespace, spec)
}

/// With the routes to the provider closed: all that they are for is their clusters, but a client can name their hosts.
fn config(plan: &Plan, plugin: &Plugin) -> Map {
    let mut plugin = plugin.clone();
    let own: Vec<String> = plan.endpoints.iter().map(|endpoint| host(&plugin, endpoint)).collect();
    if !own.is_empty() {
        if !plugin.hosts.is_empty() {
            plugin
                .hosts
                .extend(own.iter().map(|host| (host.clone(), "of the route to the provider".to_owned())));
        }
        let mut condition = Map::default();
        condition.set(
            "hosts",
            own,
            Some("in provider.yaml; a client can name them, and would be led to the provider".to_owned()),
        );
        plugin.open.insert(0, Map::default().with("match", condition).with("allow", "none"));
    }
    with_clusters(plan, &plugin, |endpoint| {
        format!("httproute/{}/{}/rule/0", plugin.namespace, name(&plugin, endpoint))
    })
}

/// Of the route to the provider: each policy has its own, for each may be at a Gateway of its own.
fn name(plugin: &Plugin, endpoint: &Endpoint) -> String {
    name_of(&endpoint.host).replacen("vestibule", &plugin.name, 1)
}

/// The host of the route to the provider, which is in no DNS.
fn host(plugin: &Plugin, endpoint: &Endpoint) -> String {
    format!("{}.invalid", name(plugin, endpoint))
}

/// The name of the Gateway, where the files say it.
fn gateway(plugin: &Plugin) -> Option<String> {
    let workloads = plugin.workloads.json();
    let targets = workloads.get("targetRefs")?.as_array()?;
    let [target] = targets.as_slice() else { return None };
    (target["kind"] == "Gateway").then(|| target["name"].as_str().map(str::to_owned)).flatten()
}

fn target(plugin: &Plugin, with_kind: bool) -> Map {
    let mut map = Map::default();
    if with_kind {
        map = map.with("group", GATEWAY_API).with("kind", "Gateway");
    }
    match gateway(plugin) {
        Some(name) => map.set("name", name, None),
        None => map.set("name", Tree::Gap, Some("GAP: the Gateway".to_owned())),
    }
    map
}

fn route(plugin: &Plugin, endpoint: &Endpoint) -> String {
    let name = name(plugin, endpoint);
    let backend = Map::default().with("group", API).with("kind", "Backend").with("name", name.as_str());
    let rule = Map::default().with("backendRefs", Tree::List(vec![Tree::Map(backend)]));
    let mut spec = Map::default().with("parentRefs", Tree::List(vec![Tree::Map(target(plugin, false))]));
    spec.set(
        "hostnames",
        vec![host(plugin, endpoint)],
        Some("must fit the hostname of a listener, where all have one".to_owned()),
    );
    let spec = spec.with("rules", Tree::List(vec![Tree::Map(rule)]));
    resource(&format!("{GATEWAY_API}/v1"), "HTTPRoute", &name, &plugin.namespace, spec)
}

/// Name, TLS, and whose certificate counts.
fn backend(plugin: &Plugin, endpoint: &Endpoint) -> String {
    let fqdn = Map::default()
        .with("hostname", endpoint.host.as_str())
        .with("port", Tree::Number(u32::from(endpoint.port)));
    let tls = Map::default().with("wellKnownCACertificates", "System").with("sni", endpoint.host.as_str());
    let spec = Map::default()
        .with("endpoints", Tree::List(vec![Tree::Map(Map::default().with("fqdn", fqdn))]))
        .with("tls", tls);
    resource(&format!("{API}/v1alpha1"), "Backend", &name(plugin, endpoint), &plugin.namespace, spec)
}

/// A filter that failed is loaded again.
fn reload(plugin: &Plugin) -> String {
    let Plugin { name, namespace, .. } = plugin;
    let filter = format!("envoy.filters.http.wasm/envoyextensionpolicy/{namespace}/{name}/wasm/0");
    let operation = Map::default()
        .with("op", "add")
        .with("jsonPath", format!("..http_filters[?(@.name=='{filter}')].typed_config.config"))
        .with("path", "failure_policy")
        .with("value", "FAIL_RELOAD");
    let mut patch = Map::default().with("type", "type.googleapis.com/envoy.config.listener.v3.Listener");
    patch.set("name", Tree::Gap, Some("GAP: NAMESPACE/GATEWAY/LISTENER, one patch for each port".to_owned()));
    let patch = patch.with("operation", operation);
    let spec = Map::default()
        .with("targetRef", target(plugin, true))
        .with("type", "JSONPatch")
        .with("jsonPatches", Tree::List(vec![Tree::Map(patch)]));
    resource(&format!("{API}/v1alpha1"), "EnvoyPatchPolicy", &format!("{name}-reload"), namespace, spec)
}

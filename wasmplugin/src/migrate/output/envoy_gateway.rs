//! EnvoyExtensionPolicy, and what Envoy Gateway needs beside it.

use serde_json::Value as Json;

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

/// In the place of a namespace that the files do not say. No cluster takes it.
const NO_NAMESPACE: &str = "GAP";

/// # Errors
/// Policies that could meet at one Gateway: Envoy Gateway takes one of them, and the hosts of the other are open.
pub(super) fn prepare(plan: &mut Plan) -> Result<(), String> {
    for (place, one) in plan.plugins.iter().enumerate() {
        let meets = |other: &&Plugin| {
            let (mine, its) = (gateways(one), gateways(other));
            mine.is_empty() || its.is_empty() || mine.iter().any(|gateway| its.contains(gateway))
        };
        if let Some(other) = plan.plugins[..place].iter().find(meets) {
            return Err(format!(
                "the files have policies for several sets of workloads ({}, {}), which may be behind one Gateway. Envoy Gateway takes \
                 one policy a Gateway, and leaves the hosts of the other open: put them together into one, with targetRefs to the Gateway",
                other.name, one.name
            ));
        }
    }
    plan.report.changed("kind", "this is for Envoy Gateway: wasmplugin/ENVOY-GATEWAY.md says in which order to apply, and which doors to look at");
    if plan.plugins.iter().any(|plugin| gateways(plugin).is_empty()) {
        plan.report.gap("targetRefs", "the Gateway that the policy is for, in all files: the files of oauth2-proxy name none, and Envoy Gateway knows neither pods nor Services");
    }
    let unknown = |plugin: &Plugin| !plugin.is_namespace_known || gateways(plugin).is_empty();
    if plan.plugins.iter().any(unknown) {
        plan.report.gap("metadata.namespace", "that of the Gateway, in all files, also within provider.clusters and the jsonPath: in any other the policy is for nothing, and the door is open");
        plan.plugins
            .iter_mut()
            .filter(|plugin| unknown(plugin))
            .for_each(|plugin| plugin.namespace = NO_NAMESPACE.to_owned());
    }
    plan.report.gap(
        "jsonPatches",
        "the listener's name, NAMESPACE/GATEWAY/LISTENER, in reload.yaml: until then a filter that failed answers 503 until Envoy starts anew",
    );
    Ok(())
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
    let spec = Map::default().with("targetRefs", targets(plugin, true)).with("wasm", vec![module]);
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

/// The names of its Gateways, where the files say them all.
fn gateways(plugin: &Plugin) -> Vec<String> {
    let workloads = plugin.workloads.json();
    let targets = workloads.get("targetRefs").and_then(Json::as_array).cloned().unwrap_or_default();
    let name = |target: &Json| {
        (target["kind"] == "Gateway").then(|| target["name"].as_str().map(str::to_owned)).flatten()
    };
    targets.iter().map(name).collect::<Option<_>>().unwrap_or_default()
}

/// A reference to each of its Gateways, or to one that is to be filled in.
fn targets(plugin: &Plugin, with_kind: bool) -> Vec<Map> {
    let begin = || match with_kind {
        true => Map::default().with("group", GATEWAY_API).with("kind", "Gateway"),
        false => Map::default(),
    };
    let mut targets: Vec<Map> =
        gateways(plugin).iter().map(|name| begin().with("name", name.as_str())).collect();
    if targets.is_empty() {
        let mut target = begin();
        target.set("name", Tree::Gap, Some("GAP: the Gateway".to_owned()));
        targets.push(target);
    }
    targets
}

fn route(plugin: &Plugin, endpoint: &Endpoint) -> String {
    let name = name(plugin, endpoint);
    let backend = Map::default().with("group", API).with("kind", "Backend").with("name", name.as_str());
    let rule = Map::default().with("backendRefs", vec![backend]);
    let mut spec = Map::default().with("parentRefs", targets(plugin, false));
    spec.set(
        "hostnames",
        vec![host(plugin, endpoint)],
        Some("must fit the hostname of a listener, where all have one".to_owned()),
    );
    let spec = spec.with("rules", vec![rule]);
    resource(&format!("{GATEWAY_API}/v1"), "HTTPRoute", &name, &plugin.namespace, spec)
}

/// Name, TLS, and whose certificate counts.
fn backend(plugin: &Plugin, endpoint: &Endpoint) -> String {
    let fqdn = Map::default()
        .with("hostname", endpoint.host.as_str())
        .with("port", Tree::Number(u32::from(endpoint.port)));
    let tls = Map::default().with("wellKnownCACertificates", "System").with("sni", endpoint.host.as_str());
    let spec = Map::default().with("endpoints", vec![Map::default().with("fqdn", fqdn)]).with("tls", tls);
    resource(&format!("{API}/v1alpha1"), "Backend", &name(plugin, endpoint), &plugin.namespace, spec)
}

/// A filter that failed is loaded again. One for each Gateway.
fn reload(plugin: &Plugin) -> String {
    let Plugin { name, namespace, .. } = plugin;
    let filter = format!("envoy.filters.http.wasm/envoyextensionpolicy/{namespace}/{name}/wasm/0");
    let of = |(place, target): (usize, Map)| {
        let operation = Map::default()
            .with("op", "add")
            .with("jsonPath", format!("..http_filters[?(@.name=='{filter}')].typed_config.config"))
            .with("path", "failure_policy")
            .with("value", "FAIL_RELOAD");
        let mut patch = Map::default().with("type", "type.googleapis.com/envoy.config.listener.v3.Listener");
        patch.set(
            "name",
            Tree::Gap,
            Some("GAP: NAMESPACE/GATEWAY/LISTENER, one patch for each port".to_owned()),
        );
        let patch = patch.with("operation", operation);
        let spec = Map::default()
            .with("targetRef", target)
            .with("type", "JSONPatch")
            .with("jsonPatches", vec![patch]);
        let number = if place == 0 { String::new() } else { format!("-{}", place + 1) };
        resource(
            &format!("{API}/v1alpha1"),
            "EnvoyPatchPolicy",
            &format!("{name}-reload{number}"),
            namespace,
            spec,
        )
    };
    targets(plugin, true).into_iter().enumerate().map(of).collect::<Vec<_>>().join("---\n")
}

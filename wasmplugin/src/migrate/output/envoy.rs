//! Envoy alone: the filter, and clusters for what it calls.

use super::{File, SECRETS, name_of, with_clusters};
use crate::migrate::plan::{Endpoint, Plan, Plugin};
use crate::migrate::tree::{Map, Tree};

const ENVIRONMENT: &str = "\
# /etc/envoy/secrets.env, readable for root only; EnvironmentFile= of the systemd unit names it.
OIDC_CLIENT_SECRET=
COOKIE_SECRET=
";

pub(super) fn prepare(plan: &mut Plan) {
    plan.report.changed("kind", "this is for Envoy alone: plugin.yaml goes before the router in http_filters, provider.yaml into clusters; wasmplugin/PLAIN-ENVOY.md has a whole configuration");
    if plan.plugins.len() > 1 {
        plan.report.changed("plugin.yaml", "one filter for each set of workloads that the policies name: take the one for what this Envoy stands in front of, never two in one listener");
    }
}

pub(super) fn files(plan: &Plan) -> Vec<File> {
    let filters: Vec<String> = plan.plugins.iter().map(|plugin| filter(plan, plugin)).collect();
    let mut files = vec![File { name: "plugin.yaml", text: filters.join("---\n") }];
    if !plan.endpoints.is_empty() {
        let clusters: Vec<Map> = plan.endpoints.iter().map(cluster).collect();
        let text = Map::default().with("clusters", clusters).render(0);
        files.push(File { name: "provider.yaml", text });
    }
    files.push(File { name: "environment.yaml", text: ENVIRONMENT.to_owned() });
    files
}

/// Its configuration is JSON, in which no comment can stand: the report has them.
fn filter(plan: &Plan, plugin: &Plugin) -> String {
    let config = with_clusters(plan, plugin, |endpoint| name_of(&endpoint.host)).json();
    let json = format!("{config:#}").lines().map(|line| format!("        {line}\n")).collect::<String>();
    let keys = SECRETS.join(", ");
    let name = Map::default().with("name", plugin.name.as_str()).render(0);
    format!(
        "\
{name}typed_config:
  \"@type\": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
  config:
    name: vestibule
    root_id: vestibule
    failure_policy: FAIL_RELOAD
    configuration:
      \"@type\": type.googleapis.com/google.protobuf.StringValue
      value: |
{json}\
\x20   vm_config:
      vm_id: vestibule
      runtime: envoy.wasm.runtime.v8
      code:
        local: {{filename: /etc/envoy/vestibule.wasm}}
      environment_variables:
        host_env_keys: [{keys}]
"
    )
}

/// Name, TLS, and whose certificate counts.
fn cluster(endpoint: &Endpoint) -> Map {
    let Endpoint { host, port } = endpoint;
    let name = name_of(host);
    let typed = |kind: &str| Map::default().with("@type", format!("type.googleapis.com/{kind}"));
    let options = typed("envoy.extensions.upstreams.http.v3.HttpProtocolOptions")
        .with("common_http_protocol_options", Map::default().with("idle_timeout", "30s"))
        .with("explicit_http_config", Map::default().with("http_protocol_options", Map::default()));
    let only =
        Map::default().with("san_type", "DNS").with("matcher", Map::default().with("exact", host.as_str()));
    let validation = Map::default()
        .with("trusted_ca", Map::default().with("filename", "/etc/ssl/certs/ca-certificates.crt"))
        .with("match_typed_subject_alt_names", vec![only]);
    let tls = typed("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext")
        .with("sni", host.as_str())
        .with("common_tls_context", Map::default().with("validation_context", validation));
    let address =
        Map::default().with("address", host.as_str()).with("port_value", Tree::Number(u32::from(*port)));
    let endpoint = Map::default().with("address", Map::default().with("socket_address", address));
    let endpoints = Map::default().with("lb_endpoints", vec![Map::default().with("endpoint", endpoint)]);
    Map::default()
        .with("name", name.as_str())
        .with("type", "LOGICAL_DNS")
        .with("dns_lookup_family", "V4_PREFERRED")
        .with(
            "typed_extension_protocol_options",
            Map::default().with("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", options),
        )
        .with(
            "transport_socket",
            Map::default().with("name", "envoy.transport_sockets.tls").with("typed_config", tls),
        )
        .with(
            "load_assignment",
            Map::default().with("cluster_name", name.as_str()).with("endpoints", vec![endpoints]),
        )
}

//! The mesh's share of the setup: who was asked about which requests, and what the answer changed.

use super::Source;
use crate::migrate::found::{ExtensionProvider, Found, Operation, Policy, Target, TokenRule};
use crate::migrate::setting::At;
use crate::yaml::Node;

/// `extensionProviders` of the mesh's configuration.
pub(super) fn mesh(providers: &Node, source: &Source, found: &mut Found) {
    for provider in providers.items() {
        let (Some(name), Some(http)) =
            (provider.get("name").and_then(Node::text), provider.get("envoyExtAuthzHttp"))
        else {
            continue;
        };
        let to_upstream = http.get("headersToUpstreamOnAllow").map_or(&[][..], Node::items);
        found.providers.push(ExtensionProvider {
            name: name.to_owned(),
            at: source.at(provider.place),
            to_upstream: to_upstream.iter().filter_map(Node::text).map(str::to_ascii_lowercase).collect(),
            downstream_on_allow: http
                .entry("headersToDownstreamOnAllow")
                .map(|entry| source.at(entry.key_place)),
            service: http.get("service").and_then(Node::text).unwrap_or_default().to_owned(),
        });
    }
}

/// Reads a resource that speaks of the mesh; whether there is nothing else in it.
///
/// # Errors
/// Where no filter of Envoy can run.
pub(super) fn resource(
    kind: &str,
    name: &str,
    node: &Node,
    source: &Source,
    found: &mut Found,
) -> Result<bool, String> {
    match kind {
        "AuthorizationPolicy" => {
            match node.find(&["spec", "action"]).and_then(Node::text).unwrap_or("ALLOW") {
                "CUSTOM" => found.policies.push(policy(name, node, source)),
                "AUDIT" => {}
                action => found.enforced.push(format!("{name} ({action}) at {}", source.at(node.place))),
            }
        }
        "RequestAuthentication" => {
            let rules = node.find(&["spec", "jwtRules"]).map_or(&[][..], Node::items);
            let issuers =
                rules.iter().filter_map(|rule| rule.get("issuer")?.text()).map(str::to_owned).collect();
            found.token_rules.push(TokenRule {
                name: name.replacen(' ', "/", 1),
                at: source.at(node.place),
                issuers,
            });
        }
        "EnvoyFilter" => envoy_filter(name, node, source, found),
        "HTTPRoute" | "VirtualService" | "Ingress" => routes(node, source, found),
        "Gateway" => {
            if node.find(&["spec", "gatewayClassName"]).and_then(Node::text) == Some("istio-agentgateway") {
                let at = source.at(node.place);
                return Err(format!(
                    "{name} ({at}) is of class istio-agentgateway, which is no Envoy and runs no WebAssembly: use a Gateway of class istio"
                ));
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn policy(name: &str, node: &Node, source: &Source) -> Policy {
    let spec = |keys: &[&str]| node.get("spec").and_then(|spec| spec.find(keys));
    let rules = spec(&["rules"]).map_or(&[][..], Node::items);
    let operations = || {
        rules
            .iter()
            .flat_map(|rule| rule.get("to").map_or(&[][..], Node::items))
            .filter_map(|to| to.get("operation"))
    };
    let texts = |operation: &Node, key: &str| {
        let items = operation.get(key).map_or(&[][..], Node::items);
        items
            .iter()
            .filter_map(|item| Some((item.text()?.to_owned(), source.at(item.place))))
            .collect::<Vec<_>>()
    };
    let mut asked: Vec<Operation> = operations()
        .map(|operation| Operation {
            hosts: texts(operation, "hosts"),
            paths: texts(operation, "paths"),
            not_paths: texts(operation, "notPaths"),
        })
        .collect();
    // A rule without `to` asks about everything.
    if rules.iter().any(|rule| rule.get("to").is_none()) {
        asked.push(Operation::default());
    }
    let mut conditions: Vec<(String, At)> = Vec::new();
    for operation in operations() {
        for entry in operation
            .entries()
            .iter()
            .filter(|entry| !["hosts", "paths", "notPaths"].contains(&entry.key.as_str()))
        {
            conditions.push((entry.key.clone(), source.at(entry.key_place)));
        }
    }
    for rule in rules {
        for from in rule.get("from").map_or(&[][..], Node::items).iter().filter_map(|from| from.get("source"))
        {
            conditions
                .extend(from.entries().iter().map(|entry| (entry.key.clone(), source.at(entry.key_place))));
        }
        for when in rule.get("when").map_or(&[][..], Node::items) {
            conditions
                .extend(when.get("key").and_then(|key| Some((key.text()?.to_owned(), source.at(key.place)))));
        }
    }
    Policy {
        name: name.to_owned(),
        namespace: node.find(&["metadata", "namespace"]).and_then(Node::text).map(str::to_owned),
        at: source.at(node.place),
        provider: spec(&["provider", "name"]).and_then(Node::text).map(str::to_owned),
        labels: labels(spec(&["selector", "matchLabels"])),
        is_inbound: false,
        targets: targets(node),
        operations: asked,
        conditions,
    }
}

fn labels(node: Option<&Node>) -> Vec<(String, String)> {
    let entries = node.map_or(&[][..], Node::entries);
    entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.value.text()?.to_owned()))).collect()
}

fn targets(node: &Node) -> Vec<Target> {
    let listed = node.find(&["spec", "targetRefs"]).map_or(&[][..], Node::items);
    let single = node.find(&["spec", "targetRef"]);
    let text = |target: &Node, key: &str| target.get(key).and_then(Node::text).unwrap_or_default().to_owned();
    let target = |node: &Node| Target {
        group: text(node, "group"),
        kind: text(node, "kind"),
        name: text(node, "name"),
    };
    listed.iter().chain(single).map(target).collect()
}

/// `ext_authz` as people wrote it before Istio had a policy for it.
fn envoy_filter(name: &str, node: &Node, source: &Source, found: &mut Found) {
    let is_ext_authz = contains_text(node, &|text| text.contains("ext_authz"));
    if !is_ext_authz {
        return;
    }
    found.policies.push(Policy {
        name: name.to_owned(),
        namespace: node.find(&["metadata", "namespace"]).and_then(Node::text).map(str::to_owned),
        at: source.at(node.place),
        provider: None,
        labels: labels(node.find(&["spec", "workloadSelector", "labels"])),
        is_inbound: contains_text(node, &|text| text == "SIDECAR_INBOUND"),
        targets: Vec::new(),
        operations: vec![Operation::default()],
        conditions: Vec::new(),
    });
}

/// Hosts whose requests went through oauth2-proxy.
fn routes(node: &Node, source: &Source, found: &mut Found) {
    let leads_there = |rules: &str| {
        node.find(&["spec", rules]).is_some_and(|rules| {
            contains_text(rules, &|text| text.replace('_', "-").contains("oauth2-proxy"))
        })
    };
    // With a path of its own it is the sign-in that is routed there, not the application.
    let has_own_path =
        node.get("spec").is_some_and(|spec| contains_text(spec, &|text| text.starts_with("/oauth2")));
    if has_own_path || !["rules", "http"].iter().any(|rules| leads_there(rules)) {
        return;
    }
    for key in ["hostnames", "hosts"] {
        for host in node.find(&["spec", key]).map_or(&[][..], Node::items) {
            found.routed_hosts.extend(host.text().map(|name| (name.to_owned(), source.at(host.place))));
        }
    }
}

fn contains_text(node: &Node, wanted: &dyn Fn(&str) -> bool) -> bool {
    node.text().is_some_and(wanted)
        || node.items().iter().any(|item| contains_text(item, wanted))
        || node.entries().iter().any(|entry| contains_text(&entry.value, wanted))
}

//! Hosts of the configuration to which nothing in the same files leads.

use vestibule::config::HostPattern;

use super::Subject;
use super::never_matches::includes_host;
use crate::check::diagnostic::Diagnostic;
use crate::documents::Resource;
use crate::yaml::Node;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let Some(routed) = routed(subject) else { return vec![] };
    let mut found = Vec::new();
    let mut look = |key: String, hosts: &[HostPattern]| {
        for (index, host) in hosts.iter().enumerate() {
            if !routed.iter().any(|route| includes_host(route, host) || includes_host(host, route)) {
                found.push(subject.warning(
                    format!("{key}[{index}]"),
                    "unrouted-host",
                    format!("no route in these files is for {host}"),
                    "a host that a VirtualService or an HTTPRoute has, too: a misspelt one protects nothing",
                ));
            }
        }
    };
    look("hosts".to_owned(), subject.config.hosts.as_deref().unwrap_or_default());
    for (index, rule) in subject.config.access.iter().enumerate() {
        look(format!("access[{index}].match.hosts"), rule.when.hosts.as_deref().unwrap_or_default());
    }
    found
}

/// The hosts that routes are for, or without any route those of gateways. `None`: the files have neither, or something
/// takes every host.
fn routed(subject: &Subject<'_>) -> Option<Vec<HostPattern>> {
    let istio = "networking.istio.io";
    let api = "gateway.networking.k8s.io";
    let mut routes = subject.resources(istio, &["VirtualService"]);
    routes.extend(subject.resources(api, &["HTTPRoute"]));
    routes.retain(|route| comes_from_a_gateway(route) && !is_for_its_cluster_alone(route));
    if routes.is_empty() {
        routes.extend(subject.resources(istio, &["Gateway"]));
        routes.extend(subject.resources(api, &["Gateway"]));
    }
    if routes.is_empty() {
        return None;
    }
    let hosts: Vec<String> = routes.iter().map(|route| hosts_of(route)).collect::<Option<Vec<_>>>()?.concat();
    hosts.iter().map(|host| HostPattern::parse(&host.to_ascii_lowercase())).collect()
}

/// A route inside the mesh says nothing about the hosts that browsers name.
fn comes_from_a_gateway(route: &Resource) -> bool {
    let parents = |path: &[&str]| route.node.find(path).map(Node::items).unwrap_or_default().iter();
    let of_istio = parents(&["spec", "gateways"]).any(|gateway| gateway.text() != Some("mesh"));
    let is_gateway = |parent: &Node| parent.get("kind").is_none_or(|kind| kind.text() == Some("Gateway"));
    of_istio || parents(&["spec", "parentRefs"]).any(is_gateway)
}

/// A route whose names nobody can have (RFC 6761 §6.4): Envoy Gateway makes a cluster of it.
fn is_for_its_cluster_alone(route: &Resource) -> bool {
    let hosts = hosts_of(route).unwrap_or_default();
    !hosts.is_empty() && hosts.iter().all(|host| host.ends_with(".invalid"))
}

/// `None`: every host.
fn hosts_of(route: &Resource) -> Option<Vec<String>> {
    let spec = route.node.get("spec")?;
    let lists: Vec<&Node> = match (route.kind(), spec.get("servers"), spec.get("listeners")) {
        ("VirtualService", ..) => vec![spec.get("hosts")?],
        ("HTTPRoute", ..) => vec![spec.get("hostnames")?],
        (_, Some(servers), _) => {
            servers.items().iter().map(|server| server.get("hosts")).collect::<Option<_>>()?
        }
        (_, None, Some(listeners)) => {
            listeners.items().iter().map(|it| it.get("hostname")).collect::<Option<_>>()?
        }
        _ => return None,
    };
    let texts = lists.into_iter().flat_map(|list| list.items().iter().chain(list.text().map(|_| list)));
    // A gateway may name the namespace in front of the host.
    let host = |node: &Node| node.text().map(|text| text.rsplit('/').next().unwrap_or(text).to_owned());
    texts.map(host).collect()
}

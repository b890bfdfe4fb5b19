//! Which proxies run the filter, and whose they are.

use super::warning;
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Documents, Kind, Plugin};
use crate::yaml::{Entry, Node};

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    let (Kind::WasmPlugin | Kind::TrafficExtension, Some(spec)) = (plugin.kind, &plugin.spec) else {
        return vec![];
    };
    if ["selector", "targetRef", "targetRefs"].iter().any(|key| spec.get(key).is_some()) {
        return vec![];
    }
    vec![warning(
        plugin,
        plugin.place,
        "no-selector",
        "neither a selector nor targetRefs: it runs in every proxy of its namespace, in Istio's own namespace in every \
         proxy of the mesh",
        "selector: {matchLabels: …} with labels of the gateway's pods, or targetRefs",
    )]
}

/// Whether the plugin runs at a gateway. `None`: nothing says where.
pub(super) fn is_gateway(plugin: &Plugin) -> Option<bool> {
    if plugin.kind == Kind::EnvoyExtensionPolicy {
        return Some(true);
    }
    let spec = plugin.spec.as_ref()?;
    let context = spec.get("configPatches").map(Node::items).unwrap_or_default();
    let contexts = context.iter().filter_map(|patch| patch.find(&["match", "context"])?.text());
    if let Some(is_gateway) = contexts.map(|context| context == "GATEWAY").reduce(|one, two| one && two) {
        return Some(is_gateway);
    }
    let kinds: Vec<_> = targets(spec).filter_map(|target| target.get("kind")?.text()).collect();
    if !kinds.is_empty() {
        return Some(kinds.iter().all(|kind| *kind == "Gateway"));
    }
    let labels = spec.find(&["selector", "matchLabels"])?.entries();
    Some(labels.iter().any(|label| is_istios(label) || names(label, "gateway")))
}

/// Whose proxies run the filter, as Istio counts their traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Proxies {
    pub(super) owner: Owner,
    /// Not by a name alone, which anything may have.
    pub(super) is_certain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Gateway,
    Waypoint,
    Workload,
}

/// Of a WasmPlugin or a TrafficExtension. `None`: nothing says it, or it is for several.
pub(super) fn proxies(plugin: &Plugin, documents: &Documents) -> Option<Proxies> {
    let (Kind::WasmPlugin | Kind::TrafficExtension, Some(spec)) = (plugin.kind, &plugin.spec) else {
        return None;
    };
    let mut targets = targets(spec).map(|target| of_target(target, documents)).peekable();
    if targets.peek().is_some() {
        return targets.reduce(|one, two| one.filter(|one| Some(*one) == two))?;
    }
    let labels = spec.find(&["selector", "matchLabels"])?.entries();
    of_labels(labels)
}

/// Of the labels that the pods must have.
pub(super) fn of_labels(labels: &[Entry]) -> Option<Proxies> {
    let any = |test: &dyn Fn(&Entry) -> bool| labels.iter().any(test);
    if any(&is_istios) {
        return Some(Proxies { owner: Owner::Gateway, is_certain: true });
    }
    if any(&|label| names(label, "gateway")) {
        return Some(Proxies { owner: Owner::Gateway, is_certain: false });
    }
    // Many gateways have such a label, and some controllers do that are workloads.
    if labels.is_empty() || any(&|label| names(label, "ingress") || names(label, "egress")) {
        return None;
    }
    Some(Proxies { owner: Owner::Workload, is_certain: false })
}

fn of_target(target: &Node, documents: &Documents) -> Option<Proxies> {
    let name = target.get("name")?.text()?;
    match target.get("kind")?.text()? {
        "Service" | "ServiceEntry" => Some(Proxies { owner: Owner::Waypoint, is_certain: true }),
        "Gateway" => {
            let class = class_of_gateway(name, documents);
            let is_waypoint = class.unwrap_or(name).contains("waypoint");
            let owner = if is_waypoint { Owner::Waypoint } else { Owner::Gateway };
            Some(Proxies { owner, is_certain: class.is_some() })
        }
        _ => None,
    }
}

fn class_of_gateway<'d>(name: &str, documents: &'d Documents) -> Option<&'d str> {
    let mut gateways = documents.resources.iter().filter(|resource| {
        resource.kind() == "Gateway"
            && resource.group() == "gateway.networking.k8s.io"
            && resource.node.find(&["metadata", "name"]).and_then(Node::text) == Some(name)
    });
    gateways.next()?.node.find(&["spec", "gatewayClassName"])?.text()
}

fn targets(spec: &Node) -> impl Iterator<Item = &Node> {
    let list = spec.get("targetRefs").map(Node::items).unwrap_or_default();
    list.iter().chain(spec.get("targetRef"))
}

/// The label that Istio's own charts give to the pods of a gateway.
fn is_istios(label: &Entry) -> bool {
    let is_one = |value: &str| ["gateway", "ingress", "egress"].iter().any(|word| value.contains(word));
    label.key == "istio" && label.value.text().is_some_and(is_one)
}

fn names(label: &Entry, word: &str) -> bool {
    label.key.contains(word) || label.value.text().is_some_and(|value| value.contains(word))
}

//! Which traffic an EnvoyFilter puts the filter into.

use super::fault;
use super::selector::{self, Owner};
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Kind, Plugin, either};
use crate::yaml::{Node, Place};

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    patches(plugin).into_iter().filter_map(|patch| of_patch(plugin, patch)).collect()
}

fn of_patch(plugin: &Plugin, patch: &Node) -> Option<Diagnostic> {
    let context = patch.find(&["match", "context"])?;
    match context.text()? {
        "SIDECAR_OUTBOUND" => Some(fault(
            plugin,
            context.place,
            "outgoing-only",
            "context",
            "SIDECAR_OUTBOUND: only what a workload sends out is checked, and nothing that comes in",
            "GATEWAY or SIDECAR_INBOUND",
        )),
        "SIDECAR_INBOUND" if is_for_a_gateway(plugin) => Some(fault(
            plugin,
            context.place,
            "not-asked",
            "context",
            "SIDECAR_INBOUND at a gateway: it has no such listener, and no request is checked",
            "GATEWAY",
        )),
        _ => None,
    }
}

fn is_for_a_gateway(plugin: &Plugin) -> bool {
    let labels = plugin.spec.as_ref().and_then(|spec| spec.find(&["workloadSelector", "labels"]));
    let proxies = labels.and_then(|labels| selector::of_labels(labels.entries()));
    proxies.is_some_and(|proxies| proxies.owner == Owner::Gateway && proxies.is_certain)
}

/// The patches of an EnvoyFilter that have this filter: the one with its module, and those that put it into a chain by
/// its name.
pub(super) fn patches(plugin: &Plugin) -> Vec<&Node> {
    let (Kind::EnvoyFilter, Some(spec), Some(module)) = (plugin.kind, &plugin.spec, &plugin.module) else {
        return vec![];
    };
    let name = plugin.filter.as_ref().and_then(|filter| filter.get("name")?.text());
    let is_named = |value: &Node| {
        let discovers = either(value, "config_discovery", "configDiscovery").is_some();
        discovers && name.is_some() && value.get("name").and_then(Node::text) == name
    };
    let is_its = |patch: &&Node| {
        patch.find(&["patch", "value"]).is_some_and(|value| has_place(value, module.place) || is_named(value))
    };
    spec.get("configPatches").map(Node::items).unwrap_or_default().iter().filter(is_its).collect()
}

fn has_place(node: &Node, place: Place) -> bool {
    node.place == place || node.children().any(|child| has_place(child, place))
}

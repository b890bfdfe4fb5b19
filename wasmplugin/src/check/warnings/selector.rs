//! Which proxies run the filter.

use super::warning;
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Kind, Plugin};
use crate::yaml::Node;

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
    let refs = spec.get("targetRefs").map(Node::items).unwrap_or_default().iter();
    let kinds: Vec<_> =
        refs.chain(spec.get("targetRef")).filter_map(|target| target.get("kind")?.text()).collect();
    if !kinds.is_empty() {
        return Some(kinds.iter().all(|kind| *kind == "Gateway"));
    }
    let labels = spec.find(&["selector", "matchLabels"])?.entries();
    Some(labels.iter().any(|label| {
        label.key.contains("gateway") || label.value.text().is_some_and(|value| value.contains("gateway"))
    }))
}

//! `match` of Istio's kinds, by the direction of the traffic: a filter for the wrong one is never asked.

use super::selector::{self, Owner, Proxies};
use super::{fault, warning};
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Documents, Kind, Plugin};
use crate::yaml::{Node, Place};

pub(super) fn find(plugin: &Plugin, documents: &Documents) -> Vec<Diagnostic> {
    let entries = entries(plugin);
    let (Some(proxies), Some(first)) = (selector::proxies(plugin, documents), entries.first()) else {
        return vec![];
    };
    if entries.iter().any(|entry| mode(entry) != Some(wrong_mode(proxies))) {
        return vec![];
    }
    let by_name = if proxies.is_certain { "" } else { ", which it is by its name" };
    let (code, found, accepted) = match proxies.owner {
        Owner::Gateway => (
            "not-asked",
            format!(
                "SERVER at a gateway{by_name}: to Istio all its traffic is CLIENT, and no request is checked"
            ),
            "no mode: both directions are the default",
        ),
        Owner::Waypoint => (
            "not-asked",
            format!(
                "CLIENT at a waypoint{by_name}: to Istio all its traffic is SERVER, and no request is checked"
            ),
            "no mode: both directions are the default",
        ),
        Owner::Workload => (
            "outgoing-only",
            "CLIENT at a workload: only what it sends out is checked, and nothing that comes in".to_owned(),
            "mode: SERVER",
        ),
    };
    let place = first.get("mode").map_or(first.place, |mode| mode.place);
    vec![finding(plugin, proxies, place, code, found, accepted)]
}

/// About `match`: an error where it is certain whose proxies these are, else a warning.
pub(super) fn finding(
    plugin: &Plugin,
    proxies: Proxies,
    place: Place,
    code: &'static str,
    found: impl Into<String>,
    accepted: &str,
) -> Diagnostic {
    if proxies.is_certain {
        fault(plugin, place, code, "match", found, accepted)
    } else {
        warning(plugin, place, code, found, accepted)
    }
}

/// The entries of `match`: a request is shown to the filter where one of them fits, or where there is none.
pub(super) fn entries(plugin: &Plugin) -> &[Node] {
    let (Kind::WasmPlugin | Kind::TrafficExtension, Some(spec)) = (plugin.kind, &plugin.spec) else {
        return &[];
    };
    spec.get("match").map(Node::items).unwrap_or_default()
}

/// The only direction of an entry; `None`: it is for both.
pub(super) fn mode(entry: &Node) -> Option<&str> {
    entry.get("mode")?.text().filter(|mode| ["CLIENT", "SERVER"].contains(mode))
}

/// The direction that no request has which somebody sends to these proxies, as Istio counts.
pub(super) fn wrong_mode(proxies: Proxies) -> &'static str {
    match proxies.owner {
        Owner::Gateway => "SERVER",
        Owner::Waypoint | Owner::Workload => "CLIENT",
    }
}

//! `match` of Istio's kinds, by ports: what comes in at any other one is not checked.

use super::modes::{entries, finding, mode, wrong_mode};
use super::selector::{self, Owner};
use super::warning;
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Documents, Plugin};
use crate::yaml::{Node, Value};

pub(super) fn find(plugin: &Plugin, documents: &Documents) -> Vec<Diagnostic> {
    let proxies = selector::proxies(plugin, documents);
    // An entry for the wrong direction fits nothing, whatever its ports are.
    let wrong = proxies.map(wrong_mode);
    let fitting = entries(plugin).iter().filter(|entry| wrong.is_none() || mode(entry) != wrong);
    let by_entry: Vec<_> = fitting.map(ports).collect();
    if by_entry.iter().any(|ports| ports.is_empty()) {
        return vec![];
    }
    let ports = by_entry.concat();
    let Some((first, _)) = ports.first() else { return vec![] };
    match proxies {
        Some(proxies) if proxies.owner == Owner::Waypoint => {
            let found = "ports at a waypoint: Istio compares them with none there, and no request is checked";
            let accepted = "no ports";
            vec![finding(plugin, proxies, first.place, "not-asked", found, accepted)]
        }
        _ => {
            let mut numbers: Vec<_> = ports.iter().map(|(_, number)| *number).collect();
            numbers.dedup();
            vec![warning(
                plugin,
                first.place,
                "only-ports",
                format!("only requests to port {} are checked: any other port is open", numbers.join(", ")),
                "no ports; what is open to everybody is a rule with `allow: public`",
            )]
        }
    }
}

/// The ports of an entry, each with its number as it is written; none: it is for all.
fn ports(entry: &Node) -> Vec<(&Node, &str)> {
    let ports = entry.get("ports").map(Node::items).unwrap_or_default();
    let mut found = Vec::new();
    for node in ports.iter().filter_map(|port| port.get("number")) {
        if let Value::Number(_, written) = &node.value {
            found.push((node, written.as_str()));
        }
    }
    found
}

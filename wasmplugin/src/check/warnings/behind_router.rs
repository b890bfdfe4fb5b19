//! Where an EnvoyFilter puts the filter into the chain: the router is its end. Envoy refuses a listener with a filter behind
//! it, and Istio leaves the proxy with the listener of before, which has no filter.

use super::context::patches;
use super::fault;
use crate::check::diagnostic::Diagnostic;
use crate::documents::Plugin;
use crate::yaml::Node;

const ROUTER: &str = "envoy.filters.http.router";

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    patches(plugin).into_iter().filter_map(|patch| of_patch(plugin, patch)).collect()
}

fn of_patch(plugin: &Plugin, patch: &Node) -> Option<Diagnostic> {
    if patch.get("applyTo")?.text()? != "HTTP_FILTER" {
        return None;
    }
    let operation = patch.find(&["patch", "operation"])?;
    let other = patch.find(&["match", "listener", "filterChain", "filter", "subFilter", "name"]);
    let found = match (operation.text()?, other.and_then(Node::text)) {
        ("INSERT_AFTER", Some(ROUTER)) => format!("INSERT_AFTER {ROUTER}: nothing may be behind it"),
        ("INSERT_AFTER", None) => "INSERT_AFTER without subFilter: that is behind the router".to_owned(),
        ("ADD", _) => "ADD: that is behind the router".to_owned(),
        _ => return None,
    };
    Some(fault(
        plugin,
        operation.place,
        "behind-router",
        "operation",
        format!("{found}, Envoy does not take the listener, and no request is checked"),
        "INSERT_FIRST, or INSERT_BEFORE what decides by identity",
    ))
}

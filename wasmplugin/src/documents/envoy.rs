//! Envoy's own configuration of a Wasm filter, in an EnvoyFilter or by itself: the filter's is a JSON text within it.

use super::{Environment, File, Kind, Plugin, is_own};
use crate::yaml::{self, Entry, Node, Place, Value};

const WASM: &str = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";

/// Looks everywhere below `node`.
pub(super) fn look(name: &str, resource: &Node, node: &Node, file: &mut File) {
    if node.get("@type").and_then(Node::text) == Some(WASM) {
        if let Some(module) = node.get("config") {
            filter(name, resource, module, file);
        }
        return;
    }
    node.items().iter().for_each(|item| look(name, resource, item, file));
    node.entries().iter().for_each(|entry| look(name, resource, &entry.value, file));
}

fn filter(name: &str, resource: &Node, module: &Node, file: &mut File) {
    let text = module.find(&["configuration", "value"]);
    let config =
        text.and_then(|node| Some(shifted(yaml::read(node.text()?).ok()?.into_iter().next()?, node.place)));
    let named = if name.is_empty() { "Wasm filter".to_owned() } else { format!("EnvoyFilter {name}") };
    match config.filter(is_own) {
        Some(config) => file.plugins.push(Plugin {
            name: named,
            kind: Kind::EnvoyFilter,
            resource: resource.clone(),
            module: module.clone(),
            config,
            environment: Environment::of_vm(module.get("vm_config")),
        }),
        None => file.others.push(named),
    }
}

/// A tree that was read from a text within a file, with the places that it has there: lines are right, columns of the first
/// line too.
fn shifted(node: Node, by: Place) -> Node {
    let at = |place: Place| Place {
        line: place.line + by.line - 1,
        column: if place.line == 1 { place.column + by.column } else { place.column + by.column - 1 },
        width: place.width,
    };
    let value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(|item| shifted(item, by)).collect()),
        Value::Map(entries) => {
            let entry = |entry: Entry| Entry {
                key: entry.key,
                key_place: at(entry.key_place),
                value: shifted(entry.value, by),
            };
            Value::Map(entries.into_iter().map(entry).collect())
        }
        other => other,
    };
    Node { place: at(node.place), value }
}

//! A filter of connections in the place of one of requests: Istio shows no request to it.

use super::fault;
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Kind, Plugin};
use crate::yaml::Value;

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    let (Kind::WasmPlugin | Kind::TrafficExtension, Some(module)) = (plugin.kind, &plugin.module) else {
        return vec![];
    };
    let Some(node) = module.get("type") else { return vec![] };
    let found = match &node.value {
        Value::String(text) if ["HTTP", "UNSPECIFIED_PLUGIN_TYPE"].contains(&text.as_str()) => return vec![],
        Value::String(text) if text == "NETWORK" => {
            "NETWORK: Istio makes a filter of connections of it, and no request is checked".to_owned()
        }
        Value::String(text) => format!("found {text:?}"),
        Value::Number(_, written) => format!("found {written}"),
        _ => return vec![],
    };
    vec![fault(plugin, node.place, "no-http-filter", "type", found, "HTTP, which is the default")]
}

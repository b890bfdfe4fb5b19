//! Where each kind of resource carries a configuration.

use super::environment::Environment;
use super::{Kind, embedded};
use crate::yaml::{Broken, Node, Place, Value};

/// The sections that a configuration of this filter cannot do without.
const SECTIONS: [&str; 3] = ["provider", "client", "session"];

const FILTER: &str = "envoy.extensions.filters.http.wasm.v3.Wasm";

/// The message of which Envoy's documents say that a module gets it as JSON. Envoy 1.36 and 1.40 do not do so.
const STRUCT: &str = "google.protobuf.Struct";

/// What a resource carries: a configuration of this filter, or of some other module.
pub(super) struct Carried {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) config: Option<Node>,
    pub(super) environment: Environment,
    pub(super) module: Option<Node>,
    pub(super) filter: Option<Node>,
    pub(super) is_ours: bool,
}

/// Everything that `document` of the text `file` carries.
pub(super) fn carried(document: &Node, file: &str) -> Vec<Result<Carried, Broken>> {
    let spec = document.get("spec");
    match (document.get("kind").and_then(Node::text), spec) {
        (Some("WasmPlugin"), Some(spec)) => vec![Ok(of_istio(Kind::WasmPlugin, document, spec))],
        (Some("TrafficExtension"), Some(spec)) => {
            let wasm = spec.get("wasm");
            wasm.map(|wasm| Ok(of_istio(Kind::TrafficExtension, document, wasm))).into_iter().collect()
        }
        (Some("EnvoyExtensionPolicy"), Some(spec)) => {
            let modules = spec.get("wasm").map(Node::items).unwrap_or_default();
            modules.iter().map(|module| Ok(of_envoy_gateway(document, module))).collect()
        }
        (Some("EnvoyFilter"), Some(spec)) => {
            let patches = spec.get("configPatches").map(Node::items).unwrap_or_default();
            let values = patches.iter().filter_map(|patch| patch.find(&["patch", "value"]));
            values.flat_map(|value| of_envoy(document, (value, value), file)).collect()
        }
        (None, _) if SECTIONS.iter().chain(&["access"]).any(|key| document.get(key).is_some()) => {
            vec![Ok(alone(Kind::Bare, document, document))]
        }
        (None, _) => match document.get("pluginConfig") {
            Some(config) => vec![Ok(alone(Kind::Values, document, config))],
            None => of_envoy(document, (document, document), file),
        },
        _ => vec![],
    }
}

fn of_istio(kind: Kind, document: &Node, module: &Node) -> Carried {
    let config = module.get("pluginConfig").cloned();
    let env = module.find(&["vmConfig", "env"]);
    let names = [document.find(&["metadata", "name"]), module.get("url"), module.get("pluginName")];
    Carried {
        kind,
        name: name_of(document),
        place: document.entry("kind").map_or(document.place, |entry| entry.value.place),
        is_ours: is_ours(config.as_ref(), names),
        config,
        environment: Environment::of_istio(env),
        module: Some(module.clone()),
        filter: None,
    }
}

fn of_envoy_gateway(document: &Node, module: &Node) -> Carried {
    let config = module.get("config").cloned();
    let names = [
        document.find(&["metadata", "name"]),
        module.get("name"),
        module.find(&["code", "image", "url"]),
        module.find(&["code", "http", "url"]),
    ];
    let name = module.get("name").and_then(Node::text).map(|name| format!(", {name}")).unwrap_or_default();
    Carried {
        kind: Kind::EnvoyExtensionPolicy,
        name: format!("{}{name}", name_of(document)),
        place: module.place,
        is_ours: is_ours(config.as_ref(), names),
        config,
        environment: Environment::of_names(module.find(&["env", "hostKeys"])),
        module: Some(module.clone()),
        filter: None,
    }
}

/// Every Wasm filter in `node`, at whatever depth; `filter` is what has the node.
fn of_envoy(document: &Node, (filter, node): (&Node, &Node), file: &str) -> Vec<Result<Carried, Broken>> {
    let of_type = |key: &str| node.get(key).and_then(Node::text).is_some_and(|kind| kind.ends_with(FILTER));
    let of_module = |module: &Node| of_filter(document, (filter, module), file);
    if of_type("@type") {
        return node.get("config").map(of_module).into_iter().collect();
    }
    if of_type("type_url") || of_type("typeUrl") {
        return node.find(&["value", "config"]).map(of_module).into_iter().collect();
    }
    node.children().flat_map(|value| of_envoy(document, (node, value), file)).collect()
}

fn of_filter(document: &Node, (filter, module): (&Node, &Node), file: &str) -> Result<Carried, Broken> {
    let vm = either(module, "vm_config", "vmConfig");
    let code = vm.and_then(|vm| vm.get("code"));
    let names = [
        document.find(&["metadata", "name"]),
        module.get("name"),
        either(module, "root_id", "rootId"),
        code.and_then(|code| code.find(&["local", "filename"])),
        code.and_then(|code| either(code.get("remote")?, "http_uri", "httpUri")?.get("uri")),
    ];
    let message = module.get("configuration");
    let message_type = message.and_then(|message| message.entry("@type"));
    if let Some(entry) =
        message_type.filter(|entry| entry.value.text().is_some_and(|kind| kind.ends_with(STRUCT)))
        && is_ours(message.and_then(|message| message.get("value")), names)
    {
        let why = "Envoy gives the filter the bytes of this message, and no JSON: write the configuration as JSON in a google.protobuf.StringValue";
        return Err(Broken { place: entry.value.place, why: why.to_owned() });
    }
    let config = match message.map(|message| message.get("value").unwrap_or(message)) {
        Some(Node { value: Value::String(text), place }) => match embedded::read(text, *place, file) {
            Ok(config) => Some(config),
            Err(broken) if is_ours(None, names) || names_sections(text) => return Err(broken),
            // Other modules are configured as they like.
            Err(_) => None,
        },
        other => other.cloned(),
    };
    let variables = vm.and_then(|vm| either(vm, "environment_variables", "environmentVariables"));
    let host = variables.and_then(|variables| either(variables, "host_env_keys", "hostEnvKeys"));
    let values = variables.and_then(|variables| either(variables, "key_values", "keyValues"));
    Ok(Carried {
        kind: Kind::EnvoyFilter,
        name: name_of(document),
        place: module.place,
        is_ours: is_ours(config.as_ref(), names),
        config,
        environment: Environment::of_envoy(host, values),
        module: Some(module.clone()),
        filter: Some(filter.clone()),
    })
}

fn alone(kind: Kind, document: &Node, config: &Node) -> Carried {
    Carried {
        kind,
        name: if kind == Kind::Values { "the chart's values" } else { "the configuration" }.to_owned(),
        place: document.place,
        config: Some(config.clone()),
        environment: Environment::Unknown,
        module: None,
        filter: None,
        is_ours: true,
    }
}

/// The configuration of another module has none of our sections. One of ours may have none either, where all of it is
/// missing: then the names say it.
fn is_ours<const N: usize>(config: Option<&Node>, names: [Option<&Node>; N]) -> bool {
    let has_section = config.is_some_and(|config| SECTIONS.iter().any(|key| config.get(key).is_some()));
    let says_so =
        |name: &Node| name.text().is_some_and(|name| name.to_ascii_lowercase().contains("vestibule"));
    has_section || names.into_iter().flatten().any(says_so)
}

/// Whether a text that is no JSON was to be a configuration of this filter.
fn names_sections(text: &str) -> bool {
    SECTIONS.iter().filter(|section| text.contains(&format!("\"{section}\""))).count() > 1
}

/// The kind and the name of a resource: `WasmPlugin istio-system/vestibule`.
fn name_of(document: &Node) -> String {
    let text = |keys: &[&str]| document.find(keys).and_then(Node::text);
    let kind = text(&["kind"]).unwrap_or("Envoy's configuration");
    match (text(&["metadata", "namespace"]), text(&["metadata", "name"])) {
        (Some(namespace), Some(name)) => format!("{kind} {namespace}/{name}"),
        (None, Some(name)) => format!("{kind} {name}"),
        (_, None) => kind.to_owned(),
    }
}

/// Envoy takes a key in either spelling.
pub(crate) fn either<'n>(node: &'n Node, one: &str, other: &str) -> Option<&'n Node> {
    node.get(one).or_else(|| node.get(other))
}

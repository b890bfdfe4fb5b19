//! Configurations of the filter in documents of YAML, with their places: what a resource of Istio, Envoy Gateway or Envoy
//! holds, or a configuration by itself.
//!
//! Plugins of other people are told apart and left alone.

mod environment;
mod envoy;

use crate::input::Input;
use crate::yaml::{self, Node, Place};
pub(crate) use environment::Environment;

/// Keys that only a configuration of the filter has.
const OWN_KEYS: [&str; 3] = ["provider", "client", "session"];

/// All documents of one file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) documents: Vec<Node>,
    pub(crate) plugins: Vec<Plugin>,
    /// Resources that could hold the filter, and hold something else: kind and name.
    pub(crate) others: Vec<String>,
}

/// A configuration of the filter.
#[derive(Clone, Debug)]
pub(crate) struct Plugin {
    /// `WasmPlugin vestibule`, or `configuration`.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The resource as a whole; of a bare configuration the same as `config`.
    pub(crate) resource: Node,
    /// What is beside the configuration: `url`, `failStrategy`.
    pub(crate) module: Node,
    pub(crate) config: Node,
    pub(crate) environment: Environment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    WasmPlugin,
    TrafficExtension,
    EnvoyExtensionPolicy,
    EnvoyFilter,
    Bare,
}

/// Why a file is no YAML.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) place: Place,
    pub(crate) why: String,
}

/// # Errors
/// Where the text is no YAML, and why.
pub(crate) fn read(input: &Input) -> Result<File, Broken> {
    let documents =
        yaml::read(&input.text).map_err(|broken| Broken { place: broken.place, why: broken.why })?;
    let mut file = File {
        name: input.name.clone(),
        text: input.text.clone(),
        documents,
        plugins: Vec::new(),
        others: Vec::new(),
    };
    for document in file.documents.clone() {
        look(&document, &mut file);
    }
    Ok(file)
}

fn look(document: &Node, file: &mut File) {
    let text = |key: &str| document.get(key).and_then(Node::text);
    let name = document.find(&["metadata", "name"]).and_then(Node::text).unwrap_or_default();
    let spec = document.get("spec");
    match (text("kind"), spec) {
        (Some("List"), _) => {
            for item in document.get("items").map_or(&[][..], Node::items) {
                look(item, file);
            }
        }
        (Some("WasmPlugin"), Some(spec)) => of_module(Kind::WasmPlugin, name, document, spec, file),
        (Some("TrafficExtension"), Some(spec)) => {
            if let Some(module) = spec.get("wasm") {
                of_module(Kind::TrafficExtension, name, document, module, file);
            }
        }
        (Some("EnvoyExtensionPolicy"), Some(spec)) => {
            for module in spec.get("wasm").map_or(&[][..], Node::items) {
                of_module(Kind::EnvoyExtensionPolicy, name, document, module, file);
            }
        }
        (Some("EnvoyFilter"), Some(spec)) => envoy::look(name, document, spec, file),
        (None, _) if is_own(document) => file.plugins.push(Plugin {
            name: "configuration".to_owned(),
            kind: Kind::Bare,
            resource: document.clone(),
            module: document.clone(),
            config: document.clone(),
            environment: Environment::Unknown,
        }),
        // A configuration of Envoy itself.
        (None, _) => envoy::look("", document, document, file),
        _ => {}
    }
}

fn of_module(kind: Kind, name: &str, resource: &Node, module: &Node, file: &mut File) {
    let key = if kind == Kind::EnvoyExtensionPolicy { "config" } else { "pluginConfig" };
    let named = format!("{kind:?} {name}");
    let config = module.entry(key);
    let says_so =
        [Some(name), module.get("url").and_then(Node::text), module.get("pluginName").and_then(Node::text)];
    let is_named = says_so.into_iter().flatten().any(|text| text.contains("vestibule"));
    if !is_named && !config.is_some_and(|entry| is_own(&entry.value)) {
        file.others.push(named);
        return;
    }
    let nothing = Node { place: module.place, value: yaml::Value::Map(Vec::new()) };
    file.plugins.push(Plugin {
        name: named,
        kind,
        resource: resource.clone(),
        module: module.clone(),
        config: config.map_or(nothing, |entry| entry.value.clone()),
        environment: Environment::of_module(kind, module),
    });
}

fn is_own(config: &Node) -> bool {
    OWN_KEYS.iter().any(|key| config.get(key).is_some())
}

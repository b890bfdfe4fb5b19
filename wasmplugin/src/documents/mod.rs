//! Configurations of the filter in YAML documents, whatever resource carries them, and the resources beside them.
//!
//! [`find`] reads all files of a command. [`carriers`] knows where each kind of resource has the configuration, its
//! environment and the module; [`embedded`] reads a configuration that is JSON inside a string.

mod carriers;
mod embedded;
mod environment;

use crate::input::Input;
use crate::yaml::{self, Broken, Node, Place};

pub(crate) use carriers::either;
pub(crate) use environment::{Environment, Source};

/// Everything that the files hold.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// Configurations of this filter.
    pub(crate) plugins: Vec<Plugin>,
    /// All resources of Kubernetes, those with a configuration included.
    pub(crate) resources: Vec<Resource>,
    /// What is no resource, each with its file: Envoy's own configuration, most of all.
    pub(crate) plain: Vec<(usize, Node)>,
    /// What carries the configuration of some other Wasm module.
    pub(crate) others: Vec<Other>,
    /// Texts that cannot be read.
    pub(crate) broken: Vec<(usize, Broken)>,
}

/// One configuration of the filter, and what is known of the resource around it.
#[derive(Debug)]
pub(crate) struct Plugin {
    /// The place of the file among the inputs.
    pub(crate) file: usize,
    pub(crate) kind: Kind,
    /// To speak of it by: `WasmPlugin istio-system/vestibule`.
    pub(crate) name: String,
    /// Where the resource begins, or what is closest to a configuration that is missing.
    pub(crate) place: Place,
    /// `None`: the resource has none.
    pub(crate) config: Option<Node>,
    pub(crate) environment: Environment,
    /// `spec` of the resource; `None` where there is no resource.
    pub(crate) spec: Option<Node>,
    /// The map that says which module runs and what happens where it fails; `None` where there is no resource.
    pub(crate) module: Option<Node>,
    /// Of Envoy's own configuration the entry of `http_filters`, or what stands for it: with the filter's name.
    pub(crate) filter: Option<Node>,
}

/// What carries a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    WasmPlugin,
    TrafficExtension,
    EnvoyExtensionPolicy,
    /// Also a configuration of Envoy itself.
    EnvoyFilter,
    /// `pluginConfig` of the chart's values.
    Values,
    /// The configuration alone.
    Bare,
}

/// A resource of Kubernetes.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) file: usize,
    pub(crate) node: Node,
}

/// A Wasm module that is not this filter.
#[derive(Debug)]
pub(crate) struct Other {
    pub(crate) file: usize,
    pub(crate) name: String,
    pub(crate) place: Place,
}

impl Resource {
    pub(crate) fn kind(&self) -> &str {
        self.node.get("kind").and_then(Node::text).unwrap_or_default()
    }

    /// Of its `apiVersion`: `networking.istio.io`.
    pub(crate) fn group(&self) -> &str {
        let version = self.node.get("apiVersion").and_then(Node::text).unwrap_or_default();
        version.split_once('/').map_or("", |(group, _)| group)
    }
}

/// Reads all documents of all files. A `List` counts as the resources in it.
pub(crate) fn find(inputs: &[Input]) -> Documents {
    let mut found = Documents::default();
    for (file, input) in inputs.iter().enumerate() {
        match yaml::read(&input.text) {
            Ok(documents) => {
                for document in documents {
                    found.add(file, &input.text, document);
                }
            }
            Err(broken) => found.broken.push((file, broken)),
        }
    }
    found
}

impl Documents {
    fn add(&mut self, file: usize, text: &str, document: Node) {
        let is_list = document.get("kind").and_then(Node::text).is_some_and(|kind| kind.ends_with("List"));
        if is_list && let Some(items) = document.get("items") {
            for item in items.items() {
                self.add(file, text, item.clone());
            }
            return;
        }
        for carried in carriers::carried(&document, text) {
            match carried {
                Ok(found) if found.is_ours => self.plugins.push(Plugin {
                    file,
                    kind: found.kind,
                    name: found.name,
                    place: found.place,
                    config: found.config,
                    environment: found.environment,
                    spec: document.get("spec").cloned(),
                    module: found.module,
                    filter: found.filter,
                }),
                Ok(found) => self.others.push(Other { file, name: found.name, place: found.place }),
                Err(broken) => self.broken.push((file, broken)),
            }
        }
        if document.get("kind").is_some() {
            self.resources.push(Resource { file, node: document });
        } else {
            self.plain.push((file, document));
        }
    }
}

//! Which variables a filter sees, as far as its resource says.

use std::collections::BTreeMap;

use super::Kind;
use crate::yaml::Node;

#[derive(Clone, Debug)]
pub(crate) enum Environment {
    /// The resource does not say: a configuration by itself.
    Unknown,
    /// These, and no others.
    Named(BTreeMap<String, Variable>),
}

#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// `None`: from the proxy's own environment.
    pub(crate) value: Option<String>,
}

impl Environment {
    pub(super) fn of_module(kind: Kind, module: &Node) -> Self {
        let mut named = BTreeMap::new();
        for item in module.find(&["vmConfig", "env"]).map_or(&[][..], Node::items) {
            let Some(name) = item.get("name").and_then(Node::text) else { continue };
            let value = item.get("value").and_then(Node::text).map(str::to_owned);
            named.insert(name.to_owned(), Variable { value });
        }
        if kind == Kind::EnvoyExtensionPolicy {
            host_keys(module.find(&["env", "hostKeys"]), &mut named);
        }
        Self::Named(named)
    }

    /// `vm_config` of Envoy's own configuration.
    pub(super) fn of_vm(vm: Option<&Node>) -> Self {
        let mut named = BTreeMap::new();
        let variables = vm.and_then(|vm| vm.get("environment_variables"));
        host_keys(variables.and_then(|variables| variables.get("host_env_keys")), &mut named);
        for entry in
            variables.and_then(|variables| variables.get("key_values")).map_or(&[][..], Node::entries)
        {
            let value = entry.value.text().map(str::to_owned);
            named.insert(entry.key.clone(), Variable { value });
        }
        Self::Named(named)
    }
}

fn host_keys(keys: Option<&Node>, named: &mut BTreeMap<String, Variable>) {
    for key in keys.map_or(&[][..], Node::items) {
        if let Some(name) = key.text() {
            named.insert(name.to_owned(), Variable { value: None });
        }
    }
}

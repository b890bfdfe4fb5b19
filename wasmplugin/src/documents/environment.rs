//! What of its environment a resource gives to the filter.

use vestibule::config::Secret;

use crate::yaml::{Node, Place};

/// The variables that the filter sees.
#[derive(Debug)]
pub(crate) enum Environment {
    /// Nothing is known of it: the configuration stands alone.
    Unknown,
    /// These and no others.
    Known(Vec<Variable>),
}

/// One variable.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// Of the entry.
    pub(crate) place: Place,
    pub(crate) source: Source,
}

/// Where its value comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The environment of the proxy.
    Host,
    /// The resource itself.
    Inline(Secret),
}

impl Environment {
    /// `env` of an Istio `vmConfig`: a list of names, each with a `value` or `valueFrom: HOST`.
    pub(super) fn of_istio(env: Option<&Node>) -> Self {
        let entries = env.map(Node::items).unwrap_or_default();
        let variable = |entry: &Node| {
            let name = entry.get("name").and_then(Node::text)?.to_owned();
            let from_host = entry.get("valueFrom").and_then(Node::text) == Some("HOST");
            let value = || entry.get("value").and_then(Node::text).unwrap_or_default().to_owned();
            let source = if from_host { Source::Host } else { Source::Inline(Secret::new(value())) };
            Some(Variable { name, place: entry.place, source })
        };
        Self::Known(entries.iter().filter_map(variable).collect())
    }

    /// A list of names of the proxy's environment.
    pub(super) fn of_names(names: Option<&Node>) -> Self {
        Self::Known(names.map(from_host).unwrap_or_default())
    }

    /// `environment_variables` of Envoy's `vm_config`, with names of the proxy's environment and with values.
    pub(super) fn of_envoy(names: Option<&Node>, values: Option<&Node>) -> Self {
        let mut variables = names.map(from_host).unwrap_or_default();
        for entry in values.map(Node::entries).unwrap_or_default() {
            let value = entry.value.text().unwrap_or_default().to_owned();
            variables.push(Variable {
                name: entry.key.clone(),
                place: entry.key_place,
                source: Source::Inline(Secret::new(value)),
            });
        }
        Self::Known(variables)
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&Variable> {
        match self {
            Self::Unknown => None,
            Self::Known(variables) => variables.iter().find(|variable| variable.name == name),
        }
    }

    /// Whether the filter may see a variable of this name.
    pub(crate) fn passes(&self, name: &str) -> bool {
        matches!(self, Self::Unknown) || self.variable(name).is_some()
    }
}

fn from_host(names: &Node) -> Vec<Variable> {
    let variable = |item: &Node| {
        item.text().map(|name| Variable { name: name.to_owned(), place: item.place, source: Source::Host })
    };
    names.items().iter().filter_map(variable).collect()
}

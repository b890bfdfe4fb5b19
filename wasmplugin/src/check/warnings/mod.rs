//! What is taken and perhaps not meant: one rule a file.
//!
//! Those of [`Plugin`] look at what carries the configuration, some of them also at what is beside it; those of [`Subject`]
//! at a configuration that the filter takes, and at the other resources in the files. A warning that is wrong now and then
//! is worse than none: each says nothing where the files do not show enough.

mod address_opens;
mod behind_router;
mod both_kinds;
mod case_only;
mod certificate;
mod context;
mod disabled;
mod envoy_gateway;
mod fail_open;
mod id_tokens;
mod image;
mod inline_secret;
mod limited_to_methods;
mod modes;
mod never_matches;
mod phase;
mod placeholder;
mod plugin_type;
mod ports;
pub(super) mod redirect_uris;
mod selector;
pub(super) mod service_entry;
mod signed_for_any_host;
mod unrouted_hosts;

use vestibule::config::{Config, Provider};

use super::diagnostic::{Diagnostic, Severity};
use crate::documents::{Documents, Plugin, Resource};
use crate::yaml::{Node, Place};

/// A configuration that the filter takes.
#[derive(Clone, Copy)]
struct Subject<'a> {
    plugin: &'a Plugin,
    config: &'a Config,
    documents: &'a Documents,
}

const OF_PLUGIN: [fn(&Plugin) -> Vec<Diagnostic>; 8] = [
    behind_router::find,
    context::find,
    fail_open::find,
    image::find,
    inline_secret::find,
    phase::find,
    plugin_type::find,
    selector::find,
];

const OF_SURROUNDINGS: [fn(&Plugin, &Documents) -> Vec<Diagnostic>; 3] =
    [disabled::find, modes::find, ports::find];

const OF_CONFIG: [fn(&Subject<'_>) -> Vec<Diagnostic>; 13] = [
    address_opens::find,
    both_kinds::find,
    case_only::find,
    certificate::find,
    envoy_gateway::find,
    id_tokens::find,
    limited_to_methods::find,
    never_matches::find,
    placeholder::find,
    redirect_uris::find,
    service_entry::find,
    signed_for_any_host::find,
    unrouted_hosts::find,
];

/// Everything about one configuration; without `config`, only what does not depend on it.
pub(super) fn of(plugin: &Plugin, config: Option<&Config>, documents: &Documents) -> Vec<Diagnostic> {
    let mut found: Vec<_> = OF_PLUGIN.iter().flat_map(|rule| rule(plugin)).collect();
    found.extend(OF_SURROUNDINGS.iter().flat_map(|rule| rule(plugin, documents)));
    if let Some(config) = config {
        let subject = Subject { plugin, config, documents };
        found.extend(OF_CONFIG.iter().flat_map(|rule| rule(&subject)));
    }
    found
}

/// A warning at a place of the plugin's file.
fn warning(
    plugin: &Plugin,
    place: Place,
    code: &'static str,
    found: impl Into<String>,
    advice: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        code,
        file: plugin.file,
        place,
        key: String::new(),
        found: found.into(),
        accepted: advice.into(),
    }
}

/// What may not be at all: a key of what carries the configuration.
fn fault(
    plugin: &Plugin,
    place: Place,
    code: &'static str,
    key: impl Into<String>,
    found: impl Into<String>,
    accepted: impl Into<String>,
) -> Diagnostic {
    Diagnostic { severity: Severity::Fault, key: key.into(), ..warning(plugin, place, code, found, accepted) }
}

impl Subject<'_> {
    /// A warning about a key of the configuration.
    fn warning(
        &self,
        key: impl Into<String>,
        code: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::of_key(self.plugin, (Severity::Warning, code), key, found, advice)
    }

    /// The providers that the filter calls, each with the key of its issuer.
    fn providers(&self) -> Vec<(String, &Provider)> {
        let further = self.config.issuers.iter();
        let further = further.map(|issuer| (format!("providers.{}.issuer", issuer.name), &issuer.provider));
        [("provider.issuer".to_owned(), &self.config.provider)].into_iter().chain(further).collect()
    }

    /// The resources of these kinds, of a group that ends in `group`.
    fn resources(&self, group: &str, kinds: &[&str]) -> Vec<&Resource> {
        let is_it = |it: &&Resource| kinds.contains(&it.kind()) && it.group() == group;
        self.documents.resources.iter().filter(is_it).collect()
    }
}

/// Istio's name for a cluster, `outbound|443|subset|host`: the subset, which may be empty, and the host.
fn istio_cluster(name: &str) -> Option<(&str, &str)> {
    let mut parts = name.strip_prefix("outbound|")?.split('|');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(subset), Some(host), None) => Some((subset, host)),
        _ => None,
    }
}

/// A word of a resource, where it has one.
fn word<'n>(node: &'n Node, key: &str) -> Option<(&'n str, Place)> {
    node.get(key).and_then(|value| Some((value.text()?, value.place)))
}

#[cfg(test)]
mod tests;

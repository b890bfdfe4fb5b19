//! What loads, and does something else than was probably meant. One file a subject.

mod hosts;
mod provider;
mod resource;
mod rules;

use vestibule::config::Config;

use super::diagnostic::{Diagnostic, Severity};
use crate::documents::{File, Plugin};
use crate::yaml::{Node, Place};

/// A configuration, and whatever else was given with it.
pub(super) struct Context<'a> {
    pub(super) file: &'a File,
    pub(super) plugin: &'a Plugin,
    pub(super) files: &'a [File],
}

/// Of a configuration that loads.
pub(super) fn of_config(context: &Context<'_>, config: &Config, diagnostics: &mut Vec<Diagnostic>) {
    rules::look(context, config, diagnostics);
    hosts::look(context, config, diagnostics);
    provider::look(context, config, diagnostics);
}

/// Of the resource around it.
pub(super) fn of_resource(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    resource::look(context, diagnostics);
}

impl Context<'_> {
    /// All resources of a kind, in all files.
    fn resources(&self, kind: &str) -> impl Iterator<Item = &Node> {
        let documents = self.files.iter().flat_map(|file| &file.documents);
        documents.filter(move |document| document.get("kind").and_then(Node::text) == Some(kind))
    }

    /// About a key of the configuration.
    fn at_key(
        &self,
        severity: Severity,
        code: &'static str,
        key: &str,
        says: String,
        help: &str,
    ) -> Diagnostic {
        // A section is named by its key, a value by itself.
        let place = self.plugin.config.place_of(key, !key.contains(['.', '[']));
        Diagnostic {
            severity,
            code,
            file: self.file.name.clone(),
            place,
            key: key.to_owned(),
            says,
            help: help.to_owned(),
        }
    }

    /// About the resource.
    fn at(
        &self,
        severity: Severity,
        code: &'static str,
        place: Place,
        says: String,
        help: &str,
    ) -> Diagnostic {
        Diagnostic {
            severity,
            code,
            file: self.file.name.clone(),
            place,
            key: String::new(),
            says,
            help: help.to_owned(),
        }
    }
}

/// The texts of a list.
fn texts(node: Option<&Node>) -> impl Iterator<Item = &str> {
    node.map_or(&[][..], Node::items).iter().filter_map(Node::text)
}

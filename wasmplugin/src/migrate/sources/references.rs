//! ConfigMaps and Secrets that the files hold, for whoever names them.
//!
//! Of a Secret only what is no secret is ever read: identifiers and addresses.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::scalar::scalar;
use super::{Document, Source};
use crate::migrate::setting::{At, Value};
use crate::yaml::Node;

#[derive(Default)]
pub(super) struct References {
    config_maps: BTreeMap<String, BTreeMap<String, (String, At)>>,
    /// Of each key the value, where it is one that may be read.
    secrets: BTreeMap<String, BTreeMap<String, (Option<String>, At)>>,
    /// Files of variables of which kustomize makes a ConfigMap or a Secret, by its name.
    variables_files: BTreeMap<String, Vec<String>>,
}

impl References {
    pub(super) fn of(documents: &[Document]) -> Self {
        let mut references = Self::default();
        for document in documents {
            references.look_through(&document.node, &document.source);
        }
        references
    }

    /// A key of a ConfigMap, where the files have it.
    pub(super) fn of_config_map(&self, name: &str, key: &str) -> Option<String> {
        self.config_maps.get(name)?.get(key).map(|(text, _)| text.clone())
    }

    pub(super) fn config_map(&self, name: &str) -> Option<&BTreeMap<String, (String, At)>> {
        self.config_maps.get(name)
    }

    /// A key of a Secret, where the files have it and it is no secret.
    pub(super) fn of_secret(&self, name: &str, key: &str) -> Option<Value> {
        let (text, _) = self.secrets.get(name)?.get(key)?;
        text.clone().map(Value::text)
    }

    pub(super) fn secret(&self, name: &str) -> Option<impl Iterator<Item = (&String, &At)>> {
        Some(self.secrets.get(name)?.iter().map(|(key, (_, at))| (key, at)))
    }

    pub(super) fn variables_files(&self, name: &str) -> &[String] {
        self.variables_files.get(name).map_or(&[], Vec::as_slice)
    }

    fn look_through(&mut self, node: &Node, source: &Source) {
        let name = || node.find(&["metadata", "name"]).and_then(Node::text);
        match (node.get("kind").and_then(Node::text), name()) {
            (Some("ConfigMap"), Some(name)) => {
                for entry in node.get("data").map_or(&[][..], Node::entries) {
                    self.config_map_value(
                        name,
                        &entry.key,
                        text_of(&entry.value),
                        source.at(entry.value.place),
                    );
                }
            }
            (Some("Secret"), Some(name)) => {
                for (field, is_encoded) in [("stringData", false), ("data", true)] {
                    for entry in node.get(field).map_or(&[][..], Node::entries) {
                        let text = text_of(&entry.value);
                        let text = if is_encoded { decoded(&text) } else { Some(text) };
                        self.secret_value(name, &entry.key, text, source.at(entry.key_place));
                    }
                }
            }
            (Some("Kustomization"), _) => self.generators(node, source),
            _ => {}
        }
        for item in node.items() {
            self.look_through(item, source);
        }
        for entry in node.entries() {
            self.look_through(&entry.value, source);
        }
    }

    fn generators(&mut self, node: &Node, source: &Source) {
        for (generator, is_secret) in [("configMapGenerator", false), ("secretGenerator", true)] {
            for item in node.get(generator).map_or(&[][..], Node::items) {
                let Some(name) = item.get("name").and_then(Node::text) else { continue };
                let listed = item.get("envs").map_or(&[][..], Node::items).iter();
                let files = listed.chain(item.get("env")).filter_map(Node::text).map(str::to_owned);
                self.variables_files.entry(name.to_owned()).or_default().extend(files);
                for literal in item.get("literals").map_or(&[][..], Node::items) {
                    let Some((key, text)) = literal.text().and_then(|text| text.split_once('=')) else {
                        continue;
                    };
                    let at = source.at(literal.place);
                    if is_secret {
                        self.secret_value(name, key, Some(text.to_owned()), at);
                    } else {
                        self.config_map_value(name, key, text.to_owned(), at);
                    }
                }
            }
        }
    }

    fn config_map_value(&mut self, name: &str, key: &str, text: String, at: At) {
        self.config_maps.entry(name.to_owned()).or_default().insert(key.to_owned(), (text, at));
    }

    fn secret_value(&mut self, name: &str, key: &str, text: Option<String>, at: At) {
        let text = text.filter(|_| is_no_secret(key));
        self.secrets.entry(name.to_owned()).or_default().insert(key.to_owned(), (text, at));
    }
}

/// Whether a key of a Secret names something that everybody may know.
fn is_no_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace(['_', '-', '.'], "");
    [
        "clientid",
        "issuer",
        "issuerurl",
        "oidcissuerurl",
        "tenant",
        "azuretenant",
        "tenantid",
        "emaildomains",
        "redirecturl",
    ]
    .iter()
    .any(|known| key.ends_with(known))
}

fn text_of(node: &Node) -> String {
    match scalar(node) {
        Value::Texts(texts) => texts.join(","),
        _ => String::new(),
    }
}

fn decoded(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    String::from_utf8(bytes).ok().map(|text| text.trim_end_matches('\n').to_owned())
}

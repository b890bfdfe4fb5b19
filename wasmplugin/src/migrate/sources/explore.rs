//! A document of YAML, from its root down to whatever is worth reading in it.

use super::chart_file::Part;
use super::references::References;
use super::{Source, alpha, chart, container, istio, toml};
use crate::migrate::found::Found;
use crate::yaml::{self, Entry, Node, Value};

/// # Errors
/// Why this can be no setup that is migrated.
pub(super) fn document(
    node: &Node,
    source: &Source,
    references: &References,
    charts: &mut Vec<Part>,
    found: &mut Found,
) -> Result<(), String> {
    Explorer { references, charts, found }.node("values", node, source)
}

/// What a ConfigMap holds that is worth reading has one of these in it: the last ones are an alpha configuration's.
const TELLING: [&str; 5] =
    ["oauth2", "providers:", "upstreamConfig:", "injectRequestHeaders:", "injectResponseHeaders:"];

struct Explorer<'a> {
    references: &'a References,
    charts: &'a mut Vec<Part>,
    found: &'a mut Found,
}

impl Explorer<'_> {
    /// `name`: what the nearest thing above it is called.
    fn node(&mut self, name: &str, node: &Node, source: &Source) -> Result<(), String> {
        let own_name = node.find(&["metadata", "name"]).and_then(Node::text);
        let kind = node.get("kind").and_then(Node::text).filter(|_| node.get("apiVersion").is_some());
        let named = match (kind, own_name) {
            (Some(kind), Some(own)) => format!("{kind} {own}"),
            _ => name.to_owned(),
        };
        match kind {
            Some("ConfigMap") => return self.config_map(&named, node, source),
            Some("Secret" | "SealedSecret" | "ExternalSecret" | "CustomResourceDefinition") => return Ok(()),
            Some(kind) if istio::resource(kind, &named, node, source, self.found)? => return Ok(()),
            Some(_) | None => {}
        }
        if let Some(providers) = node.get("extensionProviders") {
            istio::mesh(providers, source, self.found);
        }
        if chart::is_one(node) {
            self.charts.push(chart::read(&named, node, source, self.references, self.found)?);
            for key in ["extraObjects", "extraDeploy"] {
                self.children(&named, node.get(key).map_or(&[], Node::items), source)?;
            }
            return Ok(());
        }
        if container::is_one(node, source) {
            container::read(&named, node, source, self.references, self.found);
            return Ok(());
        }
        if alpha::is_one(node) {
            alpha::read(node, source, self.found);
            return Ok(());
        }
        self.children(&named, node.items(), source)?;
        for entry in node.entries() {
            self.entry(&named, entry, source)?;
        }
        Ok(())
    }

    fn children(&mut self, name: &str, items: &[Node], source: &Source) -> Result<(), String> {
        items.iter().try_for_each(|item| self.node(name, item, source))
    }

    fn entry(&mut self, name: &str, entry: &Entry, source: &Source) -> Result<(), String> {
        let names_it = entry.key.replace('_', "-").to_ascii_lowercase().contains("oauth2-proxy");
        let name = if names_it && name == "values" { entry.key.as_str() } else { name };
        match (entry.key.as_str(), &entry.value.value) {
            // Values of Helm within a text: Argo CD, k3s.
            ("values" | "valuesContent", Value::String(text)) => {
                self.text(name, text, &source.within(&entry.value))
            }
            // `--set` of Helm: a list of Argo CD and helmfile, a map of k3s.
            ("parameters" | "set", Value::List(items)) => {
                let pairs =
                    items.iter().filter_map(|item| Some((item.get("name")?.text()?, item.get("value")?)));
                self.node(name, &nested(&entry.value, pairs), source)
            }
            ("set", Value::Map(entries)) => {
                let pairs = entries.iter().map(|entry| (entry.key.as_str(), &entry.value));
                self.node(name, &nested(&entry.value, pairs), source)
            }
            ("valuesFrom", Value::List(items)) => {
                for item in items {
                    let text = |key: &str| item.get(key).and_then(Node::text);
                    if let (Some(kind), Some(name)) = (text("kind"), text("name")) {
                        self.found.elsewhere.push(format!("{kind} {name}"));
                    }
                }
                Ok(())
            }
            // Of kustomize, where it is one that adds to a resource.
            ("patch", Value::String(text)) => {
                let documents = yaml::read(text).unwrap_or_default();
                self.children(name, &documents, &source.within(&entry.value))
            }
            _ => self.node(name, &entry.value, source),
        }
    }

    fn text(&mut self, name: &str, text: &str, source: &Source) -> Result<(), String> {
        let text = super::template::quoted(text);
        let documents = yaml::read(&text)
            .map_err(|broken| format!("{} is no YAML: {}", source.at(broken.place), broken.why))?;
        self.children(name, &documents, source)
    }

    /// What a program reads as a file: its configuration, the mesh's, values of Helm.
    fn config_map(&mut self, name: &str, node: &Node, source: &Source) -> Result<(), String> {
        for entry in node.get("data").map_or(&[][..], Node::entries) {
            let Some(text) = entry.value.text() else { continue };
            let within = source.within(&entry.value);
            if toml::looks_like_it(text) {
                self.found.has_config_file = true;
                toml::read(text, &within, self.found)?;
            } else if entry.key == "mesh" || TELLING.iter().any(|word| text.contains(word)) {
                // Whatever else a ConfigMap holds need not be YAML.
                let documents = yaml::read(text).unwrap_or_default();
                self.children(name, &documents, &within)?;
            }
        }
        Ok(())
    }
}

/// `config.clientID: x` as maps in each other.
fn nested<'n>(all: &Node, pairs: impl Iterator<Item = (&'n str, &'n Node)>) -> Node {
    let mut root = Node { place: all.place, value: Value::Map(Vec::new()) };
    for (path, value) in pairs {
        insert(&mut root, path, value);
    }
    root
}

fn insert(node: &mut Node, path: &str, value: &Node) {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let Value::Map(entries) = &mut node.value else { return };
    let index = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
        let below = Node { place: value.place, value: Value::Map(Vec::new()) };
        entries.push(Entry { key: key.to_owned(), key_place: value.place, value: below });
        entries.len() - 1
    });
    match rest {
        Some(rest) => insert(&mut entries[index].value, rest, value),
        None => entries[index].value = value.clone(),
    }
}

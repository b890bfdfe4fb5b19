//! Where options and the mesh's share of the setup stand: one file a kind of place.
//!
//! [`read`] takes all files together. What is a ConfigMap of one file may be named by a Deployment of another, so the
//! files are looked through twice: for what may be referred to ([`references`]), then for whoever refers ([`explore`]).

mod alpha;
mod arguments;
mod chart;
mod chart_file;
mod container;
mod dotenv;
mod environment;
mod explore;
mod istio;
mod references;
mod scalar;
mod template;
mod toml;

use std::path::Path;

use super::found::Found;
use super::setting::At;
use crate::input::Input;
use crate::yaml::{self, Node, Place};
use references::References;

/// A text within a file: line 1 of it is line `first_line` there.
#[derive(Clone, Debug)]
pub(super) struct Source {
    file: String,
    first_line: usize,
}

impl Source {
    fn of(file: &str) -> Self {
        Self { file: file.to_owned(), first_line: 1 }
    }

    fn at(&self, place: Place) -> At {
        self.line(place.line)
    }

    fn line(&self, line: usize) -> At {
        At { file: self.file.clone(), line: (self.first_line + line).saturating_sub(1) }
    }

    /// The text that is the value of `node`.
    fn within(&self, node: &Node) -> Self {
        Self { file: self.file.clone(), first_line: self.at(node.place).line }
    }
}

/// One document, where it stands.
struct Document {
    source: Source,
    node: Node,
}

/// Everything that the files say.
///
/// # Errors
/// Why a file cannot be read, or is none that can be migrated: one line.
pub(super) fn read(inputs: &[Input]) -> Result<Found, String> {
    let mut documents = Vec::new();
    let mut settings_files = Vec::new();
    for input in inputs {
        match format_of(input) {
            Format::Yaml => documents.extend(yaml_documents(input)?),
            format => settings_files.push((format, input)),
        }
    }
    let references = References::of(&documents);
    let mut found = Found::default();
    for (format, input) in settings_files {
        let source = Source::of(&input.name);
        match format {
            Format::Toml => {
                found.has_config_file = true;
                toml::read(&input.text, &source, &mut found)?;
            }
            Format::Environment => {
                found.has_variables_file = true;
                dotenv::read(&input.text, &source, &mut found);
            }
            Format::Yaml => {}
        }
    }
    let mut charts = Vec::new();
    for document in &documents {
        explore::document(&document.node, &document.source, &references, &mut charts, &mut found)?;
    }
    chart_file::choose(&charts, &references, &mut found);
    found.keep_own_policies();
    Ok(found)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Yaml,
    Toml,
    Environment,
}

fn format_of(input: &Input) -> Format {
    let path = Path::new(&input.name);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let is_env =
        extension == "env" || path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".env"));
    match extension {
        "yaml" | "yml" | "json" | "gotmpl" | "tpl" => Format::Yaml,
        "cfg" | "toml" | "conf" | "ini" => Format::Toml,
        _ if is_env => Format::Environment,
        // Without a name that says it: whatever is a map in YAML is no other format.
        _ => match yaml::read(&input.text) {
            Ok(documents) if documents.iter().all(|node| !node.entries().is_empty()) => Format::Yaml,
            _ if dotenv::looks_like_it(&input.text) => Format::Environment,
            _ if template::is_one(&input.text) => Format::Yaml,
            _ => Format::Toml,
        },
    }
}

fn yaml_documents(input: &Input) -> Result<Vec<Document>, String> {
    let text = template::quoted(&input.text);
    let source = Source::of(&input.name);
    match yaml::read(&text) {
        Ok(nodes) => Ok(nodes.into_iter().map(|node| Document { source: source.clone(), node }).collect()),
        Err(broken) if template::is_one(&input.text) => Err(format!(
            "{} is a template ({}): fill it in first (helm template, helmfile template) and give what comes out",
            source.at(broken.place),
            broken.why
        )),
        Err(broken) => Err(format!("{} is no YAML: {}", source.at(broken.place), broken.why)),
    }
}

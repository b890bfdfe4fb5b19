//! Files and documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize as _;
use serde_json::Value;
use vestibule_e2e::tools::{run, tool};

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("")
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents of a file; one that is empty is none.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    serde_yaml_ng::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap_or_else(|error| panic!("{error}: {text}")))
        .filter(|document| !document.is_null())
        .collect()
}

/// Those of one kind.
pub(crate) fn of_kind<'a>(documents: &'a [Value], kind: &str) -> Vec<&'a Value> {
    documents.iter().filter(|document| document["kind"] == kind).collect()
}

/// What `kubectl kustomize` makes of a folder.
pub(crate) fn kustomize(folder: &Path) -> String {
    run(Command::new(tool("kubectl")).arg("kustomize").arg(folder))
}

/// Every file of the repository whose name ends so; none of `target` and of the folders that begin with a dot.
pub(crate) fn files(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(entry.path());
                }
            } else if name.ends_with(ending) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// The folders that `kubectl kustomize` renders: a Component is none, it needs something to add to.
pub(crate) fn kustomizations() -> Vec<PathBuf> {
    files("kustomization.yaml")
        .into_iter()
        .filter(|file| !of_kind(&documents(&read(file)), "Kustomization").is_empty())
        .map(|file| file.parent().unwrap().to_owned())
        .collect()
}

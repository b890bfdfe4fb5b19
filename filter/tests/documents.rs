//! What the README and the manifest show is what the code takes.

use std::fs;
use std::path::Path;

use serde::Deserialize as _;
use serde_json::Value;

mod wasm_plugin;

/// The one that the README shows.
const MANIFEST: &str = "wasmplugin/manifests/istio.yaml";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[test]
fn the_manifest_of_the_readme_is_the_file_that_it_names() {
    assert!(read("README.md").contains(&format!("```yaml\n{}\n```", read(MANIFEST).trim_end())));
}

#[test]
fn the_manifests_configuration_loads_with_the_environment_that_it_names() {
    let text = read(MANIFEST);
    let plugin = serde_yaml_ng::Deserializer::from_str(&text)
        .map(|document| Value::deserialize(document).unwrap())
        .find(|document| document["kind"] == "WasmPlugin")
        .unwrap();
    let config = wasm_plugin::load(&plugin).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.access.len(), 2);
}

#[test]
fn every_reason_in_the_readme_is_one() {
    let known: Vec<_> = vestibule::page::Reason::ALL.iter().map(|reason| reason.code()).collect();
    let readme = read("README.md");
    let table = readme.split("## When something is wrong").nth(1).unwrap().split("\n## ").next().unwrap();
    let codes: Vec<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .inspect(|code| assert!(known.contains(code), "{code}"))
        .collect();
    assert!(codes.len() >= 5);
}

//! What the README and the manifest show is what the code takes.

use std::fs;
use std::path::Path;

use serde::Deserialize as _;
use serde_json::Value;
use vestibule::config;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[test]
fn the_manifest_of_the_readme_is_the_file_that_it_names() {
    assert!(
        read("README.md").contains(&format!("```yaml\n{}\n```", read("wasmplugin/istio.yaml").trim_end()))
    );
}

#[test]
fn the_manifests_configuration_loads_with_the_environment_that_it_names() {
    let text = read("wasmplugin/istio.yaml");
    let plugin = serde_yaml_ng::Deserializer::from_str(&text)
        .map(|document| Value::deserialize(document).unwrap())
        .find(|document| document["kind"] == "WasmPlugin")
        .unwrap();
    let names: Vec<_> = plugin["spec"]["vmConfig"]["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["name"].clone())
        .collect();
    let environment = |name: &str| names.contains(&name.into()).then(|| "x".repeat(44));
    let bytes = plugin["spec"]["pluginConfig"].to_string();
    let config = config::load(bytes.as_bytes(), &environment).unwrap_or_else(|error| panic!("{error}"));
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

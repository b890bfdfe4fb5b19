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
fn every_link_to_a_file_leads_to_one() {
    for (page, least) in [
        ("README.md", 6),
        ("wasmplugin/GUIDE.md", 10),
        ("wasmplugin/PROVIDERS.md", 1),
        ("wasmplugin/APPLICATIONS.md", 1),
        ("wasmplugin/ENVOY-GATEWAY.md", 4),
        ("wasmplugin/PLAIN-ENVOY.md", 4),
    ] {
        let text = read(page);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let files: Vec<_> =
            targets.filter(|target| !target.contains("://") && !target.starts_with('#')).collect();
        assert!(files.len() >= least, "{page}: {}", files.len());
        for target in files {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = Path::new(page).parent().unwrap().join(file);
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
            assert!(path.exists(), "{page}: {target}");
            let known =
                heading.is_empty() || fs::read_to_string(path).unwrap().lines().any(|line| is(line, heading));
            assert!(known, "{page}: {target}");
        }
    }
}

#[test]
fn the_configuration_on_the_page_for_applications_loads() {
    let page = read("wasmplugin/APPLICATIONS.md");
    let block = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let mut json: Value = serde_yaml_ng::from_str(block).unwrap();
    json["provider"] = serde_json::json!({"issuer": "https://acme.okta.com"});
    json["client"] = serde_json::json!({"id": "0oa1"});
    json["session"] = serde_json::json!({"secrets": [{"value": "0123456789abcdef0123456789abcdef"}]});
    vestibule::config::load(json.to_string().as_bytes(), &|_| None).unwrap();
}

/// What the page shows is what the tests run.
#[test]
fn the_code_for_applications_is_that_of_the_tests() {
    let page = read("wasmplugin/APPLICATIONS.md");
    for (language, file) in [("python", "e2e/software/verify_jwt.py"), ("js", "e2e/software/verify_jwt.mjs")]
    {
        let block = page.split(&format!("```{language}\n")).nth(1).and_then(|rest| rest.split("```").next());
        let block = block.expect("an example");
        assert!(block.lines().count() > 3 && read(file).contains(block), "{file}\n{block}");
    }
}

/// Whether a line is the heading that a link names.
fn is(line: &str, anchor: &str) -> bool {
    line.strip_prefix("## ").is_some_and(|title| title.to_lowercase().replace(' ', "-") == anchor)
}

#[test]
fn every_reason_in_the_readme_is_one() {
    let reasons = vestibule::page::Reason::ALL.iter().map(|reason| reason.code());
    let known: Vec<_> = reasons.chain(vestibule::engine::ProviderEvent::CODES).collect();
    let readme = read("README.md");
    let table = readme.split("## When something is wrong").nth(1).unwrap().split("\n## ").next().unwrap();
    let codes: Vec<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .inspect(|code| assert!(known.contains(code), "{code}"))
        .collect();
    assert!(codes.len() >= 5);
}

#[test]
fn every_configuration_on_the_page_about_providers_loads() {
    let page = read("wasmplugin/PROVIDERS.md");
    let examples: Vec<&str> =
        page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 5);
    for example in examples {
        let json: Value = serde_yaml_ng::from_str(example).unwrap();
        let env = |_: &str| Some("0123456789abcdef0123456789abcdef".to_owned());
        let loaded = vestibule::config::load(json.to_string().as_bytes(), &env);
        assert!(loaded.is_ok(), "{example}\n{}", loaded.unwrap_err());
    }
}

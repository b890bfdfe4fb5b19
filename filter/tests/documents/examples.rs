//! Every example of a configuration loads, whichever page it stands on; and keys that pages speak of are keys.

use std::collections::BTreeSet;

use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::pages::{Page, pages, read};
use crate::wasm_plugin;

/// YAML that is not the filter's: of which page, and its first key. Anything else must load.
const OF_OTHERS: [(&str, &str); 6] = [
    ("wasmplugin/APPLICATIONS.md", "apiVersion"),
    ("wasmplugin/APPLICATIONS.md", "meshConfig"),
    ("wasmplugin/APPLICATIONS.md", "principals"),
    ("wasmplugin/ENVOY-GATEWAY.md", "spec"),
    ("wasmplugin/guide/check.md", "repos"),
    ("wasmplugin/guide/check.md", "steps"),
];
/// Istio's, beside a plugin.
const BESIDE_A_PLUGIN: [&str; 2] = ["ServiceEntry", "DestinationRule"];

/// What stands at the top of a configuration, by the reference.
fn top_keys() -> BTreeSet<String> {
    let reference = reference();
    reference.iter().filter(|(section, _)| section.is_empty()).map(|(_, key)| key.clone()).collect()
}

/// Section and key of each line of the reference, which is written from the filter's own types.
fn reference() -> BTreeSet<(String, String)> {
    let page = pages().into_iter().find(|page| page.path.ends_with("CONFIGURATION.md")).unwrap();
    let mut section = None;
    let mut keys = BTreeSet::new();
    for line in page.text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let name = heading.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
            section = name.or((heading == "The sections").then_some("")).map(str::to_owned);
        } else if let (Some(section), Some(key)) = (&section, line.strip_prefix("| `")) {
            keys.insert((section.clone(), key.split('`').next().unwrap().to_owned()));
        }
    }
    assert!(keys.len() > 80, "{keys:?}");
    keys
}

/// The filter takes it, with what every configuration must have.
fn loads(example: &Value) -> Result<(), String> {
    let mut whole = json!({
        "provider": {"issuer": "https://acme.okta.com"},
        "client": {"id": "0oa1"},
        "session": {"secrets": [{"value": "0123456789abcdef0123456789abcdef"}]},
    });
    for (key, value) in example.as_object().into_iter().flatten() {
        let value = value.clone();
        match (whole.get_mut(key).and_then(Value::as_object_mut), value) {
            (Some(before), Value::Object(after)) => before.extend(after),
            (_, value) => whole[key] = value,
        }
    }
    // One that signs needs a key, any other a text.
    let env = |name: &str| (!name.contains("KEY")).then(|| format!("{name:-<44}"));
    vestibule::config::load(whole.to_string().as_bytes(), &env).map(|_| ()).map_err(|error| error.to_string())
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    let documents = serde_yaml_ng::Deserializer::from_str(text).map(Value::deserialize);
    documents.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// What an example turned out to be.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Configuration,
    Plugin,
    /// They are run by `wasmplugin/tests/documents.rs`.
    Cases,
    OfOthers,
}

fn judge(page: &Page, document: &Value, top: &BTreeSet<String>) -> Result<Found, String> {
    let kind = document["kind"].as_str().unwrap_or_default();
    if kind == "WasmPlugin" {
        return wasm_plugin::load(document).map(|_| Found::Plugin).map_err(|error| error.to_string());
    }
    if document.as_array().is_some_and(|cases| cases.iter().all(|case| case["expect"] != Value::Null)) {
        return Ok(Found::Cases);
    }
    let keys: Vec<_> = document.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
    if keys.iter().any(|key| top.contains(key)) {
        return loads(document).map(|()| Found::Configuration);
    }
    let known =
        OF_OTHERS.iter().any(|(path, key)| page.path.ends_with(path) && keys.iter().any(|one| one == key));
    if known || BESIDE_A_PLUGIN.contains(&kind) {
        Ok(Found::OfOthers)
    } else {
        Err(format!("what is this? {keys:?}"))
    }
}

#[test]
fn every_yaml_of_every_page_loads_or_is_known_to_be_of_others() {
    let top = top_keys();
    let (mut faults, mut found) = (Vec::new(), Vec::new());
    for page in pages() {
        for block in
            page.blocks().into_iter().filter(|block| matches!(block.language.as_str(), "yaml" | "yml"))
        {
            let fault = |why: String| format!("{}: {why}\n{}", page.path.display(), block.text);
            match documents(&block.text) {
                Err(why) => faults.push(fault(why)),
                Ok(documents) => {
                    for document in documents {
                        match judge(&page, &document, &top) {
                            Ok(one) => found.push(one),
                            Err(why) => faults.push(fault(why)),
                        }
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    let count = |one: Found| found.iter().filter(|found| **found == one).count();
    assert!(
        count(Found::Configuration) >= 16 && count(Found::Plugin) >= 1 && count(Found::Cases) >= 1,
        "{found:?}"
    );
}

#[test]
fn an_example_that_does_not_load_is_found() {
    let page = Page { path: "page.md".into(), text: String::new() };
    let top = top_keys();
    let judged = |text: &str| judge(&page, &documents(text).unwrap().remove(0), &top);
    assert_eq!(judged("access: [{match: {paths: [/a]}, allow: public}]"), Ok(Found::Configuration));
    for bad in [
        "access: [{match: {path: [/a]}}]",
        "hosts: [a.example.com]\nhots: [b]",
        "repos: []",
        "kind: WasmPlugin",
    ] {
        assert!(judged(bad).is_err(), "{bad}");
    }
}

#[test]
fn every_provider_has_a_configuration() {
    let page = pages().into_iter().find(|page| page.path.ends_with("PROVIDERS.md")).unwrap();
    for name in ["Keycloak", "Microsoft Entra ID", "Google", "Auth0", "dex"] {
        assert_eq!(page.section(&format!("## {name}")).matches("```yaml\n").count(), 1, "{name}");
    }
}

#[test]
fn the_manifests_configuration_loads_with_the_environment_that_it_names() {
    let documents = documents(&read("wasmplugin/manifests/istio.yaml")).unwrap();
    let plugin = documents.iter().find(|document| document["kind"] == "WasmPlugin").unwrap();
    let config = wasm_plugin::load(plugin).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.access.len(), 2);
}

/// `session.cookie.domains` or `paths.sign_out: local` in a line.
#[test]
fn every_key_that_a_page_speaks_of_is_one() {
    let (reference, top) = (reference(), top_keys());
    let (mut unknown, mut looked_at) = (Vec::new(), 0);
    // The changelog may speak of what was.
    for page in pages().into_iter().filter(|page| !page.path.ends_with("CHANGELOG.md")) {
        for line in page.text.lines() {
            for code in line.split('`').skip(1).step_by(2) {
                let (key, value) =
                    code.split_once(": ").map_or((code, None), |(key, value)| (key, Some(value)));
                let Some((first, _)) = key.split_once(['.', '[']) else { continue };
                let plain = key.chars().all(|char| char.is_ascii_lowercase() || "._[]".contains(char));
                let last = key.rsplit('.').next().unwrap_or_default();
                if !plain || !top.contains(first) || ["rs", "md", "yaml"].contains(&last) {
                    continue;
                }
                looked_at += 1;
                if !is_key(key, &reference) {
                    unknown.push(format!("{}: {key}", page.path.display()));
                }
                // Keys of lists have no place of their own, and what is left open cannot load.
                if let Some(value) = value.filter(|value| !key.contains('[') && !value.contains(['<', '…']))
                {
                    let nested = key.rsplit('.').fold(value.to_owned(), |inner, part| {
                        if inner == value {
                            format!("{part}: {inner}")
                        } else {
                            format!("{part}: {{{inner}}}")
                        }
                    });
                    let fault = documents(&nested).and_then(|found| found.iter().try_for_each(loads)).err();
                    unknown.extend(
                        fault
                            .filter(|why| !why.contains("is not set"))
                            .map(|why| format!("{}: {code}: {why}", page.path.display())),
                    );
                }
            }
        }
    }
    assert!(unknown.is_empty(), "\n{}", unknown.join("\n"));
    assert!(looked_at > 100, "{looked_at}");
}

fn is_key(key: &str, reference: &BTreeSet<(String, String)>) -> bool {
    let key = key.trim_end_matches("[]");
    let (section, last) = key.rsplit_once('.').unwrap_or(("", key));
    reference.contains(&(section.to_owned(), last.to_owned()))
        // A map with names of one's own, or an entry of a list.
        || reference.contains(&(section.trim_end_matches("[]").to_owned(), last.to_owned()))
}

/// What the page for applications shows is what the tests run.
#[test]
fn the_code_for_applications_is_that_of_the_tests() {
    let page = pages().into_iter().find(|page| page.path.ends_with("APPLICATIONS.md")).unwrap();
    for (language, file) in [("python", "e2e/software/verify_jwt.py"), ("js", "e2e/software/verify_jwt.mjs")]
    {
        let blocks = page.blocks();
        let block = blocks.iter().find(|block| block.language == language).expect("an example");
        assert!(block.text.lines().count() > 3 && read(file).contains(&block.text), "{file}\n{}", block.text);
    }
}

//! Whole migrations: files in, resources and report out.

use serde_json::{Value as Json, json};

use super::*;
use crate::yaml;

mod kinds;
mod secrets;
mod traps;

fn inputs(files: &[(&str, &str)]) -> Vec<Input> {
    files.iter().map(|(name, text)| Input { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
}

fn migrated(files: &[(&str, &str)]) -> Migrated {
    migrate(&inputs(files), Kind::WasmPlugin, None).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(files: &[(&str, &str)]) -> String {
    match migrate(&inputs(files), Kind::WasmPlugin, None) {
        Err(error) => error,
        Ok(migrated) => panic!("not refused: {}", migrated.report),
    }
}

/// The resources, in their order.
fn resources(migrated: &Migrated) -> Vec<Json> {
    let text = output::in_one(&migrated.files);
    yaml::read(&text)
        .unwrap_or_else(|broken| panic!("{broken:?}\n{text}"))
        .iter()
        .map(yaml::Node::json)
        .collect()
}

/// `pluginConfig` of the first resource.
fn config(migrated: &Migrated) -> Json {
    resources(migrated)[0]["spec"]["pluginConfig"].clone()
}

/// Whether the filter takes it, with secrets that are there.
fn loads(config: &Json) -> bool {
    let secret = |_: &str| Some("0123456789abcdef0123456789abcdef".to_owned());
    vestibule::config::load(config.to_string().as_bytes(), &secret).is_ok()
}

/// Golden: the setup of most people, whole, with the mesh's share of it. `UPDATE_GOLDEN=1` writes it anew.
#[test]
fn a_usual_setup_comes_out_whole() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/migrate");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let (values, mesh) = (read("values.yaml"), read("istio.yaml"));
    let migrated = migrated(&[("values.yaml", &values), ("istio.yaml", &mesh)]);
    assert!(!migrated.has_gaps, "{}", migrated.report);
    assert!(loads(&config(&migrated)));
    for (name, text) in [("migrated.yaml", output::in_one(&migrated.files)), ("report.txt", migrated.report)]
    {
        let golden = format!("{folder}/{name}");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &text).unwrap();
        }
        assert_eq!(
            text,
            std::fs::read_to_string(&golden).unwrap_or_default(),
            "{golden}: UPDATE_GOLDEN=1 writes it anew"
        );
    }
}

#[test]
fn a_traffic_extension_has_the_filter_below_wasm() {
    let values = "extraArgs: {provider: oidc, oidc-issuer-url: https://op.example, email-domain: '*'}\nconfig: {clientID: app}\n";
    let migrated = migrate(&inputs(&[("v.yaml", values)]), Kind::TrafficExtension, None).unwrap();
    let resource = &resources(&migrated)[0];
    assert_eq!(resource["kind"], "TrafficExtension");
    assert_eq!(resource["spec"]["phase"], "AUTHN");
    assert_eq!(resource["spec"]["wasm"]["pluginConfig"]["client"]["id"], "app");
    assert_eq!(resource["spec"]["wasm"]["failStrategy"], "FAIL_RELOAD");
    assert_eq!(resource["spec"].get("pluginConfig"), None);
}

#[test]
fn every_option_is_named_in_the_report() {
    for option in options::OPTIONS
        .iter()
        .filter(|option| !["config", "alpha-config", "help", "version", "provider"].contains(&option.name))
    {
        let value = if option.is_list { "[\"/x$\"]" } else { "\"1h\"" };
        let file = format!("provider = \"oidc\"\n{} = {value}\n", option.key());
        let migrated = migrated(&[("proxy.cfg", &file)]);
        let named = migrated.report.replace('_', "-");
        assert!(named.contains(&option.key().replace('_', "-")), "{}:\n{}", option.name, migrated.report);
    }
}

//! What holds for every WasmPlugin and DestinationRule, wherever it is written or rendered.

use serde_json::{Value, json};

use crate::every_manifest::every_manifest;
use crate::wasm_plugin;
use crate::yaml::{documents, of_kind};

/// The one overlay that is meant for every pod of its namespace.
pub(crate) const FOR_A_NAMESPACE: &str = "overlays/many-workloads";

fn every(kind: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (file, text) in every_manifest() {
        for document in of_kind(&documents(&text), kind) {
            found.push((file.display().to_string(), document.clone()));
        }
    }
    found
}

#[test]
fn every_plugin_is_closed_pinned_and_configured() {
    let plugins = every("WasmPlugin");
    assert!(plugins.len() >= 9, "{}", plugins.len());
    for (file, plugin) in plugins {
        let spec = &plugin["spec"];
        assert!(["FAIL_RELOAD", "FAIL_CLOSE"].contains(&spec["failStrategy"].as_str().unwrap()), "{file}");
        assert_eq!(spec["phase"], "AUTHN", "{file}");
        assert_eq!(spec["imagePullPolicy"], "IfNotPresent", "{file}");
        let digest = spec["url"].as_str().and_then(|url| url.strip_prefix("oci://")?.split_once("@sha256:"));
        assert!(digest.is_some_and(|(_, digest)| digest.len() == 64), "{file}: {}", spec["url"]);
        // Without either it would run in every pod of its namespace, or of the mesh.
        let for_all = file.ends_with(FOR_A_NAMESPACE);
        let (selects, targets) = (spec["selector"].is_object(), spec["targetRefs"].is_array());
        assert!(if for_all { !selects && !targets } else { selects != targets }, "{file}");
        // `SERVER` is what comes in at a workload, and nothing at a gateway; ports could leave one out.
        let at_workload = for_all || spec["selector"]["matchLabels"]["app"].is_string();
        let expected = if at_workload { json!([{"mode": "SERVER"}]) } else { Value::Null };
        assert_eq!(spec["match"], expected, "{file}");
        wasm_plugin::load(&plugin).unwrap_or_else(|error| panic!("{file}: {error}"));
        for variable in spec["vmConfig"]["env"].as_array().unwrap() {
            assert_eq!(variable["valueFrom"], "HOST", "{file}: a secret is never in the manifest");
        }
    }
}

#[test]
fn every_destination_rule_checks_the_certificate_and_is_for_its_namespace_alone() {
    let rules = every("DestinationRule");
    assert!(rules.len() >= 9, "{}", rules.len());
    for (file, rule) in rules {
        let spec = &rule["spec"];
        let policy = if spec["subsets"].is_array() { &spec["subsets"][0] } else { spec };
        let tls = &policy["trafficPolicy"]["tls"];
        assert_eq!(tls["mode"], "SIMPLE", "{file}");
        assert_eq!(tls["sni"], spec["host"], "{file}");
        assert_eq!(tls["subjectAltNames"][0], spec["host"], "{file}");
        assert_eq!(tls["caCertificates"], "system", "{file}");
        assert_eq!(spec["exportTo"][0], ".", "{file}");
    }
}

#[test]
fn every_service_entry_is_for_its_namespace_alone() {
    let entries = every("ServiceEntry");
    assert!(entries.len() >= 9, "{}", entries.len());
    for (file, entry) in entries {
        assert_eq!(entry["spec"]["exportTo"][0], ".", "{file}");
    }
}

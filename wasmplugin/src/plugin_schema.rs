//! `wasmplugin schema`: a JSON Schema for a WasmPlugin or a TrafficExtension with this filter in it, for editors and for
//! tools that check manifests. What Istio alone defines is left open.

use serde_json::{Value, json};

pub(crate) fn schema() -> Value {
    let mut config = vestibule::config::schema();
    let mut definitions = json!({});
    if let Some(config) = config.as_object_mut() {
        config.remove("$schema");
        // Its references are to the definitions of the whole.
        config.remove("$id");
        definitions = config.remove("$defs").unwrap_or_default();
    }
    definitions["PluginConfig"] = config;
    definitions["Module"] = json!({
        "type": "object",
        "required": ["url", "pluginConfig"],
        "properties": {
            "url": {"type": "string", "pattern": "^(oci|https|file)://", "description": "The image, with its digest."},
            "failStrategy": {"enum": ["FAIL_RELOAD", "FAIL_CLOSE"], "description": "FAIL_OPEN would let every request through where the filter fails."},
            "pluginConfig": {"$ref": "#/$defs/PluginConfig"},
        },
    });
    let phase = json!({"const": "AUTHN"});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:vestibule:wasm-plugin",
        "title": "A WasmPlugin or a TrafficExtension with Vestibule",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"const": "extensions.istio.io/v1alpha1"},
            "kind": {"enum": ["WasmPlugin", "TrafficExtension"]},
            "metadata": {"type": "object", "required": ["name"]},
        },
        "if": {"properties": {"kind": {"const": "WasmPlugin"}}},
        "then": {"properties": {"spec": {"allOf": [{"$ref": "#/$defs/Module"}, {"required": ["phase"], "properties": {"phase": phase}}]}}},
        "else": {"properties": {"spec": {"required": ["phase", "wasm"], "properties": {"phase": phase, "wasm": {"$ref": "#/$defs/Module"}}}}},
        "$defs": definitions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_what_the_types_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/wasmplugin.schema.json");
        let schema = format!("{:#}\n", schema());
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        assert!(
            schema == std::fs::read_to_string(path).unwrap_or_default(),
            "{path}: UPDATE_GOLDEN=1 writes it anew"
        );
    }

    /// Schemas accept every resource of ours, and what `migrate` makes.
    #[test]
    fn our_own_resources_are_valid() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/");
        let mut seen = 0;
        for name in [
            "manifests/istio.yaml",
            "chart/golden/gateway.yaml",
            "chart/golden/gateway-api.yaml",
            "chart/golden/sidecar.yaml",
            "chart/golden/traffic-extension.yaml",
            "tests/migrate/migrated.yaml",
        ] {
            let text = std::fs::read_to_string(format!("{folder}{name}")).unwrap();
            for document in crate::yaml::read(&text).unwrap().iter().map(crate::yaml::Node::json) {
                if document["apiVersion"] == "extensions.istio.io/v1alpha1" {
                    seen += 1;
                    let errors: Vec<String> = validator
                        .iter_errors(&document)
                        .map(|error| format!("{}: {error}", error.instance_path()))
                        .collect();
                    assert!(errors.is_empty(), "{name}: {errors:?}");
                    for (at, value) in [("/kind", json!("Deployment")), ("/spec/phase", json!("AUTHZ"))] {
                        let mut bad = document.clone();
                        *bad.pointer_mut(at).unwrap() = value;
                        assert!(!validator.is_valid(&bad), "{name} {at}");
                    }
                }
            }
        }
        assert!(seen >= 6, "{seen}");
    }
}

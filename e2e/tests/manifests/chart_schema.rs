//! The chart's schema has the filter's own inside, and does not drift from it.

use std::{env, fs};

use serde_json::{Value, json};

use crate::chart::chart;
use crate::yaml::read;

/// The committed schema with `pluginConfig` as the filter's types have it, but for secrets: these are named by their
/// variable only, for a chart's values are kept in the release.
fn embedded(mut schema: Value) -> Value {
    let mut config = vestibule::config::schema();
    let map = config.as_object_mut().unwrap();
    map.remove("$schema");
    // Its references are to the definitions of the whole.
    map.remove("$id");
    let mut definitions = map.remove("$defs").unwrap();
    let secret = &mut definitions["SecretSource"];
    secret["properties"].as_object_mut().unwrap().remove("value").unwrap();
    secret["required"] = json!(["env"]);
    schema["properties"]["pluginConfig"] = config;
    schema["$defs"] = definitions;
    schema
}

#[test]
fn it_is_up_to_date() {
    let path = chart().join("values.schema.json");
    let committed = read(&path);
    let schema = embedded(serde_json::from_str(&committed).unwrap());
    let schema = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert!(
        read(&path) == schema,
        "values.schema.json is not what the types say: UPDATE_GOLDEN=1 cargo test -p vestibule-e2e --features istio \
         --test manifests"
    );
}

//! A WasmPlugin as the filter meets it: what Istio hands to it of the manifest.

use serde_json::Value;
use vestibule::config::{self, Config, ConfigErrors};

/// Loads the plugin's `pluginConfig` with an environment that has the variables of `vmConfig`, each with a value of
/// its own, and no others.
pub(crate) fn load(plugin: &Value) -> Result<Config, ConfigErrors> {
    let names: Vec<_> = plugin["spec"]["vmConfig"]["env"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|variable| variable["name"].as_str())
        .collect();
    let environment = |name: &str| names.contains(&name).then(|| format!("{name:-<44}"));
    config::load(plugin["spec"]["pluginConfig"].to_string().as_bytes(), &environment)
}

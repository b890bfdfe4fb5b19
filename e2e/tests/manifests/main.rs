//! Everything YAML that a user gets: it renders, Istio takes it, and the filter loads what it configures.
//! What it does in a real Istio is tested in `istio`.

mod chart;
mod chart_schema;
mod check;
mod environment;
mod every_manifest;
mod in_kubernetes;
mod overlays;
mod plugins;
mod yaml;

#[path = "../../../filter/tests/wasm_plugin/mod.rs"]
mod wasm_plugin;

//! Everything YAML that a user gets: it renders, Istio takes it, and the filter loads what it configures.
//! No cluster is needed; what it does in a real Istio is tested elsewhere.

mod chart;
mod chart_schema;
mod environment;
mod every_manifest;
mod overlays;
mod plugins;
mod yaml;

#[path = "../../../filter/tests/wasm_plugin/mod.rs"]
mod wasm_plugin;

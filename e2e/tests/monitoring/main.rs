//! `wasmplugin/monitoring`, as Prometheus and Grafana read it, against the metrics of a real Envoy.

mod promtool;
mod references;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file of `wasmplugin/monitoring`.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("wasmplugin").join("monitoring").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn yaml(name: &str) -> Value {
    serde_yaml_ng::from_str(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

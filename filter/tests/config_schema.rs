//! The JSON Schema and the option reference are written from the filter's own types, and do not drift.

use std::{env, fs, path::PathBuf};

use vestibule::config::{reference, schema};

#[test]
fn schema_is_up_to_date() {
    let schema = serde_json::to_string_pretty(&schema()).expect("a schema is JSON");
    check("config.schema.json", &format!("{schema}\n"));
}

#[test]
fn reference_is_up_to_date() {
    check("CONFIGURATION.md", &reference());
}

/// Every key says what it means, and its default and an example unless it must be there or is a section.
#[test]
fn every_key_is_documented() {
    for line in reference().lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.replace("\\|", "¦").split(" | ").map(str::to_owned).collect();
        assert_eq!(cells.len(), 5, "{line}");
        assert!(!cells[1].is_empty() && !cells[2].is_empty() && cells[3].ends_with(['.', '*']), "{line}");
        assert!(cells[1] == "map" || cells[4].starts_with('`'), "{line}");
    }
}

#[expect(clippy::disallowed_methods, reason = "a native test")]
fn check(name: &str, generated: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../wasmplugin").join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, generated).expect("the file can be written");
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == generated,
        "wasmplugin/{name} is not what the types say: \
         UPDATE_GOLDEN=1 cargo test -p vestibule --features schema --test config_schema"
    );
}

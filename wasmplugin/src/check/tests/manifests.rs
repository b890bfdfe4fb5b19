//! What the project gives to people is clean.

use std::fs;
use std::path::{Path, PathBuf};

use super::{filled, findings, report};

fn yaml_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            yaml_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn our_own_manifests_have_no_faults_and_no_warnings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["manifests", "overlays", "chart/golden"] {
        yaml_below(&root.join(folder), &mut files);
    }
    let mut checked = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let report = report(&[&filled(&text)], "");
        assert!(findings(&report).is_empty(), "{}: {:?}", file.display(), findings(&report));
        assert!(report.passed_over.is_empty(), "{}", file.display());
        checked += report.checked.len();
    }
    // The plain manifest, and the chart's three with their values.
    assert_eq!(checked, 8);
}

/// The manifest with the routes of an overlay: hosts and provider fit together.
#[test]
fn the_manifest_fits_its_routes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
    let plugin = filled(&read("manifests/istio.yaml"));
    let (gateway, route) =
        (read("overlays/gateway-api/gateway.yaml"), read("overlays/gateway-api/route.yaml"));
    let report = report(&[&plugin, &gateway, &route], "");
    assert!(findings(&report).is_empty(), "{:?}", findings(&report));
}

/// Wherever a page of the guide shows a whole plugin.
#[test]
fn examples_of_the_guide_are_taken() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("guide");
    let pages = fs::read_dir(guide).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let mut checked = 0;
    for page in pages {
        let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```"));
        for (block, _) in blocks.filter(|(block, _)| block.contains("kind: WasmPlugin")) {
            let report = report(&[&filled(block)], "");
            assert!(findings(&report).is_empty(), "{block}: {:?}", findings(&report));
            checked += report.checked.len();
        }
    }
    assert_eq!(checked, 1);
}

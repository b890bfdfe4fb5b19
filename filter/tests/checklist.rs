//! The security checklist, and the tables of the hostile-provider suite, name tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const CHECKLIST: &str = "filter/SECURITY-CHECKLIST.md";
/// Their tables are in the doc comments.
const TABLES: [&str; 2] = ["e2e/tests/hostile/main.rs", "e2e/tests/hostile/faults.rs"];

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `path::name` between backticks, where the path is that of a Rust file.
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    text.split('`').filter_map(|code| code.split_once(".rs::")).collect()
}

/// Whether the file has a test of that name: the function, and the attribute above it.
fn has_test(source: &str, name: &str) -> bool {
    let needle = format!("fn {name}(");
    source.match_indices(&needle).any(|(at, _)| {
        let above = source.get(..at).unwrap_or_default();
        let above = above.rsplit("\n\n").next().unwrap_or_default();
        ["#[test]", "#[tokio::test", "#![proptest", "proptest!"].iter().any(|mark| above.contains(mark))
    })
}

#[test]
fn every_test_that_is_named_exists() {
    let mut missing = BTreeSet::new();
    let mut named = 0;
    for document in [CHECKLIST].iter().chain(&TABLES) {
        for (path, name) in named_tests(&read(document)) {
            named += 1;
            let path = format!("{path}.rs");
            let found = fs::read_to_string(at(&path)).is_ok_and(|source| has_test(&source, name));
            if !found {
                missing.insert(format!("{document}: {path}::{name}"));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.into_iter().collect::<Vec<_>>().join("\n"));
    assert!(named > 100, "only {named} tests are named");
}

#[test]
fn every_rule_has_a_test_or_says_why_not() {
    let text = read(CHECKLIST);
    let mut rules = 0;
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 3, "{line}");
        if cells[0] == "rule" {
            continue;
        }
        rules += 1;
        let (how, shown) = (cells[1], cells[2]);
        assert!(!how.is_empty() && how.ends_with('.'), "{line}");
        let honest = ["does not apply", "not yet", "left to"].iter().any(|word| shown.starts_with(word));
        assert!(honest || !named_tests(shown).is_empty(), "{line}");
    }
    assert!(rules > 80, "only {rules} rules");
}

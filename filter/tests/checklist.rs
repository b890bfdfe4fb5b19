//! The security checklist, the security model, and the tables of the hostile-provider suite name tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const CHECKLIST: &str = "filter/SECURITY-CHECKLIST.md";
const MODEL: &str = "filter/SECURITY-MODEL.md";
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
    for document in [CHECKLIST, MODEL].iter().chain(&TABLES) {
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

#[test]
fn every_threat_has_a_test() {
    let text = read(MODEL);
    let table =
        text.split("\n## Threat by threat\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 20, "only {} threats", rows.len());
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 3, "{row}");
        assert!(cells[1].ends_with('.') && !named_tests(cells[2]).is_empty(), "{row}");
    }
}

/// A decision that is long is not read.
#[test]
fn every_decision_says_what_led_to_it_and_what_follows_in_few_words() {
    let mut decisions = 0;
    for entry in fs::read_dir(at("filter/decisions")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let headings: Vec<_> = text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, ["## Context", "## Decision", "## Consequences"], "{}", path.display());
        let words = text.split_whitespace().count();
        assert!(words < 250, "{}: {words} words", path.display());
        decisions += 1;
    }
    assert!(decisions >= 8, "{decisions}");
}

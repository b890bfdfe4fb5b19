//! The README is short, and its numbers are those of the benchmark.

use std::path::Path;

use crate::pages::{Page, pages, read};

/// The manifest that the guide shows.
const MANIFEST: &str = "wasmplugin/manifests/istio.yaml";

fn page(path: &str) -> Page {
    pages().into_iter().find(|page| page.path == Path::new(path)).unwrap()
}

/// The cells of a table's rows, without its head.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter(|line| line.starts_with('|'));
    let cells = lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .filter(|cells| !cells.iter().all(|cell| cell.chars().all(|char| "-: ".contains(char))))
        .skip(1)
        .collect()
}

/// A number of the results without its spread.
fn median(cell: &str) -> &str {
    cell.split(" (").next().unwrap()
}

#[test]
fn the_readme_has_fewer_than_1200_words() {
    let words = read("README.md").split_whitespace().count();
    assert!(words < 1200, "{words}");
}

#[test]
fn the_readme_links_the_manifest_and_the_guide_shows_it() {
    assert!(read("README.md").contains(&format!("({MANIFEST})")));
    let shown = read("wasmplugin/guide/gateway.md");
    assert!(shown.contains(&format!("```yaml\n{}\n```", read(MANIFEST).trim_end())));
}

/// Requests a second, p99, and microseconds above Envoy alone.
#[test]
fn the_measurements_are_those_of_the_results() {
    let (readme, results) = (page("README.md"), read("e2e/bench/results.md"));
    let results = rows(results.split("\n\n").find(|part| part.starts_with("| one worker")).unwrap());
    let shown = rows(readme.section("## What it costs"));
    assert!(shown.len() >= 5, "{shown:?}");
    for row in shown {
        let measured =
            results.iter().find(|measured| measured[0] == row[0]).unwrap_or_else(|| panic!("{row:?}"));
        let expected = [1, 3, 6].map(|column| median(measured[column]));
        assert_eq!(row[1..], expected, "{}", row[0]);
    }
}

/// Each target that was missed is told, with what was measured; so is the price of the start and of memory.
#[test]
fn what_was_not_reached_is_told() {
    let (readme, results) = (page("README.md"), read("e2e/bench/results.md"));
    let text = readme.section("## What it costs");
    let (missed, met) = text.split_once("not met").and_then(|(_, rest)| rest.split_once("Met:")).unwrap();
    let mut targets = 0;
    for line in results.lines().filter(|line| line.ends_with("met |")) {
        targets += 1;
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let place = if cells[2] == "met" { met } else { missed };
        assert!(place.contains(&format!("({})", median(cells[1]))), "{line}");
    }
    assert!(targets >= 5, "{targets}");
    for (name, unit) in [
        ("from the start of Envoy", " ms"),
        ("the same for Envoy alone", ""),
        ("memory of Envoy alone", " MiB"),
        ("with the filter", " MiB"),
    ] {
        let line = results.lines().find(|line| line.starts_with(&format!("| {name}"))).unwrap();
        let value = line.trim_matches('|').rsplit(" | ").next().unwrap().trim();
        let number = value.split(' ').next().unwrap();
        assert!(text.contains(&format!(" {number}")), "{name}: {number}{unit}");
    }
}

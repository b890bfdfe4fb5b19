//! The pages for those who contribute or report: their links lead somewhere, and their commands are there.

use std::fs;

use crate::repository::{is_called_rightly, root};

fn page(name: &str) -> String {
    fs::read_to_string(root().join(".github").join(name)).unwrap()
}

#[test]
fn links_lead_to_files() {
    for (name, least) in [("CONTRIBUTING.md", 5), ("SECURITY.md", 0)] {
        let page = page(name);
        let targets: Vec<&str> = page
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|to| !to.contains("://"))
            .collect();
        assert!(targets.len() >= least, "{name}: {targets:?}");
        for target in targets {
            assert!(root().join(".github").join(target).exists(), "{name}: {target}");
        }
    }
}

#[test]
fn what_they_name_is_there() {
    let page = page("CONTRIBUTING.md") + &page("SECURITY.md");
    let code = page.split('`').skip(1).step_by(2).chain(page.lines());
    let mut calls = 0;
    let mut places = 0;
    for text in code {
        if text.starts_with("scripts/") {
            is_called_rightly(text.split(" &&").next().unwrap());
            calls += 1;
        }
        let place = text.split_whitespace().next().unwrap_or_default();
        if ["filter/", "e2e/", "wasmplugin/"].iter().any(|folder| place.starts_with(folder)) {
            assert!(root().join(place).exists(), "{place}");
            places += 1;
        }
    }
    assert!(calls >= 10 && places >= 15, "{calls} {places}");
    // A room that is new has a line on the page.
    for room in fs::read_dir(root().join("filter/src")).unwrap().map(|entry| entry.unwrap()) {
        let name = room.file_name().into_string().unwrap();
        assert!(!room.path().is_dir() || page.contains(&format!("\nfilter/src/{name} ")), "{name}");
    }
}

//! Pages that sources, scripts and manifests name are there: messages of `wasmplugin` send people to them.

use std::fs;
use std::path::Path;

use crate::pages::{files, root};

/// Words that end in `.md`, in a text that is no page.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !(char.is_ascii_alphanumeric() || "/._-".contains(char)))
        .map(|word| word.trim_end_matches('.').trim_start_matches("../").trim_start_matches('/'))
        .filter(|word| word.ends_with(".md") && word.len() > 3)
}

#[test]
fn every_page_that_a_source_names_is_there() {
    let (mut missing, mut found) = (Vec::new(), 0);
    // These name pages of other places, made up or not made yet.
    let others =
        ["filter/tests/documents", "wasmplugin/src/release", "e2e/tests/release", "wasmplugin/monitoring"];
    let all = files(&[".rs", ".yaml", ".txt", ".toml"]).into_iter();
    for file in all.filter(|file| !others.iter().any(|others| file.starts_with(others))) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        for name in named(&text) {
            found += 1;
            let room = file.iter().next().unwrap();
            let places = [Path::new(""), Path::new(room), Path::new("wasmplugin"), Path::new("e2e/bench")];
            if !places.iter().any(|place| root().join(place).join(name).exists()) {
                missing.push(format!("{}: {name}", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
    assert!(found > 10, "only {found} are named");
}

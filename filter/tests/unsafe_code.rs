//! No module may hold unsafe code unless it is listed here.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules that lift the crate's `deny(unsafe_code)`. One of `host` may be here, and none of the core.
const EXCEPTIONS: [&str; 1] = ["host/abi.rs"];

#[test]
fn unsafe_code_is_denied_and_the_exceptions_are_these() {
    let mut mentions = Vec::new();
    mentions_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut mentions);
    mentions.sort();
    let root = ("lib.rs".to_owned(), "#![deny(unsafe_code)]".to_owned());
    let root = mentions.iter().position(|mention| *mention == root).expect("lib.rs denies it");
    mentions.remove(root);
    let lifted: Vec<_> = mentions.iter().map(|(file, _)| file.as_str()).collect();
    assert_eq!(lifted, EXCEPTIONS, "{mentions:?}");
    assert!(EXCEPTIONS.iter().all(|file| file.starts_with("host/")) && EXCEPTIONS.len() <= 1);
}

/// The lines of code that name the lint, with their files.
fn mentions_below(folder: &Path, mentions: &mut Vec<(String, String)>) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in paths {
        if path.is_dir() {
            mentions_below(&path, mentions);
            continue;
        }
        let file = path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| line.contains("unsafe_code") && !line.starts_with("//"));
        mentions.extend(lines.map(|line| (file.clone(), line.to_owned())));
    }
}

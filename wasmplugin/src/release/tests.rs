//! A small tree of the same form, in a repository of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use super::*;

const CHANGES: &str = "# Changelog\n\n## Unreleased\n\n* A door.\n";

struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let tree = Self(env::temp_dir().join(format!("release-{name}-{}", process::id())));
        let _ = fs::remove_dir_all(&tree.0);
        for (file, text) in [
            ("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n\n[workspace.package]\nversion = \"0.1.0\"\n"),
            ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"vestibule\"\nversion = \"0.1.0\"\n"),
            ("CHANGELOG.md", CHANGES),
            ("README.md", "push registry.example.com/vestibule:0.1.0\n"),
            ("OTHER.md", "nothing of ours is 0.1.0\n"),
            ("wasmplugin/chart/Chart.yaml", "name: vestibule\nversion: 0.1.0\nappVersion: 0.1.0\n"),
            ("wasmplugin/chart/.helmignore", "golden/\n"),
            ("wasmplugin/chart/golden/a.yaml", "a: b\n"),
            ("wasmplugin/chart/values.yaml", "{}\n"),
            ("wasmplugin/chart/templates/b.yaml", "b: c\n"),
            ("wasmplugin/chart/templates/a.yaml", "a: b\n"),
        ] {
            tree.put(file, text);
        }
        for arguments in [&["init", "--quiet"][..], &["add", "."]] {
            assert!(Command::new("git").args(arguments).current_dir(&tree.0).status().unwrap().success());
        }
        tree
    }

    fn put(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_version_is_written_wherever_it_is_named_and_what_is_new_gets_its_section() {
    let tree = Tree::new("write");
    let written = write(tree.path(), "0.2.0", "2026-11-30").unwrap();
    let files: Vec<&str> = written.lines().collect();
    assert_eq!(
        files,
        ["CHANGELOG.md", "Cargo.toml", "wasmplugin/chart/Chart.yaml", "Cargo.lock", "README.md"]
    );
    assert!(tree.text("Cargo.toml").ends_with("version = \"0.2.0\"\n"));
    assert!(tree.text("Cargo.lock").ends_with("version = \"0.2.0\"\n"));
    assert_eq!(tree.text("README.md"), "push registry.example.com/vestibule:0.2.0\n");
    assert_eq!(
        tree.text("wasmplugin/chart/Chart.yaml"),
        "name: vestibule\nversion: 0.2.0\nappVersion: 0.2.0\n"
    );
    assert_eq!(
        tree.text("CHANGELOG.md"),
        "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-11-30\n\n* A door.\n"
    );
    // The next one has nothing to say yet.
    let refused = write(tree.path(), "0.3.0", "2026-12-01").unwrap_err();
    assert_eq!(refused, "CHANGELOG.md has nothing below '## Unreleased': there is nothing to release");
}

#[test]
fn the_first_release_is_the_version_that_the_tree_has() {
    let tree = Tree::new("first");
    assert_eq!(write(tree.path(), "0.1.0", "2026-11-30").unwrap(), "CHANGELOG.md");
    let refused = write(tree.path(), "0.1.0", "2026-11-30").unwrap_err();
    assert_eq!(refused, "0.1.0 is not higher than 0.1.0, the newest in CHANGELOG.md");
}

#[test]
fn what_is_refused_changes_nothing() {
    let tree = Tree::new("refused");
    for (version, date, words) in [
        ("latest", "2026-11-30", "'latest' is no version"),
        ("0.0.1", "2026-11-30", "0.0.1 is lower than 0.1.0"),
        ("0.2.0", "30.11.2026", "'30.11.2026' is no day"),
    ] {
        let refused = write(tree.path(), version, date).unwrap_err();
        assert!(refused.contains(words) && refused.lines().count() == 1, "{refused}");
    }
    tree.put("wasmplugin/chart/Chart.yaml", "name: vestibule\nversion: 0.0.7\n");
    assert!(
        write(tree.path(), "0.2.0", "2026-11-30").unwrap_err().contains("Chart.yaml has not exactly one")
    );
    tree.put("CHANGELOG.md", "# Changelog\n");
    assert!(write(tree.path(), "0.2.0", "2026-11-30").unwrap_err().contains("no line '## Unreleased'"));
}

#[test]
fn the_chart_is_packed_by_name_without_dates_and_without_what_helm_ignores() {
    use std::io::Read as _;
    let tree = Tree::new("chart");
    let packed = chart::package(tree.path()).unwrap();
    assert_eq!(packed, chart::package(tree.path()).unwrap());
    assert_eq!(packed[3..8], [0; 5], "neither a name nor a date in the header of gzip");
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut tar).unwrap();
    let mut archive = tar::Archive::new(&tar[..]);
    let entries: Vec<(String, u64, u64)> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let header = entry.header();
            (
                entry.path().unwrap().to_string_lossy().into_owned(),
                header.mtime().unwrap(),
                header.uid().unwrap(),
            )
        })
        .collect();
    let names = ["Chart.yaml", "templates/a.yaml", "templates/b.yaml", "values.yaml"];
    assert_eq!(entries, names.map(|name| (format!("vestibule/{name}"), 0, 0)));
    tree.put("wasmplugin/chart/values.yaml", "{a: b}\n");
    assert_ne!(packed, chart::package(tree.path()).unwrap());
}

//! What is made.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use vestibule_e2e::envoy::filter_wasm;
use vestibule_e2e::tools::{all, run};

use crate::repository::Repository;

/// All files below a folder, by their names in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = run(Command::new("find").args([".", "-type", "f"]).current_dir(folder));
    names.lines().map(|name| (name.to_owned(), fs::read(folder.join(name)).unwrap())).collect()
}

#[test]
fn a_dry_run_changes_nothing_and_makes_the_same_bytes_wherever_it_runs() {
    let first = Repository::new("release");
    let second = Repository::of(first.path(), "release-elsewhere");
    let mut made = Vec::new();
    for repository in [&first, &second] {
        let before = repository.state();
        let output = repository.release(&["99.0.0", "--dry-run"]);
        assert!(output.status.success(), "{}", all(&output));
        assert_eq!(repository.state(), before);
        // No clone is left behind.
        let left: Vec<_> = fs::read_dir(repository.path().join("target")).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        made.push((output.stdout, files(&repository.path().join("target/release-99.0.0"))));
    }
    let (digest, files) = made.remove(0);
    assert!(made == [(digest.clone(), files.clone())], "the bytes differ");

    let names: Vec<&str> =
        files.keys().map(String::as_str).filter(|name| !name.contains("/image/")).collect();
    let expected = [
        "./SHA256SUMS",
        "./notes.md",
        "./vestibule-99.0.0-image.tar",
        "./vestibule-99.0.0.cdx.json",
        "./vestibule-99.0.0.tgz",
        "./vestibule-99.0.0.wasm",
    ];
    assert_eq!(names, expected);
    let folder = first.path().join("target/release-99.0.0");
    run(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&folder));
    assert_eq!(files["./vestibule-99.0.0.wasm"], fs::read(filter_wasm()).unwrap());
    let chart = run(Command::new("tar")
        .args(["xOzf", "vestibule-99.0.0.tgz", "vestibule/Chart.yaml"])
        .current_dir(&folder));
    assert!(chart.contains("\nversion: 99.0.0\nappVersion: 99.0.0\n"), "{chart}");
    let materials: Value = serde_json::from_slice(&files["./vestibule-99.0.0.cdx.json"]).unwrap();
    assert_eq!(materials["metadata"]["component"]["version"], "99.0.0");

    // The image is the same as a folder and as an archive, and other people's tools read it.
    let digest = String::from_utf8(digest).unwrap();
    for image in ["oci:image:99.0.0", "oci-archive:vestibule-99.0.0-image.tar:99.0.0"] {
        let found = run(Command::new("skopeo")
            .args(["inspect", "--format", "{{.Digest}}", image])
            .current_dir(&folder));
        assert_eq!(found.trim(), digest.trim(), "{image}");
    }
    let manifest =
        run(Command::new("skopeo").args(["inspect", "--raw", "oci:image:99.0.0"]).current_dir(&folder));
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["annotations"]["org.opencontainers.image.version"], "99.0.0");
    let notes = String::from_utf8(files["./notes.md"].clone()).unwrap();
    assert!(notes.starts_with("* ") && notes.contains(digest.trim()), "{notes}");
}

#[test]
fn a_release_is_one_commit_and_its_tag_and_the_tag_makes_the_same_files() {
    let repository = Repository::new("release");
    let before = repository.git(&["rev-parse", "HEAD"]);
    let output = repository.release(&["99.0.0"]);
    assert!(output.status.success(), "{}", all(&output));
    assert!(all(&output).contains("git push origin HEAD v99.0.0"), "{}", all(&output));
    assert_eq!(repository.git(&["rev-parse", "HEAD~1"]), before);
    assert_eq!(
        repository.git(&["log", "-1", "--format=%s|%an|%ce"]),
        "release: 99.0.0|Somebody|somebody@example.com"
    );
    assert_eq!(repository.git(&["rev-parse", "v99.0.0^{commit}"]), repository.git(&["rev-parse", "HEAD"]));
    assert_eq!(repository.git(&["cat-file", "-t", "v99.0.0"]), "tag");
    assert_eq!(repository.git(&["status", "--porcelain"]), "");

    let changes = fs::read_to_string(repository.path().join("CHANGELOG.md")).unwrap();
    assert!(changes.contains("\n## Unreleased\n\n## 99.0.0 - 2"), "{changes}");
    let changed = repository.git(&["diff", "--name-only", "HEAD~1"]);
    for file in ["Cargo.toml", "Cargo.lock", "CHANGELOG.md", "wasmplugin/chart/Chart.yaml"] {
        assert!(changed.lines().any(|line| line == file), "{file} in {changed}");
    }
    // Cargo takes the lock as it is.
    run(Command::new("cargo")
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .current_dir(repository.path()));

    let folder = repository.path().join("target/release-99.0.0");
    let made = files(&folder);
    let output = repository.release(&["99.0.0", "--files"]);
    assert!(output.status.success(), "{}", all(&output));
    assert!(files(&folder) == made, "the tag makes other files");
}

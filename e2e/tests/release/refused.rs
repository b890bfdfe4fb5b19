//! What is no release, each in one line.

use vestibule_e2e::tools::all;

use crate::repository::Repository;

/// The one line that it says, having changed nothing.
fn refused(repository: &Repository, arguments: &[&str]) -> String {
    let before = repository.state();
    let output = repository.release(arguments);
    let said = all(&output);
    assert!(!output.status.success(), "{arguments:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    assert_eq!(repository.state(), before);
    said
}

#[test]
fn a_version_must_be_one_and_higher() {
    let repository = Repository::new("refused");
    for (version, words) in [
        ("latest", "'latest' is no version"),
        ("v99.0.0", "'v99.0.0' is no version"),
        ("../99.0.0", "'../99.0.0' is no version"),
        ("99.0", "'99.0' is no version"),
        ("99.0.0+a", "build metadata"),
        ("0.0.1", "0.0.1 is lower than"),
    ] {
        assert!(refused(&repository, &[version]).contains(words), "{version}");
    }
    assert!(refused(&repository, &["0.0.1", "--dry-run"]).contains("0.0.1 is lower than"));
    assert!(refused(&repository, &["99.0.0", "--files"]).contains("this tree is version"));
    for usage in [&[][..], &["--dry-run"], &["99.0.0", "--push"], &["99.0.0", "--files", "--dry-run"]] {
        assert!(refused(&repository, usage).starts_with("usage: scripts/release VERSION"), "{usage:?}");
    }
}

#[test]
fn the_tree_must_be_clean_the_tag_new_and_something_said() {
    let repository = Repository::new("refused");
    repository.change("Cargo.toml", "[workspace]", "# a change\n[workspace]");
    assert!(refused(&repository, &["99.0.0"]).contains("changes that are not committed"));
    repository.git(&["checkout", "--quiet", "Cargo.toml"]);

    repository.git(&["tag", "v98.0.0"]);
    for dry in [&["98.0.0"][..], &["98.0.0", "--dry-run"]] {
        assert!(refused(&repository, dry).contains("the tag v98.0.0 is there already"));
    }

    // Below the new heading is what was not released before.
    repository.change("CHANGELOG.md", "## Unreleased\n", "## Unreleased\n\n## 97.0.0 - 2026-01-01\n");
    repository.git(&["commit", "--quiet", "--all", "--message", "changelog: all of it is released"]);
    assert!(refused(&repository, &["99.0.0"]).contains("there is nothing to release"));
    assert!(refused(&repository, &["96.0.0"]).contains("96.0.0 is not higher than 97.0.0"));
}

//! A clone of this repository, with the scripts as they are here.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use vestibule_e2e::envoy::filter_wasm;
use vestibule_e2e::image::wasmplugin;
use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::tools::run;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("")
}

pub(crate) struct Repository {
    folder: Scratch,
}

impl Repository {
    /// Of the last commit, and one more with what is changed here of the scripts, and something to release.
    pub(crate) fn new(name: &str) -> Self {
        let clone = Self::of(&root(), name);
        for file in ["scripts/release", "scripts/build", "CHANGELOG.md"] {
            fs::copy(root().join(file), clone.path().join(file)).unwrap();
        }
        // Just after a release there is nothing new here.
        clone.change("CHANGELOG.md", "## Unreleased\n", "## Unreleased\n\n* A door.\n");
        clone.git(&["add", "--all"]);
        clone.git(&["commit", "--quiet", "--allow-empty", "--message", "tests: as it is here"]);
        clone
    }

    pub(crate) fn of(other: &Path, name: &str) -> Self {
        let folder = Scratch::new(name);
        run(Command::new("git").args(["clone", "--quiet", "--shared"]).arg(other).arg(folder.path()));
        let clone = Self { folder };
        clone.git(&["config", "user.name", "Somebody"]);
        clone.git(&["config", "user.email", "somebody@example.com"]);
        clone
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        run(Command::new("git").args(arguments).current_dir(self.path())).trim().to_owned()
    }

    /// `scripts/release`, with a filter and a tool that are built already.
    pub(crate) fn release(&self, arguments: &[&str]) -> Output {
        Command::new(self.path().join("scripts/release"))
            .args(arguments)
            .env("VESTIBULE_WASM", filter_wasm())
            .env("VESTIBULE_TOOL", wasmplugin().get_program())
            .output()
            .unwrap()
    }

    /// What git knows: commits, tags, and what is changed.
    pub(crate) fn state(&self) -> [String; 3] {
        [&["rev-parse", "HEAD"][..], &["tag", "--list"], &["status", "--porcelain"]].map(|ask| self.git(ask))
    }

    pub(crate) fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.path().join(file);
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{file} has no {from}");
        fs::write(path, before.replacen(from, to, 1)).unwrap();
    }
}

/// Whether a script is there, can be run, and names each option of the call in its usage.
pub(crate) fn is_called_rightly(call: &str) {
    let mut words = call.split_whitespace();
    let script = root().join(words.next().unwrap());
    let text = fs::read_to_string(&script).unwrap_or_else(|error| panic!("{call}: {error}"));
    assert!(fs::metadata(&script).unwrap().permissions().mode() & 0o111 != 0, "{call} cannot be run");
    let name = script.file_name().unwrap().to_string_lossy().into_owned();
    // In the script's own head.
    let usage = text.lines().find(|line| line.starts_with(&format!("#   scripts/{name}")));
    for option in words.filter(|word| word.starts_with("--")) {
        let usage = usage.unwrap_or_else(|| panic!("{call}: no usage"));
        assert!(
            usage.split(['[', ']', ' ', '|']).any(|word| word == option),
            "{call}: {option} is not in: {usage}"
        );
    }
}

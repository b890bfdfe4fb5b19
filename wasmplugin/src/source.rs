//! What the working tree and its tools say of themselves: the inputs of an image beside the filter.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::sbom::{Crates, TREE_FORMAT};

/// Where scripts/build leaves the filter.
pub(crate) const BUILT: &str = "target/vestibule.wasm";

/// What the image is made of, and what made it.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) wasm: Vec<u8>,
    /// What makes the image again. `None` for a filter of which nobody here knows how it was built.
    pub(crate) command: Option<&'static str>,
    /// The commit, where the tree is exactly that and the filter is its build.
    pub(crate) revision: Option<String>,
    /// What `rustc --version` and `wasm-opt --version` say.
    pub(crate) rustc: String,
    pub(crate) wasm_opt: String,
    /// The crates that are in the filter.
    pub(crate) crates: Crates,
    /// `Cargo.lock`.
    pub(crate) lock: String,
}

/// Which builds of the filter may be in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Release,
    /// Also the debug build that dies on request: for the tests.
    Any,
}

impl Source {
    /// Of the filter in this tree, whatever the version of this program is: a release makes the image of its copy.
    pub(crate) fn version(&self) -> &str {
        self.crates.version()
    }
}

/// Asked in the current folder, which is the repository's root.
///
/// # Errors
/// When a file or a tool is missing, the current folder is another, or the filter is not of this kind.
pub(crate) fn of(wasm: &Path, kind: Kind) -> Result<Source, String> {
    let bytes =
        fs::read(wasm).map_err(|error| format!("{}: {error}: scripts/build makes it", wasm.display()))?;
    if kind == Kind::Release && dies_on_request(&bytes) {
        return Err(format!(
            "{}: the tests' debug build, which anyone can end: scripts/build",
            wasm.display()
        ));
    }
    let lock = fs::read_to_string("Cargo.lock")
        .map_err(|error| format!("Cargo.lock: {error}: run this in the root of the repository"))?;
    // The crates that end up in the filter: not those for tests, build scripts and macros, nor those for this tool.
    let tree =
        ["tree", "--locked", "-p", "vestibule", "--target", "wasm32-wasip1", "-e", "normal,no-proc-macro"];
    let tree =
        said_by(Command::new("cargo").args(tree).args(["--prefix", "depth", "--format", TREE_FORMAT]))?;
    let command = command(wasm);
    Ok(Source {
        wasm: bytes,
        command,
        revision: command.and_then(|_| revision()),
        rustc: said_by(Command::new("rustc").arg("--version"))?.trim().to_owned(),
        wasm_opt: said_by(Command::new("wasm-opt").arg("--version"))?.trim().to_owned(),
        crates: Crates::of(&tree, &lock)?,
        lock,
    })
}

/// Only of the file that scripts/build leaves is it known.
fn command(wasm: &Path) -> Option<&'static str> {
    (wasm == Path::new(BUILT)).then_some("scripts/image")
}

/// The name of the header that ends the VM (`filter/src/host/crash.rs`) is in no other build.
fn dies_on_request(wasm: &[u8]) -> bool {
    const HEADER: &[u8] = b"x-vestibule-crash";
    wasm.windows(HEADER.len()).any(|window| window == HEADER)
}

/// The commit, where nothing was changed since. Where there is no git or no repository, there is no commit to name.
fn revision() -> Option<String> {
    let changed = said_by(Command::new("git").args(["status", "--porcelain"])).ok()?;
    let commit = said_by(Command::new("git").args(["rev-parse", "HEAD"])).ok()?;
    changed.is_empty().then(|| commit.trim().to_owned())
}

fn said_by(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}: scripts/bootstrap gets it"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|_| format!("{name} wrote something that is no text"))
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{name}: {}", said.lines().next_back().unwrap_or("failed, and did not say why")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_that_dies_on_request_gets_into_no_image() {
        let file = std::env::temp_dir().join(format!("vestibule-{}.wasm", std::process::id()));
        fs::write(&file, b"\0asm..x-vestibule-crash..").unwrap();
        let refused = of(&file, Kind::Release);
        fs::remove_file(&file).unwrap();
        assert!(refused.unwrap_err().contains("debug build"));
        assert!(!dies_on_request(b"\0asm..x-vestibule-cras.."));
    }

    #[test]
    fn a_command_is_known_for_the_build_of_this_tree_alone() {
        assert_eq!(command(Path::new("target/vestibule.wasm")), Some("scripts/image"));
        for other in ["other.wasm", "target/crashing.wasm", "/tmp/target/vestibule.wasm"] {
            assert_eq!(command(Path::new(other)), None, "{other}");
        }
    }
}

//! What the working tree and its tools say of themselves: the inputs of an image beside the filter.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::image::Source;
use crate::sbom::{Crates, TREE_FORMAT};

/// Asked in the current folder, which is the repository's root.
///
/// # Errors
/// When a file or a tool is missing, or the current folder is another.
pub(crate) fn of(wasm: &Path) -> Result<Source, String> {
    let bytes =
        fs::read(wasm).map_err(|error| format!("{}: {error}: scripts/build makes it", wasm.display()))?;
    let lock = fs::read_to_string("Cargo.lock")
        .map_err(|error| format!("Cargo.lock: {error}: run this in the root of the repository"))?;
    // The crates that end up in the filter: not those for tests, build scripts and macros, nor those for this tool.
    let tree =
        ["tree", "--locked", "-p", "vestibule", "--target", "wasm32-wasip1", "-e", "normal,no-proc-macro"];
    let tree =
        said_by(Command::new("cargo").args(tree).args(["--prefix", "depth", "--format", TREE_FORMAT]))?;
    Ok(Source {
        wasm: bytes,
        revision: revision(),
        rustc: said_by(Command::new("rustc").arg("--version"))?.trim().to_owned(),
        wasm_opt: said_by(Command::new("wasm-opt").arg("--version"))?.trim().to_owned(),
        crates: Crates::of(&tree, &lock)?,
        lock,
    })
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

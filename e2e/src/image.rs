//! The filter's image, made and pushed by the product's own tool, as a user runs it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::scratch::{Scratch, target};
use crate::tools::run;

/// Pushes a build of the filter and gives the reference to paste, pinned by its digest.
///
/// # Panics
/// When the registry does not take it.
#[must_use]
pub fn push(wasm: &Path, reference: &str) -> String {
    let layout = layout(wasm);
    let said = run(wasmplugin().arg("push").arg(layout.path()).arg(reference));
    let pinned = said.lines().find(|line| line.starts_with("oci://") && line.contains("@sha256:"));
    pinned.unwrap_or_else(|| panic!("no reference: {said}")).to_owned()
}

/// The image of a build of the filter, as an OCI image layout.
///
/// # Panics
/// When there is no such build.
#[must_use]
pub fn layout(wasm: &Path) -> Scratch {
    let folder = Scratch::new("image");
    run(wasmplugin().arg("image").arg("--wasm").arg(wasm).arg("--out").arg(folder.path()));
    folder
}

/// The tool, run in the root of the repository.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn wasmplugin() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("");
    let program = PROGRAM.get_or_init(|| {
        // Cargo tells tests the programs of their own crate only.
        let build = ["build", "--quiet", "--locked", "-p", "vestibule-wasmplugin"];
        run(Command::new(env!("CARGO")).args(build).current_dir(&root));
        target().join("debug/wasmplugin")
    });
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

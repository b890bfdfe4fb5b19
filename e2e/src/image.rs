//! The filter's image, made and pushed by the product's own tool, as a user runs it.

use std::env;
use std::ffi::OsStr;
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
    push_by(wasmplugin(), wasm, reference)
}

/// The same, with the credentials of the `config.json` in this folder.
///
/// # Panics
/// As [`push`].
#[must_use]
pub fn push_with(docker_config: &Path, wasm: &Path, reference: &str) -> String {
    let mut tool = wasmplugin();
    tool.env("DOCKER_CONFIG", docker_config);
    push_by(tool, wasm, reference)
}

fn push_by(mut tool: Command, wasm: &Path, reference: &str) -> String {
    let layout = layout(wasm);
    let said = run(tool.arg("push").arg(layout.path()).arg(reference));
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
    // The tests also need the build that the tool refuses otherwise.
    run(wasmplugin().args(["image", "--crashing", "--wasm"]).arg(wasm).arg("--out").arg(folder.path()));
    folder
}

/// The tool, run in the root of the repository: the one that `VESTIBULE_TOOL` names, or built here.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn wasmplugin() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("");
    let program = PROGRAM.get_or_init(|| {
        if let Some(built) = env::var_os("VESTIBULE_TOOL") {
            return built.into();
        }
        // Cargo tells tests the programs of their own crate only.
        // In a folder of its own: the filter's library has one name whatever its dependencies' features are, and these tests
        // have been built against another one.
        let build = ["build", "--quiet", "--locked", "-p", "vestibule-wasmplugin", "--target-dir"];
        let mut cargo = Command::new(env!("CARGO"));
        // What Cargo says of the crate of these tests: `ring` would take it for a change, and be built anew each time.
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_a_crate(name)) {
            cargo.env_remove(name);
        }
        let folder = target().join("wasmplugin");
        run(cargo.args(build).arg(&folder).current_dir(&root));
        folder.join("debug/wasmplugin")
    });
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

fn is_of_a_crate(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
}

//! The filter's image, made and pushed by the product's own tool.

use std::path::Path;
use std::process::Command;

use crate::scratch::Scratch;
use crate::tools::run;

/// Pushes a build of the filter and gives the reference to paste, pinned by its digest.
///
/// # Panics
/// When the registry does not take it.
#[must_use]
pub fn push(wasm: &Path, reference: &str) -> String {
    let folder = Scratch::new("image");
    let layout = folder.path().join("layout");
    run(wasmplugin().arg("image").arg("--wasm").arg(wasm).arg("--out").arg(&layout));
    let said = run(wasmplugin().arg("push").arg(&layout).arg(reference));
    let pinned = said.split_whitespace().find(|word| word.starts_with("oci://") && word.contains("@sha256:"));
    pinned.unwrap_or_else(|| panic!("no reference: {said}")).to_owned()
}

fn wasmplugin() -> Command {
    let mut command = Command::new("cargo");
    command.args(["run", "-q", "--locked", "-p", "vestibule-wasmplugin", "--"]);
    command
}

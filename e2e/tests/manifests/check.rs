//! `wasmplugin check --strict` has nothing to say about any manifest, of files, overlays and the chart, once the image has its
//! digest: but that the overlay for all workloads of a namespace is for all of them.

use std::fs;

use vestibule_e2e::image::wasmplugin;
use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::tools::all;

use crate::every_manifest::every_manifest;
use crate::plugins::FOR_A_NAMESPACE;

#[test]
fn nothing_is_said_about_any_manifest() {
    let scratch = Scratch::new("manifests-check");
    let file = scratch.path().join("manifest.yaml");
    for (name, text) in every_manifest() {
        fs::write(&file, text.replace(&"00".repeat(32), &"4e".repeat(32))).unwrap();
        let output = wasmplugin().args(["check", "--strict", "--allow-none"]).arg(&file).output().unwrap();
        let said = all(&output);
        if name.ends_with(FOR_A_NAMESPACE) {
            assert!(said.contains("warning[no-selector]") && said.contains("no errors, 1 warning"), "{said}");
        } else {
            assert!(output.status.success(), "{}: {said}", name.display());
        }
    }
}

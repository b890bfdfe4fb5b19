//! `istioctl validate` and `istioctl analyze` have nothing to say about any manifest: of files, overlays and the chart.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::tools::{all, tool};

use crate::yaml::{files, kustomizations, kustomize, read, repository};

/// Each manifest by the name that a failure shows: files as they are, and folders as kustomize renders them.
pub(crate) fn every_manifest() -> Vec<(PathBuf, String)> {
    let written = files(".yaml")
        .into_iter()
        .filter(|file| !file.starts_with(repository().join("wasmplugin/chart/templates")))
        .map(|file| (read(&file), file))
        .filter(|(text, _)| text.lines().any(|line| line.starts_with("apiVersion:")))
        .map(|(text, file)| (file, text));
    let rendered = kustomizations().into_iter().map(|folder| (folder.clone(), kustomize(&folder)));
    written.chain(rendered).collect()
}

fn istioctl(arguments: &[&str], file: &Path) -> Output {
    Command::new(tool("istioctl")).args(arguments).arg(file).output().unwrap()
}

fn validate(file: &Path) -> Output {
    istioctl(&["validate", "-f"], file)
}

/// Messages from information on count as a failure; this `analyze` knows of no cluster.
fn analyze(file: &Path) -> Output {
    istioctl(&["analyze", "--use-kube=false", "--failure-threshold", "Info"], file)
}

/// It warns of every EnvoyFilter; that of the waypoint patches nothing.
fn has_nothing_to_say(output: &Output) -> bool {
    let said = all(output);
    let mut messages = said.lines().filter(|line| line.contains("[IST")).peekable();
    output.status.success() || (messages.peek().is_some() && messages.all(|line| line.contains("[IST0133]")))
}

#[test]
fn istio_takes_every_manifest() {
    let scratch = Scratch::new("manifests");
    let file = scratch.path().join("manifest.yaml");
    let manifests = every_manifest();
    assert!(manifests.len() >= 12, "{}", manifests.len());
    for (name, text) in manifests {
        std::fs::write(&file, text).unwrap();
        for output in [validate(&file), analyze(&file)] {
            assert!(has_nothing_to_say(&output), "{}: {}", name.display(), all(&output));
        }
    }
}

/// What the two say of a manifest in which something was replaced.
fn with(from: &str, to: &str) -> [bool; 2] {
    let scratch = Scratch::new("manifests-broken");
    let file = scratch.path().join("manifest.yaml");
    let text = read(&repository().join("wasmplugin/manifests/istio.yaml"));
    assert!(text.contains(from));
    std::fs::write(&file, text.replace(from, to)).unwrap();
    [validate(&file).status.success(), analyze(&file).status.success()]
}

/// So that nothing to say is worth something.
#[test]
fn istio_refuses_what_is_wrong() {
    assert_eq!(with("phase: AUTHN", "phase: AUTHN"), [true, true]);
    assert_eq!(with("phase: AUTHN", "phase: SOMETIME"), [false, false]);
}

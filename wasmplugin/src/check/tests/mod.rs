//! Whole runs: texts in, findings out.

mod formats;
mod kinds;
mod manifests;
mod mistakes;

use super::diagnostic::{Diagnostic, Severity};
use super::environment::Values;
use super::report::Report;
use crate::input::Input;

/// A WasmPlugin without any fault or warning. Tests change what they are about.
pub(crate) const PLUGIN: &str = "\
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: vestibule, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  url: oci://registry.example.com/vestibule@sha256:4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e
  phase: AUTHN
  failStrategy: FAIL_RELOAD
  vmConfig:
    env:
      - {name: OKTA_CLIENT_SECRET, valueFrom: HOST}
      - {name: COOKIE_SECRET, valueFrom: HOST}
  pluginConfig:
    provider:
      issuer: https://acme.okta.com
    client:
      id: 0oa1b2c3
      secret: {env: OKTA_CLIENT_SECRET}
    session:
      secrets: [{env: COOKIE_SECRET}]
      max_age: 8h
    hosts: [admin.example.com]
    access:
      - match: {paths: [/healthz]}
        allow: public
      - match: {paths: [\"/finance/*\"]}
        require: {groups: [finance]}
";

/// [`PLUGIN`] with a text in the place of another, which must be there once.
pub(crate) fn plugin_with(from: &str, to: &str) -> String {
    assert_eq!(PLUGIN.matches(from).count(), 1, "{from}");
    PLUGIN.replace(from, to)
}

/// What an example leaves to be filled in: the digest of the image.
fn filled(text: &str) -> String {
    text.replace(&"00".repeat(32), &"4e".repeat(32))
}

pub(crate) fn report(texts: &[&str], env: &str) -> Report {
    let input =
        |(index, text): (usize, &&str)| Input { name: format!("{index}.yaml"), text: (*text).to_owned() };
    let inputs: Vec<_> = texts.iter().enumerate().map(input).collect();
    super::report(&inputs, &Values::read(env).unwrap(), &super::Base::default(), false)
}

/// What is more than a note.
pub(crate) fn findings(report: &Report) -> Vec<&Diagnostic> {
    report.diagnostics.iter().filter(|one| one.severity != Severity::Note).collect()
}

/// The codes of the warnings about a text.
pub(crate) fn warnings(texts: &[&str]) -> Vec<&'static str> {
    let report = report(texts, "");
    let faults: Vec<_> = report.diagnostics.iter().filter(|one| one.is(Severity::Fault)).collect();
    assert!(faults.is_empty(), "{faults:?}");
    report.diagnostics.iter().filter(|one| one.is(Severity::Warning)).map(|one| one.code).collect()
}

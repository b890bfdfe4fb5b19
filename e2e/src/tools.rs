//! The programs of others that the tests in Istio run, as the modules in `e2e/tools` pin them.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::scratch::target;

/// A program of `e2e/tools`: `kube-apiserver`, `kubectl`, `pilot-discovery`, `pilot-agent`, `istioctl`, `helm`, `func-e`,
/// `oauth2-proxy`.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn tool(name: &str) -> PathBuf {
    let path = target().join("tools/go").join(name);
    assert!(
        path.is_file(),
        "{} is missing: run scripts/bootstrap --istio or --envoy-gateway",
        path.display()
    );
    path
}

/// The resource definitions of Istio and of the Gateway API.
#[must_use]
pub fn crds() -> PathBuf {
    target().join("tools/go/crds")
}

/// The resource definitions of Envoy Gateway and of the Gateway API as it ships it.
///
/// # Panics
/// When they are not there.
#[must_use]
pub fn envoy_gateway_crds() -> PathBuf {
    let path = target().join("tools/go/crds-of-envoy-gateway");
    assert!(path.is_dir(), "{} is missing: run scripts/bootstrap --envoy-gateway", path.display());
    path
}

/// From which Istio's agent makes Envoy's bootstrap.
#[must_use]
pub fn bootstrap_template() -> PathBuf {
    target().join("tools/go/envoy_bootstrap.json")
}

/// What istiod makes gateways and sidecars from: `config` and `values`.
#[must_use]
pub fn injection() -> PathBuf {
    target().join("tools/go/inject")
}

/// What a program printed, once it has ended well.
///
/// # Panics
/// When it cannot be run, or ends badly: with all that it said.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", all(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Both streams, for a message.
#[must_use]
pub fn all(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

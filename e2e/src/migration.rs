//! What `wasmplugin migrate` makes of a setup with oauth2-proxy.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::acme::{CLIENT_ID, HOST, OKTA};
use crate::image::wasmplugin;
use crate::tools::all;

/// What it wrote.
#[derive(Debug)]
pub struct Migrated {
    pub folder: PathBuf,
    /// Those of `plugin.yaml`, `provider.yaml` and, where there is one, `reload.yaml`.
    pub resources: Vec<Value>,
    /// Whether something is to be filled in.
    pub has_gaps: bool,
}

/// Runs `migrate --kind`, and `check` on what comes out.
///
/// # Panics
/// When one of them refuses.
#[must_use]
pub fn migrated(folder: &Path, files: &str, kind: &str) -> Migrated {
    let file = folder.join("before.yaml");
    fs::write(&file, files).expect("a file");
    let out = folder.join("migrated");
    let done = wasmplugin()
        .arg("migrate")
        .arg(&file)
        .args(["--kind", kind, "--out"])
        .arg(&out)
        .output()
        .expect("the tool");
    let has_gaps = done.status.code() == Some(3);
    assert!(done.status.success() || has_gaps, "{}", all(&done));
    let paths = ["plugin.yaml", "provider.yaml", "reload.yaml"].map(|name| out.join(name));
    let paths: Vec<&PathBuf> = paths.iter().filter(|path| path.exists()).collect();
    let checked = wasmplugin().arg("check").args(&paths).output().expect("the tool");
    assert!(checked.status.success(), "{}", all(&checked));
    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).expect("a file")).collect();
    let documents = texts.iter().flat_map(|text| text.split("\n---\n"));
    let resources = documents.map(|text| serde_yaml_ng::from_str(text).expect("YAML")).collect();
    Migrated { folder: out, resources, has_gaps }
}

/// oauth2-proxy in front of the application of the manifests, asked by this Gateway of the Gateway API; one group may enter.
#[must_use]
pub fn small_setup(namespace: &str, gateway: &str) -> String {
    format!(
        "\
config:
  clientID: {CLIENT_ID}
extraArgs:
  provider: oidc
  oidc-issuer-url: https://{OKTA}/oauth2/default
  email-domain: '*'
  allowed-group: finance
  scope: openid email profile
  upstream: static://202
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: ask
  namespace: {namespace}
spec:
  targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: {gateway}}}]
  action: CUSTOM
  provider: {{name: oauth2-proxy}}
  rules:
    - to:
        - operation: {{hosts: [{HOST}], notPaths: [/healthz]}}
"
    )
}

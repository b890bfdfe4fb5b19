//! Envoy Gateway without Kubernetes: resources come from a file, and it starts its Envoy itself.

use std::fs;
use std::ops::Deref;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::around::{Around, push, soon};
use super::resources::Resources;
use crate::acme::{CLIENT_SECRET, COOKIE_SECRET};
use crate::client::{self, Request};
use crate::envoy;
use crate::process::{self, Process};
use crate::registry::Registry;
use crate::scratch::{self, Scratch};
use crate::tools::{run, tool};

/// Okta, an application, a registry, and Envoy Gateway with what [`Resources`] say.
#[derive(Debug)]
pub struct EnvoyGateway {
    process: Process,
    around: Around,
    folder: Scratch,
}

impl Deref for EnvoyGateway {
    type Target = Around;

    fn deref(&self) -> &Around {
        &self.around
    }
}

impl EnvoyGateway {
    /// With the manifests as they are, once a sign-in can begin.
    pub async fn usual() -> Self {
        let gateway = Self::start(|resources, registry| {
            resources.set_image(&push(registry, &envoy::filter_wasm(), "0.1.0"));
        })
        .await;
        gateway.guarded().await;
        gateway
    }

    /// With the debug build that dies when a request asks for it.
    pub async fn crashing(wanted: impl FnOnce(&mut Resources)) -> Self {
        Self::start(|resources, registry| {
            resources.set_image(&push(registry, &envoy::crashing_wasm(), "0.1.0"));
            wanted(resources);
        })
        .await
    }

    /// Returns when Envoy listens. `wanted` makes the resources of the manifests what the test wants.
    ///
    /// # Panics
    /// Where it is not alone, or with its log when it does not start.
    pub async fn start(wanted: impl FnOnce(&mut Resources, &Registry)) -> Self {
        let around = Around::start().await;
        let folder = Scratch::new("envoy-gateway");
        prepare(folder.path());
        let mut resources = Resources::of_the_manifests(folder.path(), &around);
        wanted(&mut resources, &around.registry);
        resources.write(folder.path());
        let process = launch(folder.path());
        let mut gateway = Self { process, around, folder };
        gateway.listens().await;
        gateway
    }

    async fn listens(&mut self) {
        self.process.until(async || self.around.is_served().await).await;
    }

    /// Another Envoy in the place of this one, with the resources of now: what `kubectl rollout restart` brings.
    #[must_use]
    pub async fn restarted(self) -> Self {
        let Self { process, around, folder } = self;
        process.stop().await;
        let process = launch(folder.path());
        let mut gateway = Self { process, around, folder };
        gateway.listens().await;
        gateway
    }

    /// The resources of [`EnvoyGateway::usual`].
    #[must_use]
    pub fn usual_resources(&self) -> Resources {
        let mut resources = Resources::of_the_manifests(self.folder.path(), &self.around);
        resources.set_image(&push(&self.around.registry, &envoy::filter_wasm(), "0.1.0"));
        resources
    }

    /// Gives it other resources, all at once.
    pub fn apply(&self, resources: &Resources) {
        resources.write(self.folder.path());
    }

    /// Waits until something holds.
    ///
    /// # Panics
    /// With its log, when that has not come to be after `limit`.
    pub async fn until_within(&self, limit: Duration, holds: impl AsyncFnMut() -> bool) {
        process::until_within(limit, holds, || self.log()).await;
    }

    /// The same, within half a minute.
    pub async fn until(&self, holds: impl AsyncFnMut() -> bool) {
        soon(holds, || self.log()).await;
    }

    /// Waits until a sign-in can begin.
    pub async fn guarded(&self) {
        self.until(async || self.can_sign_in().await).await;
    }

    /// All that Envoy Gateway and its Envoy have logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// What the admin interface of its Envoy says.
    pub async fn admin(&self, path: &str) -> String {
        let runs = fs::read_dir(self.folder.path().join("run")).expect("the folder of what runs");
        let address =
            runs.flatten().find_map(|run| fs::read_to_string(run.path().join("admin-address.txt")).ok());
        let address = address.and_then(|text| text.trim().parse().ok()).expect("Envoy's admin address");
        client::send(address, &Request::get(path)).await.expect("Envoy's admin interface").text()
    }

    /// A counter or a gauge of Envoy's.
    pub async fn stat(&self, name: &str) -> u64 {
        envoy::stat_of(&self.admin("/stats").await, name)
    }
}

fn launch(folder: &Path) -> Process {
    let mut command = Command::new(tool("envoy-gateway"));
    command
        .arg("server")
        .arg("--config-path")
        .arg(folder.join("envoy-gateway.yaml"))
        .env("HOME", folder)
        .env("OKTA_CLIENT_SECRET", CLIENT_SECRET)
        // The name that `migrate` writes.
        .env("OIDC_CLIENT_SECRET", CLIENT_SECRET)
        .env("COOKIE_SECRET", COOKIE_SECRET);
    Process::start(&mut command, folder.join("envoy-gateway.log"))
}

/// Folders, certificates, and an Envoy where func-e looks for one.
fn prepare(folder: &Path) {
    let version = version_of(&envoy::binary());
    let programs = folder.join(format!("data/envoy-versions/{version}/bin"));
    fs::create_dir_all(&programs).expect("a folder");
    symlink(fs::canonicalize(envoy::binary()).expect("Envoy"), programs.join("envoy")).expect("a link");
    fs::create_dir_all(folder.join("conf")).expect("a folder");
    fs::create_dir_all(folder.join("run")).expect("a folder");
    run(Command::new(tool("envoy-gateway"))
        .args(["certgen", "--local", "--config-home"])
        .arg(folder.join("config"))
        .env("HOME", folder));
    let path = |name: &str| folder.join(name).display().to_string();
    let own = serde_json::json!({
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyGateway",
        "gateway": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
        "provider": {"type": "Custom", "custom": {
            "resource": {"type": "File", "file": {"paths": [path("conf")]}},
            "infrastructure": {"type": "Host", "host": {
                "configHome": path("config"), "dataHome": path("data"), "stateHome": path("state"), "runtimeDir": path("run"),
            }},
        }},
        // Lua only for a policy of somebody else, in one of the tests.
        "extensionApis": {"enableBackend": true, "enableEnvoyPatchPolicy": true, "enableLua": true},
    });
    write_yaml(&folder.join("envoy-gateway.yaml"), &[own]);
}

/// As func-e names it.
pub(super) fn version_of(envoy: &Path) -> String {
    let said = run(Command::new(envoy).arg("--version"));
    let is_version =
        |text: &&str| text.contains('.') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let version = said.split('/').find(is_version);
    version.unwrap_or_else(|| panic!("no version in {said}")).to_owned()
}

pub(super) fn write_yaml(path: &Path, documents: &[Value]) {
    let texts: Vec<_> =
        documents.iter().map(|document| serde_yaml_ng::to_string(document).expect("JSON is YAML")).collect();
    scratch::replace(path, &texts.join("---\n"));
}

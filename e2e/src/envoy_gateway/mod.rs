//! Envoy Gateway for real, without Kubernetes: resources come from a file, and it starts its Envoy itself.
//!
//! It listens on all interfaces, on ports that are always the same. So it runs only where there is nothing but a loopback
//! interface (`scripts/test --envoy-gateway`), and one at a time.

mod resources;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, MutexGuard};

pub use crate::acme::HOST;
use crate::acme::{self, CLIENT_SECRET, COOKIE_SECRET};
use crate::application::Application;
use crate::client::{self, Request};
use crate::envoy::{self, Envoy};
use crate::image;
use crate::okta::StandInOkta;
use crate::process::{self, Process};
use crate::registry::Registry;
use crate::scratch::{self, Scratch};
use crate::tools::{run, tool};
use crate::visitor::Visitor;
pub use resources::{OPEN_HOST, Resources};

/// Where the Gateway of `resources` listens.
const PORT: u16 = 8888;
/// Envoy Gateway's own, of which the tests need only know that nobody else has it.
const XDS_PORT: u16 = 18000;

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Okta, an application, a registry, and Envoy Gateway with what [`Resources`] say.
#[derive(Debug)]
pub struct EnvoyGateway {
    process: Process,
    pub okta: StandInOkta,
    pub application: Application,
    pub registry: Registry,
    front: Envoy,
    folder: Scratch,
    _alone: MutexGuard<'static, ()>,
}

impl EnvoyGateway {
    /// With the manifests as they are, once a sign-in can begin.
    pub async fn usual() -> Self {
        let gateway = Self::start(|resources, registry| {
            resources.set_image(&Self::push(registry, &Self::wasm(), "0.1.0"));
        })
        .await;
        gateway.guarded().await;
        gateway
    }

    /// With the debug build that dies when a request asks for it.
    pub async fn crashing(wanted: impl FnOnce(&mut Resources)) -> Self {
        Self::start(|resources, registry| {
            resources.set_image(&Self::push(registry, &envoy::crashing_wasm(), "0.1.0"));
            wanted(resources);
        })
        .await
    }

    /// Returns when Envoy listens. `wanted` makes the resources of the manifests what the test wants.
    ///
    /// # Panics
    /// Where it is not alone, or with its log when it does not start.
    pub async fn start(wanted: impl FnOnce(&mut Resources, &Registry)) -> Self {
        let alone = ONE_AT_A_TIME.lock().await;
        for port in [PORT, XDS_PORT] {
            let is_free = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err();
            assert!(is_free, "port {port} is taken: run scripts/test --envoy-gateway");
        }
        let (okta, front) = acme::start(|_| ()).await;
        let application = Application::start(0).await.expect("the application");
        let registry = Registry::start().await;
        let folder = Scratch::new("envoy-gateway");
        prepare(folder.path());
        let mut resources = Resources::of_the_manifests(folder.path(), &front, application.port());
        wanted(&mut resources, &registry);
        resources.write(folder.path());
        let process = launch(folder.path());
        let mut gateway = Self { process, okta, application, registry, front, folder, _alone: alone };
        gateway.listens().await;
        gateway
    }

    async fn listens(&mut self) {
        self.process.until(async || TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).await.is_ok()).await;
    }

    /// Another Envoy in the place of this one, with the resources of now: what `kubectl rollout restart` brings.
    #[must_use]
    pub async fn restarted(self) -> Self {
        let Self { process, okta, application, registry, front, folder, _alone } = self;
        process.stop().await;
        let process = launch(folder.path());
        let mut gateway = Self { process, okta, application, registry, front, folder, _alone };
        gateway.listens().await;
        gateway
    }

    /// The resources of [`EnvoyGateway::usual`].
    #[must_use]
    pub fn usual_resources(&self) -> Resources {
        let mut resources =
            Resources::of_the_manifests(self.folder.path(), &self.front, self.application.port());
        resources.set_image(&Self::push(&self.registry, &Self::wasm(), "0.1.0"));
        resources
    }

    /// Gives it other resources, all at once.
    pub fn apply(&self, resources: &Resources) {
        resources.write(self.folder.path());
    }

    /// Pushes a build of the filter; gives its reference as an EnvoyExtensionPolicy has it.
    #[must_use]
    pub fn push(registry: &Registry, wasm: &Path, tag: &str) -> String {
        let reference = image::push(wasm, &format!("{}/vestibule:{tag}", registry.address()));
        reference.strip_prefix("oci://").unwrap_or(&reference).to_owned()
    }

    /// The filter as scripts/build left it.
    #[must_use]
    pub fn wasm() -> PathBuf {
        envoy::filter_wasm()
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))
    }

    #[must_use]
    pub fn visitor(&self, host: &str) -> Visitor {
        Visitor::new(self.address(), host)
    }

    /// Signs a person in from this page, where the sign-in must end.
    pub async fn sign_in(&self, visitor: &mut Visitor, nick: &str, page: &str) {
        acme::sign_in(&self.okta, visitor, nick, page).await;
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
        self.until_within(Duration::from_secs(30), holds).await;
    }

    /// Waits until a sign-in can begin.
    pub async fn guarded(&self) {
        self.until(async || self.visitor(HOST).page("/oauth2/start").await.status == 302).await;
    }

    /// The status of a stranger's request.
    pub async fn status(&self, host: &str, path: &str) -> u16 {
        client::send(self.address(), &Request::fetch(path).host(host)).await.map_or(0, |answer| answer.status)
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
fn version_of(envoy: &Path) -> String {
    let said = run(Command::new(envoy).arg("--version"));
    let is_version =
        |text: &&str| text.contains('.') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let version = said.split('/').find(is_version);
    version.unwrap_or_else(|| panic!("no version in {said}")).to_owned()
}

fn write_yaml(path: &Path, documents: &[Value]) {
    let texts: Vec<_> =
        documents.iter().map(|document| serde_yaml_ng::to_string(document).expect("JSON is YAML")).collect();
    scratch::replace(path, &texts.join("---\n"));
}

//! What Vestibule replaces: oauth2-proxy, which an AuthorizationPolicy with `action: CUSTOM` asks about each request.

use std::process::Command;

use serde_json::{Value, json};

use super::ext_authz::{PORT, PROVIDER, SERVICE, extension_provider};
use super::istiod::ISTIO_SYSTEM;
use super::mesh::{CLIENT_ID, HOST, Mesh, OKTA, service_here};
use super::sidecar::{NAME as WORKLOAD, NAMESPACE};
use crate::acme::CLIENT_SECRET;
use crate::client::{self, Request};
use crate::ports;
use crate::process::Process;
use crate::scratch::Scratch;
use crate::tools::tool;

const POLICY: &str = "oauth2-proxy";

/// Ends with its process when dropped.
#[derive(Debug)]
pub struct OAuth2Proxy {
    process: Process,
    _folder: Scratch,
}

impl OAuth2Proxy {
    /// Returns when it answers, and the sidecar of `admin-service` can find it. Nobody asks it yet.
    ///
    /// # Panics
    /// With what it said, when it does not come up.
    pub async fn start(mesh: &Mesh) -> Self {
        Self::with(mesh, &[]).await
    }

    /// The same, with more arguments.
    ///
    /// # Panics
    /// As [`OAuth2Proxy::start`].
    pub async fn with(mesh: &Mesh, more: &[&str]) -> Self {
        let folder = Scratch::new("oauth2-proxy");
        let port = ports::free();
        let mut process =
            Process::start(command(port, mesh.okta.port()).args(more), folder.path().join("log"));
        let ping = async || client::send(([127, 0, 0, 1], port).into(), &Request::get("/ping")).await;
        process.until(async || ping().await.is_ok_and(|answer| answer.status == 200)).await;
        mesh.cluster.apply(&service_here(ISTIO_SYSTEM, SERVICE, PORT, port));
        make_known(mesh);
        Self { process, _folder: folder }
    }

    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// The policy that asks oauth2-proxy, for one host of the workload `admin-service`.
pub fn guard(mesh: &Mesh) {
    mesh.cluster.apply(&policy().to_string());
}

/// This set-up in files, as people have it where nothing is special about the machine: a Deployment, the mesh's
/// configuration and the policy. `more`: arguments beside the usual ones.
#[must_use]
pub fn files(more: &[&str]) -> String {
    let container = json!({
        "name": "oauth2-proxy",
        "image": "quay.io/oauth2-proxy/oauth2-proxy:v7",
        "args": arguments().into_iter().chain(more.iter().map(|&more| more.to_owned())).collect::<Vec<_>>(),
        "env": [
            {"name": "OAUTH2_PROXY_CLIENT_SECRET", "valueFrom": {"secretKeyRef": {"name": "oauth2-proxy", "key": "client"}}},
            {"name": "OAUTH2_PROXY_COOKIE_SECRET", "valueFrom": {"secretKeyRef": {"name": "oauth2-proxy", "key": "cookie"}}},
        ],
    });
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "oauth2-proxy", "namespace": ISTIO_SYSTEM},
        "spec": {"template": {"spec": {"containers": [container]}}},
    });
    let mesh = json!({"meshConfig": {"extensionProviders": [extension_provider()]}});
    [deployment, mesh, policy()].map(|document| document.to_string()).join("\n---\n")
}

fn policy() -> Value {
    json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": POLICY, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": {"app": WORKLOAD}},
            "action": "CUSTOM",
            "provider": {"name": PROVIDER},
            "rules": [{"to": [{"operation": {"hosts": [HOST]}}]}],
        },
    })
}

/// Takes that policy away.
pub fn unguard(mesh: &Mesh) {
    mesh.cluster.kubectl(&["delete", "authorizationpolicy", POLICY, "-n", NAMESPACE]);
}

/// Only a listener of the same port makes the sidecar know the service.
fn make_known(mesh: &Mesh) {
    let listener = json!([{"op": "add", "path": "/spec/egress/-", "value": {
        "port": {"number": PORT, "protocol": "HTTP", "name": PROVIDER},
        "bind": ports::free_address(PORT).ip(),
        "captureMode": "NONE",
        "hosts": [format!("*/{SERVICE}")],
    }}]);
    let patch = listener.to_string();
    mesh.cluster.kubectl(&["patch", "sidecar", WORKLOAD, "-n", NAMESPACE, "--type=json", "--patch", &patch]);
}

fn command(port: u16, okta: u16) -> Command {
    let issuer = format!("https://{OKTA}/oauth2/default");
    // The browser knows Okta by its name; oauth2-proxy, which could not resolve that here, by its port.
    let direct = format!("http://127.0.0.1:{okta}/oauth2/default/v1");
    let mut command = Command::new(tool("oauth2-proxy"));
    command
        .arg(format!("--http-address=127.0.0.1:{port}"))
        .args(arguments())
        .arg("--skip-oidc-discovery")
        .arg(format!("--login-url={issuer}/v1/authorize"))
        .arg(format!("--redeem-url={direct}/token"))
        .arg(format!("--oidc-jwks-url={direct}/keys"))
        .env("OAUTH2_PROXY_CLIENT_SECRET", CLIENT_SECRET)
        .env("OAUTH2_PROXY_COOKIE_SECRET", "oauth2-proxy-cookie-secret-00001");
    command
}

/// What people have of it; the rest is for this machine.
fn arguments() -> Vec<String> {
    let own =
        [format!("--oidc-issuer-url=https://{OKTA}/oauth2/default"), format!("--client-id={CLIENT_ID}")];
    let usual = [
        "--provider=oidc",
        "--scope=openid email profile",
        // Okta takes no `?` in a state.
        "--code-challenge-method=S256",
        "--email-domain=*",
        "--encode-state",
        // It says yes or no to Envoy, which talks to the application itself.
        "--reverse-proxy",
        "--upstream=static://200",
        "--set-xauthrequest",
        "--skip-provider-button",
        "--skip-auth-route=GET=^/healthz$",
    ];
    own.into_iter().chain(usual.map(str::to_owned)).collect()
}

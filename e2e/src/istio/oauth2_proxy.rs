//! What Vestibule replaces: oauth2-proxy, which an AuthorizationPolicy with `action: CUSTOM` asks about each request.

use std::process::Command;

use serde_json::json;

use super::ext_authz::{PORT, PROVIDER, SERVICE};
use super::istiod::ISTIO_SYSTEM;
use super::mesh::{CLIENT_ID, CLIENT_SECRET, HOST, Mesh, OKTA, service_here};
use super::sidecar::{NAME as WORKLOAD, NAMESPACE};
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
        let folder = Scratch::new("oauth2-proxy");
        let port = ports::free();
        let mut process = Process::start(&mut command(port, mesh.okta.port()), folder.path().join("log"));
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
    let policy = json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": POLICY, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": {"app": WORKLOAD}},
            "action": "CUSTOM",
            "provider": {"name": PROVIDER},
            "rules": [{"to": [{"operation": {"hosts": [HOST]}}]}],
        },
    });
    mesh.cluster.apply(&policy.to_string());
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
        .args(["--provider=oidc", "--skip-oidc-discovery", "--scope=openid email profile"])
        .arg(format!("--oidc-issuer-url={issuer}"))
        .arg(format!("--login-url={issuer}/v1/authorize"))
        .arg(format!("--redeem-url={direct}/token"))
        .arg(format!("--oidc-jwks-url={direct}/keys"))
        .arg(format!("--client-id={CLIENT_ID}"))
        // Okta takes no `?` in a state.
        .args(["--code-challenge-method=S256", "--email-domain=*", "--encode-state"])
        // It says yes or no to Envoy, which talks to the application itself.
        .args(["--reverse-proxy", "--upstream=static://200", "--set-xauthrequest", "--skip-provider-button"])
        .arg("--skip-auth-route=GET=^/healthz$")
        .env("OAUTH2_PROXY_CLIENT_SECRET", CLIENT_SECRET)
        .env("OAUTH2_PROXY_COOKIE_SECRET", "oauth2-proxy-cookie-secret-00001");
    command
}

//! What stands around Envoy Gateway, wherever its resources come from: Okta, an application, a registry, and people.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{Mutex, MutexGuard};

use crate::acme;
use crate::application::Application;
use crate::client::{self, Request};
use crate::envoy::Envoy;
use crate::image;
use crate::okta::StandInOkta;
use crate::process;
use crate::registry::Registry;
use crate::visitor::Visitor;

/// Where the Gateway of the tests listens.
pub(super) const PORT: u16 = 8888;
/// Envoy Gateway's own, of which the tests need only know that nobody else has it.
const XDS_PORT: u16 = 18000;

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

#[derive(Debug)]
pub struct Around {
    pub okta: StandInOkta,
    pub application: Application,
    pub registry: Registry,
    /// What ends TLS in front of Okta.
    pub(super) front: Envoy,
    _alone: MutexGuard<'static, ()>,
}

impl Around {
    /// # Panics
    /// Where another Envoy Gateway runs.
    pub(super) async fn start() -> Self {
        let alone = ONE_AT_A_TIME.lock().await;
        for port in [PORT, XDS_PORT] {
            let is_free = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err();
            assert!(is_free, "port {port} is taken: run scripts/test --envoy-gateway");
        }
        let (okta, front) = acme::start(|_| ()).await;
        let application = Application::start(0).await.expect("the application");
        let registry = Registry::start().await;
        Self { okta, application, registry, front, _alone: alone }
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))
    }

    /// Whether Envoy listens.
    pub(super) async fn is_served(&self) -> bool {
        TcpStream::connect(self.address()).await.is_ok()
    }

    #[must_use]
    pub fn visitor(&self, host: &str) -> Visitor {
        Visitor::new(self.address(), host)
    }

    /// Signs a person in from this page, where the sign-in must end.
    pub async fn sign_in(&self, visitor: &mut Visitor, nick: &str, page: &str) {
        acme::sign_in(&self.okta, visitor, nick, page).await;
    }

    /// The status of a stranger's request.
    pub async fn status(&self, host: &str, path: &str) -> u16 {
        client::send(self.address(), &Request::fetch(path).host(host)).await.map_or(0, |answer| answer.status)
    }

    /// Whether a sign-in can begin.
    pub(super) async fn can_sign_in(&self) -> bool {
        let start = Request::page("/oauth2/start").host(acme::HOST);
        client::send(self.address(), &start).await.is_ok_and(|answer| answer.status == 302)
    }
}

/// Pushes a build of the filter; gives its reference as an EnvoyExtensionPolicy has it.
#[must_use]
pub fn push(registry: &Registry, wasm: &Path, tag: &str) -> String {
    let reference = image::push(wasm, &format!("{}/vestibule:{tag}", registry.address()));
    reference.strip_prefix("oci://").unwrap_or(&reference).to_owned()
}

/// For what usually comes at once.
pub(super) async fn soon(holds: impl AsyncFnMut() -> bool, log: impl Fn() -> String) {
    process::until_within(Duration::from_secs(30), holds, log).await;
}

//! A real registry: Debian's `docker-registry` (CNCF Distribution) in a process of its own, over plain HTTP or TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::client::{self, Request};
use crate::ports;
use crate::process::Process;
use crate::scratch::Scratch;

/// Who may pull and push at a registry with [`RegistryOptions::sign_in`].
pub const USER: &str = "pusher";
pub const PASSWORD: &str = "not-for-everyone";
/// Istio's agent takes no registry whose realm is not an address outside of private networks.
const REALM: &str = "https://registry.example.com/";
/// `htpasswd -nbB -C 4 USER PASSWORD`
const HTPASSWD: &str = "pusher:$2b$04$dxDhBZN/EfLVkCGxk4RhmOmSXXGONMWwk7oCjfAYpw9SV8m95Tizu\n";

/// How a registry is to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegistryOptions {
    /// Nobody gets anything without [`USER`] and [`PASSWORD`].
    pub sign_in: bool,
    /// It speaks TLS, with a certificate for this name.
    pub tls_name: Option<&'static str>,
}

/// A running registry. Ends with its process when dropped.
#[derive(Debug)]
pub struct Registry {
    process: Option<Process>,
    address: SocketAddr,
    folder: Scratch,
}

impl Registry {
    /// An open registry, once it serves.
    ///
    /// # Panics
    /// With what it said, when it does not.
    pub async fn start() -> Self {
        Self::with(RegistryOptions::default()).await
    }

    /// # Panics
    /// As [`Registry::start`].
    pub async fn with(options: RegistryOptions) -> Self {
        let folder = Scratch::new("registry");
        // It cannot tell which port it got, and must keep it when it comes back.
        let address = SocketAddr::from(([127, 0, 0, 1], ports::free()));
        configure(options, address, folder.path());
        let mut registry = Self { process: None, address, folder };
        registry.start_again().await;
        registry
    }

    /// `127.0.0.1:PORT`, as it stands in a reference to an image.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it keeps what was pushed.
    #[must_use]
    pub fn storage(&self) -> PathBuf {
        self.folder.path().join("storage")
    }

    /// The certificate of a registry with [`RegistryOptions::tls_name`], which is its own authority.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Takes it away: connections are refused.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Brings it back after [`Registry::stop`], at the same address and with all that was pushed to it.
    ///
    /// # Panics
    /// As [`Registry::start`].
    pub async fn start_again(&mut self) {
        let address = self.address;
        let process = self.process.insert(launch(self.folder.path()));
        process.until(async || serves(address).await).await;
    }
}

async fn serves(address: SocketAddr) -> bool {
    let answer = client::send(address, &Request::get("/v2/")).await;
    // 400: that it speaks TLS.
    answer.is_ok_and(|answer| [200, 400, 401].contains(&answer.status))
}

fn configure(options: RegistryOptions, address: SocketAddr, folder: &Path) {
    let mut config = json!({
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": true}},
        "storage": {"filesystem": {"rootdirectory": folder.join("storage")}},
        "http": {"addr": address},
    });
    if options.sign_in {
        let passwords = folder.join("htpasswd");
        fs::write(&passwords, HTPASSWD).expect("htpasswd");
        config["auth"] = json!({"htpasswd": {"realm": REALM, "path": passwords}});
    }
    if let Some(name) = options.tls_name {
        let issued = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        fs::write(&certificate, issued.cert.pem()).expect("certificate.pem");
        fs::write(&key, issued.signing_key.serialize_pem()).expect("key.pem");
        config["http"]["tls"] = json!({"certificate": certificate, "key": key});
    }
    // YAML, of which JSON is a part.
    fs::write(folder.join("registry.yml"), format!("{config:#}")).expect("registry.yml");
}

fn launch(folder: &Path) -> Process {
    let mut command = Command::new("docker-registry");
    Process::start(command.arg("serve").arg(folder.join("registry.yml")), folder.join("registry.log"))
}

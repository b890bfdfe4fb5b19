//! Somebody who pushes the image.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use vestibule_e2e::envoy::filter_wasm;
use vestibule_e2e::image::{layout, wasmplugin};
use vestibule_e2e::scratch::Scratch;

/// A push by somebody whose Docker configuration is this.
pub(crate) struct Push {
    pub(crate) layout: Scratch,
    pub(crate) docker: Scratch,
    pub(crate) to: String,
}

impl Push {
    pub(crate) fn new(registry: SocketAddr, config: &Value) -> Self {
        let docker = Scratch::new("docker");
        fs::write(docker.path().join("config.json"), config.to_string()).unwrap();
        Self { layout: layout(&filter_wasm()), docker, to: format!("{registry}/vestibule:1") }
    }

    pub(crate) fn command(&self) -> Command {
        let mut push = wasmplugin();
        push.env("DOCKER_CONFIG", self.docker.path()).arg("push").arg(self.layout.path()).arg(&self.to);
        push
    }

    /// What it says instead of pushing.
    pub(crate) fn refused(&self) -> String {
        refused_by(&mut self.command())
    }
}

/// What a push says that does not work.
pub(crate) fn refused_by(push: &mut Command) -> String {
    let output = push.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

/// Docker's configuration with a password for a registry.
pub(crate) fn auths(registry: SocketAddr, user: &str, password: &str) -> Value {
    json!({"auths": {registry.to_string(): {"auth": encoded(user, password)}}})
}

/// As Docker keeps it, and as it goes over the wire.
pub(crate) fn encoded(user: &str, password: &str) -> String {
    BASE64_STANDARD.encode(format!("{user}:{password}"))
}

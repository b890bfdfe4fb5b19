//! The configurations under which a run may happen.

use serde_json::json;
use vestibule::engine::Engine;
use vestibule_testing::{HOST, ISSUER, metadata_json};

use crate::support;

const P256: &str = include_str!("../../../../tests/keys/p256.pem");

#[derive(Clone, Debug)]
pub(super) struct Setting {
    refreshes: bool,
    pub(super) pushes: bool,
    signs_assertions: bool,
    /// Whether there is a configuration that can work.
    pub(super) works: bool,
}

impl Setting {
    /// By the first byte of a run.
    pub(super) fn new(choice: u8) -> Self {
        Self {
            refreshes: choice & 1 != 0,
            pushes: choice & 2 != 0,
            signs_assertions: choice & 4 != 0,
            works: choice < 248,
        }
    }

    pub(super) fn without_refreshes(&self) -> Self {
        Self { refreshes: false, ..self.clone() }
    }

    pub(super) fn engine(&self) -> Option<Engine> {
        if !self.works {
            return None;
        }
        let mut extra = json!({
            "hosts": [HOST],
            "access": [
                {"match": {"paths": ["/public/*"]}, "allow": "public"},
                {"match": {"paths": ["/optional/*"]}, "allow": "optional"},
                {"match": {"paths": ["/never/*"]}, "allow": "none"},
                {"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}},
            ],
            "client": {"pushed_authorization_requests": self.pushes},
            "session": {"refresh": self.refreshes},
        });
        if self.signs_assertions {
            extra["client"]["auth_method"] = json!("private_key_jwt");
            extra["client"]["private_key"] = json!({"value": P256});
        }
        Engine::new(support::config(&extra))
    }

    pub(super) fn metadata(&self) -> serde_json::Value {
        let mut metadata = metadata_json();
        if self.pushes {
            metadata["pushed_authorization_request_endpoint"] = json!(format!("{ISSUER}/v1/par"));
        }
        metadata
    }
}

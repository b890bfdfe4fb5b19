//! Keys of the contract that are parsed, documented and not supported yet.
//!
//! One list: loading refuses what is on it, and the reference marks it, so they cannot drift.

use super::error::ConfigError;
use super::node::Node;

/// A key that is not supported yet, or one of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The key; `[]` stands for any entry of a list.
    pub key: &'static str,
    /// The only value that is not supported; `None`: none is.
    pub value: Option<&'static str>,
    /// What to do for now.
    pub instead: &'static str,
}

/// All of them.
pub const UNSUPPORTED: &[Unsupported] = &[
    key("client.private_key", "client.secret, or neither for a public client"),
    key("client.key_id", "the configuration without this key"),
    value("client.auth_method", "private_key_jwt", "client_secret_basic, client_secret_post or none"),
    key("access[].match.client_cidrs", "hosts, paths and methods"),
    key("access[].require.claims", "groups, emails and email_domains"),
    key("access[].require.acr", "groups, emails and email_domains"),
    key("access[].require.max_age", "session.max_age"),
    key("access[].bearer", "the rule without this key, it then takes sessions only"),
    key("access[].preflight", "the rule without this key"),
];

const fn key(key: &'static str, instead: &'static str) -> Unsupported {
    Unsupported { key, value: None, instead }
}

const fn value(key: &'static str, value: &'static str, instead: &'static str) -> Unsupported {
    Unsupported { key, value: Some(value), instead }
}

/// Refuses a configuration that uses one of them.
pub(super) fn refuse_unsupported(root: &Node) -> Result<(), ConfigError> {
    for entry in UNSUPPORTED {
        for (path, node) in root.find(entry.key) {
            let found = match entry.value {
                None => "a key that is not supported yet".to_owned(),
                Some(value) if node.is(value) => format!("{}, which is not supported yet", node.describe()),
                Some(_) => continue,
            };
            return Err(ConfigError::new(path, found, entry.instead));
        }
    }
    Ok(())
}

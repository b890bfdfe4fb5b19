//! Keys of the contract that are parsed, documented and not supported yet.
//!
//! One list: loading refuses what is on it, and the reference marks it, so they cannot drift.

use super::error::ConfigError;
use super::node::Node;

/// A key that is not supported yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The key; `[]` stands for any entry of a list.
    pub key: &'static str,
    /// What to do for now.
    pub instead: &'static str,
}

/// All of them.
pub const UNSUPPORTED: &[Unsupported] = &[
    key("access[].match.client_cidrs", "hosts, paths and methods"),
    key("access[].require.claims", "groups, emails and email_domains"),
    key("access[].require.acr", "groups, emails and email_domains"),
    key("access[].require.max_age", "session.max_age"),
    key("access[].bearer", "the rule without this key, it then takes sessions only"),
    key("access[].preflight", "the rule without this key"),
];

const fn key(key: &'static str, instead: &'static str) -> Unsupported {
    Unsupported { key, instead }
}

/// Refuses a configuration that uses one of them.
pub(super) fn refuse_unsupported(root: &Node) -> Result<(), ConfigError> {
    for entry in UNSUPPORTED {
        if let Some((path, _)) = root.find(entry.key).into_iter().next() {
            return Err(ConfigError::new(path, "a key that is not supported yet", entry.instead));
        }
    }
    Ok(())
}

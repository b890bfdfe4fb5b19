//! The lines that say why a configuration is refused, one a fault.

use std::fmt;

/// How many characters of what was found are repeated: enough to recognise it.
const SHOWN: usize = 80;

/// Everything for which a configuration is refused: one fault or more, in the order of the contract. As a text it is
/// one line a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// Of one fault or more.
    pub(super) fn new(faults: Vec<ConfigError>) -> Self {
        Self(faults)
    }

    /// The faults in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.0.iter()
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(only: ConfigError) -> Self {
        Self(vec![only])
    }
}

impl IntoIterator for ConfigErrors {
    type Item = ConfigError;
    type IntoIter = std::vec::IntoIter<ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ConfigErrors {
    type Item = &'a ConfigError;
    type IntoIter = std::slice::Iter<'a, ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// One fault of a configuration, for one line in the log. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The path of the key, such as `access[2].match.paths[0]`; empty for the configuration as a whole.
    pub key: String,
    /// What stands there, safe to print.
    pub found: String,
    /// What may stand there, or what to do.
    pub accepted: String,
}

impl ConfigError {
    pub(super) fn new(key: impl Into<String>, found: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self { key: key.into(), found: found.into(), accepted: accepted.into() }
    }

    /// An error about a text that may be shown.
    pub(super) fn text(key: impl Into<String>, found: &str, accepted: impl Into<String>) -> Self {
        Self::new(key, quote(found), accepted)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("configuration: ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "found {}; accepted: {}", self.found, self.accepted)
    }
}

impl std::error::Error for ConfigError {}

/// `text` in quotes, on one line and not too long.
pub(super) fn quote(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("{shown:?}{more}")
}

/// `key`, on one line and not too long: its segments may come from the configuration.
pub(super) fn one_line(key: &str) -> String {
    let shown: String = key.chars().take(SHOWN.saturating_mul(2)).collect();
    let more = if shown.len() < key.len() { "…" } else { "" };
    format!("{}{more}", shown.escape_debug()).replace("\\\"", "\"").replace("\\'", "'")
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

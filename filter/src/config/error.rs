//! The lines that say why a configuration is refused, one a fault.

use std::fmt;

/// How many characters of what was found are repeated: enough to recognise it.
const SHOWN: usize = 80;

/// How many faults of one configuration have a line in the log.
const MOST_LINES: usize = 50;

/// Everything for which a configuration is refused: one fault or more, in the order of the contract. As a text it is
/// one line a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// Of one fault or more.
    pub(super) fn new(faults: Vec<ConfigError>) -> Self {
        Self(faults)
    }

    /// For a log: the first of them, and how many there are beyond these. Every worker says them, and a text which is no
    /// configuration at all would fill the log.
    pub fn log_lines(&self) -> impl Iterator<Item = String> {
        let more = self.0.len().saturating_sub(MOST_LINES);
        let more = (more > 0).then(|| format!("configuration: faults beyond these: {more}"));
        self.iter().take(MOST_LINES).map(ToString::to_string).chain(more)
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
    pub(super) fn new(key: impl AsRef<str>, found: impl AsRef<str>, accepted: impl AsRef<str>) -> Self {
        Self::of(key.as_ref(), found.as_ref(), accepted.as_ref())
    }

    /// An error about a text that may be shown.
    pub(super) fn text(key: impl AsRef<str>, found: &str, accepted: impl AsRef<str>) -> Self {
        Self::of_text(key.as_ref(), found, accepted.as_ref())
    }

    /// Once in the binary, and not in each of the many places that find a fault.
    #[inline(never)]
    fn of(key: &str, found: &str, accepted: &str) -> Self {
        Self { key: key.to_owned(), found: found.to_owned(), accepted: accepted.to_owned() }
    }

    #[inline(never)]
    fn of_text(key: &str, found: &str, accepted: &str) -> Self {
        Self::of(key, &quote(found), accepted)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gets_the_first_faults_and_how_many_there_are_more() {
        let lines = |count| {
            let faults = (0..count).map(|n| ConfigError::new(format!("key{n}"), "a", "b")).collect();
            ConfigErrors::new(faults).log_lines().collect::<Vec<_>>()
        };
        assert_eq!(lines(1), ["configuration: key0: found a; accepted: b"]);
        assert_eq!(lines(MOST_LINES).len(), MOST_LINES);
        assert_eq!(lines(MOST_LINES + 2).last().unwrap(), "configuration: faults beyond these: 2");
        assert_eq!(lines(MOST_LINES + 2).len(), MOST_LINES + 1);
    }
}

//! One option of oauth2-proxy, as somebody gave it.

use std::fmt;

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    pub(crate) file: String,
    /// Counts from 1.
    pub(crate) line: usize,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// From what oauth2-proxy reads an option. A later one wins over those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// What its Helm chart sets where nobody says anything.
    Chart,
    /// `--config`.
    File,
    /// Variables `OAUTH2_PROXY_…`.
    Environment,
    /// Arguments, and `extraArgs` of the chart.
    Flag,
    /// `--alpha-config`, which replaces the older options that it covers.
    Alpha,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// One text for most options, several for lists.
    Texts(Vec<String>),
    /// `--flag` alone.
    Bare,
    /// What a Secret of the cluster holds.
    Secret { name: String, key: String },
    /// What none of the files says, in words: `key ISSUER of ConfigMap proxy`.
    Elsewhere(String),
}

/// An option in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The name of its flag, without dashes in front: `cookie-domain`.
    pub(crate) option: String,
    /// As it is named there: `cookie_domains`, `OAUTH2_PROXY_COOKIE_DOMAINS`, `--cookie-domain`.
    pub(crate) written: String,
    pub(crate) value: Value,
    pub(crate) layer: Layer,
    pub(crate) at: At,
}

impl Value {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Texts(vec![text.into()])
    }
}

/// Values may be secrets, so a `Debug` shows none.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Texts(texts) => write!(f, "Texts({})", texts.len()),
            Self::Bare => f.write_str("Bare"),
            Self::Secret { name, key } => write!(f, "Secret({name}:{key})"),
            Self::Elsewhere(place) => write!(f, "Elsewhere({place})"),
        }
    }
}

impl fmt::Display for Setting {
    /// `cookie_domains (proxy.cfg:7)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.written, self.at)
    }
}

/// Whether `text` is filled in later, by envsubst, Flux, Helm, SOPS, a vault, a template or a person.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let is_angled = || text.split_once('<').is_some_and(|(_, rest)| rest.contains('>'));
    let is_variable = || {
        text.strip_prefix('$').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
    };
    let is_stored = || ["ENC[", "vault:", "ref+"].iter().any(|prefix| text.starts_with(prefix));
    text.contains("${")
        || text.contains("{{")
        || text.contains("$(")
        || is_variable()
        || is_angled()
        || is_stored()
}

//! What names paths: one, or a folder and everything below it.

use std::fmt;

use super::NormalPath;
use crate::web::percent::Octet;

/// `/healthz` or `/finance/*`, in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPattern {
    /// This path and no other.
    Exact(String),
    /// `/finance` for `/finance/*`; empty for `/*`. Matches the path itself and everything below it.
    Below(String),
}

impl PathPattern {
    /// Reads a pattern; `None` where its path is not normal ([`NormalPath::is_normal`]) or has another `*`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (path, is_folder) = match text.strip_suffix("/*") {
            Some(folder) => (folder, true),
            None => (text, false),
        };
        let is_pattern =
            !path.contains('*') && ((is_folder && path.is_empty()) || NormalPath::is_normal(path));
        match (is_pattern, is_folder) {
            // `/x//*` and `/x/./*` are no folders' names either, and are caught by the normal form.
            (true, true) if !path.ends_with('/') => Some(Self::Below(path.to_owned())),
            (true, false) => Some(Self::Exact(path.to_owned())),
            _ => None,
        }
    }
}

/// As it is written in the configuration.
impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(path) => f.write_str(path),
            Self::Below(base) => write!(f, "{base}/*"),
        }
    }
}

/// Whether `pattern` names `path`: exactly, or for `/x/*` as `/x` or something below it. Case counts.
///
/// The normal form keeps reserved characters as they came (RFC 3986 §2.2), but applications decode them:
/// here `%24` is `$`, so that a rule for `/odata/$batch` is not escaped by writing `/odata/%24batch`.
/// Encoded slashes, backslashes, `%`, `?` and `#` stay what they are.
#[must_use]
pub fn matches(pattern: &PathPattern, path: &NormalPath<'_>) -> bool {
    match pattern {
        PathPattern::Exact(exact) => after_prefix(path.as_bytes(), exact.as_bytes()) == Some(b""),
        PathPattern::Below(base) => after_prefix(path.as_bytes(), base.as_bytes()).is_some_and(is_below),
    }
}

/// Like [`matches()`], but the bytes that the pattern names must be there as they are: for rules that open a
/// path, which may not depend on how the application decodes it.
#[must_use]
pub fn matches_to_the_letter(pattern: &PathPattern, path: &NormalPath<'_>) -> bool {
    match pattern {
        PathPattern::Exact(exact) => path.as_str() == exact,
        PathPattern::Below(base) => path.as_bytes().strip_prefix(base.as_bytes()).is_some_and(is_below),
    }
}

fn is_below(rest: &[u8]) -> bool {
    rest.is_empty() || rest.starts_with(b"/")
}

fn after_prefix<'p>(mut path: &'p [u8], mut prefix: &[u8]) -> Option<&'p [u8]> {
    while let Some((wanted, rest)) = folded(prefix) {
        let (found, after) = folded(path)?;
        if found != wanted {
            return None;
        }
        (path, prefix) = (after, rest);
    }
    Some(path)
}

/// The first character, decoded where the encoded form means the same to an application.
fn folded(text: &[u8]) -> Option<(u8, &[u8])> {
    match Octet::first(text)? {
        (Octet::Encoded(0..=0x1f | 0x7f | b'/' | b'\\' | b'%' | b'?' | b'#'), _) => {
            text.split_first().map(|(first, rest)| (*first, rest))
        }
        (octet, after) => Some((octet.value(), after)),
    }
}

#[cfg(test)]
mod tests;

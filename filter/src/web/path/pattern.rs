//! What names paths: one, or a folder and everything below it.

use std::fmt;

use super::{NormalPath, Reading};
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
pub fn matches(pattern: &PathPattern, path: Reading<'_>) -> bool {
    let rest = |name: &str| after_prefix(path.as_bytes(), name.as_bytes(), |found, wanted| found == wanted);
    match pattern {
        PathPattern::Exact(exact) => rest(exact) == Some(b""),
        PathPattern::Below(base) => rest(base).is_some_and(is_below),
    }
}

/// Like [`matches()`], and also what a framework may take for the same: for rules that restrict a path.
///
/// * The case of ASCII letters does not count (Express, ASP.NET).
/// * A slash at the end does not count, there or in the pattern (Flask, Express, Spring). So `/x` and `/x/` are
///   one, and so are `//`'s, which the normal form has merged.
/// * An extension is taken too, for `/x/*` as well, which names `/x`: a dot and whatever follows it in this
///   segment. Rails' `(.:format)` takes any octet but another dot, so `/x.1` is `/x`; the suffixes of Spring
///   before 5.3 take dots and nothing at all, so `/x.tar.gz` and `/x.` are. `/x.json/` is `/x.json` to Rails.
///   `/x/.json` and `/x.json/y` are other paths to all of them, and `/` has no extension.
#[must_use]
pub fn resembles(pattern: &PathPattern, path: Reading<'_>) -> bool {
    let (name, is_folder) = match pattern {
        PathPattern::Exact(exact) => (exact.strip_suffix('/').unwrap_or(exact), false),
        PathPattern::Below(base) => (base.as_str(), true),
    };
    let same = |found: u8, wanted: u8| found.eq_ignore_ascii_case(&wanted);
    match after_prefix(path.as_bytes(), name.as_bytes(), same) {
        Some(b"" | b"/") => true,
        Some([b'/', ..]) => is_folder,
        Some([b'.', extension @ ..]) => !extension.strip_suffix(b"/").unwrap_or(extension).contains(&b'/'),
        _ => false,
    }
}

/// Like [`matches()`], but the bytes that the pattern names must be there as they are: for rules that open a
/// path, which may not depend on how the application decodes it.
#[must_use]
pub fn matches_to_the_letter(pattern: &PathPattern, path: Reading<'_>) -> bool {
    match pattern {
        PathPattern::Exact(exact) => path.as_str() == exact,
        PathPattern::Below(base) => path.as_bytes().strip_prefix(base.as_bytes()).is_some_and(is_below),
    }
}

fn is_below(rest: &[u8]) -> bool {
    rest.is_empty() || rest.starts_with(b"/")
}

fn after_prefix<'p>(
    mut path: &'p [u8],
    mut prefix: &[u8],
    same: impl Fn(u8, u8) -> bool,
) -> Option<&'p [u8]> {
    while let Some((wanted, rest)) = folded(prefix) {
        let (found, after) = folded(path)?;
        if !same(found, wanted) {
            return None;
        }
        (path, prefix) = (after, rest);
    }
    Some(path)
}

/// The first character, decoded where the encoded form means the same to an application.
pub(super) fn folded(text: &[u8]) -> Option<(u8, &[u8])> {
    match Octet::first(text)? {
        (Octet::Encoded(0..=0x1f | 0x7f | b'/' | b'\\' | b'%' | b'?' | b'#'), _) => {
            text.split_first().map(|(first, rest)| (*first, rest))
        }
        (octet, after) => Some((octet.value(), after)),
    }
}

#[cfg(test)]
mod tests;

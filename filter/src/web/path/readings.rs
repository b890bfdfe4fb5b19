//! What servers may take one path for, where they do not agree.

use std::collections::BTreeSet;

use super::server::{Server, servers};
use super::token::{self, Token};

/// One way to read a path: what rules are matched with.
///
/// ASCII that begins with `/`. Octets of unreserved characters are decoded, others that arrived encoded are in upper-case
/// hexadecimal; a `/` separates segments and a `%2F` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading<'a>(&'a str);

impl<'a> Reading<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Its letters.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// Its letters.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

/// All readings of a path, each once. There is at least one.
///
/// Servers differ in
/// * what they take for a slash: `%2f`, `%5c`, `\`;
/// * whether a `;` cuts its segment, before they decode or after;
/// * whether they decode once or twice;
/// * whether a `?` or `#` that appears by decoding cuts the path;
/// * whether repeated slashes are one, or only those at the beginning, and whether `.` segments go;
/// * whether blanks at the end count (the URL standard cuts them off, as of any text);
/// * whether a path that begins with two slashes begins with an authority (RFC 3986 §3, and "special authority slashes
///   state" of the URL standard, which takes any number of them), and whether it is read before they decode or after.
///
/// Each does the same with the whole path, so that these are combined, and only for what occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readings(BTreeSet<String>);

/// The path is too long to be read in all ways, or there are too many of them. The request is answered with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path has more readings than are looked at")]
pub struct TooMany;

/// In bytes of the path as it arrived.
pub const MAX_PATH: usize = 4096;

/// How much is read altogether, in characters: what a stranger's request may cost. A path of [`MAX_PATH`] may be read in
/// 8 ways, one of 100 characters in 327, and everyday paths have a dozen at most.
const MAX_WORK: usize = 32 * 1024;

impl Readings {
    /// Those of a path without its query that is not [never guessed](super::Clarity::NeverGuessed).
    ///
    /// # Errors
    /// [`TooMany`].
    pub(super) fn of(path: &[u8]) -> Result<Self, TooMany> {
        if path.len() > MAX_PATH {
            return Err(TooMany);
        }
        let once = token::decoded_once(path);
        let twice = token::decoded_twice(&once);
        let mut work: usize = 0;
        let mut readings = BTreeSet::new();
        for tokens in [Some(&*once), twice.as_deref()].into_iter().flatten() {
            let trimmed = token::without_blanks_at_the_end(tokens);
            for tokens in [Some(tokens), trimmed].into_iter().flatten() {
                let servers = servers(tokens);
                work = work.saturating_add(servers.len().saturating_mul(tokens.len()));
                if work > MAX_WORK {
                    return Err(TooMany);
                }
                readings.extend(servers.iter().map(|server| read(server, tokens)));
            }
        }
        if path.starts_with(b"///") {
            // PHP's `parse_url` finds no path there, and then there is nothing but the root.
            readings.insert("/".to_owned());
        }
        Ok(Self(readings))
    }

    /// Each of them, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = Reading<'_>> {
        self.0.iter().map(|text| Reading(text))
    }
}

fn read(server: &Server, tokens: &[Token]) -> String {
    let mut text = String::with_capacity(tokens.len());
    let mut rest = server.path_of(tokens);
    while let Some((token, after)) = server.first(rest) {
        if server.separates(token) {
            text.push('/');
            rest = server.segment(after, text.len() == 1);
        } else {
            token.write(&mut text);
            rest = after;
        }
    }
    if text.is_empty() {
        text.push('/');
    }
    text
}

#[cfg(test)]
mod tests;

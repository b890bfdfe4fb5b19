//! Paths: a request's in one form, what servers may take it for where they do not agree, and patterns that name some
//! of them. A configured path is one that is in that form already, and that all servers read alike.

mod clarity;
mod normal;
mod outline;
mod pattern;
mod readings;
mod server;
mod token;

pub use clarity::Clarity;
pub use normal::{BadPath, NormalPath};
pub use outline::{Outline, Outlines, outlines};
pub use pattern::{PathPattern, matches, matches_to_the_letter, resembles};
pub use readings::{MAX_PATH, Reading, Readings, TooMany};

/// What of `:path` may be logged, and is looked at where the rest cannot be read: all before the query. A `#` does not
/// belong there, and what follows it may be a query all the same.
#[must_use]
pub fn without_query(path: &[u8]) -> &[u8] {
    path.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::without_query;

    #[test]
    fn a_query_and_what_could_hide_one_go() {
        for path in ["/a", "/a?b", "/a#?code=1", "/a?b#c?d", "/a??", "/a#"] {
            assert_eq!(without_query(path.as_bytes()), b"/a", "{path}");
        }
        assert_eq!(without_query(b""), b"");
    }
}

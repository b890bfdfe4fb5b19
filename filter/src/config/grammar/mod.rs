//! How single texts are read: durations, times, hosts, paths and tokens. Pure functions of the text; who
//! calls them knows the key.

mod host;
mod path;
mod time;

pub(super) use host::*;
pub(super) use path::*;
pub(super) use time::*;

/// `1*VSCHAR` of RFC 6749 Appendix A, the grammar of client identifiers and secrets.
pub(super) fn is_vschars(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// `scope-token` of RFC 6749 §3.3.
pub(super) fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
}

/// A text for people: not empty, no control characters, no blanks around it.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control)
}

//! Whether servers agree on the path that arrived, and whether there is any telling what they take it for.

use std::borrow::Cow;

use crate::web::percent::{self, Octet};

/// How clear a path is. Its normal form does not show it: the application gets the path that arrived.
///
/// The readings that servers have of a path differ in what they decode (once or twice), in what separates its
/// segments (`/` alone, or also `\`, `%2f` and `%5c`), in what cuts a segment (`;`) or the path (`%3f`, `%23`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clarity {
    /// No server that is known reads it in another way.
    OneReading,
    /// An encoded slash, `?` or `#`, a backslash or a `;` (encoded or not), a space that is raw or at the end, an octet
    /// encoded twice, slashes that repeat, or a `.` segment.
    SeveralReadings,
    /// In at least one reading there is what decoders refuse, drop or repair, each in its own way:
    /// * a control byte, among them the NUL at which C ends a text,
    /// * a `%` that begins no octet (RFC 3986 §2.1), and an octet that is encoded three times or more,
    /// * a byte that UTF-8 does not have, and the beginning of an overlong form, a surrogate or what lies beyond
    ///   U+10FFFF (RFC 3629 §4),
    /// * a `..` segment: `/finance/../x` may be routed by its first segment, or resolved.
    ///
    /// UTF-8 that is cut short and a lone byte of its middle are none of these: decoders keep or replace such
    /// a byte, the ASCII beside it stays what it is, and `/caf%E9` is an address of Latin-1's days.
    NeverGuessed,
}

impl Clarity {
    /// Looks at a path without its query.
    ///
    /// To look at the most decoded form is enough, with all that separates or cuts anywhere: decoding leaves what is
    /// not to be guessed as it is, and a `..` that stands alone in one reading does so where more bytes separate.
    pub(super) fn of(path: &[u8]) -> Self {
        let once = decoded(path);
        let twice = has_octet(&once).then(|| decoded(&once));
        let is_malformed = has_lone_percent(path)
            || twice.as_deref().is_some_and(|twice| has_lone_percent(&once) || has_octet(twice));
        let last = twice.as_deref().unwrap_or(&once);
        if is_malformed
            || last.iter().any(u8::is_ascii_control)
            || is_no_utf8(last)
            || has_parent_segment(last.trim_ascii_end())
        {
            return Self::NeverGuessed;
        }
        if twice.is_some()
            || percent::octets(path).any(has_a_second_reading)
            || has_segment_to_drop(&once)
            || last.ends_with(b" ")
        {
            return Self::SeveralReadings;
        }
        Self::OneReading
    }
}

fn has_a_second_reading(octet: Octet) -> bool {
    match octet {
        Octet::Plain(byte) => matches!(byte, b' ' | b';' | b'\\'),
        Octet::Encoded(byte) => matches!(byte, b'/' | b'\\' | b'?' | b'#' | b';'),
    }
}

/// An empty one, but for what follows a slash at the end, or `.`.
fn has_segment_to_drop(path: &[u8]) -> bool {
    let segments = path.strip_prefix(b"/").unwrap_or(path);
    let names = segments.strip_suffix(b"/").unwrap_or(segments);
    (names.is_empty() && !segments.is_empty())
        || (!names.is_empty() && names.split(|byte| *byte == b'/').any(|name| matches!(name, b"" | b".")))
}

fn decoded(text: &[u8]) -> Cow<'_, [u8]> {
    if text.contains(&b'%') { Cow::Owned(percent::decoded(text)) } else { Cow::Borrowed(text) }
}

fn has_octet(text: &[u8]) -> bool {
    percent::octets(text).any(|octet| matches!(octet, Octet::Encoded(_)))
}

fn has_lone_percent(text: &[u8]) -> bool {
    percent::octets(text).any(|octet| octet == Octet::Plain(b'%'))
}

/// The lead bytes and the pairs that RFC 3629 §4 leaves out. Each of them once passed for an ASCII character
/// somewhere, most of all `C0 AF` for a slash.
fn is_no_utf8(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, 0xc0 | 0xc1 | 0xf5..))
        || text.windows(2).any(|pair| {
            matches!(
                pair,
                [0xe0, 0x80..=0x9f] | [0xed, 0xa0..=0xbf] | [0xf0, 0x80..=0x8f] | [0xf4, 0x90..=0xbf]
            )
        })
}

/// Also `..;x`, `..%2f`, `..%3f`, and `..%20` at the end, by what is cut off somewhere.
fn has_parent_segment(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'/' | b'\\')).any(|segment| {
        segment.strip_prefix(b"..").is_some_and(|rest| matches!(rest, [] | [b';' | b'?' | b'#', ..]))
    })
}

#[cfg(test)]
mod tests;

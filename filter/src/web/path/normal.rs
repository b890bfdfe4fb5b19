//! The path of a request in one form, so that one spelling of it cannot pass where another may not.

use std::borrow::Cow;

use super::clarity::Clarity;
use super::readings::{Reading, Readings, TooMany};
use crate::web::percent::{self, Octet};

/// What rules are matched with: `:path` without the query, in normal form.
///
/// The normal form is ASCII, begins with `/`, and has
/// * percent-encoded unreserved characters decoded, once (RFC 3986 §2.3, §6.2.2.2),
/// * other octets left encoded, in upper-case hexadecimal (§6.2.2.1); those that arrived raw though they are
///   not ASCII are encoded, as browsers do, and so is a `%` that begins no octet,
/// * `\` read as `/`, and repeated slashes merged,
/// * dot segments removed, never above the root (§5.2.4).
///
/// Normalising it again gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalPath<'a> {
    normal: Cow<'a, str>,
    arrived: &'a [u8],
    query: Option<&'a [u8]>,
    arrived_normal: bool,
    clarity: Clarity,
}

/// Why a request target is refused. The request is answered with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// Empty, `*`, an authority or an absolute URL (RFC 9112 §3.2).
    #[error("the request target does not begin with a slash")]
    NoSlash,
    /// No client sends one (RFC 9110 §7.1); the application would cut there and the rules would not.
    #[error("the request target has a fragment")]
    Fragment,
}

impl<'a> NormalPath<'a> {
    /// Reads the bytes of the `:path` header, query included. Allocates only where they are not normal or hold a `%`.
    ///
    /// # Errors
    /// [`BadPath`] where this is not the origin form of a request target (RFC 9112 §3.2.1).
    pub fn parse(raw_path: &'a [u8]) -> Result<Self, BadPath> {
        if raw_path.contains(&b'#') {
            return Err(BadPath::Fragment);
        }
        let mut parts = raw_path.splitn(2, |byte| *byte == b'?');
        let path = parts.next().unwrap_or_default();
        let query = parts.next();
        let mut rest = path.strip_prefix(b"/").ok_or(BadPath::NoSlash)?;
        if is_plain(path) {
            let normal = std::str::from_utf8(path).map_err(|_| BadPath::NoSlash)?;
            return Ok(Self {
                normal: Cow::Borrowed(normal),
                arrived: path,
                query,
                arrived_normal: true,
                clarity: Clarity::OneReading,
            });
        }
        let mut writer = Writer::new(path);
        while let Some((octet, after)) = Octet::first(rest) {
            rest = after;
            match octet {
                Octet::Plain(b'/' | b'\\') => writer.slash(),
                Octet::Plain(byte @ (b'%' | 0x80..)) | Octet::Encoded(byte) => writer.encoded(byte),
                Octet::Plain(byte) => writer.push(byte),
            }
        }
        writer.finish(query, Clarity::of(path))
    }

    /// Whether `text` is a path, without a query, that is in normal form and that all servers read alike: what a
    /// configuration may name.
    #[must_use]
    pub fn is_normal(text: &str) -> bool {
        NormalPath::parse(text.as_bytes())
            .is_ok_and(|path| path.query.is_none() && path.arrived_normal && !path.is_ambiguous())
    }

    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normal
    }

    /// The normal form; always ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.normal.as_bytes()
    }

    /// What follows the first `?`, as it arrived; `None` where there is no `?`.
    #[must_use]
    pub fn query(&self) -> Option<&'a [u8]> {
        self.query
    }

    /// Whether the path arrived byte for byte as its normal form.
    #[must_use]
    pub fn arrived_normal(&self) -> bool {
        self.arrived_normal
    }

    /// How clear it is what servers take the path that arrived for, whatever its normal form.
    #[must_use]
    pub fn clarity(&self) -> Clarity {
        self.clarity
    }

    /// Whether it is anything but clear: nothing is open on such a path.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.clarity != Clarity::OneReading
    }

    /// The normal form as one reading of the path: that of a server which takes `%2f`, `;` and their like for ordinary
    /// characters.
    #[must_use]
    pub fn reading(&self) -> Reading<'_> {
        Reading::new(&self.normal)
    }

    /// What servers take the path that arrived for, where it is not [never guessed](Clarity::NeverGuessed).
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn readings(&self) -> Result<Readings, TooMany> {
        Readings::of(self.arrived)
    }
}

/// Whether a glance is enough, as it is for most requests: nothing in `path` has a second reading.
fn is_plain(path: &[u8]) -> bool {
    let mut after_slash = false;
    path.iter().all(|byte| {
        let plain = match byte {
            b'/' | b'.' => !after_slash,
            _ => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~'),
        };
        after_slash = *byte == b'/';
        plain
    })
}

/// Writes a normal form octet by octet, and borrows for as long as what it writes is a prefix of what came.
struct Writer<'a> {
    raw: &'a [u8],
    /// How much of `raw` is the output so far, while nothing is owned.
    same: usize,
    owned: Option<Vec<u8>>,
    /// Where the last segment of the output begins.
    segment: usize,
}

impl<'a> Writer<'a> {
    /// Begins the output with the root's slash.
    fn new(raw: &'a [u8]) -> Self {
        let mut writer = Self { raw, same: 0, owned: None, segment: 0 };
        writer.push(b'/');
        writer.segment = writer.written().len();
        writer
    }

    fn slash(&mut self) {
        if self.remove_dot_segment() {
            return;
        }
        if self.last_segment().is_empty() {
            return;
        }
        self.push(b'/');
        self.segment = self.written().len();
    }

    /// An octet that arrived encoded, or has to be.
    fn encoded(&mut self, octet: u8) {
        if percent::is_unreserved(octet) {
            return self.push(octet);
        }
        for byte in percent::encoded(octet) {
            self.push(byte);
        }
    }

    fn finish(mut self, query: Option<&'a [u8]>, clarity: Clarity) -> Result<NormalPath<'a>, BadPath> {
        self.remove_dot_segment();
        let arrived_normal = self.owned.is_none() && self.same == self.raw.len();
        let normal = match self.owned {
            Some(owned) => String::from_utf8(owned).ok().map(Cow::Owned),
            None => {
                self.raw.get(..self.same).and_then(|raw| std::str::from_utf8(raw).ok()).map(Cow::Borrowed)
            }
        };
        Ok(NormalPath {
            // Only ASCII is written, so there always is one.
            normal: normal.ok_or(BadPath::NoSlash)?,
            arrived: self.raw,
            query,
            arrived_normal,
            clarity,
        })
    }

    fn written(&self) -> &[u8] {
        match &self.owned {
            Some(owned) => owned,
            None => self.raw.get(..self.same).unwrap_or_default(),
        }
    }

    fn last_segment(&self) -> &[u8] {
        self.written().get(self.segment..).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        match &mut self.owned {
            Some(owned) => owned.push(byte),
            None if self.raw.get(self.same) == Some(&byte) => self.same = self.same.saturating_add(1),
            None => {
                let mut owned = Vec::with_capacity(self.raw.len());
                owned.extend_from_slice(self.written());
                owned.push(byte);
                self.owned = Some(owned);
            }
        }
    }

    fn truncate(&mut self, length: usize) {
        match &mut self.owned {
            Some(owned) => owned.truncate(length),
            None => self.same = self.same.min(length),
        }
    }

    /// Whether the last segment was one; the output then ends in the slash before the next segment.
    fn remove_dot_segment(&mut self) -> bool {
        match self.last_segment() {
            b"." => self.truncate(self.segment),
            b".." => {
                let above = self.written().get(..self.segment.saturating_sub(1)).unwrap_or_default();
                if let Some(slash) = above.iter().rposition(|byte| *byte == b'/') {
                    self.segment = slash.saturating_add(1);
                }
                self.truncate(self.segment);
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
pub(super) mod tests;

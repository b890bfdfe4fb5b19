//! A request as it came: its headers, read byte by byte.

use crate::web::header_block::HeaderBlock;
use crate::web::path;

/// The headers of a request, pseudo-headers included, in the order in which they came.
#[derive(Clone)]
pub struct Request(HeaderBlock);

crate::redacted::redacted!(Request);

impl Request {
    /// Of its headers.
    #[must_use]
    pub fn new(headers: HeaderBlock) -> Self {
        Self(headers)
    }

    /// Of names and values, for whoever has no block of Envoy's. `None` where they are longer than a block can say.
    #[must_use]
    pub fn of(headers: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)]) -> Option<Self> {
        HeaderBlock::read(HeaderBlock::write(headers)?).map(Self)
    }

    /// The names; one may come several times.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|(name, _)| name)
    }

    /// What it holds. Bytes.
    pub(super) fn size(&self) -> usize {
        self.0.size()
    }

    /// `:path` without its query, which may hold a code.
    #[must_use]
    pub fn path(&self) -> Option<&[u8]> {
        self.only(":path").map(path::without_query)
    }

    /// All values under a name in lower case.
    pub fn all<'s, 'n>(&'s self, name: &'n str) -> impl Iterator<Item = &'s [u8]> + use<'s, 'n> {
        self.0.all(name.as_bytes())
    }

    /// The value under a name in lower case, if there is exactly one.
    #[must_use]
    pub fn only(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.all(name);
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }
}

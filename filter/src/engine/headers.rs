//! A request as it came: its headers, read byte by byte.

/// The headers of a request, pseudo-headers included, in the order in which they came.
#[derive(Clone)]
pub struct Request(Vec<(String, Vec<u8>)>);

crate::redacted::redacted!(Request);

impl Request {
    /// Names and values in their order; a name may come several times.
    #[must_use]
    pub fn new(headers: Vec<(String, Vec<u8>)>) -> Self {
        Self(headers)
    }

    /// Names and values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// What it holds. Bytes.
    pub(super) fn size(&self) -> usize {
        let sizes = self
            .headers()
            .flat_map(|(name, value)| [size_of::<(String, Vec<u8>)>(), name.len(), value.len()]);
        sizes.fold(0, usize::saturating_add)
    }

    /// All values under a name in lower case.
    pub fn all<'s, 'n>(&'s self, name: &'n str) -> impl Iterator<Item = &'s [u8]> + use<'s, 'n> {
        self.headers().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value under a name in lower case, if there is exactly one.
    #[must_use]
    pub fn only(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.all(name);
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }
}

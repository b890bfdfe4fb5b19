//! The request's `cookie` headers (RFC 6265 §5.4), read as bytes: a browser, or an attacker, may send
//! anything, in any number and several times.

use std::borrow::Cow;

use super::chunk::{CHUNK_HEADER, MAX_CHUNKS, chunk_name};
use super::cookie_scope::CookieScopes;
use crate::web::cookie::{self, Pair};

/// A browser sends one name twice where two domains or paths have set it. More than this are an attack.
const MAX_OF_ONE_NAME: usize = 4;

/// What the browser sent, by name; nothing in it may be believed.
#[derive(Debug, Default)]
pub struct CookieJar<'r> {
    cookies: Vec<Pair<'r>>,
}

impl<'r> CookieJar<'r> {
    /// The cookies of all `cookie` headers, in their order.
    #[must_use]
    pub fn parse(headers: impl IntoIterator<Item = &'r [u8]>) -> Self {
        Self { cookies: headers.into_iter().flat_map(cookie::pairs).collect() }
    }

    /// Whether there is one of this name, whatever it holds.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'r [u8]> + 's {
        let name = name.as_bytes();
        let named = self.cookies.iter().filter(move |cookie| cookie.name == name);
        named.map(|cookie| cookie.value).take(MAX_OF_ONE_NAME)
    }

    /// The values under `name`, each put together from its chunks; what lacks a chunk is left out.
    #[must_use]
    pub fn assembled(&self, name: &str) -> Vec<Cow<'r, [u8]>> {
        self.all(name).filter_map(|first| self.assemble(name, first)).collect()
    }

    fn assemble(&self, name: &str, first: &'r [u8]) -> Option<Cow<'r, [u8]>> {
        let (header, part) = first.split_at_checked(CHUNK_HEADER)?;
        let count = match header.first()? {
            digit @ b'1'..=b'9' => usize::from(digit.saturating_sub(b'0')),
            _ => return None,
        };
        if count == 1 {
            return Some(Cow::Borrowed(part));
        }
        let mut whole = part.to_vec();
        for index in 1..count.min(MAX_CHUNKS) {
            let name = chunk_name(name, index);
            whole.extend_from_slice(self.all(&name).find_map(|chunk| chunk.strip_prefix(header))?);
        }
        Some(Cow::Owned(whole))
    }

    /// Names (after `prefix`) and values of the cookies whose names begin with it.
    pub fn beginning_with<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = (&'r str, &'r [u8])> + 's {
        self.cookies.iter().filter_map(move |cookie| {
            Some((std::str::from_utf8(cookie.name.strip_prefix(prefix.as_bytes())?).ok()?, cookie.value))
        })
    }

    /// A `cookie` header of our cookies' names only, to know later which are there.
    #[must_use]
    pub fn names_of_ours(&self, scopes: &CookieScopes) -> Vec<u8> {
        let ours = self.cookies.iter().filter(|cookie| scopes.is_ours(cookie.name));
        ours.map(|cookie| cookie.name).collect::<Vec<_>>().join(b"; ".as_slice())
    }

    /// The `cookie` header without our own cookies: `None` where none of ours is in it, empty where no
    /// other is left.
    #[must_use]
    pub fn without_ours(&self, scopes: &CookieScopes) -> Option<Vec<u8>> {
        if !self.cookies.iter().any(|cookie| scopes.is_ours(cookie.name)) {
            return None;
        }
        // Byte for byte what the application would have got: it may have its own idea of a cookie.
        let others: Vec<&[u8]> = self
            .cookies
            .iter()
            .filter(|cookie| !scopes.is_ours(cookie.name))
            .map(|cookie| cookie.raw)
            .collect();
        Some(others.join(b";".as_slice()).trim_ascii().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::super::cookie_scope::testing::scopes;
    use super::*;

    fn jar(header: &str) -> CookieJar<'_> {
        CookieJar::parse([header.as_bytes()])
    }

    #[test]
    fn odd_headers_are_read_without_harm() {
        for header in [b"".as_slice(), b";;;", b"=", b"a", b"=v", b" a = b ; c", b"\xff=\xfe", b"n=\x00"] {
            let jar = CookieJar::parse([header]);
            let _ = jar.assembled("n");
            let _ = jar.without_ours(&scopes(true));
        }
    }

    #[test]
    fn only_our_cookies_are_taken_out() {
        let others = jar("a=1; __Host-vestibule=x; b=2; vestibule_login_q=y; c=").without_ours(&scopes(true));
        assert_eq!(others.unwrap(), b"a=1; b=2; c=");
        let odd = jar("flag; q=\"a;b\"; vestibule=x;  c = d").without_ours(&scopes(true));
        assert_eq!(odd.unwrap(), b"flag; q=\"a;b\";  c = d");
        assert_eq!(jar("a=1; b=2").without_ours(&scopes(true)), None);
        assert_eq!(jar("vestibule_t=1").without_ours(&scopes(true)).unwrap(), b"");
    }

    #[test]
    fn several_headers_are_one_jar() {
        let jar = CookieJar::parse([b"n=2tagsaa".as_slice(), b"n_1=2tagsbb".as_slice()]);
        assert_eq!(jar.assembled("n"), vec![b"aabb".as_slice()]);
    }

    #[test]
    fn chunks_of_different_values_are_not_mixed() {
        assert!(jar("n=2aaaaxx; n_1=2bbbbyy").assembled("n").is_empty());
        assert!(jar("n=2aaaaxx").assembled("n").is_empty());
        assert_eq!(jar("n=2aaaaxx; n_1=2bbbbyy; n_1=2aaaazz").assembled("n"), vec![b"xxzz".as_slice()]);
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        for value in ["0aaaax", "-aaaax", "99999999", "xaaaax", "1", "", "9aaaax"] {
            let header = format!("n={value}");
            let found = jar(&header).assembled("n").len();
            assert_eq!(found, 0, "{value}");
        }
    }

    #[test]
    fn no_more_than_four_of_one_name_are_looked_at() {
        let header = "n=1aaaax; ".repeat(1000);
        assert_eq!(jar(&header).assembled("n").len(), 4);
    }
}

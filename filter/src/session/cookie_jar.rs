//! The request's `cookie` headers (RFC 6265 §5.4), read as bytes: a browser, or an attacker, may send
//! anything, in any number and several times. They are read once, and ours are kept apart from those of others.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::chunk::{CHUNK_HEADER, MAX_CHUNKS, chunk_index, chunk_name};
use super::cookie_scope::CookieScopes;
use super::seal::MAX_SEALED_TEXT;
use crate::web::cookie;

/// So much sealed text a request may bring under one name. A sibling host may put junk before the real cookie, so there
/// is room for all that a browser sends: 60 KiB of headers (Envoy's own limit), in the 180 cookies that it keeps for a
/// site, with the cost of each. Bytes.
const MAX_TRIED: usize = 60 * 1024 + 180 * COST_OF_A_TRY;
/// What it costs to try one, whatever its length. Bytes of sealed text that cost the same.
const COST_OF_A_TRY: usize = 512;

/// What the browser sent; nothing in it may be believed.
#[derive(Debug, Default)]
pub struct CookieJar<'r> {
    ours: Vec<OurCookie<'r>>,
    /// What lies between ours, each piece as it stood in its header.
    others: Vec<&'r [u8]>,
}

#[derive(Clone, Copy, Debug)]
struct OurCookie<'r> {
    name: &'r [u8],
    value: &'r [u8],
}

/// The chunks that follow the first, by number and header.
type Chunks<'r> = BTreeMap<(usize, [u8; CHUNK_HEADER]), &'r [u8]>;

impl<'r> CookieJar<'r> {
    /// The cookies of all `cookie` headers, in their order.
    #[must_use]
    pub fn parse(scopes: &CookieScopes, headers: impl IntoIterator<Item = &'r [u8]>) -> Self {
        let mut jar = Self::default();
        for header in headers {
            let mut others_from = 0;
            for pair in cookie::pairs(header).filter(|pair| scopes.is_ours(pair.name)) {
                jar.ours.push(OurCookie { name: pair.name, value: pair.value });
                jar.keep_others(header.get(others_from..pair.at));
                others_from = pair.at.saturating_add(pair.raw.len()).saturating_add(1);
            }
            jar.keep_others(header.get(others_from..));
        }
        jar
    }

    fn keep_others(&mut self, piece: Option<&'r [u8]>) {
        let piece = piece.map(|piece| piece.strip_suffix(b";").unwrap_or(piece));
        let says_something =
            |piece: &&[u8]| piece.iter().any(|byte| *byte != b';' && !byte.is_ascii_whitespace());
        self.others.extend(piece.filter(says_something));
    }

    /// The values under `name`, each put together from its chunks; what lacks a chunk is left out. No chunk is in two
    /// of them, so together they are no longer than what came; and they are no more than is worth trying.
    pub fn assembled<'s>(&'s self, name: &'s str) -> impl Iterator<Item = Cow<'r, [u8]>> + 's {
        let mut chunks = None;
        let mut room = MAX_TRIED;
        self.ours
            .iter()
            .filter(|cookie| cookie.name == name.as_bytes())
            .filter_map(move |first| self.assemble(name, first.value, &mut chunks))
            .filter(|whole| whole.len() <= MAX_SEALED_TEXT)
            .map_while(move |whole| {
                room = room.checked_sub(whole.len().saturating_add(COST_OF_A_TRY))?;
                Some(whole)
            })
    }

    fn assemble(
        &self,
        name: &str,
        first: &'r [u8],
        chunks: &mut Option<Chunks<'r>>,
    ) -> Option<Cow<'r, [u8]>> {
        let (header, part) = first.split_first_chunk::<CHUNK_HEADER>()?;
        let count = match header {
            [digit @ b'1'..=b'9', ..] => usize::from(digit.saturating_sub(b'0')),
            _ => return None,
        };
        if count == 1 {
            return Some(Cow::Borrowed(part));
        }
        let chunks = chunks.get_or_insert_with(|| self.chunks(name));
        let mut whole = part.to_vec();
        for index in 1..count.min(MAX_CHUNKS) {
            whole.extend_from_slice(chunks.remove(&(index, *header))?);
        }
        Some(Cow::Owned(whole))
    }

    /// Of several chunks alike, the first.
    fn chunks(&self, name: &str) -> Chunks<'r> {
        let mut chunks = Chunks::new();
        for cookie in &self.ours {
            if let Some(index @ 1..) = chunk_index(name, cookie.name)
                && let Some((header, part)) = cookie.value.split_first_chunk::<CHUNK_HEADER>()
            {
                chunks.entry((index, *header)).or_insert(part);
            }
        }
        chunks
    }

    /// The names of the chunks of `name` that are there, whatever they hold, without those before `first`.
    pub fn chunk_names<'n>(&self, name: &'n str, first: usize) -> impl Iterator<Item = String> + use<'n> {
        let mut is_there = [false; MAX_CHUNKS];
        for index in self.ours.iter().filter_map(|cookie| chunk_index(name, cookie.name)) {
            if let Some(is_there) = is_there.get_mut(index) {
                *is_there = true;
            }
        }
        let found = is_there.into_iter().enumerate().skip(first).filter(|(_, is_there)| *is_there);
        found.map(move |(index, _)| chunk_name(name, index))
    }

    /// Names (after `prefix`) and values of our cookies whose names begin with it.
    pub fn beginning_with<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = (&'r str, &'r [u8])> + 's {
        self.ours.iter().filter_map(move |cookie| {
            Some((std::str::from_utf8(cookie.name.strip_prefix(prefix.as_bytes())?).ok()?, cookie.value))
        })
    }

    /// The `cookie` header without our own cookies: `None` where none of ours is in it, empty where no
    /// other is left.
    #[must_use]
    pub fn without_ours(&self) -> Option<Vec<u8>> {
        if self.ours.is_empty() {
            return None;
        }
        // Byte for byte what the application would have got: it may have its own idea of a cookie.
        let mut others = self.others.join(b";".as_slice());
        others.truncate(others.trim_ascii_end().len());
        others.drain(..others.len().saturating_sub(others.trim_ascii_start().len()));
        Some(others)
    }
}

#[cfg(test)]
mod tests {
    use super::super::cookie_scope::testing::{named, scopes};
    use super::*;

    /// Of a filter whose cookies are called `n`.
    fn jar(header: &str) -> CookieJar<'_> {
        CookieJar::parse(&named("n", true), [header.as_bytes()])
    }

    fn without_ours(header: &str) -> Option<Vec<u8>> {
        CookieJar::parse(&scopes(true), [header.as_bytes()]).without_ours()
    }

    fn lengths(header: &str) -> Vec<usize> {
        jar(header).assembled("n").map(|whole| whole.len()).collect()
    }

    #[test]
    fn odd_headers_are_read_without_harm() {
        for header in
            [b"".as_slice(), b";;;", b"=", b"a", b"=v", b" a = b ; c", b"\xff=\xfe", b"n=\x00", b";n;;n=;"]
        {
            let jar = CookieJar::parse(&named("n", true), [header]);
            let _ = jar.assembled("n").count();
            let _ = jar.without_ours();
        }
    }

    #[test]
    fn only_our_cookies_are_taken_out() {
        let others = without_ours("a=1; __Host-vestibule=x; b=2; vestibule_b_qqqq=y; c=");
        assert_eq!(others.unwrap(), b"a=1; b=2; c=");
        let odd = without_ours("flag; q=\"a;b\"; vestibule=x;  c = d");
        assert_eq!(odd.unwrap(), b"flag; q=\"a;b\";  c = d");
        assert_eq!(without_ours("a=1; b=2"), None);
        assert_eq!(without_ours("vestibule_t=1").unwrap(), b"");
        assert_eq!(without_ours(";; vestibule_t=1 ; ;vestibule; ").unwrap(), b"");
        assert_eq!(without_ours("vestibule; vestibule=x;a").unwrap(), b"a");
    }

    #[test]
    fn several_headers_are_one_jar() {
        let headers = [b"n=2tagsaa; x=1".as_slice(), b"n_1=2tagsbb", b"y=2; z=3"];
        let jar = CookieJar::parse(&named("n", true), headers);
        assert_eq!(jar.assembled("n").collect::<Vec<_>>(), [b"aabb".as_slice()]);
        assert_eq!(jar.without_ours().unwrap(), b"x=1;y=2; z=3");
    }

    #[test]
    fn chunks_of_different_values_are_not_mixed() {
        assert!(lengths("n=2aaaaxx; n_1=2bbbbyy").is_empty());
        assert!(lengths("n=2aaaaxx").is_empty());
        let jar = jar("n=2aaaaxx; n_1=2bbbbyy; n_1=2aaaazz");
        assert_eq!(jar.assembled("n").collect::<Vec<_>>(), [b"xxzz".as_slice()]);
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        for value in ["0aaaax", "-aaaax", "99999999", "xaaaax", "1", "", "9aaaax"] {
            let header = format!("n={value}");
            assert!(lengths(&header).is_empty(), "{value}");
        }
    }

    #[test]
    fn junk_before_the_real_one_does_not_keep_it_from_being_tried() {
        // What a browser keeps for one site, and what Envoy takes.
        let tiny = "n=1aaaax; ".repeat(179);
        assert_eq!(lengths(&format!("{tiny}n=1bbbbreal")).last(), Some(&4));
        let large = format!("n=1aaaa{}; ", "x".repeat(320)).repeat(179);
        assert!(large.len() > 58_000);
        assert_eq!(lengths(&format!("{large}n=1bbbbreal")).last(), Some(&4));
        let in_chunks = format!("n=2aaaa{}; n_1=2aaaa{0}; ", "x".repeat(3900)).repeat(7);
        assert_eq!(lengths(&format!("{in_chunks}n=2bbbbre; n_1=2bbbbal")).last(), Some(&4));
        // One that cannot open costs nothing.
        let longest = format!("n=1aaaa{}; ", "x".repeat(50_000));
        assert_eq!(lengths(&format!("{longest}n=1bbbbreal")), [4]);
    }

    #[test]
    fn what_is_tried_is_bounded_whatever_comes() {
        let cost = |header: &str| lengths(header).iter().map(|length| length + COST_OF_A_TRY).sum::<usize>();
        assert!(cost(&"n=1aaaax; ".repeat(100_000)) <= MAX_TRIED);
        assert!(cost(&format!("n=1aaaa{}; ", "x".repeat(20_000)).repeat(50)) <= MAX_TRIED);
        // Many that share one chunk: it is in one of them.
        let header = format!("n_1=2aaaa{}; {}", "x".repeat(20_000), "n=2aaaax; ".repeat(3000));
        assert_eq!(lengths(&header), [20_001]);
    }

    #[test]
    fn the_names_of_chunks_that_are_there_are_known() {
        let names =
            |first| jar("n_2; n=x; m; n_1_1; n_12=; n_2=y").chunk_names("n", first).collect::<Vec<_>>();
        assert_eq!(names(0), ["n", "n_2"]);
        assert_eq!(names(1), ["n_2"]);
    }
}

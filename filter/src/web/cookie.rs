//! Cookies on the wire (RFC 6265): the pairs of a `cookie` header, and the lines of `set-cookie`.

use std::fmt;

/// A cookie as a browser, or an attacker, sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'r> {
    /// What precedes the first `=`, or all of it; without blanks around it.
    pub name: &'r [u8],
    /// What follows the first `=`; empty where there is none.
    pub value: &'r [u8],
    /// Both, as they stood between the semicolons.
    pub raw: &'r [u8],
    /// Where in the header `raw` begins.
    pub at: usize,
}

/// The cookies of a `cookie` header (RFC 6265 §5.4), whose bytes may be anything.
pub fn pairs(header: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    let mut next: usize = 0;
    let ends = memchr::memchr_iter(b';', header).chain(std::iter::once(header.len()));
    ends.filter_map(move |end| {
        let at = next;
        next = end.saturating_add(1);
        let raw = header.get(at..end)?;
        let pair = raw.trim_ascii();
        if pair.is_empty() {
            return None;
        }
        let equals = memchr::memchr(b'=', pair).unwrap_or(pair.len());
        let (name, value) = pair.split_at_checked(equals).unwrap_or((pair, b""));
        let value = value.get(1..).unwrap_or_default();
        Some(Pair { name: name.trim_ascii_end(), value: value.trim_ascii_start(), raw, at })
    })
}

/// A `set-cookie` line (RFC 6265 §4.1), of a cookie that no script may read.
///
/// An expired cookie (`max_age` 0) needs its attributes too: browsers ignore an insecure write to a prefixed name.
#[derive(Clone, Copy, Debug)]
pub struct SetCookie<'a> {
    /// A token, prefix included (RFC 6265bis §4.1.3).
    pub name: &'a str,
    /// Of the characters that a cookie's value may have (`cookie-octet`).
    pub value: &'a str,
    /// `None`: host-only.
    pub domain: Option<&'a str>,
    /// Below which path the browser sends it back (RFC 6265 §5.1.4).
    pub path: &'a str,
    /// In seconds.
    pub max_age: u64,
    /// Whether requests from other sites carry it.
    pub same_site: SameSite,
    /// Whether it is sent over https alone.
    pub secure: bool,
}

/// To which requests from other sites a browser adds a cookie (RFC 6265bis §5.6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// To top-level navigations.
    Lax,
    /// To none.
    Strict,
    /// To all, and only with `Secure`.
    None,
}

impl fmt::Display for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, domain, path, max_age, same_site, secure } = self;
        write!(f, "{name}={value}; Path={path}")?;
        if let Some(domain) = domain {
            write!(f, "; Domain={domain}")?;
        }
        let same_site = match same_site {
            SameSite::Lax => "Lax",
            SameSite::Strict => "Strict",
            SameSite::None => "None",
        };
        write!(f, "; Max-Age={max_age}; HttpOnly; SameSite={same_site}")?;
        f.write_str(if *secure { "; Secure" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(header: &str) -> Vec<(&str, &str, &str)> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        pairs(header.as_bytes()).map(|pair| (text(pair.name), text(pair.value), text(pair.raw))).collect()
    }

    #[test]
    fn pairs_are_read_without_their_blanks() {
        assert_eq!(read("a=1; b=2"), [("a", "1", "a=1"), ("b", "2", " b=2")]);
        assert_eq!(
            read(" a = b=c ;;  ; flag;=v"),
            [("a", "b=c", " a = b=c "), ("flag", "", " flag"), ("", "v", "=v")]
        );
        assert_eq!(read(""), []);
        assert_eq!(read("; ;"), []);
    }

    #[test]
    fn lines_have_all_attributes() {
        let cookie = SetCookie {
            name: "n",
            value: "v",
            domain: None,
            path: "/",
            max_age: 60,
            same_site: SameSite::Lax,
            secure: true,
        };
        assert_eq!(cookie.to_string(), "n=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        let other = SetCookie {
            domain: Some("b.example"),
            path: "/oauth2",
            same_site: SameSite::None,
            secure: false,
            ..cookie
        };
        assert_eq!(
            other.to_string(),
            "n=v; Path=/oauth2; Domain=b.example; Max-Age=60; HttpOnly; SameSite=None"
        );
    }

    proptest! {
        #[test]
        fn what_is_set_comes_back(name in "[!#-'*+.0-9A-Z^-z|~-]{1,8}", value in "[!#-+./0-9:<-\\[\\]-~-]{0,20}") {
            let cookie = SetCookie {
                name: &name,
                value: &value,
                domain: None,
                path: "/",
                max_age: 1,
                same_site: SameSite::Strict,
                secure: true,
            };
            let line = cookie.to_string();
            let pair = line.split(';').next().unwrap();
            let header = format!("other=1; {pair}; last");
            let found: Vec<_> = pairs(header.as_bytes()).map(|pair| (pair.name, pair.value)).collect();
            prop_assert_eq!(found.get(1), Some(&(name.as_bytes(), value.as_bytes())));
            prop_assert_eq!(found.len(), 3);
        }

        #[test]
        fn any_bytes_are_read_and_kept(header in proptest::collection::vec(any::<u8>(), 0..60)) {
            let blank = |part: &&[u8]| !part.trim_ascii().is_empty();
            let parts: Vec<_> = header.split(|byte| *byte == b';').filter(blank).collect();
            prop_assert_eq!(pairs(&header).map(|pair| pair.raw).collect::<Vec<_>>(), parts);
            prop_assert!(pairs(&header).all(|pair| header[pair.at..].starts_with(pair.raw)));
        }
    }
}

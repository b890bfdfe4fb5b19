//! The cookies that the filter sets: one line a cookie, long values in chunks.

use super::browser::Browser;
use super::chunk::{CHUNK_HEADER, MAX_CHUNKS, chunk_name};
use super::cookie_scope::{CookieAt, CookieScope};
use crate::web::cookie::{SameSite, SetCookie};

/// A sign-in that takes longer begins anew. Seconds.
pub const MAX_SIGN_IN_AGE: u64 = 15 * 60;
/// Browsers keep 4096 bytes of name and value together; a little less, for those that count differently.
const MAX_NAME_AND_VALUE: usize = 4000;

/// The `Set-Cookie` values that keep `sealed` under `name` for `max_age` seconds, and that expire what
/// earlier, longer values left in the browser. `None` where it takes more chunks than there can be.
///
/// Each chunk is the number of chunks, a tag that only chunks of one value share, and a part of the value.
#[must_use]
pub fn set_chunked<'c>(
    cookie: impl Into<CookieAt<'c>>,
    sealed: &str,
    tag: [u8; 3],
    max_age: u64,
    browser: &Browser<'_>,
) -> Option<Vec<String>> {
    use base64::Engine as _;
    let cookie @ CookieAt { name, .. } = cookie.into();
    let tag = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(tag);
    let room = MAX_NAME_AND_VALUE.saturating_sub(name.len()).saturating_sub(CHUNK_HEADER).saturating_sub(2);
    let mut parts: Vec<&[u8]> = sealed.as_bytes().chunks(room.max(1)).collect();
    if parts.is_empty() {
        parts.push(b"");
    }
    if parts.len() > MAX_CHUNKS {
        return None;
    }
    let count = parts.len();
    let mut cookies = Vec::with_capacity(count);
    for (index, part) in parts.into_iter().enumerate() {
        let part = std::str::from_utf8(part).ok()?;
        let value = format!("{count}{tag}{part}");
        cookies.push(set(
            CookieAt { name: &chunk_name(name, index), ..cookie },
            &value,
            &browser.scope,
            max_age,
        ));
    }
    cookies.extend(expire_chunks_from(count, cookie, browser));
    Some(cookies)
}

/// Expires a cookie and all its chunks that are in the browser.
#[must_use]
pub fn expire_chunked<'c>(cookie: impl Into<CookieAt<'c>>, browser: &Browser<'_>) -> Vec<String> {
    expire_chunks_from(0, cookie.into(), browser).collect()
}

fn expire_chunks_from<'a>(
    first: usize,
    cookie: CookieAt<'a>,
    browser: &'a Browser<'a>,
) -> impl Iterator<Item = String> + use<'a> {
    let names = browser.jar.chunk_names(cookie.name, first);
    names.map(move |name| set(CookieAt { name: &name, ..cookie }, "", &browser.scope, 0))
}

/// One cookie of a session.
fn set(cookie: CookieAt<'_>, value: &str, scope: &CookieScope<'_>, max_age: u64) -> String {
    let (domain, same_site, secure) = (scope.domain(), scope.same_site(), scope.is_secure());
    let CookieAt { name, path } = cookie;
    SetCookie { name, value, domain, path, max_age, same_site, secure }.to_string()
}

/// A cookie of a sign-in under way: always host-only and Lax, so that it is there when the provider sends the person back.
#[must_use]
pub fn keep_for_sign_in(name: &str, value: &str, scope: &CookieScope<'_>) -> String {
    set_host_only(name, value, scope, MAX_SIGN_IN_AGE)
}

/// Ends such a cookie.
#[must_use]
pub fn expire_host_only(name: &str, scope: &CookieScope<'_>) -> String {
    set_host_only(name, "", scope, 0)
}

fn set_host_only(name: &str, value: &str, scope: &CookieScope<'_>, max_age: u64) -> String {
    let (same_site, secure) = (SameSite::Lax, scope.is_secure());
    SetCookie { name, value, domain: None, path: "/", max_age, same_site, secure }.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::cookie_jar::CookieJar;
    use super::super::cookie_scope::testing::{named, scopes};
    use super::*;

    fn values(cookies: &[String]) -> String {
        let pairs: Vec<_> = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
        pairs.join("; ")
    }

    #[test]
    fn long_values_come_back_from_their_chunks() {
        let scopes = scopes(true);
        let scope = scopes.on("a.example", None);
        for length in [0, 1, 3900, 3990, 4000, 8000, 12_000] {
            let sealed = "x".repeat(length);
            let empty = Browser::of(scope, CookieJar::default());
            let cookies = set_chunked(scope.session_cookie(), &sealed, [1, 2, 3], 60, &empty).unwrap();
            for cookie in &cookies {
                let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
                assert!(name.len() + value.len() <= 4096);
            }
            let header = values(&cookies);
            let jar = CookieJar::parse(&scopes, [header.as_bytes()]);
            let found = jar.assembled(scope.session_cookie());
            assert_eq!(found.collect::<Vec<_>>(), [sealed.as_bytes()], "{length}");
        }
    }

    #[test]
    fn more_chunks_than_fit_are_not_set() {
        let scopes = scopes(true);
        let scope = scopes.on("a.example", None);
        let sealed = "x".repeat(40_000);
        let empty = Browser::of(scope, CookieJar::default());
        assert_eq!(set_chunked("n", &sealed, [0; 3], 60, &empty), None);
    }

    #[test]
    fn chunks_left_over_are_expired() {
        let scopes = named("n", true);
        let scope = scopes.on("a.example", None);
        let jar = CookieJar::parse(&scopes, [b"n=2aaaax; n_1=2aaaay; n_2=zzz".as_slice()]);
        let browser = Browser::of(scope, jar);
        let cookies = set_chunked("n", "short", [0; 3], 60, &browser).unwrap();
        assert_eq!(values(&cookies), "n=1AAAAshort; n_1=; n_2=");
        assert!(cookies[1].contains("Max-Age=0") && cookies[1].contains("Secure"));
        assert_eq!(expire_chunked("n", &browser).len(), 3);
    }

    #[test]
    fn attributes_follow_the_scope() {
        let secure = scopes(true);
        assert_eq!(
            set("n".into(), "v", &secure.on("a.example", None), 60),
            "n=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            set("n".into(), "v", &secure.on("a.b.example", Some("b.example")), 60),
            "n=v; Path=/; Domain=b.example; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
    }
}

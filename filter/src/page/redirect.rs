//! Where `?rd=` may lead (law 6: no open redirect).

use url::{Host, Url};

use crate::config::{RedirectDomain, RedirectHost, RedirectPort};
use crate::web::host::is_within;
use crate::web::percent;

/// Longest target that is looked at and longest result, in bytes.
pub const MAX_TARGET: usize = 4096;

/// The origin that the browser asked, as the filter knows it from the configuration and the authority.
#[derive(Clone, Copy, Debug)]
pub struct OwnOrigin<'a> {
    /// `https` or `http`.
    pub scheme: &'a str,
    /// `app.example.com` or `app.example.com:8443`, in lower case.
    pub authority: &'a str,
}

/// Where a person may be sent who brought `target`, which is decoded from its form once; `None`: nowhere.
///
/// A target is either a path on the own origin, or an absolute URL of the own origin or of a host in
/// `allowed`; `http` only where the own scheme is `http` as well. The result is what the browser would make
/// of it (WHATWG URL), so there is nothing left to interpret: dot segments are gone, characters that are not
/// ASCII are percent-encoded in UTF-8, and all of it is printable ASCII of at most [`MAX_TARGET`] bytes, fit
/// for `Location` (RFC 9110 §10.2.2).
#[must_use]
pub fn safe_redirect(target: &[u8], own: &OwnOrigin<'_>, allowed: &[RedirectDomain]) -> Option<String> {
    if target.len() > MAX_TARGET {
        return None;
    }
    let target = std::str::from_utf8(target).ok()?;
    // Browsers read `\` as `/`, drop tabs and line breaks, and trim white space.
    if target.contains(' ') || target.contains(is_treacherous) {
        return None;
    }
    let own = own_url(own)?;
    let safe =
        if target.starts_with('/') { on_own_origin(target, &own) } else { elsewhere(target, &own, allowed) }?;
    (safe.len() <= MAX_TARGET && safe.bytes().all(|byte| byte.is_ascii_graphic())).then_some(safe)
}

fn is_treacherous(character: char) -> bool {
    character == '\\' || character.is_control()
}

fn own_url(own: &OwnOrigin<'_>) -> Option<Url> {
    let url = Url::parse(&format!("{}://{}/", own.scheme, own.authority)).ok()?;
    let is_origin = matches!(url.scheme(), "https" | "http")
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    is_origin.then_some(url)
}

/// `target` begins with a slash.
fn on_own_origin(target: &str, own: &Url) -> Option<String> {
    let resolved = resolve_path(target, own)?;
    // Some servers and libraries decode a `Location` before they use it: `/%2Fevil.example`. That may only come to
    // the front when dot segments go, so both forms count.
    let arrived = target.split(['?', '#']).next().unwrap_or_default();
    for path in [arrived, resolved.path()].into_iter().filter(|path| path.contains('%')) {
        let decoded = percent::decoded(path.as_bytes());
        let text = String::from_utf8_lossy(&decoded);
        if text.contains(is_treacherous) {
            return None;
        }
        resolve_path(&text, own)?;
    }
    resolved.as_str().get(own.origin().ascii_serialization().len()..).map(str::to_owned)
}

/// The URL that a browser on the own origin goes to, unless its path could be read as an authority:
/// `/..//evil.example` loses its dots and keeps two slashes.
fn resolve_path(target: &str, own: &Url) -> Option<Url> {
    if target.starts_with("//") {
        return None;
    }
    let url = own.join(target).ok()?;
    (url.origin() == own.origin() && !url.path().starts_with("//")).then_some(url)
}

/// An absolute URL, written out: browsers also take `https:evil.example` and `https:/evil.example` for one.
fn elsewhere(target: &str, own: &Url, allowed: &[RedirectDomain]) -> Option<String> {
    let (scheme, rest) = target.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // No user information, and none of the spellings that a browser maps to another host: percent-encoded,
    // fullwidth, ideographic full stops.
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'[' | b']');
    if authority.is_empty() || !authority.bytes().all(plain) {
        return None;
    }
    let named_port = named_port(authority)?;
    let mut url = Url::parse(target).ok()?;
    if let Some(name) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        url.set_host(Some(&name)).ok()?;
    }
    let downgrade = own.scheme() == "https" && url.scheme() != "https";
    let port = url.port_or_known_default()?;
    let host = url.host()?;
    let permitted = url.origin() == own.origin()
        || (!downgrade && allowed.iter().any(|domain| leads_to(domain, &host, named_port, port)));
    permitted.then(|| url.into())
}

/// Whether the authority names a port; `None` where what follows the host is not one.
fn named_port(authority: &str) -> Option<bool> {
    let after_host = match authority.rsplit_once(']') {
        Some((_, after)) => after,
        None => authority.find(':').and_then(|colon| authority.get(colon..)).unwrap_or_default(),
    };
    match after_host.strip_prefix(':') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(true),
        None if after_host.is_empty() => Some(false),
        _ => None,
    }
}

fn leads_to(domain: &RedirectDomain, host: &Host<&str>, named_port: bool, port: u16) -> bool {
    let host_fits = match (&domain.host, host) {
        (RedirectHost::Exact(name), Host::Domain(host)) => name == host,
        (RedirectHost::Exact(name), address) => *name == address.to_string(),
        (RedirectHost::Domain(name), Host::Domain(host)) => is_within(host, name),
        (RedirectHost::Domain(_), _) => false,
    };
    let port_fits = match domain.port {
        RedirectPort::Absent => !named_port,
        // `https://host/` is the same place as `https://host:443/`.
        RedirectPort::Exact(wanted) => wanted == port,
        RedirectPort::Any => true,
    };
    host_fits && port_fits
}

#[cfg(test)]
mod tests;

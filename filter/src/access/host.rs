//! The authority of a request (RFC 9110 §7.2), and hosts compared with what the configuration names.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::config::HostPattern;

/// The longest name that DNS carries, in bytes, without the trailing dot (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;

/// The host and port of `:authority`, read strictly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority<'a> {
    host: Cow<'a, str>,
    port: Option<u16>,
}

/// Why some bytes are not an [`Authority`]. The request is answered with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAuthority {
    /// Also where white space, `@` or a control byte is in it.
    #[error("the host is neither a name nor an IP address")]
    Host,
    /// Also where there is a colon and nothing behind it.
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl<'a> Authority<'a> {
    /// Reads the bytes of `:authority`: a DNS-like name (letters, digits, `-`, `_`, `.`), an IPv4 address or
    /// an IPv6 address in brackets, and an optional port (RFC 3986 §3.2, without user information and
    /// percent-encoding).
    ///
    /// A name whose last label is a number must be an IPv4 address in its usual form: browsers read `127.1`
    /// and `0x7f000001` as addresses too (WHATWG URL, "ends in a number checker"), so nobody may use them as
    /// names here.
    ///
    /// # Errors
    /// [`BadAuthority`] says which part is wrong. White space, commas, control bytes, `@` and bytes that are
    /// not ASCII are never part of one.
    pub fn parse(text: &'a [u8]) -> Result<Self, BadAuthority> {
        if let Some(rest) = text.strip_prefix(b"[") {
            return Self::parse_ipv6(text, rest);
        }
        let mut parts = text.splitn(2, |byte| *byte == b':');
        let name = parts.next().unwrap_or_default();
        let name = name.strip_suffix(b".").unwrap_or(name);
        if name.len() > MAX_NAME || !name.split(|byte| *byte == b'.').all(is_label) {
            return Err(BadAuthority::Host);
        }
        let host = std::str::from_utf8(name).map_err(|_| BadAuthority::Host)?;
        if ends_in_number(host) && host.parse::<Ipv4Addr>().is_err() {
            return Err(BadAuthority::Host);
        }
        let port = parts.next().map(parse_port).transpose()?;
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        Ok(Self { host, port })
    }

    /// `rest` is `text` without its opening bracket.
    fn parse_ipv6(text: &'a [u8], rest: &'a [u8]) -> Result<Self, BadAuthority> {
        let mut parts = rest.splitn(2, |byte| *byte == b']');
        let inner = parts.next().unwrap_or_default();
        let after = parts.next().ok_or(BadAuthority::Host)?;
        let port = match after.strip_prefix(b":") {
            Some(port) => Some(parse_port(port)?),
            None if after.is_empty() => None,
            None => return Err(BadAuthority::Host),
        };
        let address: Ipv6Addr =
            std::str::from_utf8(inner).ok().and_then(|inner| inner.parse().ok()).ok_or(BadAuthority::Host)?;
        // One address has many spellings: compare the one that `HttpUrl` and browsers write.
        let normal = url::Host::<&str>::Ipv6(address).to_string();
        let arrived = text.get(..text.len().saturating_sub(after.len())).unwrap_or_default();
        let host = match std::str::from_utf8(arrived) {
            Ok(arrived) if arrived == normal => Cow::Borrowed(arrived),
            _ => Cow::Owned(normal),
        };
        Ok(Self { host, port })
    }

    /// In lower case, without the port and without a trailing dot; an IPv6 address in brackets, in the form
    /// that the WHATWG URL standard writes.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port that the request named.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

/// `host` or `host:port`, in normal form.
impl fmt::Display for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

fn is_label(label: &[u8]) -> bool {
    !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// One spelling a port: no sign, no leading zero.
fn parse_port(digits: &[u8]) -> Result<u16, BadAuthority> {
    if digits.first() == Some(&b'0') || !digits.iter().all(u8::is_ascii_digit) {
        return Err(BadAuthority::Port);
    }
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or(BadAuthority::Port)
}

fn ends_in_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    last.bytes().all(|byte| byte.is_ascii_digit())
        || hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether `host`, as [`Authority::host`] gives it, is an address and not a name.
#[must_use]
pub fn is_ip_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

/// Whether `host`, as [`Authority::host`] gives it, is what `pattern` names. `*.x` is what lies below `x`,
/// neither `x` itself nor a name that merely ends in the same letters; an IP address lies below nothing.
#[must_use]
pub fn matches(pattern: &HostPattern, host: &str) -> bool {
    match pattern {
        HostPattern::Exact(name) => host == name,
        HostPattern::Below(domain) => is_below(host, domain) && !is_ip_address(host),
    }
}

/// The longest of `domains` that is `host` itself or a suffix of it at a dot: where a cookie may be set
/// (RFC 6265 §5.1.3). `None` for an IP address, whose cookies are always host-only.
#[must_use]
pub fn longest_domain<'a>(domains: &'a [String], host: &str) -> Option<&'a str> {
    domains
        .iter()
        .filter(|domain| host == domain.as_str() || is_below(host, domain))
        .max_by_key(|domain| domain.len())
        .filter(|_| !is_ip_address(host))
        .map(String::as_str)
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .and_then(|labels| labels.strip_suffix('.'))
        .is_some_and(|labels| !labels.is_empty() && !domain.is_empty())
}

#[cfg(test)]
mod tests;

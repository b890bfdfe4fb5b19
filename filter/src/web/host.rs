//! Hosts: names and addresses in one form, and the patterns and domains that they are compared with.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest name that DNS carries, in bytes, without the trailing dot (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;
/// And its longest label.
const MAX_LABEL: usize = 63;

/// A host in the one form in which hosts are compared: a name in lower case without a trailing dot, an IPv4 address,
/// or an IPv6 address in brackets, in the form that the WHATWG URL standard writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host<'a>(Cow<'a, str>);

impl<'a> Host<'a> {
    /// Reads a host as a request may name it: a DNS-like name (letters, digits, `-`, `_`, `.`, perhaps with a dot at
    /// its end), an IPv4 address or an IPv6 address in brackets (RFC 3986 §3.2.2, without percent-encoding).
    /// Allocates only where it is not in normal form.
    ///
    /// A name whose last label is a number must be an IPv4 address in its usual form: browsers read `127.1`
    /// and `0x7f000001` as addresses too (WHATWG URL, "ends in a number checker"), so nobody may use them as
    /// names here.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        if let Some(rest) = text.strip_prefix(b"[") {
            return Self::ipv6(text, rest.strip_suffix(b"]")?);
        }
        let name = text.strip_suffix(b".").unwrap_or(text);
        if name.len() > MAX_NAME || !name.split(|byte| *byte == b'.').all(is_label) {
            return None;
        }
        let name = std::str::from_utf8(name).ok()?;
        if ends_in_number(name) && name.parse::<Ipv4Addr>().is_err() {
            return None;
        }
        Some(Self(if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        }))
    }

    /// Reads a host as people write it down for others: as [`Host::parse`], without a trailing dot, and with labels
    /// as DNS has them (RFC 1123 §2.1 and `_`, which is in use): at most 63 bytes, no `-` at either end.
    #[must_use]
    pub fn parse_strict(text: &'a str) -> Option<Self> {
        let host = Self::parse(text.as_bytes())?;
        let is_proper =
            |label: &str| label.len() <= MAX_LABEL && !label.starts_with('-') && !label.ends_with('-');
        (!text.ends_with('.') && text.split('.').all(is_proper)).then_some(host)
    }

    /// A name below which there are hosts of one organisation, as [`Host::parse_strict`] reads it: not an address, and
    /// not a single label, which is a top-level domain or a machine.
    #[must_use]
    pub fn parse_domain(text: &'a str) -> Option<Self> {
        Self::parse_strict(text).filter(|host| host.0.contains('.') && !is_ip_address(&host.0))
    }

    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The normal form, to be kept longer than the text that was read.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }

    /// `text` is `address` in its brackets.
    fn ipv6(text: &'a [u8], address: &'a [u8]) -> Option<Self> {
        let address: Ipv6Addr = std::str::from_utf8(address).ok()?.parse().ok()?;
        // One address has many spellings: compare the one that URLs and browsers write.
        let normal = url::Host::<&str>::Ipv6(address).to_string();
        Some(Self(match std::str::from_utf8(text) {
            Ok(text) if text == normal => Cow::Borrowed(text),
            _ => Cow::Owned(normal),
        }))
    }
}

fn is_label(label: &[u8]) -> bool {
    !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    last.bytes().all(|byte| byte.is_ascii_digit())
        || hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `admin.example.com` or `*.apps.example.com`, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// This host and no other.
    Exact(String),
    /// `apps.example.com` for `*.apps.example.com`: everything below it, not the domain itself.
    Below(String),
}

impl HostPattern {
    /// Reads a pattern, whose host is read by [`Host::parse_strict`]. Nothing lies below an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("*.") {
            Some(name) => Host::parse_strict(name)
                .filter(|host| !is_ip_address(host.as_str()))
                .map(|host| Self::Below(host.into_string())),
            None => Host::parse_strict(text).map(|host| Self::Exact(host.into_string())),
        }
    }
}

/// As it is written in the configuration.
impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Below(domain) => write!(f, "*.{domain}"),
        }
    }
}

/// Whether `host`, in normal form, is what `pattern` names. `*.x` is what lies below `x`, neither `x` itself nor a
/// name that merely ends in the same letters; an IP address lies below nothing.
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
        .filter(|domain| is_within(host, domain))
        .max_by_key(|domain| domain.len())
        .filter(|_| !is_ip_address(host))
        .map(String::as_str)
}

/// Whether `host` is `domain` or below it, both in normal form and `domain` a name.
#[must_use]
pub fn is_within(host: &str, domain: &str) -> bool {
    host == domain || is_below(host, domain)
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .and_then(|labels| labels.strip_suffix('.'))
        .is_some_and(|labels| !labels.is_empty() && !domain.is_empty())
}

/// Whether `host`, in normal form, is an address and not a name.
#[must_use]
pub fn is_ip_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

/// Whether `host`, in normal form, can only be this machine: RFC 6761 §6.3 and the loopback ranges.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    is_within(host, "localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;

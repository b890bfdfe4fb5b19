//! The authority of a request (RFC 9110 §7.2).

use std::fmt;

use super::host::Host;

/// The host and port of `:authority`, read strictly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority<'a> {
    host: Host<'a>,
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
    /// Reads the bytes of `:authority`: a host ([`Host::parse`]) and an optional port (RFC 3986 §3.2, without user
    /// information and percent-encoding).
    ///
    /// # Errors
    /// [`BadAuthority`] says which part is wrong. White space, commas, control bytes, `@` and bytes that are
    /// not ASCII are never part of one.
    pub fn parse(text: &'a [u8]) -> Result<Self, BadAuthority> {
        let (host, port) = split(text);
        let host = Host::parse(host).ok_or(BadAuthority::Host)?;
        let port = match port {
            Some(digits) => Some(parse_port(digits).ok_or(BadAuthority::Port)?),
            None => None,
        };
        Ok(Self { host, port })
    }

    /// In normal form (see [`Host`]), without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.as_str()
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
        f.write_str(self.host())?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// What stands before the colon of the port and what after it; colons in brackets belong to the address.
fn split(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let in_brackets = match text.first() {
        Some(b'[') => text.iter().position(|byte| *byte == b']').unwrap_or(text.len()),
        _ => 0,
    };
    let colon = text.iter().enumerate().position(|(at, byte)| at >= in_brackets && *byte == b':');
    match colon.and_then(|colon| text.split_at_checked(colon)) {
        Some((host, port)) => (host, port.strip_prefix(b":")),
        None => (text, None),
    }
}

/// A port from 1 to 65535. One spelling each: no sign, no leading zero.
#[must_use]
pub fn parse_port(digits: &[u8]) -> Option<u16> {
    if digits.first() == Some(&b'0') || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;

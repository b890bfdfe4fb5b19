//! `session`: what the browser holds, and for how long.

use std::time::Duration;

use super::Secret;
use crate::inputs::Timestamp;
use crate::web::cookie::SameSite;

/// What the browser holds, for how long.
#[derive(Debug)]
pub struct Session {
    /// One or more of 32 bytes or more; the first seals, all open.
    pub secrets: Vec<Secret>,
    /// Absolute lifetime from the sign-in on.
    pub max_age: Duration,
    /// The longest time without a request; `None`: no limit but `max_age`.
    pub idle_timeout: Option<Duration>,
    /// Whether an access token that ran out is renewed with the refresh token.
    pub refresh: bool,
    /// Sign-ins before this time are refused.
    pub not_before: Option<Timestamp>,
    /// People whose earlier sign-ins are refused; at most 1000.
    pub revoked: Vec<Revocation>,
    /// How the session cookie is set.
    pub cookie: Cookie,
}

/// One person whose sign-ins before a time are refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Who it is.
    pub who: RevokedPerson,
    /// Sign-ins from this time on count again.
    pub before: Timestamp,
}

/// People are named in one of two ways, and never in both: a `sub` and an email are compared with different claims.
#[derive(Debug, PartialEq, Eq)]
pub enum RevokedPerson {
    /// The ID token's `sub`, byte by byte.
    Sub(String),
    /// In lower case.
    Email(String),
}

/// The attributes of the session cookie (RFC 6265 §4.1.2).
#[derive(Debug)]
pub struct Cookie {
    /// Without the `__Host-` or `__Secure-` prefix, which depends on the request's host.
    pub name: String,
    /// In lower case, without a leading dot. Empty: host-only.
    pub domains: Vec<String>,
    /// Which requests from other sites carry the cookie.
    pub same_site: SameSite,
    /// Whether the outside is https; false on a loopback host only.
    pub secure: bool,
}

//! `session`, and the texts that are durations and times.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::{super::grammar, SecretSource};

/// What the browser holds, and for how long. There is no session database: the session is sealed into
/// cookies.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Session {
    /// Strings of 32 bytes or more, used as they stand: the first one seals the cookies, all of them open
    /// them. To rotate, append the new secret and roll out, put it first and roll out, drop the old one.
    ///
    /// Example: `[{"env": "COOKIE_SECRET"}]`
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 8)))]
    pub(in crate::config) secrets: Vec<SecretSource>,
    /// How long a session lasts from the sign-in on, whatever happens in between; at most 30 days.
    ///
    /// Unit: duration
    /// Default: `8h`
    /// Example: `12h`
    pub(in crate::config) max_age: Option<DurationText>,
    /// How long a session lasts without a request; from 10 seconds up to `max_age`.
    ///
    /// Unit: duration
    /// Default: no limit but `max_age`
    /// Example: `1h`
    pub(in crate::config) idle_timeout: Option<DurationText>,
    /// Whether the refresh token is used when the access token runs out: groups and claims are then read anew, so
    /// that whoever lost a group in the provider loses access within the life of an access token. Adds the scope
    /// `offline_access`. Where the provider rotates refresh tokens, its grace period must be 30 seconds or more.
    ///
    /// Default: `false`
    /// Example: `true`
    pub(in crate::config) refresh: Option<bool>,
    /// Sessions that began before this time are refused: it signs everyone out by one push.
    ///
    /// Unit: RFC 3339 time
    /// Default: no limit
    /// Example: `2026-11-24T08:00:00Z`
    pub(in crate::config) not_before: Option<TimeText>,
    /// Single people whose sessions are refused if they began before a time; at most 1000.
    ///
    /// Default: `[]`
    /// Example: `[{"sub": "00u1", "before": "2026-11-24T08:00:00Z"}]`
    pub(in crate::config) revoked: Option<Vec<Revoked>>,
    /// The session cookie.
    ///
    /// Default: every key's own default
    pub(in crate::config) cookie: Option<Cookie>,
}

/// One person whose sessions are refused: exactly one of `sub` and `email`.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Revoked {
    /// The person's subject identifier, the ID token's `sub`.
    ///
    /// Default: none
    /// Example: `00u1`
    pub(in crate::config) sub: Option<String>,
    /// The person's email address, in any case.
    ///
    /// Default: none
    /// Example: `ann@example.com`
    pub(in crate::config) email: Option<String>,
    /// Sessions that began before this time are refused.
    ///
    /// Unit: RFC 3339 time
    /// Example: `2026-11-24T08:00:00Z`
    pub(in crate::config) before: TimeText,
}

/// The session cookie. The cookies of a sign-in under way are always host-only and Lax.
#[derive(Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Cookie {
    /// The name, to which `__Host-` or `__Secure-` is prefixed where it applies.
    ///
    /// Default: `vestibule`, with `domains` followed by `_` and a hash of issuer and client
    /// Example: `acme`
    pub(in crate::config) name: Option<String>,
    /// Domains whose hosts share a session; the longest that matches a host counts. On a host that none
    /// matches, the cookie is for that host alone. A leading dot means nothing.
    ///
    /// Default: `[]`
    /// Example: `[".example.com"]`
    pub(in crate::config) domains: Option<Vec<String>>,
    /// Which requests from other sites carry the cookie. `none` needs `secure`.
    ///
    /// Default: `lax`
    /// Example: `strict`
    pub(in crate::config) same_site: Option<SameSite>,
    /// Whether the outside is https. `false` is for development on a loopback host only.
    ///
    /// Default: `true`
    /// Example: `false`
    pub(in crate::config) secure: Option<bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum SameSite {
    Lax,
    Strict,
    None,
}

/// A text that validation reads as a duration.
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(inline, extend("pattern" = "^([0-9]+[dhms])+$")))]
pub(in crate::config) struct DurationText(pub(in crate::config) String);

/// A text that validation reads as a time.
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(inline, extend("format" = "date-time")))]
pub(in crate::config) struct TimeText(pub(in crate::config) String);

// By hand, so that a number in such a place (`max_age: 28800`) is answered with what is accepted.
impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextOf(grammar::DURATION)).map(Self)
    }
}

impl<'de> Deserialize<'de> for TimeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextOf(grammar::TIME)).map(Self)
    }
}

/// Takes a string; says what it waits for otherwise.
struct TextOf(&'static str);

impl de::Visitor<'_> for TextOf {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }
}

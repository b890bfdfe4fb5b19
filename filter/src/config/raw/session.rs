//! `session` as it is written.

use super::{DurationText, SecretSource, TimeText};
use crate::config::grammar;
use crate::config::read::{List, choice, section};

section! {
    /// What the browser holds, and for how long. There is no session database: the session is sealed into
    /// cookies.
    struct Session {
        /// Strings of 32 bytes or more, used as they stand: the first one seals the cookies, all of them open
        /// them. To rotate, append the new secret and roll out, put it first and roll out, drop the old one.
        ///
        /// Example: `[{"env": "COOKIE_SECRET"}]`
        #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 8)))]
        secrets: List<SecretSource>, required "a list such as [{env: COOKIE_SECRET}]";
        /// How long a session lasts from the sign-in on, whatever happens in between; at most 30 days.
        ///
        /// Unit: duration
        /// Default: `8h`
        /// Example: `12h`
        max_age: DurationText;
        /// How long a session lasts without a request; from 10 seconds up to `max_age`.
        ///
        /// Unit: duration
        /// Default: no limit but `max_age`
        /// Example: `1h`
        idle_timeout: DurationText;
        /// Whether the refresh token is used when the access token runs out: groups and claims are then read anew, so
        /// that whoever lost a group in the provider loses access within the life of an access token. Adds the scope
        /// `offline_access`, unless the provider's metadata list its scopes without it. Where the provider rotates refresh tokens, its grace period must be 30 seconds or more.
        ///
        /// Default: `false`
        /// Example: `true`
        refresh: bool;
        /// Sessions that began before this time are refused: it signs everyone out by one push.
        ///
        /// Unit: RFC 3339 time
        /// Default: no limit
        /// Example: `2026-11-24T08:00:00Z`
        not_before: TimeText;
        /// Single people whose sessions are refused if they began before a time; at most 1000.
        ///
        /// Default: `[]`
        /// Example: `[{"sub": "00u1", "before": "2026-11-24T08:00:00Z"}]`
        revoked: List<Revoked>;
        /// The session cookie.
        ///
        /// Default: every key's own default
        cookie: Cookie;
    }
}

section! {
    /// One person whose sessions are refused: exactly one of `sub` and `email`.
    struct Revoked {
        /// The person's subject identifier, the ID token's `sub`.
        ///
        /// Default: none
        /// Example: `00u1`
        sub: String;
        /// The person's email address, in any case.
        ///
        /// Default: none
        /// Example: `ann@example.com`
        email: String;
        /// Sessions that began before this time are refused.
        ///
        /// Unit: RFC 3339 time
        /// Example: `2026-11-24T08:00:00Z`
        before: TimeText, required (grammar::TIME);
    }
}

section! {
    /// The session cookie. The cookies of a sign-in under way are always host-only and Lax.
    #[derive(Default)]
    struct Cookie {
        /// The name, to which `__Host-` or `__Secure-` is prefixed where it applies.
        ///
        /// Default: `vestibule`, with `domains` followed by `_` and a hash of issuer and client
        /// Example: `acme`
        name: String;
        /// Domains whose hosts share a session; the longest that matches a host counts. On a host that none
        /// matches, the cookie is for that host alone. A leading dot means nothing. Every host below a domain gets the
        /// cookie, guarded or not, and can use it: name one only where you trust them all.
        ///
        /// Default: `[]`
        /// Example: `[".example.com"]`
        domains: List<String>;
        /// Which requests from other sites carry the cookie. `none` needs `secure`.
        ///
        /// Default: `lax`
        /// Example: `strict`
        same_site: SameSite;
        /// Whether the outside is https. `false` is for development on a loopback host only.
        ///
        /// Default: `true`
        /// Example: `false`
        secure: bool;
    }
}

choice! {
    enum SameSite {
        Lax = "lax",
        Strict = "strict",
        None = "none",
    }
}

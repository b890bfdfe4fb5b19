//! `session`: secrets that are strong enough, and lifetimes that end.

use std::time::Duration;

use super::secret::{Resolved, secret};
use super::values::{Env, Result, entries, optional, or_default};
use crate::config::error::ConfigError;
use crate::config::faults::{Faults, Part};
use crate::config::grammar::{self, is_plain};
use crate::config::raw;
use crate::config::read::List;
use crate::config::types::{Cookie, Revocation, RevokedPerson, Secret, Session};
use crate::inputs::Timestamp;
use crate::web::time::{parse_duration, parse_time};

const DEFAULT_MAX_AGE: Duration = Duration::from_secs(8 * 3_600);

/// A sealed session cannot be taken back but by `not_before` and `revoked`, so it must not live forever.
const LONGEST_MAX_AGE: Duration = Duration::from_secs(30 * 86_400);

/// A cookie is sealed again every tenth of it: less would be one on nearly every response.
const SHORTEST_IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Every one costs a try on each request that has a session.
const MOST_SECRETS: usize = 8;

/// As many are compared with each session: for more people, `not_before` is the tool.
const MOST_REVOKED: usize = 1_000;

/// Strong enough for a key, as HKDF's input.
const SHORTEST_SECRET: usize = 32;

pub(super) fn session(
    raw: raw::Session,
    cookie: Part<Cookie>,
    env: Env<'_>,
    faults: &Faults,
) -> Part<Session> {
    let secrets = raw.secrets.0.and_then(|raw| secrets(raw, env, faults));
    let max_age = optional(raw.max_age, |text| faults.check(max_age(&text)))
        .map(|max_age| max_age.unwrap_or(DEFAULT_MAX_AGE));
    let idle_timeout = optional(raw.idle_timeout, |text| idle_timeout(&text, max_age, faults));
    let not_before = optional(raw.not_before, |text| faults.check(time("session.not_before", &text)));
    let revoked = or_default(raw.revoked).and_then(|raw| revoked(raw, faults));
    Ok(Session {
        secrets: secrets?,
        max_age: max_age?,
        idle_timeout: idle_timeout?,
        refresh: or_default(raw.refresh)?,
        not_before: not_before?,
        revoked: revoked?,
        cookie: cookie?,
    })
}

fn secrets(raw: List<raw::SecretSource>, env: Env<'_>, faults: &Faults) -> Part<Vec<Secret>> {
    let key = "session.secrets";
    if raw.is_empty() || raw.len() > MOST_SECRETS {
        let found = format!("a list of {} secrets", raw.len());
        return Err(faults.report(ConfigError::new(key, found, format!("1 to {MOST_SECRETS} secrets"))));
    }
    let mut seen: Vec<(String, Secret)> = Vec::new();
    let secrets = entries(key, raw, |key, source| {
        let secret = long_enough(secret(key, source, env, faults)?, faults)?;
        if let Some((other, _)) = seen.iter().find(|(_, other)| *other == secret) {
            let found = format!("the same secret as {other}");
            return Err(faults.report(ConfigError::new(key, found, "each secret once")));
        }
        seen.push((key.to_owned(), secret.clone()));
        Ok(secret)
    });
    secrets.into_iter().collect()
}

fn long_enough(resolved: Resolved, faults: &Faults) -> Part<Secret> {
    let length = resolved.secret.expose().len();
    if length >= SHORTEST_SECRET {
        return Ok(resolved.secret);
    }
    Err(faults.report(ConfigError::new(
        resolved.key,
        format!("a secret of {length} bytes"),
        format!("a random string of {SHORTEST_SECRET} bytes or more (`openssl rand -hex 32`)"),
    )))
}

fn max_age(raw::DurationText(text): &raw::DurationText) -> Result<Duration> {
    let key = "session.max_age";
    let max_age = parse_duration(text).ok_or_else(|| ConfigError::text(key, text, grammar::DURATION))?;
    if max_age.is_zero() || max_age > LONGEST_MAX_AGE {
        return Err(ConfigError::text(key, text, r#"a duration from "1s" to "30d""#));
    }
    Ok(max_age)
}

fn idle_timeout(
    raw::DurationText(text): &raw::DurationText,
    max_age: Part<Duration>,
    faults: &Faults,
) -> Part<Duration> {
    let refuse = |accepted: &str| faults.report(ConfigError::text("session.idle_timeout", text, accepted));
    let idle_timeout = parse_duration(text).ok_or_else(|| refuse(grammar::DURATION))?;
    if idle_timeout < SHORTEST_IDLE_TIMEOUT || idle_timeout > max_age? {
        return Err(refuse(r#"a duration from "10s" to session.max_age"#));
    }
    Ok(idle_timeout)
}

fn time(key: &str, raw::TimeText(text): &raw::TimeText) -> Result<Timestamp> {
    parse_time(text).ok_or_else(|| ConfigError::text(key, text, grammar::TIME))
}

fn revoked(raw: List<raw::Revoked>, faults: &Faults) -> Part<Vec<Revocation>> {
    let key = "session.revoked";
    if raw.len() > MOST_REVOKED {
        let found = format!("{} entries", raw.len());
        let accepted = format!("at most {MOST_REVOKED} entries; session.not_before is for everyone");
        return Err(faults.report(ConfigError::new(key, found, accepted)));
    }
    entries(key, raw, |key, entry| revocation(key, entry, faults)).into_iter().collect()
}

fn revocation(key: &str, raw: raw::Revoked, faults: &Faults) -> Part<Revocation> {
    let (sub, email) = (optional(raw.sub, Ok), optional(raw.email, Ok));
    let who = sub.and_then(|sub| faults.check(who(key, sub, email?)));
    let before = raw.before.0.and_then(|text| faults.check(time(&format!("{key}.before"), &text)));
    Ok(Revocation { who: who?, before: before? })
}

fn who(key: &str, sub: Option<String>, email: Option<String>) -> Result<RevokedPerson> {
    let exactly_one = "exactly one of sub and email";
    match (sub, email) {
        (Some(sub), None) if is_plain(&sub) => Ok(RevokedPerson::Sub(sub)),
        (Some(sub), None) => {
            let accepted = "a subject identifier, the ID token's sub";
            Err(ConfigError::text(format!("{key}.sub"), &sub, accepted))
        }
        (None, Some(email)) => {
            super::access::email(&format!("{key}.email"), &email).map(RevokedPerson::Email)
        }
        (Some(_), Some(_)) => Err(ConfigError::new(key, "both sub and email", exactly_one)),
        (None, None) => Err(ConfigError::new(key, "neither sub nor email", exactly_one)),
    }
}

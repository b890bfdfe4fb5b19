//! `session`.

use std::time::Duration;

use super::secret::secret;
use super::{Env, Result, cookie};
use crate::config::error::ConfigError;
use crate::config::grammar::{self, is_plain};
use crate::config::raw;
use crate::config::types::{Person, Revocation, Secret, Session};
use crate::inputs::Timestamp;
use crate::web::time::{parse_duration, parse_time};
use crate::web::url::HttpUrl;

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

pub(super) fn session(raw: raw::Session, issuer: &HttpUrl, client_id: &str, env: Env<'_>) -> Result<Session> {
    let max_age = max_age(raw.max_age)?;
    Ok(Session {
        secrets: secrets(raw.secrets, env)?,
        max_age,
        idle_timeout: raw.idle_timeout.map(|text| idle_timeout(&text, max_age)).transpose()?,
        refresh: raw.refresh.unwrap_or(false),
        not_before: raw.not_before.map(|text| time("session.not_before", &text)).transpose()?,
        revoked: revoked(raw.revoked.unwrap_or_default())?,
        cookie: cookie::cookie(raw.cookie.unwrap_or_default(), issuer, client_id)?,
    })
}

fn secrets(raw: Vec<raw::SecretSource>, env: Env<'_>) -> Result<Vec<Secret>> {
    let key = "session.secrets";
    if raw.is_empty() || raw.len() > MOST_SECRETS {
        let found = format!("a list of {} secrets", raw.len());
        return Err(ConfigError::new(key, found, format!("1 to {MOST_SECRETS} secrets")));
    }
    let mut secrets: Vec<Secret> = Vec::new();
    for (index, source) in raw.into_iter().enumerate() {
        let key = format!("{key}[{index}]");
        let resolved = secret(&key, source, env)?;
        let length = resolved.secret.expose().len();
        if length < SHORTEST_SECRET {
            return Err(ConfigError::new(
                resolved.key,
                format!("a secret of {length} bytes"),
                format!("a random string of {SHORTEST_SECRET} bytes or more (`openssl rand -hex 32`)"),
            ));
        }
        if let Some(other) = secrets.iter().position(|other| *other == resolved.secret) {
            let found = format!("the same secret as session.secrets[{other}]");
            return Err(ConfigError::new(key, found, "each secret once"));
        }
        secrets.push(resolved.secret);
    }
    Ok(secrets)
}

fn max_age(raw: Option<raw::DurationText>) -> Result<Duration> {
    let key = "session.max_age";
    let Some(raw::DurationText(text)) = raw else { return Ok(DEFAULT_MAX_AGE) };
    let max_age = parse_duration(&text).ok_or_else(|| ConfigError::text(key, &text, grammar::DURATION))?;
    if max_age.is_zero() || max_age > LONGEST_MAX_AGE {
        return Err(ConfigError::text(key, &text, r#"a duration from "1s" to "30d""#));
    }
    Ok(max_age)
}

fn idle_timeout(raw::DurationText(text): &raw::DurationText, max_age: Duration) -> Result<Duration> {
    let key = "session.idle_timeout";
    let idle_timeout = parse_duration(text).ok_or_else(|| ConfigError::text(key, text, grammar::DURATION))?;
    if idle_timeout < SHORTEST_IDLE_TIMEOUT || idle_timeout > max_age {
        return Err(ConfigError::text(key, text, r#"a duration from "10s" to session.max_age"#));
    }
    Ok(idle_timeout)
}

fn time(key: &str, raw::TimeText(text): &raw::TimeText) -> Result<Timestamp> {
    parse_time(text).ok_or_else(|| ConfigError::text(key, text, grammar::TIME))
}

fn revoked(raw: Vec<raw::Revoked>) -> Result<Vec<Revocation>> {
    let key = "session.revoked";
    if raw.len() > MOST_REVOKED {
        let found = format!("{} entries", raw.len());
        let accepted = format!("at most {MOST_REVOKED} entries; session.not_before is for everyone");
        return Err(ConfigError::new(key, found, accepted));
    }
    raw.into_iter().enumerate().map(|(index, entry)| revocation(&format!("{key}[{index}]"), entry)).collect()
}

fn revocation(key: &str, raw: raw::Revoked) -> Result<Revocation> {
    let exactly_one = "exactly one of sub and email";
    let who = match (raw.sub, raw.email) {
        (Some(sub), None) if is_plain(&sub) => Person::Sub(sub),
        (Some(sub), None) => {
            let accepted = "a subject identifier, the ID token's sub";
            return Err(ConfigError::text(format!("{key}.sub"), &sub, accepted));
        }
        (None, Some(email)) => Person::Email(super::access::email(&format!("{key}.email"), &email)?),
        (Some(_), Some(_)) => return Err(ConfigError::new(key, "both sub and email", exactly_one)),
        (None, None) => return Err(ConfigError::new(key, "neither sub nor email", exactly_one)),
    };
    Ok(Revocation { who, before: time(&format!("{key}.before"), &raw.before)? })
}

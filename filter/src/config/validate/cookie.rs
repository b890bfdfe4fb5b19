//! `session.cookie`.

use sha2::{Digest, Sha256};

use super::{Result, each_or_none};
use crate::config::error::ConfigError;
use crate::config::grammar;
use crate::config::raw;
use crate::config::types::{Cookie, HostPattern, SameSite};
use crate::web::header::is_token;
use crate::web::host::{Host, is_loopback};
use crate::web::url::HttpUrl;

const DEFAULT_NAME: &str = "vestibule";

/// Browsers keep 4096 bytes of name, value and attributes together.
const LONGEST_NAME: usize = 64;

pub(super) fn cookie(raw: raw::Cookie, issuer: &HttpUrl, client_id: &str) -> Result<Cookie> {
    let domains = domains(&raw.domains.unwrap_or_default())?;
    let secure = raw.secure.unwrap_or(true);
    Ok(Cookie {
        name: match raw.name {
            Some(given) => name(given)?,
            None if domains.is_empty() => DEFAULT_NAME.to_owned(),
            None => shared_name(issuer, client_id),
        },
        domains,
        same_site: match raw.same_site {
            None | Some(raw::SameSite::Lax) => SameSite::Lax,
            Some(raw::SameSite::Strict) => SameSite::Strict,
            Some(raw::SameSite::None) if secure => SameSite::None,
            Some(raw::SameSite::None) => {
                let found = r#""none" beside secure: false"#;
                let accepted = "lax or strict: browsers take none with secure only";
                return Err(ConfigError::new("session.cookie.same_site", found, accepted));
            }
        },
        secure,
    })
}

/// Without https only this machine is safe.
pub(super) fn check_scope(cookie: &Cookie, hosts: Option<&[HostPattern]>) -> Result<()> {
    let outside = hosts.unwrap_or_default().iter().find_map(|pattern| match pattern {
        HostPattern::Exact(host) | HostPattern::Below(host) if !is_loopback(host) => Some(host),
        _ => None,
    });
    match outside {
        Some(host) if !cookie.secure => Err(ConfigError::new(
            "session.cookie.secure",
            format!("false, and {host} under hosts"),
            "true; false is for loopback hosts only",
        )),
        _ => Ok(()),
    }
}

fn name(given: String) -> Result<String> {
    let key = "session.cookie.name";
    // Browsers compare the prefixes without regard to case.
    let lower = given.to_ascii_lowercase();
    if lower.starts_with("__host-") || lower.starts_with("__secure-") {
        let accepted = "the name without its prefix, which is added where it applies";
        return Err(ConfigError::text(key, &given, accepted));
    }
    if !is_token(&given) || given.len() > LONGEST_NAME {
        let accepted = r#"letters, digits, "-" and "_", at most 64 of them, such as "vestibule""#;
        return Err(ConfigError::text(key, &given, accepted));
    }
    // What the filter itself puts behind the name: another one's tokens or chunks would look like this one's session.
    let family = given.trim_end_matches(|character: char| character.is_ascii_digit());
    if given.ends_with("_t") || (family != given && family.ends_with('_')) || given.contains("_login_") {
        let accepted = r#"a name that does not end in "_t" or "_" and digits, and without "_login_""#;
        return Err(ConfigError::text(key, &given, accepted));
    }
    Ok(given)
}

/// Two applications below one domain see each other's cookies: each has a name of its own.
fn shared_name(issuer: &HttpUrl, client_id: &str) -> String {
    let mut hash = Sha256::new();
    for part in [issuer.as_str(), client_id] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    let digits: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{DEFAULT_NAME}_{digits}")
}

fn domains(raw: &[String]) -> Result<Vec<String>> {
    let key = "session.cookie.domains";
    let domains = each_or_none(key, raw, |key, text| {
        Host::parse_domain(text.strip_prefix('.').unwrap_or(text))
            .map(Host::into_string)
            .ok_or_else(|| ConfigError::text(key, text, grammar::DOMAIN))
    })?;
    for (index, domain) in domains.iter().enumerate() {
        if domains.iter().take(index).any(|other| other == domain) {
            return Err(ConfigError::text(format!("{key}[{index}]"), domain, "each domain once"));
        }
    }
    Ok(domains)
}

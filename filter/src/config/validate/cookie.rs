//! `session.cookie`: a name that is no other cookie's, and attributes that browsers take together.

use sha2::{Digest, Sha256};

use super::values::{Result, each_or_none, optional, or_default, part};
use crate::config::error::ConfigError;
use crate::config::faults::{Faults, Part};
use crate::config::grammar;
use crate::config::raw;
use crate::config::read::List;
use crate::config::types::{Client, Cookie, HostPattern, Provider, SameSite};
use crate::web::header::is_token;
use crate::web::host::{Host, is_loopback};
use crate::web::url::HttpUrl;

const DEFAULT_NAME: &str = "vestibule";

/// Browsers keep 4096 bytes of name, value and attributes together.
const LONGEST_NAME: usize = 64;

/// The cookie's keys, each for itself: other sections need some of them.
pub(super) struct Parts {
    name: Part<Option<String>>,
    pub(super) domains: Part<Vec<String>>,
    same_site: Part<SameSite>,
    pub(super) secure: Part<bool>,
}

impl Parts {
    pub(super) fn read(raw: Part<raw::Cookie>, faults: &Faults) -> Self {
        let raw = match raw {
            Ok(raw) => raw,
            Err(reported) => {
                let (name, domains) = (Err(reported), Err(reported));
                return Self { name, domains, same_site: Err(reported), secure: Err(reported) };
            }
        };
        let secure = optional(raw.secure, Ok).map(|secure| secure.unwrap_or(true));
        Self {
            name: optional(raw.name, |given| faults.check(name(given))),
            domains: or_default(raw.domains).and_then(|raw| domains(raw, faults)),
            same_site: optional(raw.same_site, |raw| same_site(raw, secure, faults))
                .map(|same_site| same_site.unwrap_or(SameSite::Lax)),
            secure,
        }
    }

    /// The name's default is made of the other two.
    pub(super) fn whole(&self, provider: Part<&Provider>, client: Part<&Client>) -> Part<Cookie> {
        let domains = part(&self.domains)?.clone();
        Ok(Cookie {
            name: match part(&self.name)? {
                Some(name) => name.clone(),
                None if domains.is_empty() => DEFAULT_NAME.to_owned(),
                None => shared_name(&provider?.issuer, &client?.id),
            },
            domains,
            same_site: self.same_site?,
            secure: self.secure?,
        })
    }

    /// Without https only this machine is safe.
    pub(super) fn check_reach(&self, hosts: Part<&Option<Vec<HostPattern>>>, faults: &Faults) -> Part<()> {
        let outside = hosts?.iter().flatten().find_map(|pattern| match pattern {
            HostPattern::Exact(host) | HostPattern::Below(host) if !is_loopback(host) => Some(host),
            _ => None,
        });
        match outside {
            Some(host) if !self.secure? => Err(faults.report(ConfigError::new(
                "session.cookie.secure",
                format!("false, and {host} under hosts"),
                "true; false is for loopback hosts only",
            ))),
            _ => Ok(()),
        }
    }
}

fn same_site(raw: raw::SameSite, secure: Part<bool>, faults: &Faults) -> Part<SameSite> {
    match raw {
        raw::SameSite::Lax => Ok(SameSite::Lax),
        raw::SameSite::Strict => Ok(SameSite::Strict),
        raw::SameSite::None if secure? => Ok(SameSite::None),
        raw::SameSite::None => {
            let found = r#""none" beside secure: false"#;
            let accepted = "lax or strict: browsers take none with secure only";
            Err(faults.report(ConfigError::new("session.cookie.same_site", found, accepted)))
        }
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
    let ends_as_ours = ["_t", "_i", "_out"].iter().any(|end| given.ends_with(end));
    let is_of_a_sign_in = ["_b_", "_d_"].iter().any(|part| given.contains(part));
    if ends_as_ours || (family != given && family.ends_with('_')) || is_of_a_sign_in {
        let accepted = r#"a name that does not end in "_t", "_i", "_out" or "_" and digits, and without "_b_" and "_d_""#;
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

fn domains(raw: List<String>, faults: &Faults) -> Part<Vec<String>> {
    let key = "session.cookie.domains";
    let domains = each_or_none(key, raw, faults, |key, text| {
        Host::parse_domain(text.strip_prefix('.').unwrap_or(text))
            .map(Host::into_string)
            .ok_or_else(|| ConfigError::text(key, text, grammar::DOMAIN))
    })?;
    let repeated = |(index, domain): &(usize, &String)| domains.iter().take(*index).any(|it| it == *domain);
    match domains.iter().enumerate().find(repeated) {
        Some((index, domain)) => {
            let key = format!("{key}[{index}]");
            Err(faults.report(ConfigError::text(key, domain, "each domain once")))
        }
        None => Ok(domains),
    }
}

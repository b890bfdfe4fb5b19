//! From the raw texts to the validated types, a section and a key at a time. After this nothing can fail.

mod access;
mod client;
mod cookie;
mod paths;
mod provider;
mod redirect;
mod secret;
mod session;
mod upstream;

use super::error::{ConfigError, one_line};
use super::faults::{Faults, Part};
use super::grammar::{self, is_plain};
use super::raw;
use super::read::{Given, List};
use super::types::{Config, HostPattern, Identity};
use crate::web::host::Host;
use crate::web::url::{HttpUrl, HttpUrlError};

/// A lookup of a variable in the environment.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The scope that brings a refresh token (OIDC Core §11).
const OFFLINE_ACCESS: &str = "offline_access";

/// One value, read for itself.
type Result<T> = std::result::Result<T, ConfigError>;

/// Every section, and every key in it, is read before the first fault ends anything.
pub(super) fn root(raw: raw::Root, env: Env<'_>, faults: &Faults) -> Part<Config> {
    let provider = raw.provider.0.and_then(|raw| provider::provider(raw, faults));
    let client = raw.client.0.and_then(|raw| client::client(raw, env, faults));
    let mut session = raw.session.0;
    let cookie = session.as_mut().map_err(|reported| *reported).and_then(|raw| or_default(raw.cookie.take()));
    let cookie = cookie::Parts::read(cookie, faults);
    let session = session
        .and_then(|raw| session::session(raw, cookie.whole(part(&provider), part(&client)), env, faults));
    let identity = or_default(raw.identity).and_then(|raw| identity(raw, faults));
    let hosts = optional(raw.hosts, |hosts| host_patterns("hosts", hosts, faults));
    let reach = cookie.check_reach(part(&hosts), faults);
    let paths = or_default(raw.paths).and_then(|raw| paths::paths(raw, &cookie, part(&hosts), faults));
    let upstream = or_default(raw.upstream).and_then(|raw| upstream::upstream(raw, faults));
    let access = or_default(raw.access).and_then(|rules| access::rules(rules, faults));

    let (mut client, session, ()) = (client?, session?, reach?);
    if session.refresh && !client.scopes.iter().any(|scope| scope == OFFLINE_ACCESS) {
        client.scopes.push(OFFLINE_ACCESS.to_owned());
    }
    Ok(Config {
        provider: provider?,
        client,
        session,
        identity: identity?,
        paths: paths?,
        upstream: upstream?,
        hosts: hosts?,
        access: access?,
    })
}

fn identity(raw: raw::Identity, faults: &Faults) -> Part<Identity> {
    let claim = |key: &str, given: Option<Given<String>>, default: &str| {
        let name = optional(given, |name| faults.check(claim_name(&format!("identity.{key}"), name)))?;
        Ok(name.unwrap_or_else(|| default.to_owned()))
    };
    let user_claim = claim("user_claim", raw.user_claim, "sub");
    let email_claim = claim("email_claim", raw.email_claim, "email");
    let groups_claim = claim("groups_claim", raw.groups_claim, "groups");
    let preferred_username_claim =
        claim("preferred_username_claim", raw.preferred_username_claim, "preferred_username");
    Ok(Identity {
        user_claim: user_claim?,
        email_claim: email_claim?,
        groups_claim: groups_claim?,
        preferred_username_claim: preferred_username_claim?,
        allow_unverified_email: or_default(raw.allow_unverified_email)?,
    })
}

/// The name of a claim, or a JSON pointer to one.
fn claim_name(key: &str, name: String) -> Result<String> {
    // RFC 6901 §3: in a pointer, what is escaped is one of two characters.
    let escapes = |name: &str| name.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if is_plain(&name) && (!name.starts_with('/') || escapes(&name)) {
        return Ok(name);
    }
    let accepted = r#"the name of a claim, such as "sub", or a JSON pointer, such as "/realm_access/roles""#;
    Err(ConfigError::text(key, &name, accepted))
}

/// Host patterns, one or more.
fn host_patterns(key: &str, patterns: List<String>, faults: &Faults) -> Part<Vec<HostPattern>> {
    each(key, patterns, faults, |key, text| {
        let accepted =
            || format!(r#"{}; or "*.example.com" for everything below example.com"#, grammar::HOST);
        HostPattern::parse(text).ok_or_else(|| ConfigError::text(key, text, accepted()))
    })
}

/// A host in normal form.
fn host(text: &str) -> Option<String> {
    Host::parse_strict(text).map(Host::into_string)
}

/// What somebody else needs too.
fn part<T>(part: &Part<T>) -> Part<&T> {
    part.as_ref().map_err(|reported| *reported)
}

/// What may be absent.
fn optional<T, U>(given: Option<Given<T>>, read: impl FnOnce(T) -> Part<U>) -> Part<Option<U>> {
    given.map(|given| given.0.and_then(read)).transpose()
}

/// A key that is not supported yet: where it is there, this has been reported.
fn absent<T>(given: Option<Given<T>>) -> Part<()> {
    given.map_or(Ok(()), |given| given.0.map(|_| ()))
}

/// What has its type's default where it is absent.
fn or_default<T: Default>(given: Option<Given<T>>) -> Part<T> {
    given.map_or_else(|| Ok(T::default()), |given| given.0)
}

/// Reads a list of one or more texts, each with its own key. An empty list could mean everything as well
/// as nothing.
fn each<T>(
    key: &str,
    texts: List<String>,
    faults: &Faults,
    read: impl Fn(&str, &str) -> Result<T>,
) -> Part<Vec<T>> {
    if texts.is_empty() {
        let accepted = "one entry or more, or leave the key out";
        return Err(faults.report(ConfigError::new(key, "an empty list", accepted)));
    }
    each_or_none(key, texts, faults, read)
}

/// As [`each`], for lists where empty is a plain "none".
fn each_or_none<T>(
    key: &str,
    texts: List<String>,
    faults: &Faults,
    read: impl Fn(&str, &str) -> Result<T>,
) -> Part<Vec<T>> {
    entries(key, texts, |key, text| faults.check(read(key, &text))).into_iter().collect()
}

/// Reads all entries of a list, each with its own key.
fn entries<T, U>(key: &str, list: List<T>, mut read: impl FnMut(&str, T) -> Part<U>) -> Vec<Part<U>> {
    let entry =
        |(index, given): (usize, Given<T>)| given.0.and_then(|it| read(&format!("{key}[{index}]"), it));
    list.into_iter().enumerate().map(entry).collect()
}

/// The key of a map's entry; its name comes from the configuration.
fn entry_key(key: &str, name: &str) -> String {
    one_line(&format!("{key}.{name}"))
}

fn url(key: &str, text: &str) -> Result<HttpUrl> {
    HttpUrl::parse(text).map_err(|error| {
        let accepted = match error {
            HttpUrlError::NotAbsolute => r#"an absolute URL such as "https://acme.okta.com""#,
            HttpUrlError::NotSecure => "an https URL (http on a loopback host only)",
            HttpUrlError::Extras => "a URL without user information and fragment",
        };
        // User information is a password more often than not.
        if text.contains('@') {
            ConfigError::new(key, "a URL with an @ in it", accepted)
        } else {
            ConfigError::text(key, text, accepted)
        }
    })
}

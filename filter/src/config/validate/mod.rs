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
use super::grammar::{self, is_plain};
use super::raw;
use super::types::{Config, HostPattern, Identity};
use crate::web::host::Host;
use crate::web::url::{HttpUrl, HttpUrlError};

/// A lookup of a variable in the environment.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The scope that brings a refresh token (OIDC Core §11).
const OFFLINE_ACCESS: &str = "offline_access";

type Result<T> = std::result::Result<T, ConfigError>;

pub(super) fn root(raw: raw::Root, env: Env<'_>) -> Result<Config> {
    let provider = provider::provider(raw.provider)?;
    let mut client = client::client(raw.client, env)?;
    let session = session::session(raw.session, &provider.issuer, &client.id, env)?;
    if session.refresh && !client.scopes.iter().any(|scope| scope == OFFLINE_ACCESS) {
        client.scopes.push(OFFLINE_ACCESS.to_owned());
    }
    let identity = identity(raw.identity.unwrap_or_default())?;
    let hosts = raw.hosts.map(|hosts| host_patterns("hosts", &hosts)).transpose()?;
    cookie::check_scope(&session.cookie, hosts.as_deref())?;
    let paths = paths::paths(raw.paths.unwrap_or_default(), &session.cookie, hosts.as_deref())?;
    let upstream = upstream::upstream(raw.upstream.unwrap_or_default())?;
    let access = access::rules(raw.access.unwrap_or_default())?;
    Ok(Config { provider, client, session, identity, paths, upstream, hosts, access })
}

fn identity(raw: raw::Identity) -> Result<Identity> {
    let claim = |key: &str, given: Option<String>, default: &str| match given {
        Some(name) => claim_name(&format!("identity.{key}"), name),
        None => Ok(default.to_owned()),
    };
    Ok(Identity {
        user_claim: claim("user_claim", raw.user_claim, "sub")?,
        email_claim: claim("email_claim", raw.email_claim, "email")?,
        groups_claim: claim("groups_claim", raw.groups_claim, "groups")?,
        preferred_username_claim: claim(
            "preferred_username_claim",
            raw.preferred_username_claim,
            "preferred_username",
        )?,
        allow_unverified_email: raw.allow_unverified_email.unwrap_or(false),
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
fn host_patterns(key: &str, patterns: &[String]) -> Result<Vec<HostPattern>> {
    each(key, patterns, |key, text| {
        let accepted =
            || format!(r#"{}; or "*.example.com" for everything below example.com"#, grammar::HOST);
        HostPattern::parse(text).ok_or_else(|| ConfigError::text(key, text, accepted()))
    })
}

/// A host in normal form.
fn host(text: &str) -> Option<String> {
    Host::parse_strict(text).map(Host::into_string)
}

/// Reads a list of one or more entries, each with its own key. An empty list could mean everything as well
/// as nothing.
fn each<T>(key: &str, texts: &[String], read: impl Fn(&str, &str) -> Result<T>) -> Result<Vec<T>> {
    if texts.is_empty() {
        return Err(ConfigError::new(key, "an empty list", "one entry or more, or leave the key out"));
    }
    each_or_none(key, texts, read)
}

/// As [`each`], for lists where empty is a plain "none".
fn each_or_none<T>(key: &str, texts: &[String], read: impl Fn(&str, &str) -> Result<T>) -> Result<Vec<T>> {
    texts.iter().enumerate().map(|(index, text)| read(&format!("{key}[{index}]"), text)).collect()
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

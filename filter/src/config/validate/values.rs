//! How single values and lists are read, for all sections.

use crate::config::error::{ConfigError, one_line};
use crate::config::faults::{Faults, Part};
use crate::config::grammar::{self, is_plain};
use crate::config::read::{Given, List};
use crate::web::host::{Host, HostPattern};
use crate::web::url::{HttpUrl, HttpUrlError};

/// A lookup of a variable in the environment.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One value, read for itself.
pub(super) type Result<T> = std::result::Result<T, ConfigError>;

/// The name of a claim, or a JSON pointer to one.
pub(super) fn claim_name(key: &str, name: String) -> Result<String> {
    // RFC 6901 §3: in a pointer, what is escaped is one of two characters.
    let escapes = |name: &str| name.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if is_plain(&name) && (!name.starts_with('/') || escapes(&name)) {
        return Ok(name);
    }
    let accepted = r#"the name of a claim, such as "sub", or a JSON pointer, such as "/realm_access/roles""#;
    Err(ConfigError::text(key, &name, accepted))
}

pub(super) fn group(key: &str, text: &str) -> Result<String> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    Err(ConfigError::text(key, text, r#"the name of a group, such as "finance""#))
}

/// Host patterns, one or more.
pub(super) fn host_patterns(key: &str, patterns: List<String>, faults: &Faults) -> Part<Vec<HostPattern>> {
    each(key, patterns, faults, |key, text| {
        let accepted =
            || format!(r#"{}; or "*.example.com" for everything below example.com"#, grammar::HOST);
        HostPattern::parse(text).ok_or_else(|| ConfigError::text(key, text, accepted()))
    })
}

/// A host in normal form.
pub(super) fn host(text: &str) -> Option<String> {
    Host::parse_strict(text).map(Host::into_string)
}

/// What somebody else needs too.
pub(super) fn part<T>(part: &Part<T>) -> Part<&T> {
    part.as_ref().map_err(|reported| *reported)
}

/// What may be absent.
pub(super) fn optional<T, U>(given: Option<Given<T>>, read: impl FnOnce(T) -> Part<U>) -> Part<Option<U>> {
    given.map(|given| given.0.and_then(read)).transpose()
}

/// What has its type's default where it is absent.
pub(super) fn or_default<T: Default>(given: Option<Given<T>>) -> Part<T> {
    given.map_or_else(|| Ok(T::default()), |given| given.0)
}

/// Reads a list of one or more texts, each with its own key. An empty list could mean everything as well
/// as nothing.
pub(super) fn each<T>(
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
pub(super) fn each_or_none<T>(
    key: &str,
    texts: List<String>,
    faults: &Faults,
    read: impl Fn(&str, &str) -> Result<T>,
) -> Part<Vec<T>> {
    entries(key, texts, |key, text| faults.check(read(key, &text))).into_iter().collect()
}

/// Reads all entries of a list, each with its own key.
pub(super) fn entries<T, U>(
    key: &str,
    list: List<T>,
    mut read: impl FnMut(&str, T) -> Part<U>,
) -> Vec<Part<U>> {
    let entry =
        |(index, given): (usize, Given<T>)| given.0.and_then(|it| read(&format!("{key}[{index}]"), it));
    list.into_iter().enumerate().map(entry).collect()
}

/// The key of a map's entry; its name comes from the configuration.
pub(super) fn entry_key(key: &str, name: &str) -> String {
    one_line(&format!("{key}.{name}"))
}

pub(super) fn url(key: &str, text: &str) -> Result<HttpUrl> {
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

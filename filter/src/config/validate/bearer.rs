//! `access[].bearer`: which tokens a rule accepts. Its issuers are those that the configuration names.

use std::collections::BTreeMap;

use super::claims;
use super::provider::FIRST;
use super::values::{Result, each, group, optional, or_default, url};
use crate::config::error::{ConfigError, one_of};
use crate::config::faults::{Faults, Part, Reported};
use crate::config::grammar::is_plain;
use crate::config::raw;
use crate::config::read::{Given, List};
use crate::config::types::{Bearer, Issuer, Provider};

/// Issuer identifiers by the names that rules may use.
pub(super) type Known = BTreeMap<String, String>;

pub(super) fn known(first: Part<&Provider>, others: Part<&Vec<Issuer>>) -> Part<Known> {
    let mut known: Known = [(FIRST.to_owned(), first?.issuer.as_str().to_owned())].into();
    let others = others?.iter();
    known.extend(others.map(|it| (it.name.clone(), it.provider.issuer.as_str().to_owned())));
    Ok(known)
}

pub(super) fn read(
    key: &str,
    raw: raw::Bearer,
    known: std::result::Result<&Known, &Reported>,
    faults: &Faults,
) -> Part<Bearer> {
    let issuers = known
        .map_err(|reported| *reported)
        .and_then(|known| issuers(&format!("{key}.providers"), raw.providers, known, faults));
    let audiences = raw.audiences.0.and_then(|it| each(&format!("{key}.audiences"), it, faults, audience));
    let scopes = optional(raw.scopes, |it| each(&format!("{key}.scopes"), it, faults, scope));
    let groups = optional(raw.groups, |it| each(&format!("{key}.groups"), it, faults, group));
    let metadata = optional(raw.resource_metadata, |text| {
        faults.check(resource_metadata(&format!("{key}.resource_metadata"), &text))
    });
    let (any_scope, id_tokens) = (or_default(raw.any_scope), or_default(raw.id_tokens));
    let claims = optional(raw.claims, |raw| claims::read(&format!("{key}.claims"), raw, faults));
    let (any_scope, scopes) = (any_scope?, scopes?.unwrap_or_default());
    if any_scope && scopes.is_empty() {
        let accepted = "any_scope beside scopes";
        return Err(faults.report(ConfigError::new(
            format!("{key}.any_scope"),
            "any_scope without scopes",
            accepted,
        )));
    }
    Ok(Bearer {
        issuers: issuers?,
        audiences: audiences?,
        scopes,
        any_scope,
        groups: groups?,
        claims: claims?.unwrap_or_default(),
        id_tokens: id_tokens?,
        resource_metadata: metadata?,
    })
}

fn issuers(
    key: &str,
    names: Option<Given<List<String>>>,
    known: &Known,
    faults: &Faults,
) -> Part<Vec<String>> {
    let issuer = |key: &str, name: &str| {
        known.get(name).cloned().ok_or_else(|| {
            let names: Vec<_> = known.keys().map(String::as_str).collect();
            ConfigError::text(key, name, one_of(&names))
        })
    };
    let named = optional(names, |names| each(key, names, faults, issuer))?;
    Ok(named.unwrap_or_else(|| known.get(FIRST).cloned().into_iter().collect()))
}

fn audience(key: &str, text: &str) -> Result<String> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    Err(ConfigError::text(key, text, r#"an audience, such as "api://default""#))
}

/// RFC 6749 §3.3: it stands between blanks, and between quotes in a challenge.
fn scope(key: &str, text: &str) -> Result<String> {
    let is_fit = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    if !text.is_empty() && text.bytes().all(is_fit) {
        return Ok(text.to_owned());
    }
    Err(ConfigError::text(key, text, r#"a scope, such as "orders.read""#))
}

/// It stands between quotes in a challenge.
fn resource_metadata(key: &str, text: &str) -> Result<crate::web::url::HttpUrl> {
    if text.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'"' || byte == b'\\') {
        return Err(ConfigError::text(key, text, "a URL in ASCII without quotes"));
    }
    url(key, text)
}

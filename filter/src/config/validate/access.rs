//! `access`.

use super::{Result, each, host, host_patterns};
use crate::config::error::{ConfigError, quote};
use crate::config::grammar::{is_plain, proposed_path};
use crate::config::raw;
use crate::config::types::{Access, Match, PathPattern, Require, RequireEmail, Rule, Unauthenticated};

/// The registered methods (RFC 9110 §16.1.1) without CONNECT, which the filter refuses, and PURGE, which
/// caches know. A misspelt one would never match.
const METHODS: &[&str] = &[
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

pub(super) fn rules(raw: Vec<raw::Rule>) -> Result<Vec<Rule>> {
    let mut rules = Vec::new();
    let mut last = None;
    for (index, entry) in raw.into_iter().enumerate() {
        let key = format!("access[{index}]");
        if let Some(last) = last {
            return Err(ConfigError::new(
                key,
                format!("a rule that can never match: access[{last}] matches every request"),
                format!("the rule before access[{last}], or no such rule"),
            ));
        }
        let rule = rule(&key, entry)?;
        if matches_everything(&rule.when) {
            last = Some(index);
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn matches_everything(when: &Match) -> bool {
    let every_path = when.paths.as_ref().is_none_or(|paths| {
        paths.iter().any(|path| matches!(path, PathPattern::Below(folder) if folder.is_empty()))
    });
    when.hosts.is_none() && when.methods.is_none() && every_path
}

fn rule(key: &str, raw: raw::Rule) -> Result<Rule> {
    Ok(Rule {
        when: match raw.when {
            Some(when) => matching(&format!("{key}.match"), when)?,
            None => Match::default(),
        },
        then: access(key, raw.allow, raw.require)?,
        unauthenticated: match raw.unauthenticated {
            None | Some(raw::Unauthenticated::Auto) => Unauthenticated::Auto,
            Some(raw::Unauthenticated::Redirect) => Unauthenticated::Redirect,
            Some(raw::Unauthenticated::Status) => Unauthenticated::Status,
        },
    })
}

fn matching(key: &str, raw: raw::Match) -> Result<Match> {
    if raw.hosts.is_none() && raw.paths.is_none() && raw.methods.is_none() {
        let accepted = "one of hosts, paths and methods; no match at all for every request";
        return Err(ConfigError::new(key, "an empty map", accepted));
    }
    Ok(Match {
        hosts: raw.hosts.map(|hosts| host_patterns(&format!("{key}.hosts"), &hosts)).transpose()?,
        paths: raw.paths.map(|paths| each(&format!("{key}.paths"), &paths, path)).transpose()?,
        methods: raw.methods.map(|methods| self::methods(&format!("{key}.methods"), &methods)).transpose()?,
    })
}

fn path(key: &str, text: &str) -> Result<PathPattern> {
    PathPattern::parse(text).ok_or_else(|| refuse_path(key, text))
}

fn refuse_path(key: &str, text: &str) -> ConfigError {
    let mut accepted = r#"a path in normal form such as "/healthz", or "/finance/*" for it and everything below it; no query, no ";", no other "*""#.to_owned();
    let proposal = match text.strip_suffix("/*") {
        Some(folder) => proposed_path(folder).map(|normal| format!("{}/*", normal.trim_end_matches('/'))),
        None => proposed_path(text),
    };
    if let Some(proposal) = proposal.filter(|proposal| PathPattern::parse(proposal).is_some()) {
        accepted = format!("{accepted}; here {}", quote(&proposal));
    }
    ConfigError::text(key, text, accepted)
}

fn methods(key: &str, raw: &[String]) -> Result<Vec<String>> {
    let mut methods = each(key, raw, |key, text| {
        if METHODS.contains(&text) {
            return Ok(text.to_owned());
        }
        Err(ConfigError::text(key, text, r#"a method in upper case, such as "GET" or "POST""#))
    })?;
    if methods.iter().any(|method| method == "GET") {
        methods.push("HEAD".to_owned());
    }
    methods.sort_unstable();
    methods.dedup();
    Ok(methods)
}

fn access(key: &str, allow: Option<raw::Allow>, require: Option<raw::Require>) -> Result<Access> {
    match (allow, require) {
        (None | Some(raw::Allow::Authenticated), None) => Ok(Access::Require(Require::default())),
        (None | Some(raw::Allow::Authenticated), Some(raw)) => {
            requirement(&format!("{key}.require"), raw).map(Access::Require)
        }
        (Some(raw::Allow::Public), None) => Ok(Access::Public),
        (Some(raw::Allow::Optional), None) => Ok(Access::Optional),
        (Some(raw::Allow::None), None) => Ok(Access::Nobody),
        (Some(_), Some(_)) => Err(ConfigError::new(
            format!("{key}.require"),
            "require beside an allow that asks for nobody's identity",
            "require with allow: authenticated or without allow; or allow alone",
        )),
    }
}

fn requirement(key: &str, raw: raw::Require) -> Result<Require> {
    if raw.groups.is_none() && raw.emails.is_none() && raw.email_domains.is_none() {
        let accepted = "one of groups, emails and email_domains; no require at all for whoever is signed in";
        return Err(ConfigError::new(key, "an empty map", accepted));
    }
    let groups = raw.groups.map(|groups| each(&format!("{key}.groups"), &groups, group)).transpose()?;
    let emails = raw.emails.map(|emails| each(&format!("{key}.emails"), &emails, email)).transpose()?;
    let domains = raw
        .email_domains
        .map(|domains| each(&format!("{key}.email_domains"), &domains, email_domain))
        .transpose()?;
    let email = (emails.is_some() || domains.is_some())
        .then(|| RequireEmail { emails: emails.unwrap_or_default(), domains: domains.unwrap_or_default() });
    Ok(Require { groups, email })
}

fn group(key: &str, text: &str) -> Result<String> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    Err(ConfigError::text(key, text, r#"the name of a group, such as "finance""#))
}

/// An email address in lower case. Only ASCII: beyond it, two texts that look the same may differ, and an
/// entry that silently never matches is worse than none.
pub(super) fn email(key: &str, text: &str) -> Result<String> {
    let is_email = text.bytes().all(|byte| byte.is_ascii_graphic())
        && text.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && host(domain).is_some());
    if is_email {
        return Ok(text.to_ascii_lowercase());
    }
    Err(ConfigError::text(key, text, r#"an email address in ASCII, such as "ann@example.com""#))
}

fn email_domain(key: &str, text: &str) -> Result<String> {
    host(text).ok_or_else(|| ConfigError::text(key, text, r#"a domain without "@", such as "example.com""#))
}

//! `access`: every pattern can match something, no rule stands behind one that matches everything, and no list
//! decides by being empty.

use std::net::IpAddr;

use ipnet::IpNet;

use super::bearer::Known;
use super::values::{Result, each, entries, group, host, host_patterns, optional};
use super::{authentication, bearer, claims};
use crate::config::error::{ConfigError, quote};
use crate::config::faults::{Faults, Part, Reported};
use crate::config::grammar::proposed_path;
use crate::config::raw;
use crate::config::read::{Given, List};
use crate::config::types::{
    Access, Bearer, Match, PathPattern, Require, RequireEmail, Rule, Unauthenticated,
};

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

pub(super) fn rules(
    raw: List<raw::Rule>,
    known: std::result::Result<&Known, &Reported>,
    faults: &Faults,
) -> Part<Vec<Rule>> {
    let rules: Vec<_> = entries("access", raw, |key, raw| rule(key, raw, known, faults));
    let reachable = check_reachable(&rules, faults);
    let rules = rules.into_iter().collect();
    reachable.and(rules)
}

/// A rule behind one that matches every request never matches. It is told of the first such rule alone, for there is
/// one cause.
fn check_reachable(rules: &[Part<Rule>], faults: &Faults) -> Part<()> {
    let mut whole = rules.iter().enumerate().filter_map(|(index, rule)| Some((index, rule.as_ref().ok()?)));
    let last = whole.find(|(_, rule)| matches_everything(&rule.when));
    let (Some((last, _)), Some((index, _))) = (last, whole.next()) else { return Ok(()) };
    Err(faults.report(ConfigError::new(
        format!("access[{index}]"),
        format!("a rule that can never match: access[{last}] matches every request"),
        format!("the rule before access[{last}], or no such rule"),
    )))
}

fn matches_everything(when: &Match) -> bool {
    let every_path = when.paths.as_ref().is_none_or(|paths| {
        paths.iter().any(|path| matches!(path, PathPattern::Below(folder) if folder.is_empty()))
    });
    when.hosts.is_none() && when.methods.is_none() && when.client_cidrs.is_none() && every_path
}

fn rule(
    key: &str,
    raw: raw::Rule,
    known: std::result::Result<&Known, &Reported>,
    faults: &Faults,
) -> Part<Rule> {
    let when = optional(raw.when, |when| matching(&format!("{key}.match"), when, faults));
    let then = access(key, raw.allow, raw.require, faults);
    let unauthenticated = optional(raw.unauthenticated, Ok);
    let bearer = optional(raw.bearer, |raw| bearer::read(&format!("{key}.bearer"), raw, known, faults));
    let raw_preflight = raw.preflight.is_some();
    let preflight = optional(raw.preflight, Ok);
    let (then, bearer) = (then?, bearer?);
    check_bearer(key, &then, bearer.as_ref(), faults)?;
    if then == Access::Nobody && raw_preflight {
        let accepted = "preflight: allow without allow: none, or allow: none alone";
        let found = "preflights let through to what is open to nobody";
        return Err(faults.report(ConfigError::new(format!("{key}.preflight"), found, accepted)));
    }
    Ok(Rule {
        when: when?.unwrap_or_default(),
        then,
        bearer,
        lets_preflights_pass: preflight?.is_some(),
        unauthenticated: match unauthenticated? {
            None | Some(raw::Unauthenticated::Auto) => Unauthenticated::Auto,
            Some(raw::Unauthenticated::Redirect) => Unauthenticated::Redirect,
            Some(raw::Unauthenticated::Status) => Unauthenticated::Status,
        },
    })
}

/// A token is judged by `bearer` alone, so what a rule asks of people must not seem to hold for tokens.
fn check_bearer(key: &str, then: &Access, bearer: Option<&Bearer>, faults: &Faults) -> Part<()> {
    let Some(bearer) = bearer else { return Ok(()) };
    let key = format!("{key}.bearer");
    match then {
        Access::Require(require) if *require == Require::default() => Ok(()),
        Access::Require(_) if bearer.asks_for_more_than_an_audience() => Ok(()),
        Access::Require(_) => Err(faults.report(ConfigError::new(
            key,
            "a bearer that asks for less than the require beside it, which speaks of sessions",
            "scopes, groups or claims in bearer, so that it is said what tokens need",
        ))),
        Access::Public | Access::Optional | Access::Nobody => Err(faults.report(ConfigError::new(
            key,
            "bearer beside an allow that asks for nobody's identity",
            "bearer with allow: authenticated or without allow; or allow alone",
        ))),
    }
}

fn matching(key: &str, raw: raw::Match, faults: &Faults) -> Part<Match> {
    let names_request = raw.hosts.is_some() || raw.paths.is_some() || raw.methods.is_some();
    if !names_request && raw.client_cidrs.is_none() {
        let accepted = "one of hosts, paths, methods and client_cidrs; no match at all for every request";
        return Err(faults.report(ConfigError::new(key, "an empty map", accepted)));
    }
    let hosts = optional(raw.hosts, |hosts| host_patterns(&format!("{key}.hosts"), hosts, faults));
    let paths = optional(raw.paths, |paths| each(&format!("{key}.paths"), paths, faults, path));
    let methods = optional(raw.methods, |methods| self::methods(&format!("{key}.methods"), methods, faults));
    let cidrs = optional(raw.client_cidrs, |it| each(&format!("{key}.client_cidrs"), it, faults, network));
    Ok(Match { hosts: hosts?, paths: paths?, methods: methods?, client_cidrs: cidrs? })
}

/// A network without bits of an address in it: whoever wrote some may have meant another one.
fn network(key: &str, text: &str) -> Result<IpNet> {
    let refuse = |accepted: &str| ConfigError::text(key, text, accepted);
    let usual = r#"a network such as "10.0.0.0/8" or "2001:db8::/32""#;
    if let Ok(address) = text.parse::<IpAddr>() {
        return Err(refuse(&format!("{usual}; here {}", quote(&IpNet::from(address).to_string()))));
    }
    let network: IpNet = text.parse().map_err(|_| refuse(usual))?;
    // `010` is ten for some and eight for others.
    if matches!(network, IpNet::V4(_)) && network.to_string() != text {
        return Err(refuse(usual));
    }
    if network.network().to_canonical() != network.network() {
        return Err(refuse("an IPv4 network as such, such as \"10.0.0.0/8\""));
    }
    if network != network.trunc() {
        return Err(refuse(&format!("{usual}; here {}", quote(&network.trunc().to_string()))));
    }
    Ok(network)
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

fn methods(key: &str, raw: List<String>, faults: &Faults) -> Part<Vec<String>> {
    let named = each(key, raw, faults, |key, text| {
        if METHODS.contains(&text) {
            return Ok(text.to_owned());
        }
        Err(ConfigError::text(key, text, r#"a method in upper case, such as "GET" or "POST""#))
    })?;
    let is_named = |method: &str| named.iter().any(|other| other == method);
    let is_meant = |method: &&&str| is_named(method) || (**method == "HEAD" && is_named("GET"));
    Ok(METHODS.iter().filter(is_meant).map(|method| (*method).to_owned()).collect())
}

fn access(
    key: &str,
    allow: Option<Given<raw::Allow>>,
    require: Option<Given<raw::Require>>,
    faults: &Faults,
) -> Part<Access> {
    let requirement = |raw| requirement(&format!("{key}.require"), raw, faults);
    let open = match optional(allow, Ok) {
        Ok(None | Some(raw::Allow::Authenticated)) => {
            return Ok(Access::Require(optional(require, requirement)?.unwrap_or_default()));
        }
        Err(reported) => return optional(require, requirement).and(Err(reported)),
        Ok(Some(raw::Allow::Public)) => Access::Public,
        Ok(Some(raw::Allow::Optional)) => Access::Optional,
        Ok(Some(raw::Allow::None)) => Access::Nobody,
    };
    match optional(require, Ok)? {
        None => Ok(open),
        Some(_) => Err(faults.report(ConfigError::new(
            format!("{key}.require"),
            "require beside an allow that asks for nobody's identity",
            "require with allow: authenticated or without allow; or allow alone",
        ))),
    }
}

fn requirement(key: &str, raw: raw::Require, faults: &Faults) -> Part<Require> {
    let asks_for_person =
        raw.groups.is_some() || raw.emails.is_some() || raw.email_domains.is_some() || raw.claims.is_some();
    if !asks_for_person && raw.acr.is_none() && raw.max_age.is_none() {
        let accepted = "one of groups, emails, email_domains, claims, acr and max_age; no require at all for whoever is signed in";
        return Err(faults.report(ConfigError::new(key, "an empty map", accepted)));
    }
    let groups = optional(raw.groups, |it| each(&format!("{key}.groups"), it, faults, group));
    let emails = optional(raw.emails, |it| each(&format!("{key}.emails"), it, faults, email));
    let domains =
        optional(raw.email_domains, |it| each(&format!("{key}.email_domains"), it, faults, email_domain));
    let claims = optional(raw.claims, |raw| claims::read(&format!("{key}.claims"), raw, faults));
    let authentication = authentication::read(key, raw.acr, raw.max_age, faults);
    let (emails, domains) = (emails?, domains?);
    let email = (emails.is_some() || domains.is_some())
        .then(|| RequireEmail { emails: emails.unwrap_or_default(), domains: domains.unwrap_or_default() });
    Ok(Require {
        groups: groups?,
        email,
        claims: claims?.unwrap_or_default(),
        authentication: authentication?,
    })
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

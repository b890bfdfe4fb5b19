//! `paths`: a prefix of which there is one spelling, and where `?rd=` may lead.

use super::cookie;
use super::redirect::redirect_uri;
use super::values::{Result, each_or_none, host, optional, or_default, part, url};
use crate::config::error::{ConfigError, quote};
use crate::config::faults::{Faults, Part};
use crate::config::grammar::proposed_path;
use crate::config::raw;
use crate::config::types::{
    AmbiguousPath, HostPattern, Paths, RedirectDomain, RedirectHost, RedirectPort, SignOut,
};
use crate::web::authority::parse_port;
use crate::web::host::Host;
use crate::web::path::NormalPath;
use crate::web::percent::is_unreserved;

const DEFAULT_PREFIX: &str = "/oauth2";

pub(super) fn paths(
    raw: raw::Paths,
    cookie: &cookie::Parts,
    hosts: Part<&Option<Vec<HostPattern>>>,
    faults: &Faults,
) -> Part<Paths> {
    let prefix = optional(raw.prefix, |given| faults.check(prefix(given)))
        .map(|prefix| prefix.unwrap_or_else(|| DEFAULT_PREFIX.to_owned()));
    let ambiguous = optional(raw.ambiguous, Ok);
    let redirect_uri =
        optional(raw.redirect_uri, |text| redirect_uri(&text, part(&prefix), cookie, hosts, faults));
    let post_logout = optional(raw.post_logout_redirect_uri, |text| {
        faults.check(url("paths.post_logout_redirect_uri", &text))
    });
    let sign_out = optional(raw.sign_out, Ok);
    let probe = |key: &str, given| {
        optional(given, |text| faults.check(probe(&format!("paths.{key}"), text, part(&prefix))))
    };
    let (ping, ready) = (probe("ping", raw.ping), probe("ready", raw.ready));
    if let (Ok(Some(ping)), Ok(Some(ready))) = (&ping, &ready)
        && ping == ready
    {
        faults.check(Err(ConfigError::text("paths.ready", ready, "another path than paths.ping")))?;
    }
    let domains = or_default(raw.allowed_redirect_domains).and_then(|domains| {
        each_or_none("paths.allowed_redirect_domains", domains, faults, |key, text| {
            redirect_domain(text).ok_or_else(|| refuse_redirect_domain(key, text))
        })
    });
    Ok(Paths {
        prefix: prefix?,
        ambiguous: match ambiguous? {
            None | Some(raw::Ambiguous::Refuse) => AmbiguousPath::Refuse,
            Some(raw::Ambiguous::Allow) => AmbiguousPath::Allow,
        },
        redirect_uri: redirect_uri?,
        post_logout_redirect_uri: post_logout?,
        sign_out: match sign_out? {
            None | Some(raw::SignOut::Provider) => SignOut::Provider,
            Some(raw::SignOut::Local) => SignOut::Local,
        },
        ping: ping?,
        ready: ready?,
        allowed_redirect_domains: domains?,
    })
}

fn prefix(prefix: String) -> Result<String> {
    let is_prefix = prefix != "/"
        && !prefix.ends_with('/')
        && prefix.bytes().all(|byte| byte == b'/' || is_unreserved(byte))
        && NormalPath::is_normal(&prefix);
    if is_prefix {
        return Ok(prefix);
    }
    let mut accepted =
        r#"a path such as "/oauth2": no "/" at its end, only letters, digits and "-._~/""#.to_owned();
    let normal = proposed_path(&prefix).unwrap_or_default();
    let proposal = normal.trim_end_matches('/');
    if !proposal.is_empty() && proposal.bytes().all(|byte| byte == b'/' || is_unreserved(byte)) {
        accepted = format!("{accepted}; here {}", quote(proposal));
    }
    Err(ConfigError::text("paths.prefix", &prefix, accepted))
}

/// A path that is answered to everybody: exact, and none of those below the prefix.
fn probe(key: &str, path: String, prefix: Part<&String>) -> Result<String> {
    let is_plain = path != "/"
        && path.bytes().all(|byte| byte == b'/' || is_unreserved(byte))
        && NormalPath::is_normal(&path);
    let is_below =
        |prefix: &String| path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('/'));
    if is_plain && !prefix.is_ok_and(is_below) {
        return Ok(path);
    }
    let accepted =
        r#"a path of its own such as "/ping", not below paths.prefix: only letters, digits and "-._~/""#;
    Err(ConfigError::text(key, &path, accepted))
}

/// oauth2-proxy's meaning of `whitelist_domains`.
fn redirect_domain(text: &str) -> Option<RedirectDomain> {
    let (name, port) = match text.rsplit_once(':') {
        // A colon before a bracket is a part of an IPv6 address.
        Some((name, port)) if !port.ends_with(']') => (name, redirect_port(port)?),
        _ => (text, RedirectPort::Absent),
    };
    let host = match name.strip_prefix("*.").or_else(|| name.strip_prefix('.')) {
        // The whole of a top-level domain is everybody; below `localhost` there is this machine only.
        Some(suffix) => Host::parse_domain(suffix)
            .map(Host::into_string)
            .or_else(|| host(suffix).filter(|suffix| suffix == "localhost"))
            .map(RedirectHost::Domain),
        None => host(name).map(RedirectHost::Exact),
    }?;
    Some(RedirectDomain { host, port })
}

fn redirect_port(text: &str) -> Option<RedirectPort> {
    if text == "*" {
        return Some(RedirectPort::Any);
    }
    parse_port(text.as_bytes()).map(RedirectPort::Exact)
}

fn refuse_redirect_domain(key: &str, text: &str) -> ConfigError {
    ConfigError::text(
        key,
        text,
        r#""app.example.com", "app.example.com:8443", "app.example.com:*", or ".example.com" for it and everything below it"#,
    )
}

//! `paths.redirect_uri`: one callback for several hosts, and what must be shared for that.

use super::cookie;
use super::values::{part, url};
use crate::config::error::{ConfigError, quote};
use crate::config::faults::{Faults, Part};
use crate::config::types::HostPattern;
use crate::web::host::{is_loopback, is_within, longest_domain, matches};
use crate::web::url::HttpUrl;

const KEY: &str = "paths.redirect_uri";

/// Of these sections every part may be at fault; then what depends on it is not checked.
pub(super) fn redirect_uri(
    text: &str,
    prefix: Part<&String>,
    cookie: &cookie::Parts,
    hosts: Part<&Option<Vec<HostPattern>>>,
    faults: &Faults,
) -> Part<HttpUrl> {
    let redirect_uri = faults.check(url(KEY, text))?;
    let refuse = |accepted: String| Err(faults.report(ConfigError::text(KEY, text, accepted)));
    if let Ok(prefix) = prefix {
        let callback = format!("{prefix}/callback");
        // The provider compares it as a text: it must not only come to the same path.
        let as_written =
            text.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
        if as_written != callback.strip_prefix('/') {
            return refuse(format!("a URL whose path is {}, without a query", quote(&callback)));
        }
    }
    let secure = cookie.secure?;
    if secure && redirect_uri.scheme() != "https" {
        let accepted = "an https URL; http is for loopback hosts, with session.cookie.secure: false";
        return refuse(accepted.to_owned());
    }
    if !secure && !is_loopback(redirect_uri.host()) {
        return refuse("a loopback host, for session.cookie.secure is false".to_owned());
    }
    match check_shared(redirect_uri.host(), part(&cookie.domains)?, hosts?.as_deref()) {
        Ok(()) => Ok(redirect_uri),
        Err(accepted) => refuse(accepted),
    }
}

/// The callback sets the session's cookie on its own host: all the other hosts must get it as well.
///
/// # Errors
/// What is accepted.
fn check_shared(
    host: &str,
    domains: &[String],
    hosts: Option<&[HostPattern]>,
) -> std::result::Result<(), String> {
    if hosts.is_some_and(|hosts| !hosts.iter().any(|pattern| matches(pattern, host))) {
        return Err("a host on which the filter acts: one of hosts".to_owned());
    }
    let is_alone = hosts.is_some_and(|hosts| {
        hosts.iter().all(|pattern| matches!(pattern, HostPattern::Exact(name) if name == host))
    });
    let domain = longest_domain(domains, host);
    match (domain, hosts) {
        _ if is_alone => Ok(()),
        // Whoever gives no hosts and no domain has one host behind this filter, or hears of it at the callback.
        (None, None) if domains.is_empty() => Ok(()),
        (None, _) => {
            Err("a host that one of session.cookie.domains covers, together with all of hosts".to_owned())
        }
        (Some(_), None) => Ok(()),
        (Some(domain), Some(hosts)) => match hosts.iter().find(|pattern| !shares(pattern, domain, domains)) {
            Some(pattern) => Err(format!(
                "a host that shares one of session.cookie.domains with all of hosts ({pattern} is not within {domain})"
            )),
            None => Ok(()),
        },
    }
}

/// Whether on every host of `pattern` the cookie is set for `domain`, and not for a longer one.
fn shares(pattern: &HostPattern, domain: &str, domains: &[String]) -> bool {
    match pattern {
        HostPattern::Exact(name) => longest_domain(domains, name) == Some(domain),
        HostPattern::Below(name) => {
            longest_domain(domains, name) == Some(domain)
                && !domains.iter().any(|other| other != domain && is_within(other, name))
        }
    }
}

//! `paths.redirect_uri`: one callback for several hosts, and what must be shared for that.

use super::{Result, url};
use crate::config::error::{ConfigError, quote};
use crate::config::types::{Cookie, HostPattern};
use crate::web::host::{is_loopback, is_within, longest_domain, matches};
use crate::web::url::HttpUrl;

const KEY: &str = "paths.redirect_uri";

pub(super) fn redirect_uri(
    text: &str,
    prefix: &str,
    cookie: &Cookie,
    hosts: Option<&[HostPattern]>,
) -> Result<HttpUrl> {
    let redirect_uri = url(KEY, text)?;
    let callback = format!("{prefix}/callback");
    // The provider compares it as a text: it must not only come to the same path.
    let as_written = text.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    if as_written != callback.strip_prefix('/') {
        let accepted = format!("a URL whose path is {}, without a query", quote(&callback));
        return Err(ConfigError::text(KEY, text, accepted));
    }
    if cookie.secure && redirect_uri.scheme() != "https" {
        let accepted = "an https URL; http is for loopback hosts, with session.cookie.secure: false";
        return Err(ConfigError::text(KEY, text, accepted));
    }
    if !cookie.secure && !is_loopback(redirect_uri.host()) {
        let accepted = "a loopback host, for session.cookie.secure is false";
        return Err(ConfigError::text(KEY, text, accepted));
    }
    check_shared(text, redirect_uri.host(), cookie, hosts)?;
    Ok(redirect_uri)
}

/// The callback sets the session's cookie on its own host: all the other hosts must get it as well.
fn check_shared(text: &str, host: &str, cookie: &Cookie, hosts: Option<&[HostPattern]>) -> Result<()> {
    let refuse = |accepted: String| Err(ConfigError::text(KEY, text, accepted));
    if hosts.is_some_and(|hosts| !hosts.iter().any(|pattern| matches(pattern, host))) {
        return refuse("a host on which the filter acts: one of hosts".to_owned());
    }
    let is_alone = hosts.is_some_and(|hosts| {
        hosts.iter().all(|pattern| matches!(pattern, HostPattern::Exact(name) if name == host))
    });
    let domain = longest_domain(&cookie.domains, host);
    match (domain, hosts) {
        _ if is_alone => Ok(()),
        // Whoever gives no hosts and no domain has one host behind this filter, or hears of it at the callback.
        (None, None) if cookie.domains.is_empty() => Ok(()),
        (None, _) => {
            refuse("a host that one of session.cookie.domains covers, together with all of hosts".to_owned())
        }
        (Some(_), None) => Ok(()),
        (Some(domain), Some(hosts)) => {
            match hosts.iter().find(|pattern| !shares(pattern, domain, &cookie.domains)) {
                Some(pattern) => refuse(format!(
                    "a host that shares one of session.cookie.domains with all of hosts ({pattern} is not within {domain})"
                )),
                None => Ok(()),
            }
        }
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

//! `provider`: an issuer that can be compared byte by byte, and clusters by hosts as URLs have them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::values::{Result, entry_key, host, optional, or_default, url};
use crate::config::error::ConfigError;
use crate::config::faults::{Faults, Part};
use crate::config::grammar::{self, is_plain};
use crate::config::raw;
use crate::config::read::{Given, Map};
use crate::config::types::{EndpointOverrides, Issuer, Provider};
use crate::web::time::parse_duration;
use crate::web::url::HttpUrl;

/// What rules call the one that signs people in.
pub(super) const FIRST: &str = "provider";

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// A browser and Envoy's own route wait no longer either.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) fn provider(raw: raw::Provider, faults: &Faults) -> Part<Provider> {
    let issuer = raw.issuer.0.and_then(|text| faults.check(issuer("provider.issuer", &text)));
    let cluster = optional(raw.cluster, |name| faults.check(cluster("provider.cluster", name)));
    let clusters = or_default(raw.clusters).and_then(|raw| clusters("provider.clusters", raw, faults));
    let timeout = optional(raw.timeout, |text| faults.check(timeout("provider.timeout", &text)));

    let endpoint = |name: &str, given: Option<Given<String>>| {
        optional(given, |text| faults.check(url(&format!("provider.{name}"), &text)))
    };
    let authorization = endpoint("authorization_endpoint", raw.authorization_endpoint);
    let token = endpoint("token_endpoint", raw.token_endpoint);
    let jwks_uri = endpoint("jwks_uri", raw.jwks_uri);
    let userinfo = endpoint("userinfo_endpoint", raw.userinfo_endpoint);
    let end_session = endpoint("end_session_endpoint", raw.end_session_endpoint);
    let pushed = endpoint("pushed_authorization_request_endpoint", raw.pushed_authorization_request_endpoint);
    let revocation = endpoint("revocation_endpoint", raw.revocation_endpoint);

    Ok(Provider {
        issuer: issuer?,
        cluster: cluster?,
        clusters: clusters?,
        timeout: timeout?.unwrap_or(DEFAULT_TIMEOUT),
        endpoints: EndpointOverrides {
            authorization_endpoint: authorization?,
            token_endpoint: token?,
            jwks_uri: jwks_uri?,
            userinfo_endpoint: userinfo?,
            end_session_endpoint: end_session?,
            pushed_authorization_request_endpoint: pushed?,
            revocation_endpoint: revocation?,
        },
    })
}

/// `providers`: each with a name and an issuer of its own.
pub(super) fn issuers(raw: Map<raw::Issuer>, first: Part<&Provider>, faults: &Faults) -> Part<Vec<Issuer>> {
    let mut issuers: Part<Vec<Issuer>> = Ok(Vec::new());
    for (name, given) in raw {
        let key = entry_key("providers", &name);
        let read = given.0.and_then(|raw| further(&key, raw, faults));
        if name == FIRST {
            let accepted = r#"another name: "provider" is the one that signs people in"#;
            issuers = Err(faults.report(ConfigError::text("providers", &name, accepted)));
        }
        issuers = issuers.and_then(|mut issuers| {
            let provider = read?;
            let others = issuers.iter().map(|other| &other.provider).chain([first?]);
            if others.into_iter().any(|other| other.issuer.as_str() == provider.issuer.as_str()) {
                let accepted = "each issuer once, `provider` included";
                return Err(faults.report(ConfigError::text(
                    format!("{key}.issuer"),
                    provider.issuer.as_str(),
                    accepted,
                )));
            }
            issuers.push(Issuer { name, provider });
            Ok(issuers)
        });
    }
    issuers
}

fn further(key: &str, raw: raw::Issuer, faults: &Faults) -> Part<Provider> {
    let at = |name: &str| format!("{key}.{name}");
    let issuer = raw.issuer.0.and_then(|text| faults.check(issuer(&at("issuer"), &text)));
    let cluster = optional(raw.cluster, |name| faults.check(cluster(&at("cluster"), name)));
    let clusters = or_default(raw.clusters).and_then(|raw| clusters(&at("clusters"), raw, faults));
    let timeout = optional(raw.timeout, |text| faults.check(timeout(&at("timeout"), &text)));
    let jwks_uri = optional(raw.jwks_uri, |text| faults.check(url(&at("jwks_uri"), &text)));
    Ok(Provider {
        issuer: issuer?,
        cluster: cluster?,
        clusters: clusters?,
        timeout: timeout?.unwrap_or(DEFAULT_TIMEOUT),
        endpoints: EndpointOverrides { jwks_uri: jwks_uri?, ..EndpointOverrides::default() },
    })
}

/// OIDC Discovery §3: no query and no fragment.
fn issuer(key: &str, text: &str) -> Result<HttpUrl> {
    let issuer = url(key, text)?;
    if issuer.path_and_query().contains('?') {
        return Err(ConfigError::text(key, text, "a URL without a query"));
    }
    Ok(issuer)
}

fn cluster(key: &str, name: String) -> Result<String> {
    if is_plain(&name) && name.is_ascii() {
        return Ok(name);
    }
    Err(ConfigError::text(
        key,
        &name,
        r#"the name of an Envoy cluster, such as "outbound|443||acme.okta.com""#,
    ))
}

fn clusters(key: &str, raw: Map<String>, faults: &Faults) -> Part<BTreeMap<String, String>> {
    let mut clusters = Ok(BTreeMap::new());
    for (given, name) in raw {
        let key = entry_key(key, &given);
        let host = host(&given).ok_or_else(|| ConfigError::text(&key, &given, grammar::HOST));
        let (host, name) = (faults.check(host), name.0.and_then(|name| faults.check(cluster(&key, name))));
        clusters = clusters.and_then(|mut clusters| {
            if clusters.insert(host?, name?).is_some() {
                let repeated = ConfigError::text(&key, &given, "each host once; case does not count");
                return Err(faults.report(repeated));
            }
            Ok(clusters)
        });
    }
    clusters
}

fn timeout(key: &str, raw::DurationText(text): &raw::DurationText) -> Result<Duration> {
    parse_duration(text)
        .filter(|timeout| !timeout.is_zero() && *timeout <= LONGEST_TIMEOUT)
        .ok_or_else(|| ConfigError::text(key, text, r#"a duration from "1s" to "60s""#))
}

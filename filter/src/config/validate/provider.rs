//! `provider`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Result, entry_key, host, url};
use crate::config::error::ConfigError;
use crate::config::grammar::{self, is_plain};
use crate::config::raw;
use crate::config::types::{EndpointOverrides, Provider};
use crate::web::time::parse_duration;
use crate::web::url::HttpUrl;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// A browser and Envoy's own route wait no longer either.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) fn provider(raw: raw::Provider) -> Result<Provider> {
    Ok(Provider {
        issuer: issuer(&raw.issuer)?,
        cluster: raw.cluster.map(|name| cluster("provider.cluster", name)).transpose()?,
        clusters: clusters(raw.clusters.unwrap_or_default())?,
        timeout: timeout(raw.timeout)?,
        endpoints: EndpointOverrides {
            authorization_endpoint: endpoint("authorization_endpoint", raw.authorization_endpoint)?,
            token_endpoint: endpoint("token_endpoint", raw.token_endpoint)?,
            jwks_uri: endpoint("jwks_uri", raw.jwks_uri)?,
            userinfo_endpoint: endpoint("userinfo_endpoint", raw.userinfo_endpoint)?,
            end_session_endpoint: endpoint("end_session_endpoint", raw.end_session_endpoint)?,
            pushed_authorization_request_endpoint: endpoint(
                "pushed_authorization_request_endpoint",
                raw.pushed_authorization_request_endpoint,
            )?,
            revocation_endpoint: endpoint("revocation_endpoint", raw.revocation_endpoint)?,
        },
    })
}

/// OIDC Discovery §3: no query and no fragment.
fn issuer(text: &str) -> Result<HttpUrl> {
    let key = "provider.issuer";
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

fn clusters(raw: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let mut clusters = BTreeMap::new();
    for (given, name) in raw {
        let key = entry_key("provider.clusters", &given);
        let host = host(&given).ok_or_else(|| ConfigError::text(&key, &given, grammar::HOST))?;
        let name = cluster(&key, name)?;
        if clusters.insert(host, name).is_some() {
            return Err(ConfigError::text(key, &given, "each host once; case does not count"));
        }
    }
    Ok(clusters)
}

fn timeout(raw: Option<raw::DurationText>) -> Result<Duration> {
    let Some(raw::DurationText(text)) = raw else { return Ok(DEFAULT_TIMEOUT) };
    parse_duration(&text)
        .filter(|timeout| !timeout.is_zero() && *timeout <= LONGEST_TIMEOUT)
        .ok_or_else(|| ConfigError::text("provider.timeout", &text, r#"a duration from "1s" to "60s""#))
}

fn endpoint(name: &str, raw: Option<String>) -> Result<Option<HttpUrl>> {
    raw.map(|text| url(&format!("provider.{name}"), &text)).transpose()
}

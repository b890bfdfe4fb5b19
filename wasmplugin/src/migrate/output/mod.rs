//! What is written: one file for each kind of thing that runs the filter.

mod envoy;
mod envoy_gateway;
mod istio;

use std::fmt::Write as _;

use super::found::Found;
use super::kind::Kind;
use super::plan::{Endpoint, Plan, Plugin};
use super::tree::Map;

/// A file and what is in it.
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

/// What Envoy must have in its environment.
const SECRETS: [&str; 2] = ["OIDC_CLIENT_SECRET", "COOKIE_SECRET"];

const NO_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Puts into the report what this kind needs to know beyond the setup of oauth2-proxy.
///
/// # Errors
/// What would stand open, or not fit together, outside Istio.
pub(crate) fn prepare(plan: &mut Plan, found: &Found, kind: Kind) -> Result<(), String> {
    match kind {
        Kind::WasmPlugin | Kind::TrafficExtension => return Ok(()),
        Kind::EnvoyExtensionPolicy => envoy_gateway::prepare(plan)?,
        Kind::Envoy => envoy::prepare(plan),
    }
    enforced_by_istio(found)?;
    told_apart(&plan.endpoints)
}

/// What Istio goes on to enforce beside the filter, nobody does there.
fn enforced_by_istio(found: &Found) -> Result<(), String> {
    match found.enforced.first() {
        None => Ok(()),
        Some(policy) => Err(format!(
            "{policy} is enforced by Istio, and by nobody there: write what it says into access by hand, and give migrate the files \
             without it"
        )),
    }
}

/// Each host of the provider has one cluster, with a name of its own.
fn told_apart(endpoints: &[Endpoint]) -> Result<(), String> {
    for (place, one) in endpoints.iter().enumerate() {
        if let Some(other) =
            endpoints[..place].iter().find(|other| name_of(&other.host) == name_of(&one.host))
        {
            return Err(format!(
                "the provider has endpoints at {}:{} and {}:{}, whose clusters would have one name: take Istio's kind, and write \
                 provider.clusters by hand",
                other.host, other.port, one.host, one.port
            ));
        }
    }
    Ok(())
}

pub(crate) fn files(plan: &Plan, kind: Kind) -> Vec<File> {
    match kind {
        Kind::WasmPlugin => istio::files(plan, istio::Kind::WasmPlugin),
        Kind::TrafficExtension => istio::files(plan, istio::Kind::TrafficExtension),
        Kind::EnvoyExtensionPolicy => envoy_gateway::files(plan),
        Kind::Envoy => envoy::files(plan),
    }
}

/// All of them as one text of resources; the patch, which is none, as a comment.
pub(crate) fn in_one(files: &[File]) -> String {
    let mut text = String::new();
    for file in files {
        if file.name == "environment.yaml" {
            text.push_str("---\n");
            for line in file.text.lines() {
                let _ = writeln!(text, "# {line}");
            }
        } else {
            let between = if text.is_empty() { "" } else { "---\n" };
            let _ = write!(text, "{between}{}", file.text);
        }
    }
    text
}

/// The configuration with an Envoy cluster for each host of the provider: only Istio names its clusters as the filter expects.
fn with_clusters(plan: &Plan, plugin: &Plugin, cluster: impl Fn(&Endpoint) -> String) -> Map {
    let mut config = plan.config_of(plugin);
    let mut clusters = Map::default();
    plan.endpoints.iter().for_each(|endpoint| clusters.set(&endpoint.host, cluster(endpoint), None));
    if let Some(provider) = config.get_mut("provider") {
        provider.section("clusters", clusters);
    }
    config
}

/// A name for what leads to `host`.
fn name_of(host: &str) -> String {
    let name: String = host
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    format!("vestibule-{}", name.trim_matches('-'))
}

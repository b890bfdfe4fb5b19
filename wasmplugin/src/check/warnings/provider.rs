//! How the proxy reaches the provider, and whose certificate counts.

use vestibule::config::{Config, Provider};

use super::{Context, Diagnostic, Severity, texts};
use crate::documents::Kind;
use crate::yaml::Node;

pub(super) fn look(context: &Context<'_>, config: &Config, diagnostics: &mut Vec<Diagnostic>) {
    placeholder(context, config, diagnostics);
    if !matches!(context.plugin.kind, Kind::WasmPlugin | Kind::TrafficExtension) {
        return;
    }
    // Where nothing of the mesh is given, nothing is missing.
    if context.resources("ServiceEntry").next().is_none()
        && context.resources("DestinationRule").next().is_none()
    {
        return;
    }
    let further =
        config.issuers.iter().map(|issuer| (format!("providers.{}.issuer", issuer.name), &issuer.provider));
    for (key, provider) in std::iter::once(("provider.issuer".to_owned(), &config.provider)).chain(further) {
        reach(context, &key, provider, diagnostics);
    }
}

fn reach(context: &Context<'_>, key: &str, provider: &Provider, diagnostics: &mut Vec<Diagnostic>) {
    let host = provider.issuer.host();
    let has_cluster = provider.cluster.is_some() || provider.clusters.contains_key(host);
    if has_cluster || provider.issuer.scheme() != "https" {
        return;
    }
    let names = |resource: &Node| {
        texts(resource.find(&["spec", "hosts"])).any(|other| other.eq_ignore_ascii_case(host))
    };
    if !context.resources("ServiceEntry").any(names) {
        let says =
            format!("no ServiceEntry of these files has {host}, so the proxy cannot reach the provider");
        let help = "add a ServiceEntry, and a DestinationRule with tls (manifests/istio.yaml has both)";
        diagnostics.push(context.at_key(Severity::Warning, "provider_not_reachable", key, says, help));
        return;
    }
    let is_for_it = |resource: &&Node| resource.find(&["spec", "host"]).and_then(Node::text) == Some(host);
    match context.resources("DestinationRule").find(is_for_it) {
        None => {
            let says = format!(
                "no DestinationRule of these files is for {host}: without one the proxy speaks plain HTTP to it"
            );
            diagnostics.push(context.at_key(
                Severity::Warning,
                "provider_without_tls",
                key,
                says,
                "add one with tls: {mode: SIMPLE, ...}",
            ));
        }
        Some(rule) => {
            let tls = rule.find(&["spec", "trafficPolicy", "tls"]);
            let has_names = tls.is_some_and(|tls| texts(tls.get("subjectAltNames")).next().is_some());
            if !has_names {
                let says = format!(
                    "the DestinationRule for {host} has no subjectAltNames, so the name in the certificate may not be checked"
                );
                diagnostics.push(context.at_key(
                    Severity::Warning,
                    "certificate_not_checked",
                    key,
                    says,
                    "tls: {subjectAltNames: [the host]}, beside sni",
                ));
            }
        }
    }
}

/// What a migration or a person left open.
fn placeholder(context: &Context<'_>, config: &Config, diagnostics: &mut Vec<Diagnostic>) {
    let id = &config.client.id;
    let is_left = ["secret/", "envFrom ", "${", "{{", "<"].iter().any(|begin| id.starts_with(begin))
        || id.contains(' ');
    if is_left {
        let says = format!("{id:?} is no client ID of a provider, it seems");
        diagnostics.push(context.at_key(
            Severity::Warning,
            "placeholder",
            "client.id",
            says,
            "put in the client ID as the provider has it",
        ));
    }
}

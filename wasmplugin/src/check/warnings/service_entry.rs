//! A provider that Istio has no cluster for.

use vestibule::config::{HttpUrl, Provider};
use vestibule::oidc::ProviderMetadata;

use super::{Subject, istio_cluster};
use crate::check::diagnostic::{Diagnostic, Severity};
use crate::documents::{Documents, Plugin};
use crate::yaml::Node;

const NETWORKING: &str = "networking.istio.io";

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (key, provider) in subject.providers() {
        let own = &provider.endpoints;
        let named = [
            ("token_endpoint", &own.token_endpoint),
            ("jwks_uri", &own.jwks_uri),
            ("userinfo_endpoint", &own.userinfo_endpoint),
            ("pushed_authorization_request_endpoint", &own.pushed_authorization_request_endpoint),
            ("revocation_endpoint", &own.revocation_endpoint),
        ];
        let section = key.trim_end_matches("issuer");
        let named =
            named.into_iter().filter_map(|(name, url)| Some((format!("{section}{name}"), url.as_ref()?)));
        let all = [(key.clone(), &provider.issuer)].into_iter().chain(named);
        found.extend(missing(subject.plugin, provider, subject.documents, all));
    }
    found
}

/// The same for the endpoints that a provider's metadata name.
pub(in crate::check) fn of_metadata(
    plugin: &Plugin,
    provider: &Provider,
    metadata: &ProviderMetadata,
    documents: &Documents,
) -> Vec<Diagnostic> {
    let always = [&metadata.token_endpoint, &metadata.jwks_uri];
    let perhaps = [
        &metadata.userinfo_endpoint,
        &metadata.pushed_authorization_request_endpoint,
        &metadata.revocation_endpoint,
    ];
    let called = always.into_iter().chain(perhaps.into_iter().flatten());
    // What is on the issuer's host has been said.
    let elsewhere = called.filter(|url| url.host() != provider.issuer.host());
    missing(plugin, provider, documents, elsewhere.map(|url| ("provider.issuer".to_owned(), url)))
}

/// A warning for each host that no ServiceEntry has, once.
fn missing<'u>(
    plugin: &Plugin,
    provider: &Provider,
    documents: &Documents,
    called: impl Iterator<Item = (String, &'u HttpUrl)>,
) -> Vec<Diagnostic> {
    let istio = || documents.resources.iter().filter(|resource| resource.group() == NETWORKING);
    // Files without any such resource say nothing about what the cluster has.
    if istio().next().is_none() {
        return vec![];
    }
    let entries = istio().filter(|resource| resource.kind() == "ServiceEntry");
    let hosts = entries.filter_map(|entry| entry.node.find(&["spec", "hosts"])).flat_map(Node::items);
    let mut known: Vec<String> = hosts.filter_map(|host| host.text().map(str::to_owned)).collect();
    let mut found = Vec::new();
    for (key, url) in called {
        let cluster = provider.cluster_for(url);
        let Some((_, host)) = istio_cluster(&cluster) else { continue };
        // A service of the cluster needs none.
        if host.ends_with(".svc.cluster.local") || known.iter().any(|known| known == host) {
            continue;
        }
        known.push(host.to_owned());
        found.push(Diagnostic::of_key(
            plugin,
            (Severity::Warning, "no-service-entry"),
            key,
            format!(
                "no ServiceEntry in these files has the host {host}: without one the proxy has no cluster {cluster}, and \
                 nobody can sign in"
            ),
            format!("a ServiceEntry with hosts: [{host}] and port {}, in the namespace of the plugin", url.port()),
        ));
    }
    found
}

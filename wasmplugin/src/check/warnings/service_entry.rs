//! A provider that Istio has no cluster for.

use super::{Subject, istio_cluster};
use crate::check::diagnostic::Diagnostic;
use crate::yaml::Node;

const NETWORKING: &str = "networking.istio.io";

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    // Files without any such resource say nothing about what the cluster has.
    if !subject.documents.resources.iter().any(|resource| resource.group() == NETWORKING) {
        return vec![];
    }
    let entries = subject.resources(NETWORKING, &["ServiceEntry"]);
    let is_known = |host: &str| {
        let hosts = entries.iter().filter_map(|entry| entry.node.find(&["spec", "hosts"]));
        hosts.flat_map(Node::items).any(|known| known.text() == Some(host))
    };
    let mut found = Vec::new();
    for (key, provider) in subject.providers() {
        let cluster = provider.cluster_for(&provider.issuer);
        let Some((_, host)) = istio_cluster(&cluster) else { continue };
        // A service of the cluster needs none.
        if is_known(host) || host.ends_with(".svc.cluster.local") {
            continue;
        }
        found.push(subject.warning(
            key,
            "no-service-entry",
            format!("no ServiceEntry in these files has the host {host}: without one the proxy has no cluster {cluster}, and nobody can sign in"),
            format!("a ServiceEntry with hosts: [{host}] and a port 443 of protocol HTTPS, in the namespace of the plugin"),
        ));
    }
    found
}

//! A DestinationRule for a provider that does not make Envoy check whose certificate it is.

use super::{Subject, istio_cluster};
use crate::check::diagnostic::Diagnostic;
use crate::documents::Resource;
use crate::yaml::Node;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let rules = subject.resources("networking.istio.io", &["DestinationRule"]);
    let mut found = Vec::new();
    for (_, provider) in subject.providers() {
        let cluster = provider.cluster_for(&provider.issuer);
        let Some((subset, host)) = istio_cluster(&cluster) else { continue };
        let is_for_it =
            |rule: &&&Resource| rule.node.find(&["spec", "host"]).and_then(Node::text) == Some(host);
        let own = rules.iter().filter(is_for_it);
        found.extend(own.filter_map(|rule| of_rule(subject, rule, subset, host, provider.issuer.scheme())));
    }
    found
}

fn of_rule(
    subject: &Subject<'_>,
    rule: &Resource,
    subset: &str,
    host: &str,
    scheme: &str,
) -> Option<Diagnostic> {
    let spec = rule.node.get("spec")?;
    let whole = spec.get("trafficPolicy");
    let subsets = spec.get("subsets").map(Node::items).unwrap_or_default();
    let named = subsets.iter().find(|it| it.get("name").and_then(Node::text) == Some(subset));
    // A subset that says nothing of TLS has what the rule says for all.
    let tls = |policy: Option<&Node>| -> Option<Node> {
        let policy = policy?;
        let of_port = policy.get("portLevelSettings").map(Node::items).unwrap_or_default();
        of_port.iter().find_map(|port| port.get("tls")).or_else(|| policy.get("tls")).cloned()
    };
    let tls = tls(named.and_then(|subset| subset.get("trafficPolicy"))).or_else(|| tls(whole));
    let say = |place, code, found: String, advice: String| {
        Some(Diagnostic { file: rule.file, ..super::warning(subject.plugin, place, code, found, advice) })
    };
    let Some(tls) = tls.filter(|tls| tls.get("mode").and_then(Node::text) != Some("DISABLE")) else {
        let place = spec.get("host").map_or(rule.node.place, |host| host.place);
        if scheme != "https" {
            return None;
        }
        return say(
            place,
            "no-tls",
            format!(
                "this DestinationRule opens no TLS to {host}: the filter's calls would go there in clear"
            ),
            format!("tls: {{mode: SIMPLE, caCertificates: system, sni: {host}, subjectAltNames: [{host}]}}"),
        );
    };
    let names = tls.get("subjectAltNames").map(Node::items).unwrap_or_default();
    if !names.is_empty() {
        return None;
    }
    let place = tls.get("sni").or_else(|| tls.get("mode")).map_or(tls.place, |it| it.place);
    say(
        place,
        "certificate-name",
        format!("no subjectAltNames: any certificate that the CAs trust would do for {host}"),
        format!("subjectAltNames: [{host}] beside sni"),
    )
}

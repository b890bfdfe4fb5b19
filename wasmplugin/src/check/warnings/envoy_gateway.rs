//! Doors that stand open in Envoy Gateway, as far as the files show them.

use super::{Subject, warning};
use crate::check::diagnostic::{Diagnostic, Severity};
use crate::documents::{Kind, Plugin, Resource};
use crate::yaml::Node;

const GROUP: &str = "gateway.envoyproxy.io";

pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    if subject.plugin.kind != Kind::EnvoyExtensionPolicy {
        return vec![];
    }
    let mut found = replaced(subject);
    found.extend(no_reload(subject));
    found
}

/// A policy that is nearer to a route replaces that of the Gateway there, whatever it holds: the route is open.
fn replaced(subject: &Subject<'_>) -> Vec<Diagnostic> {
    if nearness(subject.plugin.spec.as_ref()) != Some(Nearness::Gateway) {
        return vec![];
    }
    let policies = subject.resources(GROUP, &["EnvoyExtensionPolicy"]);
    let nearer = policies.into_iter().filter(|policy| {
        nearness(policy.node.get("spec")) == Some(Nearness::Nearer) && !is_ours(subject, policy)
    });
    let warn = |policy: &Resource| {
        let name = policy.node.find(&["metadata", "name"]).and_then(Node::text).unwrap_or_default();
        warning(
            subject.plugin,
            subject.plugin.place,
            "route-open",
            format!(
                "EnvoyExtensionPolicy {name} is nearer to a route, and replaces this one there: the filter is not asked"
            ),
            "the filter in that policy as well, before what else it holds",
        )
    };
    nearer.map(warn).collect()
}

/// Whether the filter is one of the modules of that policy.
fn is_ours(subject: &Subject<'_>, policy: &Resource) -> bool {
    let name = policy.node.find(&["metadata", "name"]).and_then(Node::text);
    let named =
        |plugin: &Plugin| plugin.kind == Kind::EnvoyExtensionPolicy && Some(policy_of(plugin)) == name;
    subject.documents.plugins.iter().any(named)
}

/// A VM that died is never loaded again without a patch: 503 until Envoy starts anew.
fn no_reload(subject: &Subject<'_>) -> Option<Diagnostic> {
    let patches = subject.resources(GROUP, &["EnvoyPatchPolicy"]);
    let own = policy_of(subject.plugin);
    // The patch finds the filter by a name in which that of the policy is.
    let names_it = |text: &str| text.contains(&format!("/{own}/wasm/"));
    let reloads = patches.iter().map(|patch| patch.node.json().to_string());
    let reloads = reloads.filter(|text| text.contains("FAIL_RELOAD")).any(|text| names_it(&text));
    let note = || {
        let found = "no EnvoyPatchPolicy in these files has FAIL_RELOAD for this policy: a filter that failed then answers 503 until Envoy starts anew";
        let advice = "the patch of wasmplugin/envoy-gateway, for each listener";
        Diagnostic {
            severity: Severity::Note,
            ..warning(subject.plugin, subject.plugin.place, "no-reload", found, advice)
        }
    };
    (!reloads).then(note)
}

/// Of `EnvoyExtensionPolicy shop/vestibule, module` the name `vestibule`.
fn policy_of(plugin: &Plugin) -> &str {
    let resource = plugin.name.split(',').next().unwrap_or_default();
    resource.rsplit([' ', '/']).next().unwrap_or_default()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nearness {
    /// A whole Gateway.
    Gateway,
    /// A route, a rule of one, or one listener.
    Nearer,
}

/// Of what a policy is for; `None`: nothing is said.
fn nearness(spec: Option<&Node>) -> Option<Nearness> {
    let spec = spec?;
    let lists = ["targetRefs", "targetSelectors"].iter().filter_map(|key| spec.get(key));
    let all = lists.flat_map(Node::items).chain(spec.get("targetRef"));
    let of_one = |target: &Node| {
        let is_whole =
            target.get("kind").and_then(Node::text) == Some("Gateway") && target.get("sectionName").is_none();
        if is_whole { Nearness::Gateway } else { Nearness::Nearer }
    };
    let all: Vec<_> = all.map(of_one).collect();
    if all.contains(&Nearness::Nearer) { Some(Nearness::Nearer) } else { all.first().copied() }
}

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

/// A policy at a route that has a module of its own replaces that of the Gateway: the route is open.
fn replaced(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let is_at = |spec: Option<&Node>, kind: &str| targets(spec).iter().any(|target| target == kind);
    if !is_at(subject.plugin.spec.as_ref(), "Gateway") {
        return vec![];
    }
    let policies = subject.resources(GROUP, &["EnvoyExtensionPolicy"]);
    let of_a_route = policies.into_iter().filter(|policy| {
        let spec = policy.node.get("spec");
        let has_module = spec.and_then(|spec| spec.get("wasm")).is_some_and(|wasm| !wasm.items().is_empty());
        has_module && (is_at(spec, "HTTPRoute") || is_at(spec, "GRPCRoute")) && !is_ours(subject, policy)
    });
    let warn = |policy: &Resource| {
        let name = policy.node.find(&["metadata", "name"]).and_then(Node::text).unwrap_or_default();
        warning(
            subject.plugin,
            subject.plugin.place,
            "route-open",
            format!(
                "EnvoyExtensionPolicy {name} is at a route, and replaces this one there: the filter is not asked for that route"
            ),
            "put the filter into that policy as well, before its own module",
        )
    };
    of_a_route.map(warn).collect()
}

/// Whether the filter is one of the modules of that policy.
fn is_ours(subject: &Subject<'_>, policy: &Resource) -> bool {
    let name = policy.node.find(&["metadata", "name"]).and_then(Node::text);
    let named = |plugin: &Plugin| {
        let own = plugin.name.split(',').next().and_then(|name| name.rsplit([' ', '/']).next());
        plugin.kind == Kind::EnvoyExtensionPolicy && own == name
    };
    subject.documents.plugins.iter().any(named)
}

/// A VM that died is never loaded again without a patch: 503 until Envoy starts anew.
fn no_reload(subject: &Subject<'_>) -> Option<Diagnostic> {
    let patches = subject.resources(GROUP, &["EnvoyPatchPolicy"]);
    let reloads = patches.iter().any(|patch| patch.node.json().to_string().contains("FAIL_RELOAD"));
    let note = || {
        let found = "no EnvoyPatchPolicy in these files has FAIL_RELOAD: a filter that failed then answers 503 until Envoy starts anew";
        let advice = "the patch of wasmplugin/envoy-gateway, for each listener";
        Diagnostic {
            severity: Severity::Note,
            ..warning(subject.plugin, subject.plugin.place, "no-reload", found, advice)
        }
    };
    (!reloads).then(note)
}

/// The kinds of what a policy is for.
fn targets(spec: Option<&Node>) -> Vec<String> {
    let Some(spec) = spec else { return vec![] };
    let lists = ["targetRefs", "targetSelectors"].iter().filter_map(|key| spec.get(key));
    let all = lists.flat_map(Node::items).chain(spec.get("targetRef"));
    all.filter_map(|target| Some(target.get("kind")?.text()?.to_owned())).collect()
}

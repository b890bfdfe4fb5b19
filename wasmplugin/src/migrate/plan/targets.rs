//! Where the filter runs, and for which hosts.

use super::{Draft, Mode, paths};
use crate::migrate::found::{Policy, Target};
use crate::migrate::tree::{Map, Tree};

/// One resource: the same configuration for one set of workloads.
#[derive(Clone, Debug)]
pub(crate) struct Plugin {
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// `selector` or `targetRefs`, with the place that they are from.
    pub(crate) workloads: Map,
}

/// The hosts on which the filter acts, each with the place that it is from; none: all of them.
pub(super) fn hosts(draft: &mut Draft<'_>) -> Vec<(String, String)> {
    let mut hosts: Vec<(String, String)> = Vec::new();
    let mut add = |host: &str, from: String| {
        let host = without_port(host);
        if !host.is_empty() && host != "*" && !hosts.iter().any(|(other, _)| *other == host) {
            hosts.push((host, from));
        }
    };
    let policies = &draft.found.policies;
    // One that names no host asks on all of them.
    let is_for_all = policies
        .iter()
        .any(|policy| policy.hosts.is_empty() || policy.hosts.iter().any(|(host, _)| host == "*"));
    let has_several = policies.len() > 1;
    if !is_for_all || has_several {
        policies.iter().flat_map(|policy| &policy.hosts).for_each(|(host, at)| add(host, at.to_string()));
    }
    if draft.mode == Mode::InTheWay {
        draft.found.routed_hosts.iter().for_each(|(host, at)| add(host, at.to_string()));
    }
    let redirect = draft.options.get("redirect-url").zip(paths::redirect_host(draft));
    if let Some((setting, host)) = redirect
        && (draft.mode == Mode::InTheWay || !hosts.is_empty())
    {
        let host = without_port(&host);
        if !hosts.iter().any(|(other, _)| *other == host) {
            hosts.push((host, setting.at.to_string()));
        }
    }
    for (host, from) in &hosts {
        draft.report.carried(format!("host {host} ({from})"), "hosts");
    }
    if hosts.is_empty() {
        draft.report.changed("hosts", "the files name none, so the filter asks on every host of the workloads. Name yours in hosts where others must stay open");
    } else {
        draft.report.changed("hosts", "the filter acts on the hosts that are named, and lets requests for every other one through unasked: look whether these are all");
    }
    hosts
}

fn without_port(host: &str) -> String {
    // A placeholder may hold a colon of its own.
    match host.rsplit_once(':') {
        Some((name, port))
            if !name.ends_with('{')
                && (port == "*"
                    || port.starts_with("${")
                    || port.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            name.to_owned()
        }
        _ => host.to_owned(),
    }
}

pub(super) fn plugins(draft: &mut Draft<'_>) -> Vec<Plugin> {
    let mut plugins: Vec<Plugin> = Vec::new();
    for policy in &draft.found.policies {
        let plugin = of_policy(policy, plugins.is_empty());
        let same = |other: &Plugin| {
            other.namespace == plugin.namespace && other.workloads.json() == plugin.workloads.json()
        };
        if !plugins.iter().any(same) {
            plugins.push(plugin);
        }
        draft.report.changed(
            format!("{} ({})", policy.name, policy.at),
            "delete it when the filter runs: until then Istio asks oauth2-proxy first",
        );
        for (condition, at) in &policy.conditions {
            draft.report.changed(format!("{condition} ({at})"), of_condition(condition));
        }
    }
    if plugins.is_empty() {
        let workloads = selector(
            &[("istio".to_owned(), "ingressgateway".to_owned())],
            "not in the files: the labels of your gateway's pods, or of one application's",
        );
        plugins.push(Plugin {
            name: "vestibule".to_owned(),
            namespace: "istio-system".to_owned(),
            workloads,
        });
        draft.report.changed("selector", "the files do not say which proxies asked oauth2-proxy: the plugin is for pods with istio: ingressgateway in istio-system. Change it where yours are others");
    }
    plugins
}

fn of_policy(policy: &Policy, is_first: bool) -> Plugin {
    let own_name = policy.name.split(' ').next_back().unwrap_or_default();
    let workloads = if policy.targets.is_empty() {
        let labels = &policy.labels;
        if labels.is_empty() { Map::default() } else { selector(labels, &policy.at.to_string()) }
    } else {
        targets(&policy.targets, &policy.at.to_string())
    };
    Plugin {
        name: if is_first { "vestibule".to_owned() } else { format!("vestibule-{own_name}") },
        namespace: policy.namespace.clone().unwrap_or_else(|| "istio-system".to_owned()),
        workloads,
    }
}

fn selector(labels: &[(String, String)], comment: &str) -> Map {
    let mut match_labels = Map::default();
    labels.iter().for_each(|(key, value)| match_labels.set(key, value.as_str(), None));
    let mut map = Map::default();
    map.set("selector", Map::default().with("matchLabels", match_labels), Some(comment.to_owned()));
    map
}

fn targets(targets: &[Target], comment: &str) -> Map {
    let of = |target: &Target| {
        let mut map = Map::default();
        if !target.group.is_empty() {
            map.set("group", target.group.as_str(), None);
        }
        Tree::Map(map.with("kind", target.kind.as_str()).with("name", target.name.as_str()))
    };
    let mut map = Map::default();
    map.set("targetRefs", Tree::List(targets.iter().map(of).collect()), Some(comment.to_owned()));
    map
}

fn of_condition(condition: &str) -> &'static str {
    match condition {
        "request.headers[authorization]" => {
            "requests with this header (or without it) were not asked about: anybody could send one and pass. Now all are; programs need bearer in a rule"
        }
        "requestPrincipals" | "notRequestPrincipals" => {
            "only callers with such a token were asked about; now everybody is. What a token must have is bearer in a rule: providers, audiences, claims"
        }
        "methods" | "notMethods" => {
            "methods are match.methods of a rule: not carried over, so every method asks"
        }
        "ipBlocks" | "remoteIpBlocks" | "notIpBlocks" | "notRemoteIpBlocks" => {
            "networks are match.client_cidrs of a rule: not carried over, so every address asks"
        }
        "notHosts" => "hosts that are left out cannot be named: name in hosts those that are asked about",
        _ => {
            "a condition that has no counterpart: not carried over, so that these requests are asked about too"
        }
    }
}

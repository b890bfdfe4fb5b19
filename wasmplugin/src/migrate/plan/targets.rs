//! Where the filter runs, for which hosts, and what the mesh did not ask about.
//!
//! Policies for the same workloads are one plugin. Istio asks about a request where one operation of one policy names it,
//! so a path is open only where none does.

use super::{Draft, Mode, paths};
use crate::migrate::found::{Operation, Policy, Target};
use crate::migrate::routes::{self, Paths};
use crate::migrate::setting::At;
use crate::migrate::tree::{Map, Tree};

/// One resource: the configuration for one set of workloads.
#[derive(Clone, Debug)]
pub(crate) struct Plugin {
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// Whether the files say it.
    pub(crate) is_namespace_known: bool,
    /// `selector` or `targetRefs`, with the place that they are from.
    pub(crate) workloads: Map,
    /// `hosts`, where it acts on some only, each with the place that it is from.
    pub(crate) hosts: Vec<(String, String)>,
    /// The rules of `access` for what was not asked about.
    pub(crate) open: Vec<Map>,
}

pub(super) fn plugins(draft: &mut Draft<'_>) -> Vec<Plugin> {
    let mut groups: Vec<(Plugin, Vec<&Policy>)> = Vec::new();
    for policy in &draft.found.policies {
        let plugin = of_policy(policy, groups.is_empty());
        let same = |(other, _): &&mut (Plugin, Vec<&Policy>)| {
            other.namespace == plugin.namespace && other.workloads.json() == plugin.workloads.json()
        };
        match groups.iter_mut().find(same) {
            Some((_, policies)) => policies.push(policy),
            None => groups.push((plugin, vec![policy])),
        }
        remarks(draft, policy);
        direction(draft, policy);
    }
    if groups.is_empty() {
        let workloads = selector(
            &[("istio".to_owned(), "ingressgateway".to_owned())],
            "not in the files: the labels of your gateway's pods, or of one application's",
        );
        let plugin = Plugin {
            name: "vestibule".to_owned(),
            namespace: "istio-system".to_owned(),
            is_namespace_known: false,
            workloads,
            hosts: Vec::new(),
            open: Vec::new(),
        };
        groups.push((plugin, Vec::new()));
        if draft.words.is_istio {
            draft.report.changed("selector", "the files do not say which proxies asked oauth2-proxy: the plugin is for pods with istio: ingressgateway in istio-system. Change it where yours are others");
        }
    }
    let finish = |(mut plugin, policies): (Plugin, Vec<&Policy>)| {
        let operations: Vec<&Operation> = policies.iter().flat_map(|policy| &policy.operations).collect();
        plugin.hosts = hosts(draft, &operations);
        plugin.open = open(draft, &operations);
        plugin
    };
    groups.into_iter().map(finish).collect()
}

fn of_policy(policy: &Policy, is_first: bool) -> Plugin {
    let own_name = policy.name.split(' ').next_back().unwrap_or_default();
    let workloads = match (policy.targets.as_slice(), policy.labels.as_slice()) {
        ([], []) => Map::default(),
        ([], labels) => selector(labels, &policy.at.to_string()),
        (targets, _) => self::targets(targets, &policy.at.to_string()),
    };
    let mut workloads = workloads;
    if policy.is_inbound {
        let server = Tree::List(vec![Tree::Map(Map::default().with("mode", "SERVER"))]);
        workloads.set("match", server, Some("what comes in; never for a gateway".to_owned()));
    }
    Plugin {
        name: if is_first { "vestibule".to_owned() } else { format!("vestibule-{own_name}") },
        namespace: policy.namespace.clone().unwrap_or_else(|| "istio-system".to_owned()),
        is_namespace_known: policy.namespace.is_some(),
        workloads,
        hosts: Vec::new(),
        open: Vec::new(),
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

/// The hosts on which the filter acts; none: all of them.
fn hosts(draft: &mut Draft<'_>, operations: &[&Operation]) -> Vec<(String, String)> {
    let mut hosts: Vec<(String, String)> = Vec::new();
    let mut add = |host: &str, from: &At| {
        let host = without_port(host);
        if !hosts.iter().any(|(other, _)| *other == host) {
            hosts.push((host, from.to_string()));
        }
    };
    // One that names no host asks on all of them.
    let is_for_all = operations
        .iter()
        .any(|operation| operation.hosts.is_empty() || operation.hosts.iter().any(|(host, _)| host == "*"));
    if !is_for_all {
        operations.iter().flat_map(|operation| &operation.hosts).for_each(|(host, at)| add(host, at));
    }
    if draft.mode == Mode::InTheWay {
        draft.found.routed_hosts.iter().filter(|(host, _)| host != "*").for_each(|(host, at)| add(host, at));
    }
    if let Some((setting, host)) = draft.options.get("redirect-url").zip(paths::redirect_host(draft))
        && (draft.mode == Mode::InTheWay || (!is_for_all && !operations.is_empty()))
    {
        add(&host, &setting.at);
    }
    for (host, from) in &hosts {
        draft.report.carried(format!("host {host} ({from})"), "hosts");
    }
    if hosts.is_empty() {
        draft.report.changed("hosts", format!("the files name none, so the filter asks on every host of {}. Name yours in hosts where others must stay open", draft.words.listener));
    } else {
        draft.report.changed("hosts", "the filter acts on the hosts that are named, and lets requests for every other one through without a sign-in: look whether these are all");
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

/// `notPaths`: what no operation asks about. Rules for the hosts of their operation.
fn open(draft: &mut Draft<'_>, operations: &[&Operation]) -> Vec<Map> {
    let prefix = draft.options.text("proxy-prefix").unwrap_or("/oauth2").trim_end_matches('/').to_owned();
    let is_own =
        |path: &str| path.strip_prefix(&prefix).is_some_and(|rest| rest.trim_matches(['/', '*']).is_empty());
    let mut rules = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let others = || {
            operations
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .map(|(_, operation)| *operation)
        };
        let (mut paths, mut from): (Vec<String>, Option<&At>) = (Vec::new(), None);
        for (path, at) in operation.not_paths.iter().filter(|(path, _)| !is_own(path)) {
            let what = format!("notPaths {path} ({at})");
            let is_asked_elsewhere = others().any(|other| {
                shares_hosts(operation, other) && !other.not_paths.iter().any(|(open, _)| open == path)
            });
            match routes::of_istio(path) {
                _ if is_asked_elsewhere => draft
                    .report
                    .changed(what, "another operation of the policies asks about it, so it stays closed"),
                Err(why) => draft
                    .report
                    .changed(what, format!("not carried over, so these paths ask for a sign-in: {why}")),
                Ok(Paths { paths: named, differs }) => {
                    let said = format!("public: {}", named.join(", "));
                    match differs {
                        Some(differs) => draft.report.changed(what, format!("{said}. {differs}")),
                        None => draft.report.carried(what, said),
                    }
                    paths.extend(named.into_iter().filter(|path| !paths.contains(path)).collect::<Vec<_>>());
                    from.get_or_insert(at);
                }
            }
        }
        if let Some(from) = from {
            rules.push(open_rule(operation, paths, from, operations.len() > 1));
        }
        only_some_paths(draft, operation);
    }
    rules
}

fn shares_hosts(one: &Operation, other: &Operation) -> bool {
    let is_for_all = |operation: &Operation| operation.hosts.is_empty();
    // Patterns may overlap in more ways than are looked at here.
    let is_pattern = |operation: &Operation| operation.hosts.iter().any(|(host, _)| host.contains('*'));
    let names = |operation: &Operation, host: &str| {
        operation.hosts.iter().any(|(other, _)| without_port(other) == without_port(host))
    };
    is_for_all(one)
        || is_for_all(other)
        || is_pattern(one)
        || is_pattern(other)
        || one.hosts.iter().any(|(host, _)| names(other, host))
}

fn open_rule(operation: &Operation, paths: Vec<String>, from: &At, by_host: bool) -> Map {
    let mut condition = Map::default();
    if by_host && !operation.hosts.is_empty() {
        condition.set(
            "hosts",
            operation.hosts.iter().map(|(host, _)| without_port(host)).collect::<Vec<_>>(),
            None,
        );
    }
    condition.set("paths", paths, Some(from.to_string()));
    Map::default().with("match", condition).with("allow", "public")
}

/// `paths`: the policy asked about nothing else. Here everything asks, and the person opens what is to be open.
fn only_some_paths(draft: &mut Draft<'_>, operation: &Operation) {
    let Some((_, at)) = operation.paths.first() else { return };
    let paths: Vec<&str> = operation.paths.iter().map(|(path, _)| path.as_str()).collect();
    draft.report.changed(
        format!("paths {} ({at})", paths.join(", ")),
        "only these asked for a sign-in; now every path of these hosts does. What is to stay open needs a rule of its own: \
         access: [{match: {paths: [...]}, allow: public}]",
    );
}

/// At a sidecar the filter would also be in the way of what the application sends out. The policy does not say whose the
/// pods are, and at a gateway the same line would leave the door open.
fn direction(draft: &mut Draft<'_>, policy: &Policy) {
    let names_a_gateway = |text: &str| text.contains("gateway");
    let is_gateway = policy.labels.iter().any(|(key, value)| names_a_gateway(key) || names_a_gateway(value))
        || policy.targets.iter().any(|target| target.kind == "Gateway")
        || policy.labels.is_empty();
    if draft.words.is_istio && (policy.is_inbound || !is_gateway) {
        let already = if policy.is_inbound {
            "is there, because the policy is for SIDECAR_INBOUND"
        } else {
            "is missing, because the policy does not say what the pods are: where they are an application's, add match: [{mode: SERVER}] to spec, and never for a gateway"
        };
        draft.report.changed(
            format!("match ({})", policy.at),
            format!("{already}. Beside a sidecar TLS to the provider is for the filter's calls alone: overlays/admin-service has the subset that it takes"),
        );
    }
}

fn remarks(draft: &mut Draft<'_>, policy: &Policy) {
    draft.report.changed(format!("{} ({})", policy.name, policy.at), draft.words.old_policy);
    for (condition, at) in &policy.conditions {
        draft.report.changed(format!("{condition} ({at})"), of_condition(condition));
    }
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

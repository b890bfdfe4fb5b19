//! Filters that Istio shows no request to, or only some.

use super::doors::newer;
use super::*;
use crate::check::diagnostic::Severity::{self, Fault, Warning};

/// What is found of these rules, in both of Istio's kinds the same.
fn found(plugin: &str, others: &[&str]) -> Vec<(Severity, &'static str, String)> {
    let of = |plugin: &str| -> Vec<_> {
        let texts: Vec<_> = [plugin].into_iter().chain(others.iter().copied()).collect();
        let all = report(&texts, "").diagnostics.into_iter();
        let all = all.filter(|one| one.severity != Severity::Note);
        all.map(|one| (one.severity, one.code, one.found)).collect()
    };
    let found = of(plugin);
    assert_eq!(of(&newer(plugin)), found, "{plugin}");
    found
}

fn codes(plugin: &str, others: &[&str]) -> Vec<(Severity, &'static str)> {
    found(plugin, others).into_iter().map(|(severity, code, _)| (severity, code)).collect()
}

const SELECTOR: &str = "selector: {matchLabels: {istio: ingressgateway}}";

/// The plugin for these proxies, with this `match`.
fn matching(proxies: &str, entries: &str) -> String {
    plugin_with(SELECTOR, &format!("{proxies}\n  match: {entries}"))
}

#[test]
fn a_filter_of_connections() {
    for (type_, expected) in [
        ("NETWORK", &[(Fault, "no-http-filter")][..]),
        ("TCP", &[(Fault, "no-http-filter")]),
        ("2", &[(Fault, "no-http-filter")]),
        ("HTTP", &[]),
        ("UNSPECIFIED_PLUGIN_TYPE", &[]),
        ("", &[]),
    ] {
        let plugin = plugin_with("failStrategy:", &format!("type: {type_}\n  failStrategy:"));
        assert_eq!(codes(&plugin, &[]), expected, "{type_}");
    }
}

#[test]
fn the_wrong_direction() {
    const LABEL: &str = "selector: {matchLabels: {app: public-gateway}}";
    const CHART: &str = "selector: {matchLabels: {istio: ingress}}";
    const WORKLOAD: &str = "selector: {matchLabels: {app: admin-service}}";
    const CONTROLLER: &str = "selector: {matchLabels: {app: ingress}}";
    const TARGET: &str = "targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: web}]";
    const WAYPOINT: &str = "targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: waypoint}]";
    const SERVICE: &str = "targetRefs: [{kind: Service, group: '', name: admin}]";
    let server_only = "[{mode: SERVER}, {mode: SERVER, ports: [{number: 443}]}]";
    for (proxies, entries, expected) in [
        (SELECTOR, "[{mode: SERVER}]", &[(Fault, "not-asked")][..]),
        (SELECTOR, server_only, &[(Fault, "not-asked")]),
        (CHART, "[{mode: SERVER}]", &[(Fault, "not-asked")]),
        (LABEL, "[{mode: SERVER}]", &[(Warning, "not-asked")]),
        (TARGET, "[{mode: SERVER}]", &[(Warning, "not-asked")]),
        (SELECTOR, "[{mode: SERVER}, {mode: CLIENT}]", &[]),
        (SELECTOR, "[{mode: CLIENT}]", &[]),
        (SELECTOR, "[{mode: CLIENT_AND_SERVER}]", &[]),
        (SELECTOR, "[{mode: UNDEFINED}]", &[]),
        (SELECTOR, "[]", &[]),
        (SELECTOR, "[{}]", &[]),
        (WORKLOAD, "[{mode: SERVER}]", &[]),
        (WORKLOAD, "[{mode: CLIENT}]", &[(Warning, "outgoing-only")]),
        (WORKLOAD, "[{mode: CLIENT}, {mode: SERVER}]", &[]),
        (LABEL, "[{mode: CLIENT}]", &[]),
        // A gateway or a workload: nothing says it.
        (CONTROLLER, "[{mode: CLIENT}]", &[]),
        (CONTROLLER, "[{mode: SERVER}]", &[]),
        (WAYPOINT, "[{mode: SERVER}]", &[]),
        (WAYPOINT, "[{mode: CLIENT}]", &[(Warning, "not-asked")]),
        (SERVICE, "[{mode: SERVER}]", &[]),
        (SERVICE, "[{mode: CLIENT}]", &[(Fault, "not-asked")]),
    ] {
        assert_eq!(codes(&matching(proxies, entries), &[]), expected, "{proxies} {entries}");
    }
    let both = "targetRefs: [{kind: Gateway, name: web}, {kind: Service, name: admin}]";
    assert_eq!(codes(&matching(both, "[{mode: SERVER}]"), &[]), []);
    // The class of the Gateway says what a name does not.
    let gateway = |class: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: web}}\nspec: {{gatewayClassName: {class}, listeners: [{{hostname: admin.example.com}}]}}\n"
        )
    };
    let plugin = matching(TARGET, "[{mode: SERVER}]");
    assert_eq!(codes(&plugin, &[&gateway("istio")]), [(Fault, "not-asked")]);
    assert_eq!(codes(&plugin, &[&gateway("istio-waypoint")]), []);
    let plugin = matching(TARGET, "[{mode: CLIENT}]");
    assert_eq!(codes(&plugin, &[&gateway("istio-waypoint")]), [(Fault, "not-asked")]);
}

#[test]
fn only_some_ports() {
    const WORKLOAD: &str = "selector: {matchLabels: {app: admin-service}}";
    const SERVICE: &str = "targetRefs: [{kind: Service, group: '', name: admin}]";
    for (proxies, entries, expected) in [
        (SELECTOR, "[{ports: [{number: 9}]}]", &[(Warning, "only-ports")][..]),
        (SELECTOR, "[{mode: CLIENT, ports: [{number: 9}]}, {mode: SERVER}]", &[(Warning, "only-ports")]),
        (SELECTOR, "[{ports: [{number: 9}]}, {}]", &[]),
        (SELECTOR, "[{ports: []}]", &[]),
        (WORKLOAD, "[{mode: SERVER, ports: [{number: 9}]}, {mode: CLIENT}]", &[(Warning, "only-ports")]),
        (WORKLOAD, "[{mode: SERVER}, {mode: CLIENT, ports: [{number: 9}]}]", &[]),
        (SERVICE, "[{ports: [{number: 9}]}]", &[(Fault, "not-asked")]),
        (SERVICE, "[{ports: [{number: 9}]}, {mode: SERVER}]", &[]),
    ] {
        assert_eq!(codes(&matching(proxies, entries), &[]), expected, "{proxies} {entries}");
    }
    let two = matching(SELECTOR, "[{ports: [{number: 8443}]}, {ports: [{number: 8080}]}]");
    let said = &found(&two, &[])[0].2;
    assert!(said.contains("only requests to port 8443, 8080 are checked"), "{said}");
    let everywhere = matching("priority: 10", "[{ports: [{number: 9}]}]");
    assert_eq!(warnings(&[&everywhere]), ["no-selector", "only-ports"]);
}

#[test]
fn an_open_door_by_its_number() {
    for (strategy, words) in [
        ("1", "1, which is FAIL_OPEN"),
        ("FAIL_OPEN", "FAIL_OPEN: requests pass"),
        // A cluster takes no numbers.
        ("0", "found 0"),
        ("2", "found 2"),
        ("fail_reload", "found \"fail_reload\""),
    ] {
        let found = found(&PLUGIN.replace("FAIL_RELOAD", strategy), &[]);
        let [(Fault, "fail-open", said)] = &found[..] else { panic!("{strategy}: {found:?}") };
        assert!(said.contains(words), "{strategy}: {said}");
    }
}

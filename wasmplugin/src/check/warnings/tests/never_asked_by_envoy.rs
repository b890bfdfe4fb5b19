//! Filters that Envoy's own configuration, or an EnvoyFilter, keeps from requests.

use super::*;
use crate::check::diagnostic::Severity::{self, Fault, Warning};

fn found(texts: &[&str]) -> Vec<(Severity, &'static str, usize, usize)> {
    let all = report(texts, "").diagnostics.into_iter().filter(|one| one.severity != Severity::Note);
    all.map(|one| (one.severity, one.code, one.file, one.place.line)).collect()
}

const CONFIGURATION: &str = r#"{"provider": {"issuer": "https://acme.okta.com", "cluster": "okta"}, "client": {"id": "a", "secret": {"env": "C"}}, "session": {"secrets": [{"env": "S"}]}}"#;

/// The filter in flow style, in one line.
fn filter(more: &str, of_module: &str) -> String {
    format!(
        "{{name: vestibule, {more}typed_config: {{'@type': type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm, \
         config: {{name: vestibule, {of_module}configuration: {{'@type': type.googleapis.com/google.protobuf.StringValue, \
         value: '{CONFIGURATION}'}}, vm_config: {{code: {{local: {{filename: /etc/envoy/v.wasm}}}}, \
         environment_variables: {{host_env_keys: [C, S]}}}}}}}}}}"
    )
}

/// Envoy with the filter in line 3, and a route in line 7.
fn envoy(filter: &str, route: &str) -> String {
    format!(
        "static_resources:\n  http_filters:\n  - {filter}\n  route_config:\n    virtual_hosts:\n    - routes:\n      - {{match: {{prefix: /}}, {route}}}\n"
    )
}

const APPLICATION: &str = "route: {cluster: application}";

fn per_filter(name: &str, more: &str) -> String {
    format!(
        "typed_per_filter_config: {{{name}: {{'@type': type.googleapis.com/envoy.config.route.v3.FilterConfig, {more}}}}}"
    )
}

#[test]
fn a_filter_that_is_switched_off() {
    assert_eq!(found(&[&envoy(&filter("", ""), APPLICATION)]), []);
    assert_eq!(found(&[&envoy(&filter("disabled: false, ", ""), APPLICATION)]), []);
    let off = filter("disabled: true, ", "");
    assert_eq!(found(&[&envoy(&off, APPLICATION)]), [(Fault, "disabled", 0, 3)]);
    // Some routes switch it on: all others are open.
    let on = format!("{APPLICATION}, {}", per_filter("vestibule", "config: {}"));
    assert_eq!(found(&[&envoy(&off, &on)]), [(Warning, "disabled", 0, 3)]);
    assert_eq!(found(&[&envoy(&filter("", ""), &on)]), []);
}

#[test]
fn a_route_that_is_switched_off() {
    let off = per_filter("vestibule", "disabled: true");
    let with = |route: &str| found(&[&envoy(&filter("", ""), route)]);
    assert_eq!(with(&format!("{APPLICATION}, {off}")), [(Fault, "disabled", 0, 7)]);
    let camel = off.replace("typed_per_filter_config", "typedPerFilterConfig");
    assert_eq!(with(&format!("{APPLICATION}, {camel}")), [(Fault, "disabled", 0, 7)]);
    let other = per_filter("other", "disabled: true");
    assert_eq!(with(&format!("{APPLICATION}, {other}")), []);
    // Nothing of it gets to the application.
    assert_eq!(with(&format!("redirect: {{https_redirect: true}}, {off}")), []);
    assert_eq!(with(&format!("direct_response: {{status: 200}}, {off}")), []);
    let host = format!("virtual_hosts:\n- {{name: a, domains: ['*'], {off}}}\n");
    assert_eq!(found(&[&envoy(&filter("", ""), APPLICATION), &host]), [(Fault, "disabled", 1, 2)]);
    // The routes of another Envoy, which has a filter of its own.
    let others = envoy(&filter("", ""), &format!("{APPLICATION}, {off}"));
    assert_eq!(found(&[&envoy(&filter("", ""), APPLICATION), &others]), [(Fault, "disabled", 1, 7)]);
}

/// The configuration has a file of its own.
#[test]
fn a_discovered_filter_that_is_switched_off() {
    let own = format!("resources:\n- {}\n", filter("", ""));
    let chain = "http_filters:\n- {name: vestibule, disabled: true, config_discovery: {type_urls: []}}\n";
    assert_eq!(found(&[&own, chain]), [(Fault, "disabled", 1, 2)]);
    assert_eq!(found(&[&own, &chain.replace("true", "false")]), []);
    assert_eq!(found(&[&own, &chain.replace("vestibule", "other")]), []);
}

#[test]
fn an_open_door_in_numbers() {
    for (policy, is_open) in [
        ("3", true),
        ("FAIL_OPEN", true),
        ("fail_open", true),
        ("4", true),
        ("0", false),
        ("1", false),
        ("2", false),
        ("FAIL_CLOSED", false),
        ("fail_closed", false),
    ] {
        let expected: &[_] = if is_open { &[(Fault, "fail-open", 0, 3)] } else { &[] };
        let text = envoy(&filter("", &format!("failure_policy: {policy}, ")), APPLICATION);
        assert_eq!(found(&[&text]), expected, "{policy}");
    }
    let deprecated = envoy(&filter("", "fail_open: true, "), APPLICATION);
    assert_eq!(found(&[&deprecated]), [(Fault, "fail-open", 0, 3)]);
    let said = report(&[&envoy(&filter("", "failure_policy: 3, "), APPLICATION)], "");
    assert!(said.diagnostics[0].found.starts_with("3, which is FAIL_OPEN: requests pass"));
}

/// An EnvoyFilter with the context in line 9, the operation in line 12 and the filter in line 13.
fn envoy_filter(context: &str, other: &str, operation: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: vestibule, namespace: web}}\nspec:\n  \
         workloadSelector: {{labels: {{app: admin}}}}\n  configPatches:\n  - applyTo: HTTP_FILTER\n    match:\n      \
         context: {context}\n      listener: {{filterChain: {{filter: {{name: envoy.filters.network.http_connection_manager{other}}}}}}}\n    \
         patch:\n      operation: {operation}\n      value: {}\n",
        filter("", "")
    )
}

const ROUTER: &str = ", subFilter: {name: envoy.filters.http.router}";

#[test]
fn the_place_of_an_envoy_filter() {
    const AUTHN: &str = ", subFilter: {name: istio_authn}";
    for (context, other, operation, expected) in [
        ("GATEWAY", ROUTER, "INSERT_BEFORE", &[][..]),
        ("SIDECAR_INBOUND", "", "INSERT_FIRST", &[]),
        ("SIDECAR_INBOUND", "", "INSERT_BEFORE", &[]),
        ("ANY", AUTHN, "INSERT_AFTER", &[]),
        ("SIDECAR_OUTBOUND", ROUTER, "INSERT_BEFORE", &[(Fault, "outgoing-only", 0, 9)]),
        ("GATEWAY", ROUTER, "INSERT_AFTER", &[(Fault, "behind-router", 0, 12)]),
        ("GATEWAY", "", "INSERT_AFTER", &[(Fault, "behind-router", 0, 12)]),
        ("GATEWAY", ROUTER, "ADD", &[(Fault, "behind-router", 0, 12)]),
        (
            "SIDECAR_OUTBOUND",
            "",
            "INSERT_AFTER",
            &[(Fault, "outgoing-only", 0, 9), (Fault, "behind-router", 0, 12)],
        ),
    ] {
        let text = envoy_filter(context, other, operation);
        assert_eq!(found(&[&text]), expected, "{context} {other} {operation}");
    }
    let inbound = envoy_filter("SIDECAR_INBOUND", ROUTER, "INSERT_BEFORE");
    let at_gateway = inbound.replace("app: admin", "istio: ingressgateway");
    assert_eq!(found(&[&at_gateway]), [(Fault, "not-asked", 0, 9)]);
    // Its configuration is an extension's, and comes to any listener: where it is, says the patch that names it.
    let discovered = inbound.replace("HTTP_FILTER", "EXTENSION_CONFIG").replace("INSERT_BEFORE", "ADD");
    assert_eq!(found(&[&discovered]), []);
    let chain = "  - applyTo: HTTP_FILTER\n    match: {context: GATEWAY}\n    patch: {operation: INSERT_AFTER, value: {name: vestibule, config_discovery: {}}}\n";
    assert_eq!(found(&[&format!("{discovered}{chain}")]), [(Fault, "behind-router", 0, 16)]);
    // The filter of somebody else.
    let others = chain.replace("vestibule", "limits");
    assert_eq!(found(&[&format!("{discovered}{others}")]), []);
}

/// A patch of the routes, by the name that Istio gives to the filter.
#[test]
fn a_route_that_an_envoy_filter_switches_off() {
    let patch = |name: &str| {
        format!(
            "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: routes, namespace: web}}\nspec:\n  configPatches:\n  \
             - {{applyTo: VIRTUAL_HOST, match: {{context: GATEWAY}}, patch: {{operation: MERGE, value: {{{}}}}}}}\n",
            per_filter(name, "disabled: true")
        )
    };
    let off = patch("extensions.istio.io/wasmplugin/istio-system.vestibule");
    assert_eq!(found(&[PLUGIN, &off, ENTRY]), [(Fault, "disabled", 1, 6)]);
    assert_eq!(found(&[PLUGIN, &off.replace("istio-system.vestibule", "web.vestibule"), ENTRY]), []);
    let own = envoy_filter("GATEWAY", ROUTER, "INSERT_BEFORE");
    assert_eq!(found(&[&own, &patch("vestibule")]), [(Fault, "disabled", 1, 6)]);
    assert_eq!(found(&[&own, &patch("vestibule").replace("namespace: web", "namespace: shop")]), []);
}

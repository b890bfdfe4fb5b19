//! Doors that stand open, or go round, by what is beside the filter: Istio's two kinds, and Envoy Gateway.

use super::*;

/// The same as a TrafficExtension.
pub(super) fn newer(text: &str) -> String {
    let (head, spec) = text.split_once("spec:\n").unwrap();
    let mut of_module = String::new();
    let mut others = String::new();
    let mut in_module = false;
    for line in spec.lines() {
        let is_key = line.starts_with("  ") && !line.starts_with("   ");
        if is_key {
            in_module =
                !["selector", "targetRefs", "phase", "match"].iter().any(|key| line.trim().starts_with(key));
        }
        let (into, indent) = if in_module { (&mut of_module, "  ") } else { (&mut others, "") };
        into.push_str(&format!("{indent}{line}\n"));
    }
    format!(
        "{}spec:\n{others}  wasm:\n{of_module}",
        head.replace("kind: WasmPlugin", "kind: TrafficExtension")
    )
}

/// Both kinds at once are two filters.
#[test]
fn a_plugin_in_both_of_istios_kinds() {
    let both = |one: &str, two: &str| warnings(&[one, &newer(two)]);
    assert_eq!(both(PLUGIN, PLUGIN), ["both-kinds"]);
    assert_eq!(warnings(&[&newer(PLUGIN)]), [""; 0]);
    // Other pods, or other hosts of the same.
    let elsewhere = PLUGIN.replace("istio: ingressgateway", "istio: other");
    assert_eq!(both(PLUGIN, &elsewhere), [""; 0]);
    let other_host = PLUGIN.replace("admin.example.com", "wiki.example.com");
    assert_eq!(both(PLUGIN, &other_host), [""; 0]);
}

const POLICY: &str = "\
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyExtensionPolicy
metadata: {name: vestibule, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: eg}]
  wasm:
    - name: vestibule
      code: {type: Image, image: {url: 'registry.example.com/vestibule@sha256:4fdce2bc00b5fb9c4e0b2dcdeca5dfb6ad3d6e6d5c3d4dbd2bbf4d9be5d1ae35'}}
      env: {hostKeys: [OKTA_CLIENT_SECRET, COOKIE_SECRET]}
      config: {provider: {issuer: 'https://acme.okta.com', cluster: okta}, client: {id: a, secret: {env: OKTA_CLIENT_SECRET}}, session: {secrets: [{env: COOKIE_SECRET}]}, hosts: [admin.example.com]}
";

/// What was seen to stand open in Envoy Gateway.
#[test]
fn doors_of_envoy_gateway() {
    let codes = |files: &[&str]| -> Vec<&str> {
        let wanted = ["route-open", "no-reload"];
        report(files, "")
            .diagnostics
            .iter()
            .map(|one| one.code)
            .filter(|code| wanted.contains(code))
            .collect()
    };
    let reload = "{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyPatchPolicy, metadata: {name: p}, spec: {jsonPatches: [{operation: {jsonPath: \"..http_filters[?(@.name=='envoy.filters.http.wasm/envoyextensionpolicy/default/vestibule/wasm/0')]\", path: failure_policy, value: FAIL_RELOAD}}]}}";
    let at_route = |wasm: &str| {
        format!(
            "{{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyExtensionPolicy, metadata: {{name: other}}, spec: {{targetRefs: [{{kind: HTTPRoute, name: r}}], {wasm}}}}}"
        )
    };
    assert_eq!(codes(&[POLICY]), ["no-reload"]);
    assert_eq!(codes(&[POLICY, reload]), [""; 0]);
    let others = at_route("wasm: [{name: other, code: {type: Image, image: {url: 'x'}}}]");
    assert_eq!(codes(&[POLICY, reload, &others]), ["route-open"]);
    // Whatever it holds; and at one listener, too.
    let lua = at_route("lua: [{type: Inline, inline: ''}]");
    assert_eq!(codes(&[POLICY, reload, &lua]), ["route-open"]);
    let section = lua.replace("kind: HTTPRoute, name: r", "kind: Gateway, name: eg, sectionName: https");
    assert_eq!(codes(&[POLICY, reload, &section]), ["route-open"]);
    let same = lua.replace("kind: HTTPRoute, name: r", "kind: Gateway, name: other");
    assert_eq!(codes(&[POLICY, reload, &same]), [""; 0]);
    // The patch is for a policy of another name.
    assert_eq!(codes(&[POLICY, &reload.replace("/vestibule/", "/vestibule-2/")]), ["no-reload"]);
    // The filter is in it.
    let own = POLICY
        .replace("name: vestibule, namespace", "name: other, namespace")
        .replace("kind: Gateway", "kind: HTTPRoute");
    let also = reload.replace("/vestibule/", "/other/");
    assert_eq!(codes(&[POLICY, reload, &own, &also]), [""; 0]);
}

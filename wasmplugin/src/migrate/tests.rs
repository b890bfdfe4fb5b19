//! Whole migrations: files in, resources and report out.

use serde_json::{Value as Json, json};

use super::*;
use crate::yaml;

mod alpha;
mod chart;
mod conditions;
mod doors;
mod kinds;
mod secrets;
mod traps;
mod words;

fn inputs(files: &[(&str, &str)]) -> Vec<Input> {
    files.iter().map(|(name, text)| Input { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
}

fn migrated(files: &[(&str, &str)]) -> Migrated {
    migrate(&inputs(files), Kind::WasmPlugin, None).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(files: &[(&str, &str)]) -> String {
    match migrate(&inputs(files), Kind::WasmPlugin, None) {
        Err(error) => error,
        Ok(migrated) => panic!("not refused: {}", migrated.report),
    }
}

/// The resources, in their order.
fn resources(migrated: &Migrated) -> Vec<Json> {
    let text = output::in_one(&migrated.files);
    yaml::read(&text)
        .unwrap_or_else(|broken| panic!("{broken:?}\n{text}"))
        .iter()
        .map(yaml::Node::json)
        .collect()
}

/// `pluginConfig` of the first resource.
fn config(migrated: &Migrated) -> Json {
    resources(migrated)[0]["spec"]["pluginConfig"].clone()
}

/// Whether the filter takes it, with secrets that are there.
fn loads(config: &Json) -> bool {
    let secret = |_: &str| Some("0123456789abcdef0123456789abcdef".to_owned());
    vestibule::config::load(config.to_string().as_bytes(), &secret).is_ok()
}

/// Golden: the setup of most people, whole, with the mesh's share of it. `UPDATE_GOLDEN=1` writes it anew.
#[test]
fn a_usual_setup_comes_out_whole() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/migrate");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let (values, mesh) = (read("values.yaml"), read("istio.yaml"));
    let migrated = migrated(&[("values.yaml", &values), ("istio.yaml", &mesh)]);
    assert!(!migrated.has_gaps, "{}", migrated.report);
    assert!(loads(&config(&migrated)));
    for (name, text) in [("migrated.yaml", output::in_one(&migrated.files)), ("report.txt", migrated.report)]
    {
        let golden = format!("{folder}/{name}");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &text).unwrap();
        }
        assert_eq!(
            text,
            std::fs::read_to_string(&golden).unwrap_or_default(),
            "{golden}: UPDATE_GOLDEN=1 writes it anew"
        );
    }
}

#[test]
fn a_traffic_extension_has_the_filter_below_wasm() {
    let values = "extraArgs: {provider: oidc, oidc-issuer-url: https://op.example, email-domain: '*'}\nconfig: {clientID: app}\n";
    let migrated = migrate(&inputs(&[("v.yaml", values)]), Kind::TrafficExtension, None).unwrap();
    let resource = &resources(&migrated)[0];
    assert_eq!(resource["kind"], "TrafficExtension");
    assert_eq!(resource["spec"]["phase"], "AUTHN");
    assert_eq!(resource["spec"]["wasm"]["pluginConfig"]["client"]["id"], "app");
    assert_eq!(resource["spec"]["wasm"]["failStrategy"], "FAIL_RELOAD");
    assert_eq!(resource["spec"].get("pluginConfig"), None);
}

const SMALL: &str = "extraArgs: {provider: oidc, oidc-issuer-url: https://op.example/a, email-domain: '*'}\nconfig: {clientID: app}\n";

const AT_A_GATEWAY: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: ask, namespace: shop}\nspec:\n  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: eg}]\n  action: CUSTOM\n  provider: {name: oauth2-proxy}\n  rules: [{to: [{operation: {hosts: [admin.example.com], notPaths: [/healthz]}}]}]\n";

/// What leads to the provider has a name there, and opens to nobody.
#[test]
fn an_envoy_extension_policy_has_routes_to_the_provider_that_nobody_can_take() {
    let files = inputs(&[("v.yaml", SMALL), ("p.yaml", AT_A_GATEWAY)]);
    let migrated = migrate(&files, Kind::EnvoyExtensionPolicy, None).unwrap();
    let all = resources(&migrated);
    let kinds: Vec<&Json> = all.iter().map(|resource| &resource["kind"]).collect();
    assert_eq!(kinds, ["EnvoyExtensionPolicy", "HTTPRoute", "Backend", "EnvoyPatchPolicy"]);
    assert_eq!(all[0]["metadata"]["namespace"], "shop");
    assert_eq!(
        all[0]["spec"]["targetRefs"],
        json!([{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "eg"}])
    );
    let config = &all[0]["spec"]["wasm"][0]["config"];
    assert!(loads(config), "{config}");
    assert_eq!(
        config["provider"]["clusters"],
        json!({"op.example": "httproute/shop/vestibule-op-example/rule/0"})
    );
    assert_eq!(config["hosts"], json!(["admin.example.com", "vestibule-op-example.invalid"]));
    assert_eq!(
        config["access"][0],
        json!({"match": {"hosts": ["vestibule-op-example.invalid"]}, "allow": "none"})
    );
    assert_eq!(config["access"][1]["allow"], "public");
    assert_eq!(all[1]["metadata"]["name"], "vestibule-op-example");
    assert_eq!(all[1]["spec"]["hostnames"], json!(["vestibule-op-example.invalid"]));
    assert_eq!(all[1]["spec"]["parentRefs"], json!([{"name": "eg"}]));
    assert_eq!(all[2]["spec"]["tls"]["sni"], "op.example");
    // The listener is in no file of oauth2-proxy.
    assert_eq!(all[3]["spec"]["jsonPatches"][0]["name"], Json::Null);
    assert!(migrated.has_gaps && migrated.report.contains("reload.yaml"), "{}", migrated.report);
    assert!(!migrated.report.contains("targetRefs:"), "{}", migrated.report);
    // Two Gateways of one policy are both guarded.
    let two = AT_A_GATEWAY
        .replace("name: eg}]", "name: eg}, {group: gateway.networking.k8s.io, kind: Gateway, name: too}]");
    let files = inputs(&[("v.yaml", SMALL), ("p.yaml", &two)]);
    let both = resources(&migrate(&files, Kind::EnvoyExtensionPolicy, None).unwrap());
    assert_eq!(both[0]["spec"]["targetRefs"][1]["name"], "too");
    assert_eq!(both[1]["spec"]["parentRefs"], json!([{"name": "eg"}, {"name": "too"}]));
    assert_eq!((both.len(), &both[4]["spec"]["targetRef"]["name"]), (5, &json!("too")));
    // A second policy has a route of its own: its Gateway may be another one.
    let other = AT_A_GATEWAY.replace("name: ask", "name: too").replace("name: eg", "name: other");
    let files = inputs(&[("v.yaml", SMALL), ("p.yaml", AT_A_GATEWAY), ("q.yaml", &other)]);
    let both = resources(&migrate(&files, Kind::EnvoyExtensionPolicy, None).unwrap());
    let routes = both.iter().filter(|resource| resource["kind"] == "HTTPRoute");
    let routes: Vec<_> =
        routes.map(|route| (&route["metadata"]["name"], &route["spec"]["parentRefs"][0]["name"])).collect();
    assert_eq!(
        routes,
        [
            (&json!("vestibule-op-example"), &json!("eg")),
            (&json!("vestibule-too-op-example"), &json!("other"))
        ]
    );
    assert_eq!(
        both[1]["spec"]["wasm"][0]["config"]["provider"]["clusters"]["op.example"],
        "httproute/shop/vestibule-too-op-example/rule/0"
    );
    // Where the files name pods, nobody guesses the Gateway.
    let migrated = migrate(&inputs(&[("v.yaml", SMALL)]), Kind::EnvoyExtensionPolicy, None).unwrap();
    assert_eq!(resources(&migrated)[0]["spec"]["targetRefs"][0]["name"], Json::Null);
    assert!(migrated.report.contains("targetRefs: the Gateway"), "{}", migrated.report);
    // Nor the namespace: in a wrong one the policy guards nothing.
    let without = AT_A_GATEWAY.replace(", namespace: shop", "");
    let files = inputs(&[("v.yaml", SMALL), ("p.yaml", &without)]);
    let migrated = migrate(&files, Kind::EnvoyExtensionPolicy, None).unwrap();
    assert_eq!(resources(&migrated)[0]["metadata"]["namespace"], "GAP");
    assert!(migrated.report.contains("metadata.namespace: that of the Gateway"), "{}", migrated.report);
}

/// What Istio guards beside oauth2-proxy, or what would not fit together, is refused rather than left open.
#[test]
fn outside_istio_nothing_is_left_open_without_a_word() {
    let refused = |files: &[(&str, &str)], kind| match migrate(&inputs(files), kind, None) {
        Err(error) => error,
        Ok(migrated) => panic!("not refused: {}", migrated.report),
    };
    let deny = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: only-office}\nspec: {action: DENY, rules: [{to: [{operation: {paths: [/internal/*]}}]}]}\n";
    for kind in [Kind::EnvoyExtensionPolicy, Kind::Envoy] {
        let said = refused(&[("v.yaml", SMALL), ("p.yaml", AT_A_GATEWAY), ("d.yaml", deny)], kind);
        assert!(said.contains("only-office (DENY)"), "{said}");
        for url in ["https://op.example:8443/token", "https://op-example/token"] {
            let more = SMALL.replace(
                "email-domain",
                &format!("skip-oidc-discovery: 'true', redeem-url: '{url}', email-domain"),
            );
            let said = refused(&[("v.yaml", &more)], kind);
            assert!(said.contains("one name"), "{said}");
        }
    }
    let pods = |name: &str| {
        AT_A_GATEWAY.replace("name: ask", &format!("name: {name}")).replace(
            "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: eg}]",
            &format!("selector: {{matchLabels: {{app: {name}}}}}"),
        )
    };
    let files = [("v.yaml", SMALL), ("a.yaml", &pods("a")), ("b.yaml", &pods("b"))];
    assert!(refused(&files, Kind::EnvoyExtensionPolicy).contains("one policy a Gateway"));
    let with_password = SMALL.replace("https://op", "https://user:hunter2@op");
    let said = refused(&[("v.yaml", &with_password)], Kind::WasmPlugin);
    assert!(said.contains("password") && !said.contains("hunter2"), "{said}");
}

#[test]
fn for_envoy_alone_there_are_a_filter_and_clusters() {
    let migrated = migrate(&inputs(&[("v.yaml", SMALL)]), Kind::Envoy, None).unwrap();
    let all = resources(&migrated);
    let module = &all[0]["typed_config"]["config"];
    assert_eq!(module["failure_policy"], "FAIL_RELOAD");
    let config: Json = serde_json::from_str(module["configuration"]["value"].as_str().unwrap()).unwrap();
    assert!(loads(&config), "{config}");
    assert_eq!(config["provider"]["clusters"], json!({"op.example": "vestibule-op-example"}));
    let cluster = &all[1]["clusters"][0];
    assert_eq!(cluster["name"], "vestibule-op-example");
    let validation = &cluster["transport_socket"]["typed_config"]["common_tls_context"]["validation_context"];
    assert_eq!(validation["match_typed_subject_alt_names"][0]["matcher"], json!({"exact": "op.example"}));
    assert!(!migrated.has_gaps, "{}", migrated.report);
    // What checks the files knows the filter.
    let found = crate::documents::find(&inputs(&[("plugin.yaml", &migrated.files[0].text)]));
    assert_eq!(found.plugins.len(), 1);
}

#[test]
fn every_option_is_named_in_the_report() {
    for option in options::OPTIONS
        .iter()
        .filter(|option| !["config", "alpha-config", "help", "version", "provider"].contains(&option.name))
    {
        let value = if option.is_list { "[\"/x$\"]" } else { "\"1h\"" };
        let file = format!("provider = \"oidc\"\n{} = {value}\n", option.key());
        let migrated = migrated(&[("proxy.cfg", &file)]);
        let named = migrated.report.replace('_', "-");
        assert!(named.contains(&option.key().replace('_', "-")), "{}:\n{}", option.name, migrated.report);
    }
}

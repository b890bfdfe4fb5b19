//! Every form in which a configuration comes.

use super::{PLUGIN, findings, plugin_with, report};
use crate::documents::{self, Environment, Kind};
use crate::input::Input;

fn kinds(text: &str) -> Vec<(Kind, String)> {
    let found = documents::find(&[Input { name: "a".to_owned(), text: text.to_owned() }]);
    assert!(found.broken.is_empty(), "{:?}", found.broken);
    found.plugins.iter().map(|plugin| (plugin.kind, plugin.name.clone())).collect()
}

const CONFIG: &str = r#"{"provider": {"issuer": "https://acme.okta.com"}, "client": {"id": "a", "secret": {"env": "S"}}, "session": {"secrets": [{"env": "COOKIE"}], "max_age": "60d"}}"#;

#[test]
fn a_traffic_extension() {
    let text = "apiVersion: extensions.istio.io/v1alpha1\nkind: TrafficExtension\nmetadata: {name: vestibule}\nspec:\n  \
                targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: gateway}]\n  phase: AUTHN\n  wasm:\n    \
                url: oci://r.example/v@sha256:4e\n    failStrategy: FAIL_OPEN\n    vmConfig: {env: [{name: COOKIE, valueFrom: HOST}]}\n    \
                pluginConfig:\n      provider: {issuer: \"https://acme.okta.com\"}\n      client: {id: a, secret: {env: S}}\n      \
                session: {secrets: [{env: COOKIE}], max_age: 60d}\n";
    assert_eq!(kinds(text), [(Kind::TrafficExtension, "TrafficExtension vestibule".to_owned())]);
    let report = report(&[text], "");
    let found: Vec<_> = findings(&report).iter().map(|one| (one.place.line, one.place.column)).collect();
    assert_eq!(found, [(9, 19), (13, 37), (14, 52)]);
    assert!(findings(&report)[1].found.contains("spec.wasm.vmConfig.env"));
    // Lua is no module of ours.
    let lua = "kind: TrafficExtension\nmetadata: {name: vestibule}\nspec: {lua: {inlineCode: x}}";
    assert_eq!(kinds(lua), []);
}

#[test]
fn an_envoy_extension_policy() {
    let text = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyExtensionPolicy\nmetadata: {name: a, namespace: b}\nspec:\n  \
                wasm:\n  - name: other\n    config: {x: 1}\n    code: {type: Image, image: {url: r.example/o, tag: \"1\"}}\n  - name: sign-in\n    \
                failOpen: true\n    env: {hostKeys: [COOKIE]}\n    code: {type: Image, image: {url: \"r.example/v:1\"}}\n    \
                config: {provider: {issuer: \"https://acme.okta.com\"}, client: {id: a, secret: {env: S}}, session: {secrets: [{env: COOKIE}]}}\n";
    assert_eq!(kinds(text), [(Kind::EnvoyExtensionPolicy, "EnvoyExtensionPolicy b/a, sign-in".to_owned())]);
    let report = report(&[text], "");
    let found: Vec<_> = findings(&report).iter().map(|one| (one.place.line, one.code)).collect();
    assert_eq!(found, [(10, "fail-open"), (12, "image-digest"), (13, "configuration")]);
    assert_eq!(report.passed_over.len(), 1);
}

fn envoy_filter(configuration: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: sign-in}}\nspec:\n  configPatches:\n  \
         - applyTo: HTTP_FILTER\n    match: {{context: GATEWAY}}\n    patch:\n      operation: INSERT_BEFORE\n      value:\n        \
         name: vestibule\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm\n          \
         config:\n            failure_policy: FAIL_RELOAD\n            vm_config:\n              environment_variables: {{host_env_keys: [S, COOKIE]}}\n            \
         configuration:\n              \"@type\": type.googleapis.com/google.protobuf.StringValue\n              {configuration}\n"
    )
}

#[test]
fn an_envoy_filter_with_json_in_a_string() {
    let block = format!("value: |\n                {}", CONFIG.replace("}, ", "},\n                 "));
    for (configuration, line, column, width) in [
        (format!("value: '{CONFIG}'"), 20, 175, 5),
        (block, 23, 73, 5),
        // Where the file has it in other letters, the string itself is the place.
        (format!("value: {CONFIG:?}"), 20, 22, 191),
        (format!("value: {CONFIG}"), 20, 174, 5),
    ] {
        let text = envoy_filter(&configuration);
        let report = report(&[&text], "");
        let said = super::super::text::text(&report);
        let [only] = findings(&report)[..] else { panic!("{said}") };
        assert_eq!(only.headline(), "session.max_age: found \"60d\"");
        assert_eq!((only.place.line, only.place.column, only.place.width), (line, column, width), "{said}");
    }
    let text = envoy_filter(&format!("value: '{}'", CONFIG.replace("\"id\": \"a\",", "\"id\": \"a\"")));
    let broken = report(&[&text], "");
    assert!(findings(&broken)[0].found.contains("no JSON"), "{:?}", broken.diagnostics);
    assert_eq!((findings(&broken)[0].place.line, findings(&broken)[0].code), (20, "unreadable"));
}

/// The filter would be given what it cannot read.
#[test]
fn an_envoy_filter_with_a_struct() {
    let text = envoy_filter(&format!("value: {CONFIG}")).replace("protobuf.StringValue", "protobuf.Struct");
    let refused = report(&[&text], "");
    assert!(findings(&refused)[0].found.contains("StringValue"), "{:?}", refused.diagnostics);
    assert_eq!((findings(&refused)[0].place.line, findings(&refused)[0].code), (19, "unreadable"));
    let other = text.replace("vestibule", "other").replace("sign-in", "other").replace(CONFIG, "{a: 1}");
    assert_eq!(report(&[&other], "").diagnostics.len(), 0);
}

#[test]
fn envoys_own_configuration_and_a_typed_struct() {
    let typed = format!(
        "static_resources:\n  filters:\n  - typed_config:\n      \"@type\": type.googleapis.com/udpa.type.v1.TypedStruct\n      \
         type_url: type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm\n      value:\n        config:\n          \
         vmConfig: {{environmentVariables: {{keyValues: {{S: x, COOKIE: {:-<40}}}}}}}\n          configuration:\n            \
         value: {CONFIG}\n",
        "a"
    );
    assert_eq!(kinds(&typed), [(Kind::EnvoyFilter, "Envoy's configuration".to_owned())]);
    let report = report(&[&typed], "");
    let found: Vec<_> = findings(&report).iter().map(|one| one.code).collect();
    assert_eq!(found, ["secret-in-file", "secret-in-file", "configuration"]);
}

#[test]
fn a_configuration_alone_as_yaml_and_as_json() {
    for text in [
        CONFIG,
        "provider: {issuer: \"https://acme.okta.com\"}\nclient: {id: a, secret: {env: S}}\nsession: {secrets: [{env: C}], max_age: 60d}\n",
    ] {
        assert_eq!(kinds(text)[0].0, Kind::Bare);
        let report = report(&[text], "");
        let said = findings(&report);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].key, "session.max_age");
    }
    let empty = report(&["access: []\n"], "");
    let keys: Vec<_> = findings(&empty).iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys, ["provider", "client", "session"]);
    let json = format!(
        "{{\n  \"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{{\"kind\": \"WasmPlugin\", \"metadata\": {{\"name\": \"x\"}},\n\"spec\": {{\"pluginConfig\": {CONFIG}}}}}]\n}}"
    );
    assert_eq!(kinds(&json), [(Kind::WasmPlugin, "WasmPlugin x".to_owned())]);
}

#[test]
fn the_charts_values() {
    let text = format!("image: {{tag: x}}\npluginConfig: {CONFIG}\n");
    assert_eq!(kinds(&text), [(Kind::Values, "the chart's values".to_owned())]);
}

#[test]
fn several_documents_as_helm_prints_them() {
    let text = format!(
        "---\n# Source: a/templates/empty.yaml\n---\n# Source: a/templates/service.yaml\napiVersion: v1\nkind: Service\nmetadata: {{name: a}}\n\
         ---\n# Source: a/templates/plugin.yaml\n{}\n---\n# Source: a/templates/end.yaml\n",
        plugin_with("max_age: 8h", "max_age: 60d")
    );
    let report = report(&[&text], "");
    assert_eq!(report.checked, ["WasmPlugin istio-system/vestibule"]);
    assert_eq!(findings(&report)[0].place.line, 21 + 9);
}

#[test]
fn modules_of_other_people_are_passed_over() {
    let text = "apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: limits, namespace: web}\nspec:\n  \
                url: oci://r.example/limits:1\n  failStrategy: FAIL_OPEN\n  pluginConfig: {rate: 5, hosts: [a]}\n";
    let only = report(&[text], "");
    assert!(only.diagnostics.is_empty() && only.checked.is_empty());
    assert_eq!(only.passed_over, ["0.yaml:2: WasmPlugin web/limits is another module's, and is passed over"]);
    assert_eq!(format!("{:?}", only.exit(true, false)), format!("{:?}", std::process::ExitCode::SUCCESS));
    // Their own form of configuration is nobody's fault, either.
    let text = envoy_filter("value: 'rate = 5 {'").replace("vestibule", "limits");
    assert!(report(&[&text], "").diagnostics.is_empty());
    // By its image it is ours, and has no configuration.
    let text = text_without_config();
    let ours = report(&[&text], "");
    assert!(findings(&ours)[0].found.starts_with("found nothing"), "{:?}", ours.diagnostics);
}

fn text_without_config() -> String {
    PLUGIN.split("  pluginConfig:").next().unwrap().to_owned()
}

#[test]
fn files_without_any_configuration_are_said_to_have_none() {
    let none = report(&["apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", ""], "");
    let code = |report: &super::Report, may_be_empty| format!("{:?}", report.exit(false, may_be_empty));
    assert_eq!(code(&none, false), format!("{:?}", std::process::ExitCode::from(2)));
    assert_eq!(code(&none, true), format!("{:?}", std::process::ExitCode::SUCCESS));
}

#[test]
fn an_inline_value_is_held_to_what_a_secret_must_be() {
    let text = plugin_with("{name: COOKIE_SECRET, valueFrom: HOST}", "{name: COOKIE_SECRET, value: hunter2}");
    let inline = report(&[&text], "");
    let found: Vec<_> = findings(&inline).iter().map(|one| (one.place.line, one.code)).collect();
    assert_eq!(found, [(12, "secret-in-file"), (20, "configuration")]);
    assert!(!super::super::text::text(&inline).contains("hunter2"));
    let empty = plugin_with("{name: COOKIE_SECRET, valueFrom: HOST}", "{name: COOKIE_SECRET}");
    assert!(findings(&report(&[&empty], ""))[0].found.contains("which is empty"));
    let found = documents::find(&[Input { name: String::new(), text }]);
    assert!(matches!(&found.plugins[0].environment, Environment::Known(all) if all.len() == 2));
    assert!(!format!("{:?}", found.plugins[0].environment).contains("hunter2"));
}

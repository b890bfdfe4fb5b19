//! What each overlay changes of the plain set.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};
use vestibule_e2e::scratch::Scratch;

use crate::wasm_plugin;
use crate::yaml::{documents, kustomizations, kustomize, of_kind, read, repository};

fn overlay(name: &str) -> Vec<Value> {
    documents(&kustomize(&repository().join("wasmplugin/overlays").join(name)))
}

fn plugin(documents: &[Value]) -> &Value {
    of_kind(documents, "WasmPlugin")[0]
}

/// The Envoy cluster of the filter's calls, as Istio names it, and where its TLS is written.
fn cluster(documents: &[Value]) -> (String, Value) {
    let rule = &of_kind(documents, "DestinationRule")[0]["spec"];
    let subset = rule["subsets"][0]["name"].as_str().unwrap_or_default();
    let policy = if subset.is_empty() { rule } else { &rule["subsets"][0] };
    let name = format!("outbound|443|{subset}|{}", rule["host"].as_str().unwrap());
    (name, policy["trafficPolicy"]["tls"]["mode"].clone())
}

#[test]
fn every_overlay_is_rendered_by_these_tests() {
    let folders = fs::read_dir(repository().join("wasmplugin/overlays")).unwrap().count();
    let overlays =
        kustomizations().iter().filter(|folder| folder.parent().unwrap().ends_with("overlays")).count();
    assert_eq!(folders, overlays);
}

#[test]
fn ingress_gateway_is_the_plain_set() {
    let plain = documents(&read(&repository().join("wasmplugin/manifests/istio.yaml")));
    let overlay = overlay("ingress-gateway");
    assert_eq!(overlay.len(), plain.len());
    for document in &plain {
        assert!(overlay.contains(document), "{document}");
    }
}

#[test]
fn gateway_api_names_a_gateway_which_names_the_environment() {
    let documents = overlay("gateway-api");
    let gateway = of_kind(&documents, "Gateway")[0];
    let target =
        json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway["metadata"]["name"]});
    assert_eq!(plugin(&documents)["spec"]["targetRefs"], json!([target]));
    let map = of_kind(&documents, "ConfigMap")[0];
    let parameters = json!({"group": "", "kind": "ConfigMap", "name": map["metadata"]["name"]});
    assert_eq!(gateway["spec"]["infrastructure"]["parametersRef"], parameters);
    assert!(map["data"]["deployment"].as_str().unwrap().contains("secretKeyRef"));
    // Istio looks for each of them in the Gateway's namespace.
    for kind in ["WasmPlugin", "ConfigMap", "ServiceEntry", "DestinationRule"] {
        let namespace = &of_kind(&documents, kind)[0]["metadata"]["namespace"];
        assert_eq!(namespace, &gateway["metadata"]["namespace"], "{kind}");
    }
}

#[test]
fn a_workload_is_guarded_where_requests_come_in_and_its_own_calls_stay_as_they_are() {
    for name in ["admin-service", "admin-service-claims"] {
        let documents = overlay(name);
        let spec = &plugin(&documents)["spec"];
        assert_eq!(spec["selector"]["matchLabels"], json!({"app": "admin-service"}), "{name}");
        assert_eq!(spec["match"], json!([{"mode": "SERVER"}]), "{name}");
        assert_eq!(spec["pluginConfig"]["hosts"], json!(["admin.example.com"]), "{name}");
        let expected =
            (spec["pluginConfig"]["provider"]["cluster"].as_str().unwrap().to_owned(), json!("SIMPLE"));
        assert_eq!(cluster(&documents), expected, "{name}");
        assert!(of_kind(&documents, "DestinationRule")[0]["spec"]["trafficPolicy"].is_null(), "{name}");
        for document in &documents {
            assert_eq!(document["metadata"]["namespace"], "admin", "{name}: {document}");
        }
    }
}

/// The token that counts is the one that the filter hands on, for its hosts only, and nothing else lets anybody in.
#[test]
fn claims_are_those_of_the_filters_token() {
    let documents = overlay("admin-service-claims");
    let spec = &plugin(&documents)["spec"];
    let config = &spec["pluginConfig"];
    assert_eq!(config["upstream"]["authorization"], "id_token");
    assert_eq!(config["session"]["refresh"], true);

    let authentication = &of_kind(&documents, "RequestAuthentication")[0]["spec"];
    let rule = &authentication["jwtRules"][0];
    assert_eq!(rule["issuer"], config["provider"]["issuer"]);
    assert_eq!(rule["audiences"], json!([config["client"]["id"]]));
    assert_eq!(rule["fromHeaders"], json!([{"name": "Authorization", "prefix": "Bearer "}]));

    let policy = &of_kind(&documents, "AuthorizationPolicy")[0]["spec"];
    assert_eq!(policy["action"], "ALLOW");
    for selected in [authentication, policy] {
        assert_eq!(selected["selector"], spec["selector"]);
    }
    let principals =
        json!([{"source": {"requestPrincipals": [format!("{}/*", rule["issuer"].as_str().unwrap())]}}]);
    for rule in policy["rules"].as_array().unwrap() {
        let operation = &rule["to"][0]["operation"];
        assert_eq!(operation["hosts"], config["hosts"], "the filter leaves other hosts' tokens alone");
        let public = operation["paths"] == config["access"][0]["match"]["paths"];
        assert!(public != (rule["from"] == principals), "{rule}");
    }
}

/// An overlay with components of `manifests`, as somebody would write it beside them.
fn with_components(overlay: &str, components: &[&str]) -> Vec<Value> {
    let scratch = Scratch::new("manifests-component");
    symlink(repository().join("wasmplugin"), scratch.path().join("wasmplugin")).unwrap();
    let own = scratch.path().join("own");
    fs::create_dir(&own).unwrap();
    let components: Vec<_> =
        components.iter().map(|name| format!("../wasmplugin/manifests/{name}")).collect();
    let text = json!({"resources": [format!("../wasmplugin/overlays/{overlay}")], "components": components});
    fs::write(own.join("kustomization.yaml"), text.to_string()).unwrap();
    documents(&kustomize(&own))
}

#[test]
fn a_second_cookie_secret_is_a_component_of_any_overlay() {
    let documents = with_components("admin-service", &["second-cookie-secret"]);
    let config = wasm_plugin::load(plugin(&documents)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.session.secrets.len(), 2);
    let names: Vec<_> = plugin(&documents)["spec"]["vmConfig"]["env"].as_array().unwrap().iter().collect();
    assert_eq!(names.last().unwrap()["name"], "COOKIE_SECRET_2");
}

/// Nothing but the form is different.
#[test]
fn a_traffic_extension_is_a_component_of_any_overlay() {
    for name in [
        "ingress-gateway",
        "gateway-api",
        "admin-service",
        "admin-service-claims",
        "many-workloads",
        "waypoint",
    ] {
        let older = overlay(name);
        let newer = with_components(name, &["traffic-extension"]);
        assert!(of_kind(&newer, "WasmPlugin").is_empty() && newer.len() == older.len(), "{name}");
        let extension = of_kind(&newer, "TrafficExtension")[0];
        let mut spec = extension["spec"].clone();
        let module = spec.as_object_mut().unwrap().remove("wasm").unwrap();
        spec.as_object_mut().unwrap().extend(module.as_object().unwrap().clone());
        assert_eq!(
            (&spec, &extension["metadata"]),
            (&plugin(&older)["spec"], &plugin(&older)["metadata"]),
            "{name}"
        );
    }
}

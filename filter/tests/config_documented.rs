//! What the schema says about defaults and examples is what loading does.

use serde_json::{Map, Value, json};
use vestibule::config::{load, schema};

fn env(name: &str) -> Option<String> {
    if name == "OKTA_PRIVATE_KEY" || name.ends_with("SIGNING_KEY") {
        return Some(include_str!("keys/p256.pem").to_owned());
    }
    (name != "MISSING").then(|| format!("{name}-0123456789abcdef0123456789abcdef"))
}

fn base() -> Value {
    json!({
        "provider": {"issuer": "https://acme.okta.com/oauth2/default"},
        "client": {"id": "0oa1b2c3"},
        "session": {"secrets": [{"env": "COOKIE_SECRET"}]},
        // Its keys have defaults only where it is there.
        "upstream": {"jwt": {}},
    })
}

#[test]
fn documented_defaults_are_the_real_ones() {
    let mut explicit = base();
    let mut count = 0;
    for (path, property) in keys() {
        // A rule that is there is not the default of a rule; the parts of one have no default on their own.
        if let Some(default) = property.get("default").filter(|_| !path.contains("[]")) {
            set(&mut explicit, &path, default.clone());
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
    let load = |config: &Value| format!("{:?}", load(config.to_string().as_bytes(), &env).expect("it loads"));
    assert_eq!(load(&explicit), load(&base()));
}

#[test]
fn documented_examples_load() {
    let mut count = 0;
    for (path, property) in keys() {
        let Some(example) = property.pointer("/examples/0") else { continue };
        // The example of any secret is no key; that of the key itself is.
        if ["client.private_key.", "upstream.jwt.key.", "upstream.jwt.other_keys[]."]
            .iter()
            .any(|key| path.starts_with(key))
        {
            continue;
        }
        let mut config = base();
        // What an example stands beside in a real configuration.
        match path.as_str() {
            "client.auth_method" => config["client"]["secret"] = json!({"env": "OKTA_CLIENT_SECRET"}),
            // Who does not see the picture reads the name.
            "pages.logo" => config["pages"]["name"] = json!("Acme Expenses"),
            "pages.support.label" => {
                config["pages"]["support"]["url"] = json!("https://help.example.com");
            }
            "client.key_id" => config["client"]["private_key"] = json!({"env": "OKTA_PRIVATE_KEY"}),
            "session.revoked[].sub" | "session.revoked[].email" => {
                config["session"]["revoked"] = json!([{"before": "2026-11-24T08:00:00Z"}]);
            }
            key if key.starts_with("access[].bearer.") => {
                let bearer = json!({"audiences": ["api://default"], "scopes": ["orders.read"]});
                config["access"] = json!([{ "bearer": bearer }]);
                config["providers"] = json!({"partner": {"issuer": "https://idp.partner.example"}});
            }
            key if key.starts_with("providers.") => {
                config["providers"] = json!({"partner": {"issuer": "https://idp.partner.example"}});
            }
            "session.revoked[].before" => config["session"]["revoked"] = json!([{"sub": "00u1"}]),
            "session.secrets[].env" | "session.secrets[].value" => config["session"]["secrets"] = json!([{}]),
            _ => {}
        }
        set(&mut config, &path, example.clone());
        let outcome = load(config.to_string().as_bytes(), &env);
        if let Err(error) = outcome {
            panic!("{path}: {error}");
        }
        count += 1;
    }
    assert!(count >= 50, "{count}");
}

/// Every key of the schema with its path, lists as `[]`.
fn keys() -> Vec<(String, Value)> {
    let root = schema();
    let mut keys = Vec::new();
    collect(&root, &root, "", &mut keys);
    keys
}

fn collect(root: &Value, schema: &Value, path: &str, keys: &mut Vec<(String, Value)>) {
    let none = Map::new();
    for (name, property) in schema.get("properties").and_then(Value::as_object).unwrap_or(&none) {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        keys.push((path.clone(), property.clone()));
        let resolved = resolve(root, property);
        collect(root, resolved, &path, keys);
        if let Some(items) = resolved.get("items") {
            collect(root, resolve(root, items), &format!("{path}[]"), keys);
        }
    }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(target) => root.pointer(target.trim_start_matches('#')).expect("a definition"),
        None => schema,
    }
}

/// Puts `value` at `path`; `[]` is the first entry.
fn set(config: &mut Value, path: &str, value: Value) {
    let mut place = config;
    for segment in path.split('.') {
        let name = segment.trim_end_matches("[]");
        place = &mut place[name];
        if segment.ends_with("[]") {
            if !place.is_array() {
                *place = json!([{}]);
            }
            place = &mut place[0];
        }
    }
    *place = value;
}

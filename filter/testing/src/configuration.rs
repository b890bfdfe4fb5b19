//! A configuration, and what a test changes in it.

use serde_json::{Map, Value, json};

pub const ISSUER: &str = "https://op.example/oauth2/default";
/// A host that the configuration protects: it protects all.
pub const HOST: &str = "app.example.com";
pub const CLIENT_SECRET: &str = "the-client-secret";
pub const SESSION_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The smallest `pluginConfig`, with `extra` as a merge patch over it.
#[must_use]
pub fn configuration(extra: &Value) -> Value {
    let mut base = json!({
        "provider": {"issuer": ISSUER},
        "client": {"id": "app", "secret": {"value": CLIENT_SECRET}, "scopes": ["openid", "email", "groups"]},
        "session": {"secrets": [{"value": SESSION_SECRET}]},
    });
    merge(&mut base, extra);
    base
}

/// A JSON merge patch (RFC 7396 §2): objects are merged, `null` removes, everything else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().map(|target| target.remove(key));
        } else {
            merge(&mut target[key], value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merge;

    #[test]
    fn a_merge_patch_replaces_adds_and_removes() {
        let mut value = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        merge(&mut value, &json!({"a": {"b": null, "e": {"f": 3}}, "d": []}));
        assert_eq!(value, json!({"a": {"c": 2, "e": {"f": 3}}, "d": []}));
    }
}

//! Whatever is configured: an answer, and if it is a refusal, one line without a secret.

use proptest::prelude::*;
use serde_json::{Value, json};
use vestibule::config::load;

const SECRET: &str = "a-secret-of-enough-bytes-0123456789abcdef";

const KEYS: [&str; 24] = [
    "/provider/issuer",
    "/provider/cluster",
    "/provider/timeout",
    "/provider/clusters",
    "/client/id",
    "/client/scopes/0",
    "/client/secret/value",
    "/session/max_age",
    "/session/not_before",
    "/session/revoked/0/before",
    "/session/revoked/0/email",
    "/session/cookie/name",
    "/session/cookie/domains/0",
    "/session/cookie/secure",
    "/paths/prefix",
    "/paths/redirect_uri",
    "/paths/allowed_redirect_domains/0",
    "/upstream/user_header",
    "/hosts/0",
    "/access/0/allow",
    "/access/0/match/hosts/0",
    "/access/0/match/paths/0",
    "/access/0/match/methods/0",
    "/access/0/require/emails/0",
];

fn full() -> Value {
    json!({
        "provider": {"issuer": "https://a.example", "cluster": "c", "timeout": "5s", "clusters": {"b.example": "b"}},
        "client": {"id": "x", "scopes": ["groups", "openid"], "secret": {"value": SECRET}},
        "session": {
            "secrets": [{"value": SECRET}],
            "max_age": "8h",
            "not_before": "2026-11-24T08:00:00Z",
            "revoked": [{"email": "a@a.example", "before": "2026-11-24T08:00:00Z"}],
            "cookie": {"name": "x", "domains": ["a.example"], "secure": true},
        },
        "paths": {
            "prefix": "/oauth2",
            "redirect_uri": "https://a.example/oauth2/callback",
            "allowed_redirect_domains": [".a.example"],
        },
        "upstream": {"user_header": "x-user"},
        "hosts": ["a.example"],
        "access": [{
            "allow": "authenticated",
            "match": {"hosts": ["a.example"], "paths": ["/a/*"], "methods": ["GET"]},
            "require": {"emails": ["a@a.example"]},
        }],
    })
}

fn check(bytes: &[u8]) {
    if let Err(error) = load(bytes, &|_| None) {
        let line = error.to_string();
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(line.chars().count() < 1_000, "{line}");
        assert!(!line.contains(SECRET), "{line}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".*".prop_map(Value::from),
        "[-a-z0-9./:*%\\\\@_;]{0,40}".prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        ".*".prop_map(|key| json!({key: "x"})),
    ]
}

#[test]
fn full_one_loads() {
    load(full().to_string().as_bytes(), &|_| None).unwrap_or_else(|error| panic!("{error}"));
}

proptest! {
    #[test]
    fn any_bytes(bytes in any::<Vec<u8>>()) {
        check(&bytes);
    }

    #[test]
    fn any_value_at_any_key(key in prop::sample::select(&KEYS[..]), value in any_value()) {
        let mut config = full();
        *config.pointer_mut(key).expect("the key is there") = value;
        check(config.to_string().as_bytes());
    }

    #[test]
    fn any_cut(length in 0_usize..1_000) {
        let text = full().to_string();
        check(text.as_bytes().get(..length).unwrap_or(text.as_bytes()));
    }
}

//! Whatever is configured: an answer, and if it is a refusal, a line for each fault and no secret in any.

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

/// One fault each, in the order of the contract, whichever others there are.
const INDEPENDENT: [(&str, &str); 33] = [
    ("/provider/unknown", "1"),
    ("/provider/issuer", "\"a.example\""),
    ("/provider/cluster", "null"),
    ("/provider/clusters/b.example", "\"\""),
    ("/provider/timeout", "\"2m\""),
    ("/provider/jwks_uri", "\"x\""),
    ("/client/id", "1"),
    ("/client/secret/value", "\"\""),
    ("/client/scopes/0", "\"a b\""),
    ("/client/authorization_params", "{\"state\": \"x\"}"),
    ("/session/secrets/0/value", "\"short\""),
    ("/session/max_age", "28800"),
    ("/session/idle_timeout", "\"soon\""),
    ("/session/not_before", "\"now\""),
    ("/session/revoked/0/email", "\"a\""),
    ("/session/revoked/0/before", "\"\""),
    ("/session/cookie/name", "\"__Host-x\""),
    ("/session/cookie/domains/0", "\"com\""),
    ("/session/cookie/same_site", "\"Lax\""),
    ("/session/cookie/secure", "\"true\""),
    ("/identity/user_claim", "\"\""),
    ("/paths/prefix", "\"/\""),
    ("/paths/ambiguous", "\"deny\""),
    ("/paths/redirect_uri", "\"/oauth2/callback\""),
    ("/paths/allowed_redirect_domains/0", "\".com\""),
    ("/upstream/user_header", "\"host\""),
    ("/upstream/claims", "[]"),
    ("/hosts/0", "\"a.example:443\""),
    ("/access/0/match/hosts", "[]"),
    ("/access/0/match/paths/0", "\"a\""),
    ("/access/0/match/methods/0", "\"get\""),
    ("/access/0/require/emails/0", "{}"),
    ("/access/0/preflight", "\"deny\""),
];

/// Puts `value` at `key`, a JSON pointer; the last segment of it may be new.
fn spoil(config: &mut Value, key: &str, value: Value) {
    let (place, name) = key.rsplit_once('/').expect("a pointer");
    if config.pointer(place).is_none() {
        spoil(config, place, json!({}));
    }
    match config.pointer_mut(place).expect("it is there") {
        Value::Array(items) => items[name.parse::<usize>().expect("an index")] = value,
        map => map[name] = value,
    }
}

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
    if let Err(errors) = load(bytes, &|_| None) {
        assert!(errors.iter().len() > 0);
        for error in errors {
            let line = error.to_string();
            assert!(!line.chars().any(char::is_control), "{line:?}");
            assert!(line.chars().count() < 1_000, "{line}");
            assert!(!line.contains(SECRET), "{line}");
        }
    }
}

fn lines(config: &Value) -> Vec<String> {
    let errors = load(config.to_string().as_bytes(), &|_| None).map(|_| ()).expect_err("there is a fault");
    errors.iter().map(ToString::to_string).collect()
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

    /// However many faults there are in keys that know nothing of each other, each has its line, the same as alone.
    #[test]
    fn another_fault_adds_its_line_and_keeps_the_others(
        chosen in prop::sample::subsequence(&INDEPENDENT[..], 2..=INDEPENDENT.len()),
        is_reversed in any::<bool>(),
    ) {
        let spoilt = |faults: &[(&str, &str)]| {
            let mut config = full();
            for (key, value) in faults {
                spoil(&mut config, key, serde_json::from_str(value).expect("JSON"));
            }
            lines(&config)
        };
        let alone: Vec<_> = chosen.iter().flat_map(|fault| spoilt(&[*fault])).collect();
        assert_eq!(alone.len(), chosen.len(), "{alone:?}");
        let mut order = chosen;
        if is_reversed {
            order.reverse();
        }
        // The order of the contract is that of the list, whichever came first.
        assert_eq!(spoilt(&order), alone);
    }

    #[test]
    fn any_cut(length in 0_usize..1_000) {
        let text = full().to_string();
        check(text.as_bytes().get(..length).unwrap_or(text.as_bytes()));
    }
}

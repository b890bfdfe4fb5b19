//! Several faults in one document: each has its line, in the order of the contract, and none is told twice.

use serde_json::{Value, json};

use super::{base, faults, with};

fn keys(config: &Value) -> Vec<String> {
    faults(config.to_string().as_bytes()).into_iter().map(|(key, _)| key).collect()
}

/// Of every kind: unknown, missing, repeated, of a wrong type, and wrong in value. The text has the
/// sections in another order than the contract.
#[test]
fn all_of_them_in_the_order_of_the_contract() {
    let text = r#"{
        "access": [
            {"match": {"paths": ["/a", "b", 1], "client_cidrs": ["10.0.0.1/8"]}, "allow": "everyone"},
            "everybody",
            {"bearer": {"audiences": []}, "require": {"groups": [], "emails": ["ann"]}, "pathes": []},
            {"match": {"methods": ["get"]}, "unauthenticated": 401}
        ],
        "hosts": ["a.example:443", null, "b.example"],
        "upstream": {"claims": {"x-a": "", "host": "x"}, "access_token": "yes"},
        "paths": {"ambiguous": "deny", "prefix": "oauth2"},
        "identity": {"user_claim": ""},
        "session": {
            "cookie": {"domain": "a.example", "name": "__Host-x"},
            "revoked": [{"sub": ""}, {"email": "ann", "before": "now"}],
            "max_age": 28800,
            "idle_timeout": "1w",
            "secrets": [{"value": "topsecret"}, "topsecret", {"env": "MISSING"}, {}]
        },
        "client": {
            "authorization_params": {"state": "x", "prompt": ""},
            "scopes": ["a b", "openid", 1],
            "key_id": "",
            "private_key": {"value": "topsecret"},
            "secret": {"topsecret": null}
        },
        "provider": {"isuer": "topsecret", "timeout": "2m", "cluster": "", "cluster": "x", "jwks_uri": "x"}
    }"#;
    let faults = faults(text.as_bytes());
    let keys: Vec<_> = faults.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "provider.isuer",
            "provider.cluster",
            "provider.timeout",
            "provider.jwks_uri",
            "client.id",
            "client.secret",
            "client.private_key.value",
            "client.key_id",
            "client.scopes[0]",
            "client.scopes[2]",
            "client.authorization_params.prompt",
            "client.authorization_params.state",
            "session.secrets[0].value",
            "session.secrets[1]",
            "session.secrets[2].env",
            "session.secrets[3]",
            "session.max_age",
            "session.idle_timeout",
            "session.revoked[0].sub",
            "session.revoked[0].before",
            "session.revoked[1].email",
            "session.revoked[1].before",
            "session.cookie.domain",
            "session.cookie.name",
            "identity.user_claim",
            "paths.prefix",
            "paths.ambiguous",
            "upstream.access_token",
            "upstream.claims.host",
            "upstream.claims.x-a",
            "hosts[0]",
            "hosts[1]",
            "access[0].match.paths[1]",
            "access[0].match.paths[2]",
            "access[0].match.client_cidrs[0]",
            "access[0].allow",
            "access[1]",
            "access[2].pathes",
            "access[2].require.groups",
            "access[2].require.emails[0]",
            "access[2].bearer.audiences",
            "access[3].match.methods[0]",
            "access[3].unauthenticated",
        ],
        "{faults:#?}"
    );
}

#[test]
fn a_section_at_fault_does_not_hide_another() {
    let mut config = base();
    config["provider"]["unknown"] = json!(1);
    config["session"]["secrets"] = json!([{"env": "SHORT"}]);
    assert_eq!(keys(&config), ["provider.unknown", "session.secrets[0].env"]);
    for (section, value) in [("provider", json!([])), ("client", json!("topsecret")), ("identity", json!(1))]
    {
        let mut config = with("access", json!([{"allow": "everyone"}]));
        config[section] = value;
        assert_eq!(keys(&config), [section, "access[0].allow"]);
    }
    assert_eq!(keys(&json!({})), ["provider", "client", "session"]);
}

/// What is missing beside an unknown key may be that key, misspelt.
#[test]
fn a_misspelt_key_is_not_missing_as_well() {
    let mut provider = base();
    provider["provider"] = json!({"isuer": "https://a.example"});
    let mut session = base();
    session["sesion"] = session["session"].take();
    session.as_object_mut().expect("a map").remove("session");
    for (config, key) in [
        (provider, "provider.isuer"),
        (session, "sesion"),
        (
            with("client", json!({"id": "x", "secrt": {}, "auth_method": "client_secret_basic"})),
            "client.secrt",
        ),
        (with("client", json!({"id": "x", "privat_key": {}, "key_id": "k"})), "client.privat_key"),
        (
            with("session.revoked", json!([{"mail": "x", "before": "2026-11-24T08:00:00Z"}])),
            "session.revoked[0].mail",
        ),
        (with("access", json!([{"match": {"path": "/a"}}, {}])), "access[0].match.path"),
        (with("access", json!([{"matches": {"paths": ["/a"]}}, {}])), "access[0].matches"),
        (with("access", json!([{"require": {"group": "a"}}])), "access[0].require.group"),
        (with("access", json!([{"allow": "public", "requires": {}}])), "access[0].requires"),
        (
            with("upstream", json!({"user_heder": "x", "claims": {"x-auth-request-user": "y"}})),
            "upstream.user_heder",
        ),
    ] {
        assert_eq!(keys(&config), [key]);
    }
}

/// A check of two keys says nothing where one of them is at fault.
#[test]
fn checks_between_keys_run_only_where_both_are_whole() {
    let uri = "https://app.example.com/oauth2/callback";
    let redirect = |key: &str, value: Value| {
        let mut config = with("paths.redirect_uri", json!(uri));
        config["hosts"] = json!(["app.example.com", "b.example.com"]);
        config["session"]["cookie"] = json!({"domains": ["example.com"], "secure": true});
        *config.pointer_mut(key).expect("it is there") = value;
        config
    };
    let prefix = |value: Value| {
        let mut config = with("paths.redirect_uri", json!("https://app.example.com/auth/callback"));
        config["paths"]["prefix"] = value;
        config
    };
    let idle = |max_age: Value| {
        let mut config = with("session.idle_timeout", json!("9h"));
        config["session"]["max_age"] = max_age;
        config
    };
    for (config, key) in [
        (idle(json!(36_000)), "session.max_age"),
        (idle(json!("10 hours")), "session.max_age"),
        (prefix(json!("auth")), "paths.prefix"),
        (prefix(json!(1)), "paths.prefix"),
        (redirect("/hosts", json!("app.example.com")), "hosts"),
        (redirect("/hosts/1", json!("b.example.com:443")), "hosts[1]"),
        (redirect("/session/cookie/domains", json!("example.com")), "session.cookie.domains"),
        (redirect("/session/cookie/domains/0", json!("com")), "session.cookie.domains[0]"),
        (redirect("/session/cookie/secure", json!("false")), "session.cookie.secure"),
        (redirect("/session/cookie", json!([])), "session.cookie"),
        (
            with("client", json!({"id": "x", "secret": {}, "auth_method": "client_secret_basic"})),
            "client.secret",
        ),
        (with("client", json!({"id": "x", "private_key": 1, "key_id": "k"})), "client.private_key"),
        (with("session.cookie", json!({"secure": 0, "same_site": "none"})), "session.cookie.secure"),
        (with("access", json!([{"match": {"paths": "/a"}}, {}])), "access[0].match.paths"),
        (with("access", json!([{"match": {"client_cidrs": []}}, {}])), "access[0].match.client_cidrs"),
        (with("access", json!([{"allow": "public", "require": []}])), "access[0].require"),
        (with("access", json!([{}, {}, {}])), "access[1]"),
        (
            with("upstream", json!({"user_header": 1, "claims": {"x-auth-request-user": "y"}})),
            "upstream.user_header",
        ),
    ] {
        assert_eq!(keys(&config), [key]);
    }
}

/// One that is at fault elsewhere as well is still checked with what is whole.
#[test]
fn checks_between_keys_run_beside_other_faults() {
    let mut config = with("paths.redirect_uri", json!("https://app.example.com/oauth2/callback"));
    config["hosts"] = json!(["b.example.com"]);
    config["provider"] = json!({"issuer": "x"});
    config["client"]["id"] = json!("");
    config["session"]["max_age"] = json!("long");
    config["session"]["cookie"] = json!({"name": "", "domains": ["example.com"], "secure": false});
    assert_eq!(
        keys(&config),
        [
            "provider.issuer",
            "client.id",
            "session.max_age",
            "session.cookie.name",
            "session.cookie.secure",
            "paths.redirect_uri"
        ]
    );
}

/// As a value, as a key, in the place of a map, twice: [`faults`] looks for it in every line.
#[test]
fn no_line_shows_a_secret() {
    let source = r#"{"topsecret": 1, "topsecret": 2, "topsecret-too": 3}"#;
    for (text, count) in [
        (source.to_owned(), 1),
        (r#"{"value": "topsecret", "value": "topsecret"}"#.to_owned(), 1),
        (r#"{"env": "topsecret!"}"#.to_owned(), 1),
        (r#"{"value": ["topsecret"]}"#.to_owned(), 1),
        (r#"{"value": {"topsecret": "topsecret"}}"#.to_owned(), 1),
        (r#""topsecret""#.to_owned(), 1),
        (r#"["topsecret"]"#.to_owned(), 1),
    ] {
        let whole = format!(
            r#"{{"client": {{"id": "", "secret": {text}, "private_key": {text}}}, "session": {{"secrets": [{text}, {text}]}}}}"#
        );
        let keys: Vec<_> = faults(whole.as_bytes()).into_iter().map(|(key, _)| key).collect();
        let of = |key: &str| keys.iter().filter(|found| found.starts_with(key)).count();
        assert_eq!((of("client.secret"), of("client.private_key")), (count, count), "{text}: {keys:?}");
        assert_eq!(of("session.secrets"), 2 * count, "{text}: {keys:?}");
        assert_eq!(keys.len(), 2 + 4 * count, "{text}: {keys:?}");
    }
}

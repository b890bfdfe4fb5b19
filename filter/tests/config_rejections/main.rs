//! Every configuration that is refused: which key the line of a fault names, and what it says.

mod access;
mod client;
mod many;
mod pages;
mod paths;
mod session;
mod upstream;

use serde_json::{Value, json};
use vestibule::config::{ConfigError, load};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn env(name: &str) -> Option<String> {
    match name {
        "COOKIE_SECRET" => Some(SECRET.to_owned()),
        "SHORT" => Some("topsecret-short".to_owned()),
        "EMPTY" => Some(String::new()),
        "LINE_BREAK" => Some("topsecret\n".to_owned()),
        _ => None,
    }
}

fn base() -> Value {
    json!({
        "provider": {"issuer": "https://acme.okta.com/oauth2/default"},
        "client": {"id": "0oa1b2c3"},
        "session": {"secrets": [{"env": "COOKIE_SECRET"}]},
    })
}

/// The base configuration with one key set.
fn with(path: &str, value: Value) -> Value {
    let mut config = base();
    let mut place = &mut config;
    for name in path.split('.') {
        place = &mut place[name];
    }
    *place = value;
    config
}

/// The key and the line of the one fault, after what holds for every fault.
fn refused(bytes: &[u8]) -> (String, String) {
    let mut faults = faults(bytes);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.remove(0)
}

/// The key and the line of every fault, after what holds for every fault.
fn faults(bytes: &[u8]) -> Vec<(String, String)> {
    let errors = match load(bytes, &env) {
        Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(bytes)),
        Err(errors) => errors,
    };
    let text = errors.to_string();
    let faults: Vec<_> = errors.into_iter().map(|error| (line(&error), error.key)).collect();
    assert_eq!(text, faults.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>().join("\n"));
    faults.into_iter().map(|(line, key)| (key, line)).collect()
}

fn line(error: &ConfigError) -> String {
    let line = error.to_string();
    assert!(line.starts_with("configuration: "), "{line}");
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(line.chars().count() < 1000, "{line}");
    assert!(!line.contains("topsecret") && !line.contains(SECRET), "{line}");
    assert!(!error.found.is_empty() && !error.accepted.is_empty(), "{line}");
    line
}

/// Sets `path` to each value, and wants an error at `key` that holds `fragment`.
fn table(rows: &[(&str, Value, &str, &str)]) {
    for (path, value, key, fragment) in rows {
        let (found, line) = refused(with(path, value.clone()).to_string().as_bytes());
        assert_eq!(&found, key, "{path} = {value}: {line}");
        assert!(line.contains(fragment), "{path} = {value}: {line}");
    }
}

#[test]
fn lines_read_like_this() {
    let (_, line) = refused(with("session.max_age", json!("8 hours")).to_string().as_bytes());
    assert_eq!(
        line,
        r#"configuration: session.max_age: found "8 hours"; accepted: a duration such as "30s", "15m", "8h" or "7d""#
    );
    let (_, line) = refused(with("session.max_age", json!(28_800)).to_string().as_bytes());
    assert_eq!(
        line,
        r#"configuration: session.max_age: found 28800; accepted: a duration such as "30s", "15m", "8h" or "7d""#
    );
    let (_, line) =
        refused(with("access", json!([{"match": {"paths": ["//x/./%61"]}}])).to_string().as_bytes());
    assert!(
        line.starts_with(r#"configuration: access[0].match.paths[0]: found "//x/./%61"; accepted: "#),
        "{line}"
    );
    assert!(line.ends_with(r#"; here "/x/a""#), "{line}");
}

#[test]
fn whole_text() {
    for (bytes, count, key, fragment) in [
        (&b""[..], 1, "", "found nothing; accepted: a map with the keys provider, client and session"),
        (b" \n\t", 1, "", "pluginConfig"),
        (b"{", 1, "", "JSON"),
        (b"provider: {}", 1, "", "JSON"),
        (b"{} {}", 1, "", "one JSON value"),
        (b"\xff", 1, "", "JSON"),
        (b"[]", 1, "", "a map with the keys provider, providers, client, session"),
        (b"null", 1, "", "a map with the keys provider"),
        (b"\"topsecret\"", 1, "", "found a string"),
        (b"{}", 3, "provider", "required"),
        (br#"{"provider": {"issuer": "a", "issuer": "b"}}"#, 3, "provider.issuer", "this key twice"),
    ] {
        let faults = faults(bytes);
        let (found, line) = &faults[0];
        assert_eq!((found.as_str(), faults.len()), (key, count), "{faults:?}");
        assert!(line.contains(fragment), "{line}");
    }
}

#[test]
fn shapes() {
    table(&[
        ("provider", json!({}), "provider.issuer", "this key is required"),
        ("client", json!({}), "client.id", "this key is required"),
        ("session", json!({}), "session.secrets", "env: COOKIE_SECRET"),
        ("provider.isuer", json!("topsecret"), "provider.isuer", "issuer, cluster, clusters"),
        (
            "session.cookie.domain",
            json!(".a.example"),
            "session.cookie.domain",
            "name, domains, same_site or secure",
        ),
        ("access", json!([{}, {"match": {"path": "/"}}]), "access[1].match.path", "hosts, paths, methods"),
        ("provider.issuer", json!(1), "provider.issuer", "found 1; accepted: a string"),
        ("provider.issuer", json!(null), "provider.issuer", "leave the key out"),
        ("provider.cluster", json!(true), "provider.cluster", "found true; accepted: a string"),
        ("provider.clusters", json!(["a"]), "provider.clusters", "found a list; accepted: a map"),
        ("provider.clusters", json!({"a.example": 1}), "provider.clusters.a.example", "a string"),
        ("client", json!("topsecret"), "client", "found a string; accepted: a map with the keys id"),
        ("client", json!(["0oa"]), "client", "found a list"),
        ("client.scopes", json!("openid email"), "client.scopes", "found a string; accepted: a list"),
        ("client.scopes", json!(["openid", 1.5]), "client.scopes[1]", "found 1.5; accepted: a string"),
        (
            "client.authorization_params",
            json!({"max_age": 300}),
            "client.authorization_params.max_age",
            "a string",
        ),
        ("session.not_before", json!(0), "session.not_before", "RFC 3339"),
        ("session.refresh", json!("false"), "session.refresh", "true or false, without quotes"),
        ("session.cookie.secure", json!("yes"), "session.cookie.secure", "true or false"),
        ("session.cookie.same_site", json!("Lax"), "session.cookie.same_site", "lax, strict or none"),
        ("session.cookie.same_site", json!(false), "session.cookie.same_site", "found false; accepted: lax"),
        ("paths.ambiguous", json!("deny"), "paths.ambiguous", "refuse or allow"),
        (
            "upstream.authorization",
            json!("bearer"),
            "upstream.authorization",
            "none, id_token or access_token",
        ),
        ("hosts", json!("a.example"), "hosts", "a list"),
        ("hosts", json!(null), "hosts", "a list"),
        ("access", json!({}), "access", "a list"),
        ("access", json!([{"require": {"groups": null}}]), "access[0].require.groups", "a list"),
        (
            "access",
            json!([{"allow": "everyone"}]),
            "access[0].allow",
            "public, optional, authenticated or none",
        ),
        (
            "access",
            json!([{"unauthenticated": 401}]),
            "access[0].unauthenticated",
            "auto, redirect or status",
        ),
    ]);
}

#[test]
fn provider() {
    let long = format!("https://a.example/{}", "x".repeat(1_000));
    table(&[
        ("provider.issuer", json!(""), "provider.issuer", "absolute URL"),
        ("provider.issuer", json!("acme.okta.com"), "provider.issuer", "absolute URL"),
        ("provider.issuer", json!("http://acme.okta.com"), "provider.issuer", "https"),
        ("provider.issuer", json!("https://acme.okta.com?x=y"), "provider.issuer", "without a query"),
        ("provider.issuer", json!(format!("{long}?")), "provider.issuer", "…"),
        ("provider.issuer", json!("https://acme.okta.com/#x"), "provider.issuer", "fragment"),
        (
            "provider.issuer",
            json!("https://u:topsecret@a.example"),
            "provider.issuer",
            "without user information",
        ),
        ("provider.issuer", json!("https://acme.okta.com\n"), "provider.issuer", "\\n"),
        ("provider.cluster", json!(""), "provider.cluster", "Envoy cluster"),
        ("provider.cluster", json!("a\nb"), "provider.cluster", "Envoy cluster"),
        ("provider.clusters", json!({"https://a": "x"}), "provider.clusters.https://a", "a host name"),
        ("provider.clusters", json!({"a.example:443": "x"}), "provider.clusters.a.example:443", "no port"),
        ("provider.clusters", json!({"a.example": ""}), "provider.clusters.a.example", "Envoy cluster"),
        (
            "provider.clusters",
            json!({"A.example": "x", "a.example": "y"}),
            "provider.clusters.a.example",
            "once",
        ),
        ("provider.clusters", json!({"a\nb": "x"}), "provider.clusters.a\\nb", "a host name"),
        ("provider.timeout", json!("0s"), "provider.timeout", r#"from "1s" to "60s""#),
        ("provider.timeout", json!("61s"), "provider.timeout", r#"from "1s" to "60s""#),
        ("provider.timeout", json!("soon"), "provider.timeout", "duration"),
        (
            "provider.authorization_endpoint",
            json!("/authorize"),
            "provider.authorization_endpoint",
            "absolute",
        ),
        ("provider.token_endpoint", json!("http://a.example"), "provider.token_endpoint", "https"),
        ("provider.jwks_uri", json!("https://a.example/#k"), "provider.jwks_uri", "fragment"),
        ("provider.userinfo_endpoint", json!("x"), "provider.userinfo_endpoint", "absolute"),
        ("provider.end_session_endpoint", json!("x"), "provider.end_session_endpoint", "absolute"),
        (
            "provider.pushed_authorization_request_endpoint",
            json!("http://a.example/par"),
            "provider.pushed_authorization_request_endpoint",
            "https",
        ),
    ]);
}

#[test]
fn hosts() {
    table(&[
        ("hosts", json!([]), "hosts", "one entry or more"),
        ("hosts", json!([""]), "hosts[0]", "a host name"),
        ("hosts", json!(["a.example", "*"]), "hosts[1]", "*.example.com"),
        ("hosts", json!(["*."]), "hosts[0]", "a host name"),
        ("hosts", json!(["a.*.example"]), "hosts[0]", "a host name"),
        ("hosts", json!(["*.127.0.0.1"]), "hosts[0]", "a host name"),
        ("hosts", json!(["a.example:443"]), "hosts[0]", "no port"),
        ("hosts", json!(["a.example/"]), "hosts[0]", "a host name"),
        ("hosts", json!(["a.example."]), "hosts[0]", "a host name"),
        ("hosts", json!(["bücher.example"]), "hosts[0]", "xn--"),
        ("access", json!([{"match": {"hosts": []}}]), "access[0].match.hosts", "one entry or more"),
        ("access", json!([{"match": {"hosts": ["a:1"]}}]), "access[0].match.hosts[0]", "no port"),
    ]);
}

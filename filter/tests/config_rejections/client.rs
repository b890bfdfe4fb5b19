//! `client`, and where secrets come from.

use serde_json::{Value, json};

use super::{SECRET, table};

#[test]
fn client() {
    let secret = json!({"value": "topsecret"});
    let client = |extra: Value| {
        let mut client = json!({"id": "0oa1b2c3"});
        client.as_object_mut().expect("a map").extend(extra.as_object().expect("a map").clone());
        client
    };
    let method = |name: &str| client(json!({"auth_method": name}));
    let with_secret = |name: &str| client(json!({"auth_method": name, "secret": secret}));
    let at = "client.auth_method";
    table(&[
        ("client.id", json!(""), "client.id", "printable ASCII"),
        ("client.id", json!(" x"), "client.id", "printable ASCII"),
        ("client.id", json!("é"), "client.id", "printable ASCII"),
        ("client", method("client_secret_basic"), at, "a client.secret beside it"),
        ("client", method("client_secret_post"), at, "or none for a public client"),
        ("client", with_secret("none"), at, "a public client has neither"),
        ("client", with_secret("client_secret_jwt"), at, "gains nothing over TLS"),
        ("client", method("private_key_jwt"), at, "a client.private_key beside it"),
        ("client", with_secret("private_key_jwt"), at, "a client.private_key beside it"),
        ("client", with_secret("basic"), at, "client_secret_basic"),
        ("client.key_id", json!("k"), "client.key_id", "a client.private_key beside it"),
        ("client.key_id", json!(""), "client.key_id", "a key ID"),
        ("client.key_id", json!("a\nb"), "client.key_id", "a key ID"),
        (
            "client.pushed_authorization_requests",
            json!("yes"),
            "client.pushed_authorization_requests",
            "true or false",
        ),
        ("client.resources", json!(["a b:c"]), "client.resources[0]", "an absolute URI without a fragment"),
        ("client.resources", json!(["/api"]), "client.resources[0]", "an absolute URI"),
        ("client.resources", json!(["https://a/#x"]), "client.resources[0]", "without a fragment"),
        ("client.resources", json!(["1a:b"]), "client.resources[0]", "an absolute URI"),
        ("client.assertion_audience", json!("op"), "client.assertion_audience", "issuer"),
        ("client.max_age", json!("31d"), "client.max_age", r#"from "0s" to "30d""#),
        ("client.max_age", json!("900"), "client.max_age", "a duration"),
        ("client.prompt", json!(""), "client.prompt", "one blank between"),
        ("client.prompt", json!("login none"), "client.prompt", r#""none" alone"#),
        ("client.prompt", json!("login  consent"), "client.prompt", "one blank between"),
        ("client.prompt", json!("Login"), "client.prompt", "one blank between"),
        ("client.login_hint", json!("a\nb"), "client.login_hint", "a short text"),
        ("client.login_hint", json!("x".repeat(257)), "client.login_hint", "a short text"),
        (
            "client",
            client(json!({"prompt": "login", "authorization_params": {"prompt": "consent"}})),
            "client.authorization_params.prompt",
            "one of the two",
        ),
        (
            "client",
            client(json!({"max_age": "1h", "authorization_params": {"max_age": "900"}})),
            "client.authorization_params.max_age",
            "one of the two",
        ),
        (
            "client",
            client(json!({"authorization_params": {"max_age": "15m"}})),
            "client.authorization_params.max_age",
            "a number of seconds",
        ),
        (
            "client",
            client(json!({"resources": ["urn:a"], "authorization_params": {"resource": "urn:b"}})),
            "client.authorization_params.resource",
            "one of the two",
        ),
        ("client.scopes", json!([]), "client.scopes", "one entry or more"),
        ("client.scopes", json!(["email"]), "client.scopes", "openid and any others"),
        ("client.scopes", json!(["openid", "a b"]), "client.scopes[1]", "one scope without blanks"),
        ("client.scopes", json!(["openid", "a\"b"]), "client.scopes[1]", "quotes"),
        ("client.scopes", json!(["openid", ""]), "client.scopes[1]", "one scope"),
        ("client.authorization_params", json!({"": "x"}), "client.authorization_params.", "ui_locales"),
        ("client.authorization_params", json!({"a b": "x"}), "client.authorization_params.a b", "ui_locales"),
        (
            "client.authorization_params",
            json!({"prompt": ""}),
            "client.authorization_params.prompt",
            "not empty",
        ),
        ("client.authorization_params", json!({"a": "\r\n"}), "client.authorization_params.a", "control"),
    ]);
    for name in [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "response_mode",
        "request",
        "request_uri",
        "client_secret",
        "client_assertion",
        "id_token_hint",
        "State",
        "REDIRECT_URI",
    ] {
        let key = format!("client.authorization_params.{name}");
        table(&[("client.authorization_params", json!({name: "x"}), &key, "prompt, login_hint")]);
    }
}

#[test]
fn private_keys() {
    const P256: &str = include_str!("../keys/p256.pem");
    let key = |text: &str| json!({"value": text});
    let beside = |extra: Value| {
        let mut client = json!({"id": "0oa1b2c3", "private_key": key(P256)});
        client.as_object_mut().expect("a map").extend(extra.as_object().expect("a map").clone());
        client
    };
    let secret = json!({"value": "topsecret"});
    let (at, value) = ("client.auth_method", "client.private_key.value");
    table(&[
        ("client.private_key", json!("topsecret"), "client.private_key", "found a string; accepted: a map"),
        ("client.private_key", json!({"topsecret": 1}), "client.private_key", "an unknown key"),
        ("client.private_key", json!({}), "client.private_key", "exactly one of env and value"),
        ("client.private_key", json!({"env": "MISSING"}), "client.private_key.env", "which is not set"),
        ("client.private_key", json!({"env": "SHORT"}), "client.private_key.env", "neither a PEM nor a JWK"),
        ("client.private_key", key("topsecret"), value, "RSA of 2048 to 4096 bits (RS256) or EC on P-256"),
        ("client.private_key", key("{\"topsecret\": 1}"), value, "without its private part"),
        ("client.private_key", key(include_str!("../keys/rsa-public.pem")), value, "a public key"),
        ("client.private_key", key(include_str!("../keys/rsa-1024.pem")), value, "less than 2048 bits"),
        ("client.private_key", key(include_str!("../keys/ed25519.pem")), value, "another kind"),
        ("client.private_key", key(include_str!("../keys/p256-sec1.pem")), value, "openssl pkcs8 -topk8"),
        ("client.private_key", key(include_str!("../keys/p256-encrypted.pem")), value, "under a passphrase"),
        ("client", beside(json!({"secret": secret})), at, "client_secret_post or private_key_jwt"),
        ("client", beside(json!({"auth_method": "none"})), at, "a public client has neither"),
        ("client", beside(json!({"auth_method": "client_secret_basic"})), at, "a client.secret beside it"),
        ("client", beside(json!({"key_id": " "})), "client.key_id", "a key ID"),
    ]);
    for broken in [P256.replace("MI", "M"), P256.repeat(2)] {
        let (found, line) =
            super::refused(super::with("client.private_key", key(&broken)).to_string().as_bytes());
        assert_eq!(found, value);
        assert!(
            P256.lines()
                .filter(|part| part.len() > 10)
                .all(|part| part.starts_with('-') || !line.contains(part))
        );
    }
}

#[test]
fn secrets() {
    let long = json!({"value": SECRET});
    table(&[
        (
            "client.secret",
            json!("topsecret"),
            "client.secret",
            "found a string; accepted: a map with the keys env or value",
        ),
        (
            "client.secret",
            json!({"topsecret": null}),
            "client.secret",
            "found an unknown key; accepted: env or value",
        ),
        (
            "client.secret",
            json!({"value": 123_456}),
            "client.secret.value",
            "found a number; accepted: a string",
        ),
        ("client.secret", json!({}), "client.secret", "exactly one of env and value"),
        ("client.secret", json!({"env": "A", "value": "topsecret"}), "client.secret", "both env and value"),
        ("client.secret", json!({"env": "MISSING"}), "client.secret.env", r#""MISSING", which is not set"#),
        ("client.secret", json!({"env": "MISSING"}), "client.secret.env", "vmConfig.env"),
        ("client.secret", json!({"env": "MISSING"}), "client.secret.env", "environment_variables"),
        ("client.secret", json!({"env": "EMPTY"}), "client.secret.env", r#""EMPTY", which is empty"#),
        ("client.secret", json!({"env": "topsecret!"}), "client.secret.env", "goes under value"),
        ("client.secret", json!({"env": ""}), "client.secret.env", "COOKIE_SECRET"),
        ("client.secret", json!({"env": "LINE_BREAK"}), "client.secret.env", "write no line break"),
        ("client.secret", json!({"value": "topsecret\n"}), "client.secret.value", "write no line break"),
        ("client.secret", json!({"value": ""}), "client.secret.value", "not empty"),
        ("session.secrets", json!("topsecret"), "session.secrets", "found a string; accepted: a list"),
        ("session.secrets", json!(["topsecret"]), "session.secrets[0]", "found a string; accepted: a map"),
        ("session.secrets", json!([{"topsecret": 1}]), "session.secrets", "an unknown key"),
        ("session.secrets", json!([]), "session.secrets", "1 to 8 secrets"),
        ("session.secrets", json!(vec![long.clone(); 9]), "session.secrets", "1 to 8 secrets"),
        ("session.secrets", json!([{}]), "session.secrets[0]", "exactly one"),
        ("session.secrets", json!([{"env": "MISSING"}]), "session.secrets[0].env", "MISSING"),
        (
            "session.secrets",
            json!([long, {"env": "SHORT"}]),
            "session.secrets[1].env",
            "15 bytes; accepted: a random string of 32",
        ),
        ("session.secrets", json!([{"value": "topsecret"}]), "session.secrets[0].value", "9 bytes"),
        (
            "session.secrets",
            json!([{"env": "COOKIE_SECRET"}, long]),
            "session.secrets[1]",
            "the same secret as session.secrets[0]",
        ),
    ]);
}

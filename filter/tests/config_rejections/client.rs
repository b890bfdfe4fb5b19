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
        ("client", with_secret("none"), at, "client_secret_basic or client_secret_post"),
        ("client", with_secret("client_secret_jwt"), at, "gains nothing over TLS"),
        ("client", method("private_key_jwt"), at, "not supported yet"),
        ("client", with_secret("basic"), at, "client_secret_basic"),
        ("client.private_key", json!({"env": "KEY"}), "client.private_key", "not supported yet"),
        ("client.key_id", json!("k"), "client.key_id", "not supported yet"),
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

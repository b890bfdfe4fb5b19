//! `session`.

use serde_json::{Value, json};

use super::{refused, table, with};

#[test]
fn session() {
    let before = "2026-11-24T08:00:00Z";
    let revoked = |entry: Value| json!([entry]);
    let many = vec![json!({"sub": "a", "before": before}); 1_001];
    table(&[
        ("session.max_age", json!("0s"), "session.max_age", r#"from "1s" to "30d""#),
        ("session.max_age", json!("31d"), "session.max_age", r#"from "1s" to "30d""#),
        ("session.max_age", json!(""), "session.max_age", "a duration"),
        ("session.idle_timeout", json!("5s"), "session.idle_timeout", r#"from "10s""#),
        ("session.idle_timeout", json!("9h"), "session.idle_timeout", "to session.max_age"),
        ("session.idle_timeout", json!("1w"), "session.idle_timeout", "a duration"),
        ("session.not_before", json!("2026-11-24"), "session.not_before", "RFC 3339"),
        ("session.revoked", json!(many), "session.revoked", "at most 1000"),
        ("session.revoked", revoked(json!({"sub": "a"})), "session.revoked[0].before", "RFC 3339"),
        (
            "session.revoked",
            revoked(json!({"sub": "a", "before": "now"})),
            "session.revoked[0].before",
            "RFC 3339",
        ),
        (
            "session.revoked",
            revoked(json!({"before": before})),
            "session.revoked[0]",
            "exactly one of sub and email",
        ),
        (
            "session.revoked",
            revoked(json!({"sub": "a", "email": "a@b.example", "before": before})),
            "session.revoked[0]",
            "exactly one of sub and email",
        ),
        (
            "session.revoked",
            revoked(json!({"sub": "", "before": before})),
            "session.revoked[0].sub",
            "subject",
        ),
        (
            "session.revoked",
            revoked(json!({"email": "ann", "before": before})),
            "session.revoked[0].email",
            "email",
        ),
        (
            "session.revoked",
            revoked(json!({"email": "é@b.example", "before": before})),
            "session.revoked[0].email",
            "ASCII",
        ),
    ]);
}

#[test]
fn cookie() {
    let domain = |text: &str| json!([text]);
    let at = "session.cookie.domains[0]";
    table(&[
        ("session.cookie.name", json!("app_t"), "session.cookie.name", "does not end in"),
        ("session.cookie.name", json!("app_out"), "session.cookie.name", "does not end in"),
        ("session.cookie.name", json!("app_12"), "session.cookie.name", "does not end in"),
        ("session.cookie.name", json!("__Host-x"), "session.cookie.name", "without its prefix"),
        ("session.cookie.name", json!("__secure-x"), "session.cookie.name", "without its prefix"),
        ("session.cookie.name", json!("a b"), "session.cookie.name", "letters, digits"),
        ("session.cookie.name", json!("a;b"), "session.cookie.name", "letters, digits"),
        ("session.cookie.name", json!(""), "session.cookie.name", "letters, digits"),
        ("session.cookie.name", json!("x".repeat(65)), "session.cookie.name", "at most 64"),
        ("session.cookie.domains", domain("com"), at, "with a dot"),
        ("session.cookie.domains", domain(".com"), at, "with a dot"),
        ("session.cookie.domains", domain("localhost"), at, "with a dot"),
        ("session.cookie.domains", domain("127.0.0.1"), at, "with a dot"),
        ("session.cookie.domains", domain("[::1]"), at, "with a dot"),
        ("session.cookie.domains", domain("*.example.com"), at, "with a dot"),
        ("session.cookie.domains", domain("a.example:80"), at, "with a dot"),
        ("session.cookie.domains", domain("..example.com"), at, "with a dot"),
        ("session.cookie.domains", domain(""), at, "with a dot"),
        ("session.cookie.domains", json!(["a.example", ".A.example"]), "session.cookie.domains[1]", "once"),
        (
            "session.cookie",
            json!({"same_site": "none", "secure": false}),
            "session.cookie.same_site",
            "lax or strict",
        ),
    ]);
    let mut config = with("session.cookie.secure", json!(false));
    config["hosts"] = json!(["localhost", "app.example.com"]);
    let (key, line) = refused(config.to_string().as_bytes());
    assert_eq!(key, "session.cookie.secure", "{line}");
    assert!(line.contains("app.example.com"), "{line}");
}

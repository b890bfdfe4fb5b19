//! `upstream` and `identity`.

use serde_json::json;

use super::table;

#[test]
fn upstream_and_identity() {
    for name in [
        "host",
        "cookie",
        "content-length",
        "Authorization",
        "transfer_encoding",
        "connection",
        "x-forwarded-client-cert",
        "x-forwarded-access-token",
        "X_Forwarded_For",
        "x-envoy-peer",
        "x-original-url",
        "sec-fetch-mode",
        "x-original-uri",
        "X.Rewrite.Url",
        "x-method-override",
        "x-http~method",
    ] {
        table(&[("upstream.user_header", json!(name), "upstream.user_header", "a meaning already")]);
        table(&[(
            "upstream.claims",
            json!({name: "x"}),
            &format!("upstream.claims.{name}"),
            "a meaning already",
        )]);
    }
    table(&[
        ("upstream.user_header", json!(""), "upstream.user_header", "the name of a header"),
        ("upstream.email_header", json!(":path"), "upstream.email_header", "the name of a header"),
        ("upstream.groups_header", json!("a b"), "upstream.groups_header", "the name of a header"),
        ("upstream.preferred_username_header", json!("é"), "upstream.preferred_username_header", "the name"),
        (
            "upstream.email_header",
            json!("X_Auth-Request-User"),
            "upstream.email_header",
            "upstream.user_header does",
        ),
        (
            "upstream.claims",
            json!({"x-auth-request-email": "x"}),
            "upstream.claims.x-auth-request-email",
            "upstream.email_header does",
        ),
        (
            "upstream.claims",
            json!({"x-a": "b", "x_a": "b"}),
            "upstream.claims.x_a",
            "upstream.claims.x-a does",
        ),
        (
            "upstream.claims",
            json!({"x.auth.request.user": "x"}),
            "upstream.claims.x.auth.request.user",
            "upstream.user_header does",
        ),
        ("upstream.claims", json!({"x-a": ""}), "upstream.claims.x-a", "the name of a claim"),
        (
            "upstream",
            json!({"access_token": true, "user_header": "x-auth-request-access-token"}),
            "upstream.access_token",
            "upstream.user_header does",
        ),
        ("upstream.headers", json!({"x-id": "refresh_token"}), "upstream.headers.x-id", "id_token"),
        ("upstream.headers", json!({"cookie": "id_token"}), "upstream.headers.cookie", "a meaning already"),
        (
            "upstream",
            json!({"headers": {"x-a": "id_token"}, "claims": {"X_A": "b"}}),
            "upstream.headers.x-a",
            "upstream.claims.X_A does",
        ),
        ("upstream.jwt.header", json!("authorization"), "upstream.jwt.header", "a meaning already"),
        (
            "upstream",
            json!({"jwt": {}, "claims": {"X_Vestibule_JWT": "b"}}),
            "upstream.jwt.header",
            "upstream.claims.X_Vestibule_JWT does",
        ),
        ("upstream.jwt.lifetime", json!("9s"), "upstream.jwt.lifetime", r#"from "10s" to "1h""#),
        ("upstream.jwt.lifetime", json!("61m"), "upstream.jwt.lifetime", r#"from "10s" to "1h""#),
        ("upstream.jwt.audience", json!(""), "upstream.jwt.audience", r#""host""#),
        ("upstream.jwt.key", json!({"value": "topsecret"}), "upstream.jwt.key.value", "EC on P-256"),
        (
            "upstream.jwt.key",
            json!({"value": include_str!("../keys/rsa.pem")}),
            "upstream.jwt.key.value",
            "EC on P-256",
        ),
        (
            "upstream.jwt.key",
            json!({"value": include_str!("../keys/p384.pem")}),
            "upstream.jwt.key.value",
            "EC on P-256",
        ),
        (
            "upstream.jwt.other_keys",
            json!([{"value": include_str!("../keys/rsa.pem")}]),
            "upstream.jwt.other_keys[0].value",
            "EC on P-256",
        ),
        ("upstream.filter_state", json!("yes"), "upstream.filter_state", "true or false"),
        ("identity.user_claim", json!(""), "identity.user_claim", "the name of a claim"),
        ("identity.email_claim", json!(" email"), "identity.email_claim", "the name of a claim"),
        ("identity.groups_claim", json!("/a~b"), "identity.groups_claim", "/realm_access/roles"),
        ("identity.groups_claim", json!("/a/~"), "identity.groups_claim", "a JSON pointer"),
        ("identity.groups_claim", json!("a\n"), "identity.groups_claim", "the name of a claim"),
        ("identity.preferred_username_claim", json!(""), "identity.preferred_username_claim", "the name"),
    ]);
}

//! `paths`, and what a redirect URI needs of the other sections.

use serde_json::{Value, json};

use super::{base, refused, table};

#[test]
fn paths() {
    let domain = |text: &str| json!([text]);
    let at = "paths.allowed_redirect_domains[0]";
    table(&[
        ("paths.prefix", json!(""), "paths.prefix", r#"such as "/oauth2""#),
        ("paths.prefix", json!("/"), "paths.prefix", r#"such as "/oauth2""#),
        ("paths.prefix", json!("oauth2"), "paths.prefix", r#"here "/oauth2""#),
        ("paths.prefix", json!("/oauth2/"), "paths.prefix", r#"here "/oauth2""#),
        ("paths.prefix", json!("//a/../b"), "paths.prefix", r#"here "/b""#),
        ("paths.prefix", json!("/a b"), "paths.prefix", "letters, digits"),
        ("paths.prefix", json!("/%61"), "paths.prefix", r#"here "/a""#),
        ("paths.prefix", json!("/a*"), "paths.prefix", "letters, digits"),
        ("paths.ping", json!("/"), "paths.ping", r#"such as "/ping""#),
        ("paths.ping", json!("ping"), "paths.ping", r#"such as "/ping""#),
        ("paths.ping", json!("/a/../ping"), "paths.ping", "a path of its own"),
        ("paths.ping", json!("/ping/*"), "paths.ping", "letters, digits"),
        ("paths.ready", json!("/oauth2/auth"), "paths.ready", "not below paths.prefix"),
        ("paths", json!({"ping": "/live", "ready": "/live"}), "paths.ready", "another path than paths.ping"),
        ("paths.sign_out", json!("both"), "paths.sign_out", "provider"),
        ("paths.post_logout_redirect_uri", json!("/bye"), "paths.post_logout_redirect_uri", "absolute URL"),
        (
            "paths.post_logout_redirect_uri",
            json!("http://a.example/"),
            "paths.post_logout_redirect_uri",
            "https",
        ),
        ("paths.redirect_uri", json!("/oauth2/callback"), "paths.redirect_uri", "absolute URL"),
        ("paths.redirect_uri", json!("https://a.example"), "paths.redirect_uri", "/oauth2/callback"),
        ("paths.redirect_uri", json!("https://a.example/callback"), "paths.redirect_uri", "/oauth2/callback"),
        (
            "paths.redirect_uri",
            json!("https://a.example/oauth2/callback/"),
            "paths.redirect_uri",
            "/oauth2/callback",
        ),
        (
            "paths.redirect_uri",
            json!("https://a.example/oauth2/callback?"),
            "paths.redirect_uri",
            "without a query",
        ),
        (
            "paths.redirect_uri",
            json!("https://a.example/x/../oauth2/callback"),
            "paths.redirect_uri",
            "path is",
        ),
        ("paths.redirect_uri", json!("http://a.example/oauth2/callback"), "paths.redirect_uri", "https"),
        (
            "paths.redirect_uri",
            json!("http://localhost/oauth2/callback"),
            "paths.redirect_uri",
            "secure: false",
        ),
        ("paths.allowed_redirect_domains", domain(""), at, ".example.com"),
        ("paths.allowed_redirect_domains", domain("*"), at, ".example.com"),
        ("paths.allowed_redirect_domains", domain(".com"), at, ".example.com"),
        ("paths.allowed_redirect_domains", domain("https://a.example"), at, ".example.com"),
        ("paths.allowed_redirect_domains", domain("a.example/"), at, ".example.com"),
        ("paths.allowed_redirect_domains", domain("a.example:"), at, ".example.com"),
        ("paths.allowed_redirect_domains", domain("a.example:0"), at, ".example.com"),
        ("paths.allowed_redirect_domains", domain("a.example:65536"), at, ".example.com"),
        ("paths.allowed_redirect_domains", domain("a.example:+80"), at, ".example.com"),
        ("paths.allowed_redirect_domains", domain("*.*.example"), at, ".example.com"),
    ]);
}

#[test]
fn redirect_uri_and_other_hosts() {
    let uri = "https://app.example.com/oauth2/callback";
    for (hosts, domains, secure, redirect_uri, fragment) in [
        (json!(["app.example.com", "b.example.com"]), json!([]), true, uri, "session.cookie.domains"),
        (json!(["*.example.com"]), json!([]), true, uri, "session.cookie.domains"),
        (json!(["b.example.com"]), json!(["example.com"]), true, uri, "one of hosts"),
        (json!(["*.app.example.com"]), json!(["example.com"]), true, uri, "one of hosts"),
        (
            json!(["app.example.com", "a.other.example"]),
            json!(["example.com"]),
            true,
            uri,
            "a.other.example is not",
        ),
        (json!(["app.example.com", "*.com"]), json!(["example.com"]), true, uri, "*.com is not"),
        // The longest domain counts: a session of `example.com` is none on `a.b.example.com`.
        (
            json!(["*.example.com"]),
            json!(["example.com", "b.example.com"]),
            true,
            uri,
            "*.example.com is not",
        ),
        (
            json!(["app.example.com", "x.b.example.com"]),
            json!(["example.com", "b.example.com"]),
            true,
            uri,
            "x.b.example.com is not",
        ),
        (Value::Null, json!(["other.example"]), true, uri, "session.cookie.domains"),
        (Value::Null, json!([]), false, uri, "a loopback host"),
    ] {
        let mut config = base();
        if !hosts.is_null() {
            config["hosts"] = hosts;
        }
        config["session"]["cookie"] = json!({"domains": domains, "secure": secure});
        config["paths"]["redirect_uri"] = json!(redirect_uri);
        let (key, line) = refused(config.to_string().as_bytes());
        assert_eq!(key, "paths.redirect_uri", "{line}");
        assert!(line.contains(fragment), "{line}");
    }
}

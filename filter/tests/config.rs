//! What a configuration means once it is accepted.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule::config::{
    Access, AmbiguousPath, Authentication, ClientAuth, Config, HostPattern, PathPattern, RedirectDomain,
    RedirectHost, RedirectPort, Require, RequireEmail, Revocation, RevokedPerson, SameSite, Unauthenticated,
    UpstreamAuthorization, load,
};
use vestibule::inputs::Timestamp;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn env(name: &str) -> Option<String> {
    match name {
        "COOKIE_SECRET" => Some(SECRET.to_owned()),
        "OLD_COOKIE_SECRET" => Some("an older secret, also long enough".to_owned()),
        "OKTA_CLIENT_SECRET" => Some("client-secret".to_owned()),
        _ => None,
    }
}

fn minimal() -> Value {
    json!({
        "provider": {"issuer": "https://acme.okta.com/oauth2/default"},
        "client": {"id": "0oa1b2c3"},
        "session": {"secrets": [{"env": "COOKIE_SECRET"}]},
    })
}

fn loaded(config: &Value) -> Config {
    load(config.to_string().as_bytes(), &env).unwrap_or_else(|error| panic!("{error}"))
}

fn with(pointer: &str, value: Value) -> Config {
    let mut config = minimal();
    let mut place = &mut config;
    for name in pointer.split('.') {
        place = &mut place[name];
    }
    *place = value;
    loaded(&config)
}

#[test]
fn minimal_has_the_defaults() {
    let config = loaded(&minimal());
    assert_eq!(config.provider.issuer.as_str(), "https://acme.okta.com/oauth2/default");
    assert_eq!(config.provider.cluster_for(&config.provider.issuer), "outbound|443||acme.okta.com");
    assert_eq!(config.provider.timeout, Duration::from_secs(5));
    assert!(config.provider.endpoints.token_endpoint.is_none());
    assert_eq!(config.client.id, "0oa1b2c3");
    assert!(matches!(config.client.auth, ClientAuth::None));
    assert_eq!(config.client.scopes, ["openid", "profile", "email"]);
    assert!(config.client.authorization_params.is_empty());
    assert_eq!(config.session.secrets.len(), 1);
    assert_eq!(config.session.secrets[0].expose(), SECRET);
    assert_eq!(config.session.max_age, Duration::from_secs(28_800));
    assert_eq!(config.session.idle_timeout, None);
    assert_eq!(config.session.not_before, None);
    assert!(config.session.revoked.is_empty());
    assert_eq!(config.session.cookie.name, "vestibule");
    assert!(config.session.cookie.domains.is_empty());
    assert_eq!(config.session.cookie.same_site, SameSite::Lax);
    assert!(config.session.cookie.secure);
    assert_eq!(config.identity.user_claim, "sub");
    assert_eq!(config.identity.email_claim, "email");
    assert_eq!(config.identity.groups_claim, "groups");
    assert_eq!(config.identity.preferred_username_claim, "preferred_username");
    assert!(!config.identity.allow_unverified_email);
    assert_eq!(config.paths.prefix, "/oauth2");
    assert_eq!(config.paths.ambiguous, AmbiguousPath::Refuse);
    assert!(config.paths.redirect_uri.is_none());
    assert!(config.paths.allowed_redirect_domains.is_empty());
    assert_eq!(config.upstream.user_header, "x-auth-request-user");
    assert_eq!(config.upstream.email_header, "x-auth-request-email");
    assert_eq!(config.upstream.groups_header, "x-auth-request-groups");
    assert_eq!(config.upstream.preferred_username_header, "x-auth-request-preferred-username");
    assert_eq!(config.upstream.access_token_header, None);
    assert_eq!(config.upstream.authorization, UpstreamAuthorization::None);
    assert!(config.upstream.claims.is_empty());
    assert!(config.hosts.is_none());
    assert!(config.access.is_empty());
}

/// The example of the contract, without what is not supported yet.
#[test]
fn contract_example() {
    let config = loaded(&json!({
        "provider": {
            "issuer": "https://acme.okta.com/oauth2/default",
            "cluster": "outbound|443||acme.okta.com",
            "clusters": {"Keys.example.com": "keys"},
            "timeout": "5s",
            "jwks_uri": "https://keys.example.com/keys",
        },
        "client": {
            "id": "0oa1b2c3",
            "secret": {"env": "OKTA_CLIENT_SECRET"},
            "auth_method": "client_secret_basic",
            "scopes": ["openid", "profile", "email"],
            "authorization_params": {"ui_locales": "de"},
        },
        "session": {
            "secrets": [{"env": "COOKIE_SECRET"}, {"env": "OLD_COOKIE_SECRET"}],
            "max_age": "8h",
            "idle_timeout": "1h",
            "refresh": false,
            "not_before": "2026-11-24T08:00:00Z",
            "revoked": [
                {"sub": "00u1", "before": "2026-11-24T08:00:00Z"},
                {"email": "Ann@Example.com", "before": "2026-11-24T09:00:00+01:00"},
            ],
            "cookie": {"domains": [".example.com"], "same_site": "lax", "secure": true},
        },
        "paths": {
            "prefix": "/oauth2",
            "ambiguous": "refuse",
            "redirect_uri": "https://admin.example.com/oauth2/callback",
            "allowed_redirect_domains": [".example.com"],
        },
        "upstream": {
            "user_header": "X-Auth-Request-User",
            "access_token": true,
            "authorization": "id_token",
            "claims": {"x-team": "department"},
        },
        "hosts": ["admin.example.com", "*.Apps.example.com"],
        "access": [
            {
                "match": {"hosts": ["admin.example.com"], "paths": ["/finance/*"], "methods": ["GET", "POST"]},
                "require": {"groups": ["finance"], "emails": ["Ann@Example.com"], "email_domains": ["Example.com"]},
            },
            {"match": {"paths": ["/healthz"]}, "allow": "public"},
            {"match": {"paths": ["/internal/*"]}, "allow": "none"},
            {"match": {"paths": ["/"]}, "allow": "optional"},
            {"match": {"paths": ["/api/*"]}, "unauthenticated": "status"},
            {"allow": "authenticated", "unauthenticated": "redirect"},
        ],
    }));
    let jwks_uri = config.provider.endpoints.jwks_uri.as_ref().expect("it is given");
    assert_eq!(config.provider.cluster_for(jwks_uri), "keys");
    assert!(matches!(&config.client.auth, ClientAuth::Basic(secret) if secret.expose() == "client-secret"));
    assert_eq!(config.client.authorization_params, [("ui_locales".to_owned(), "de".to_owned())]);
    assert_eq!(config.session.secrets[1].expose(), "an older secret, also long enough");
    assert_eq!(config.session.idle_timeout, Some(Duration::from_secs(3_600)));
    let before = Timestamp(1_795_507_200);
    assert_eq!(config.session.not_before, Some(before));
    assert_eq!(
        config.session.revoked,
        [
            Revocation { who: RevokedPerson::Sub("00u1".to_owned()), before },
            Revocation { who: RevokedPerson::Email("ann@example.com".to_owned()), before },
        ]
    );
    assert_eq!(config.session.cookie.domains, ["example.com"]);
    assert_eq!(config.session.cookie.name, "vestibule_6393fefd");
    assert_eq!(config.upstream.user_header, "x-auth-request-user");
    assert_eq!(config.upstream.access_token_header.as_deref(), Some("x-auth-request-access-token"));
    assert_eq!(config.upstream.authorization, UpstreamAuthorization::IdToken);
    assert_eq!(config.upstream.claims, [("x-team".to_owned(), "department".to_owned())]);
    assert_eq!(
        config.hosts.as_deref(),
        Some(
            &[
                HostPattern::Exact("admin.example.com".to_owned()),
                HostPattern::Below("apps.example.com".to_owned())
            ][..]
        )
    );
    let first = &config.access[0];
    assert_eq!(first.when.paths.as_deref(), Some(&[PathPattern::Below("/finance".to_owned())][..]));
    assert_eq!(first.when.methods.as_deref(), Some(&["GET", "HEAD", "POST"].map(str::to_owned)[..]));
    assert_eq!(
        first.then,
        Access::Require(Require {
            groups: Some(vec!["finance".to_owned()]),
            email: Some(RequireEmail {
                emails: vec!["ann@example.com".to_owned()],
                domains: vec!["example.com".to_owned()],
            }),
            claims: vec![],
            authentication: Authentication::ANY,
        })
    );
    let then: Vec<_> = config.access.iter().skip(1).map(|rule| &rule.then).collect();
    let authenticated = Access::Require(Require::default());
    assert_eq!(then, [&Access::Public, &Access::Nobody, &Access::Optional, &authenticated, &authenticated]);
    assert_eq!(config.access[4].unauthenticated, Unauthenticated::Status);
    assert_eq!(config.access[5].unauthenticated, Unauthenticated::Redirect);
}

#[test]
fn client_authentication() {
    let secret = json!({"value": "s3cret"});
    let auth = |extra: Value| {
        let mut config = minimal();
        let client = config["client"].as_object_mut().expect("a map");
        client.extend(extra.as_object().expect("a map").clone());
        loaded(&config).client.auth
    };
    assert!(matches!(auth(json!({"secret": secret})), ClientAuth::FromMetadata(_)));
    let post = json!({"secret": secret, "auth_method": "client_secret_post"});
    assert!(matches!(auth(post), ClientAuth::Post(secret) if secret.expose() == "s3cret"));
    assert!(matches!(auth(json!({"auth_method": "none"})), ClientAuth::None));
}

#[test]
fn redirect_domains() {
    let config = with(
        "paths.allowed_redirect_domains",
        json!([
            "a.example",
            "A.example:8443",
            "a.example:*",
            ".b.example",
            "*.c.example:*",
            "[::1]:80",
            "[::1]"
        ]),
    );
    let exact = |host: &str, port| RedirectDomain { host: RedirectHost::Exact(host.to_owned()), port };
    let domain = |host: &str, port| RedirectDomain { host: RedirectHost::Domain(host.to_owned()), port };
    assert_eq!(
        config.paths.allowed_redirect_domains,
        [
            exact("a.example", RedirectPort::Absent),
            exact("a.example", RedirectPort::Exact(8443)),
            exact("a.example", RedirectPort::Any),
            domain("b.example", RedirectPort::Absent),
            domain("c.example", RedirectPort::Any),
            exact("[::1]", RedirectPort::Exact(80)),
            exact("[::1]", RedirectPort::Absent),
        ]
    );
}

#[test]
fn path_patterns() {
    let paths = ["/", "/a/", "/a%20b", "/*", "/a/*"];
    let config = with("access", json!([{"match": {"paths": paths}}]));
    assert_eq!(
        config.access[0].when.paths.as_deref(),
        Some(
            &[
                PathPattern::Exact("/".to_owned()),
                PathPattern::Exact("/a/".to_owned()),
                PathPattern::Exact("/a%20b".to_owned()),
                PathPattern::Below(String::new()),
                PathPattern::Below("/a".to_owned()),
            ][..]
        )
    );
}

#[test]
fn redirect_uris() {
    let accepted = |hosts: Value, domains: Value, secure: bool, redirect_uri: &str| {
        let mut config = minimal();
        if !hosts.is_null() {
            config["hosts"] = hosts;
        }
        config["session"]["cookie"] = json!({"domains": domains, "secure": secure});
        config["paths"]["redirect_uri"] = json!(redirect_uri);
        let config = loaded(&config);
        assert_eq!(config.paths.redirect_uri.map(|uri| uri.to_string()).as_deref(), Some(redirect_uri));
    };
    let uri = "https://app.example.com/oauth2/callback";
    accepted(Value::Null, json!([]), true, uri);
    accepted(Value::Null, json!(["example.com"]), true, uri);
    accepted(json!(["app.example.com"]), json!([]), true, uri);
    accepted(json!(["app.example.com"]), json!(["other.example"]), true, uri);
    accepted(json!(["app.example.com", "*.example.com"]), json!(["example.com"]), true, uri);
    accepted(json!(["*.example.com"]), json!(["example.com", "other.example"]), true, uri);
    accepted(Value::Null, json!([]), false, "http://localhost:8080/oauth2/callback");
    accepted(json!(["localhost"]), json!([]), false, "http://localhost:8080/oauth2/callback");
}

#[test]
fn default_cookie_names_differ_by_issuer_and_client() {
    let name = |issuer: &str, client: &str| {
        let mut config = minimal();
        config["provider"]["issuer"] = json!(issuer);
        config["client"]["id"] = json!(client);
        config["session"]["cookie"]["domains"] = json!(["example.com"]);
        loaded(&config).session.cookie.name
    };
    let one = name("https://a.example/x", "y");
    assert_eq!(one.len(), "vestibule_".len() + 8);
    assert_eq!(one, name("https://a.example/x", "y"));
    assert_ne!(one, name("https://a.example/", "xy"));
    assert_ne!(one, name("https://a.example/x", "z"));
}

#[test]
fn debug_shows_no_secret() {
    let mut config = minimal();
    config["client"]["secret"] = json!({"env": "OKTA_CLIENT_SECRET"});
    let shown = format!("{:?}", loaded(&config));
    assert!(!shown.contains(SECRET) && !shown.contains("client-secret"), "{shown}");
}

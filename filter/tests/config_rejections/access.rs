//! `access`.

use serde_json::{Value, json};

use super::table;

#[test]
fn access_matches() {
    for (path, fragment) in [
        ("", "here \"/\""),
        ("healthz", "here \"/healthz\""),
        ("*", "such as"),
        ("/a*", "such as"),
        ("/*/b", "such as"),
        ("/a/**", "such as"),
        ("/a/*/*", "such as"),
        ("//*", "here \"/*\""),
        ("/a//*", "here \"/a/*\""),
        ("//a", "here \"/a\""),
        ("/a/../b/*", "here \"/b/*\""),
        ("/./a", "here \"/a\""),
        ("/%61/%7e", "here \"/a/~\""),
        ("/%2e%2e/a", "here \"/a\""),
        ("/caf%c3%a9", "here \"/caf%C3%A9\""),
        ("\\a", "here \"/a\""),
        ("/a%2fb", "normal form"),
        ("/a%zz", "normal form"),
        ("/a?b", "no query"),
        ("/a#b", "no query"),
        ("/a;b", "no \";\""),
        ("/a\u{1}", "\\u{1}"),
        ("/é", "normal form"),
    ] {
        table(&[("access", json!([{"match": {"paths": [path]}}]), "access[0].match.paths[0]", fragment)]);
    }
    table(&[
        (
            "access",
            json!([{"match": {}}]),
            "access[0].match",
            "one of hosts, paths, methods and client_cidrs",
        ),
        ("access", json!([{"match": {"paths": []}}]), "access[0].match.paths", "one entry or more"),
        ("access", json!([{"match": {"methods": []}}]), "access[0].match.methods", "one entry or more"),
        ("access", json!([{"match": {"methods": ["get"]}}]), "access[0].match.methods[0]", "upper case"),
        ("access", json!([{"match": {"methods": ["GET", "PSOT"]}}]), "access[0].match.methods[1]", "GET"),
        ("access", json!([{"match": {"methods": ["CONNECT"]}}]), "access[0].match.methods[0]", "a method"),
        ("access", json!([{}, {}]), "access[1]", "access[0] matches every request"),
        (
            "access",
            json!([{"match": {"paths": ["/a", "/*"]}}, {"match": {"paths": ["/b"]}}]),
            "access[1]",
            "can never match",
        ),
    ]);
}

#[test]
fn access_decisions() {
    let require = |require: Value| json!([{"require": require}]);
    table(&[
        (
            "access",
            require(json!({})),
            "access[0].require",
            "one of groups, emails, email_domains, claims, acr and max_age",
        ),
        ("access", require(json!({"groups": []})), "access[0].require.groups", "one entry or more"),
        ("access", require(json!({"groups": [""]})), "access[0].require.groups[0]", "the name of a group"),
        ("access", require(json!({"emails": []})), "access[0].require.emails", "one entry or more"),
        ("access", require(json!({"emails": ["ann"]})), "access[0].require.emails[0]", "ann@example.com"),
        (
            "access",
            require(json!({"emails": ["@a.example"]})),
            "access[0].require.emails[0]",
            "email address",
        ),
        (
            "access",
            require(json!({"emails": ["a b@a.example"]})),
            "access[0].require.emails[0]",
            "email address",
        ),
        (
            "access",
            require(json!({"email_domains": []})),
            "access[0].require.email_domains",
            "one entry or more",
        ),
        (
            "access",
            require(json!({"email_domains": ["@a.example"]})),
            "access[0].require.email_domains[0]",
            "without",
        ),
        (
            "access",
            require(json!({"email_domains": ["*.a.example"]})),
            "access[0].require.email_domains[0]",
            "a domain",
        ),
        ("access", require(json!({"claims": {}})), "access[0].require.claims", "one claim or more"),
        ("access", require(json!({"claims": {"a": []}})), "access[0].require.claims.a", "one entry or more"),
        ("access", require(json!({"claims": {"a": [""]}})), "access[0].require.claims.a[0]", "a value"),
        ("access", require(json!({"claims": {"a": "b"}})), "access[0].require.claims.a", "a list"),
        (
            "access",
            require(json!({"claims": {"": ["b"]}})),
            "access[0].require.claims.",
            "the name of a claim",
        ),
        ("access", json!([{"preflight": true}]), "access[0].preflight", "allow"),
        (
            "access",
            json!([{"preflight": "allow", "allow": "none"}]),
            "access[0].preflight",
            "allow: none alone",
        ),
    ]);
    for allow in ["public", "optional", "none"] {
        let rule = json!([{"allow": allow, "require": {"groups": ["a"]}}]);
        table(&[("access", rule, "access[0].require", "with allow: authenticated")]);
    }
}

#[test]
fn how_somebody_signed_in() {
    let require = |require: Value| json!([{"require": require}]);
    let (acr, max_age) = ("access[0].require.acr", "access[0].require.max_age");
    table(&[
        ("access", require(json!({"acr": []})), acr, "one entry or more"),
        ("access", require(json!({"acr": [""]})), "access[0].require.acr[0]", "authentication context class"),
        // It stands in a header, and between blanks.
        (
            "access",
            require(json!({"acr": ["a b"]})),
            "access[0].require.acr[0]",
            "authentication context class",
        ),
        (
            "access",
            require(json!({"acr": ["a\""]})),
            "access[0].require.acr[0]",
            "authentication context class",
        ),
        (
            "access",
            require(json!({"acr": ["a\\"]})),
            "access[0].require.acr[0]",
            "authentication context class",
        ),
        (
            "access",
            require(json!({"acr": ["\u{e4}"]})),
            "access[0].require.acr[0]",
            "authentication context class",
        ),
        ("access", require(json!({"acr": ["a".repeat(64), "b".repeat(65)]})), acr, "at most 128 characters"),
        ("access", require(json!({"max_age": "15"})), max_age, "a duration such as"),
        // Clocks may differ by a minute, so nothing shorter can be asked for.
        ("access", require(json!({"max_age": "0s"})), max_age, "from \"1m\" to \"30d\""),
        ("access", require(json!({"max_age": "59s"})), max_age, "from \"1m\" to \"30d\""),
        ("access", require(json!({"max_age": "60d"})), max_age, "from \"1m\" to \"30d\""),
    ]);
    for allow in ["public", "optional", "none"] {
        let rule = json!([{"allow": allow, "require": {"acr": ["a"]}}]);
        table(&[("access", rule, "access[0].require", "with allow: authenticated")]);
    }
}

#[test]
fn bearer_tokens() {
    let bearer = |bearer: Value| json!([{"bearer": bearer}]);
    let key = |name: &str| format!("access[0].bearer.{name}");
    table(&[
        ("access", bearer(json!({})), &key("audiences"), "this key is required"),
        ("access", bearer(json!({"audiences": []})), &key("audiences"), "one entry or more"),
        ("access", bearer(json!({"audiences": [""]})), &key("audiences[0]"), "an audience"),
        ("access", bearer(json!({"audiences": ["a"], "scopes": ["a b"]})), &key("scopes[0]"), "a scope"),
        (
            "access",
            bearer(json!({"audiences": ["a"], "any_scope": true})),
            &key("any_scope"),
            "beside scopes",
        ),
        ("access", bearer(json!({"audiences": ["a"], "groups": []})), &key("groups"), "one entry or more"),
        (
            "access",
            bearer(json!({"audiences": ["a"], "providers": ["partner"]})),
            &key("providers[0]"),
            "provider",
        ),
        (
            "access",
            bearer(json!({"audiences": ["a"], "resource_metadata": "http://api.example.com"})),
            &key("resource_metadata"),
            "an https URL",
        ),
        (
            "access",
            bearer(json!({"audiences": ["a"], "resource_metadata": "https://a/\"x"})),
            &key("resource_metadata"),
            "without quotes",
        ),
        // What is asked of people must not seem to hold for tokens.
        (
            "access",
            json!([{"require": {"groups": ["finance"]}, "bearer": {"audiences": ["a"]}}]),
            "access[0].bearer",
            "what tokens need",
        ),
    ]);
    for allow in ["public", "optional", "none"] {
        let rule = json!([{"allow": allow, "bearer": {"audiences": ["a"]}}]);
        table(&[("access", rule, "access[0].bearer", "with allow: authenticated")]);
    }
}

#[test]
fn further_issuers() {
    let issuer = |name: &str, issuer: &str| json!({name: {"issuer": issuer}});
    table(&[
        ("providers", json!({"partner": {}}), "providers.partner.issuer", "this key is required"),
        ("providers", issuer("partner", "http://idp.example"), "providers.partner.issuer", "an https URL"),
        ("providers", issuer("provider", "https://idp.example"), "providers", "another name"),
        (
            "providers",
            issuer("partner", "https://acme.okta.com/oauth2/default"),
            "providers.partner.issuer",
            "each issuer once",
        ),
        (
            "providers",
            json!({"a": {"issuer": "https://idp.example"}, "b": {"issuer": "https://idp.example"}}),
            "providers.b.issuer",
            "each issuer once",
        ),
        (
            "providers",
            json!({"a": {"issuer": "https://idp.example", "token_endpoint": "https://idp.example/token"}}),
            "providers.a.token_endpoint",
            "issuer, cluster",
        ),
    ]);
}

#[test]
fn networks() {
    let cidr = |text: &str| json!([{"match": {"client_cidrs": [text]}}]);
    let key = "access[0].match.client_cidrs[0]";
    table(&[
        (
            "access",
            json!([{"match": {"client_cidrs": []}}]),
            "access[0].match.client_cidrs",
            "one entry or more",
        ),
        ("access", cidr(""), key, "a network such as"),
        ("access", cidr("10.0.0.0/33"), key, "a network such as"),
        ("access", cidr("10.0.0"), key, "a network such as"),
        ("access", cidr("10.0.0.0/-1"), key, "a network such as"),
        ("access", cidr("010.0.0.0/8"), key, "a network such as"),
        ("access", cidr("10.0.0.0/08"), key, "a network such as"),
        ("access", cidr("10.0.0.1"), key, "here \"10.0.0.1/32\""),
        ("access", cidr("10.0.0.1/8"), key, "here \"10.0.0.0/8\""),
        ("access", cidr("2001:db8::1/32"), key, "here \"2001:db8::/32\""),
        // It would never match: such an address is read as IPv4.
        ("access", cidr("::ffff:10.0.0.0/104"), key, "an IPv4 network as such"),
    ]);
}

//! What seems to say something and does not, and what must not be opened by a migration.

use super::*;

const BASE: &str = "provider = \"oidc\"\noidc_issuer_url = \"https://op.example\"\nclient_id = \"app\"\n";

fn with(more: &str) -> Migrated {
    migrated(&[("proxy.cfg", &format!("{BASE}{more}"))])
}

fn report_has(migrated: &Migrated, words: &[&str]) {
    assert!(words.iter().all(|word| migrated.report.contains(word)), "{words:?}\n{}", migrated.report);
}

#[test]
fn whoever_may_enter_is_never_guessed() {
    let nobody = with("");
    assert_eq!(config(&nobody)["access"], json!([{"allow": "none"}]));
    assert!(nobody.has_gaps);
    report_has(&nobody, &["email-domain"]);
    let everybody = with("email_domains = [\"*\"]\n");
    assert_eq!(config(&everybody).get("access"), None);
    let listed = with("authenticated_emails_file = \"/etc/list\"\n");
    assert_eq!(config(&listed)["access"], json!([{"require": {"emails": null}}]));
    assert!(listed.has_gaps && !loads(&config(&listed)));
    let both = with("authenticated_emails_file = \"/etc/list\"\nemail_domains = [\"*\"]\n");
    report_has(&both, &["authenticated_emails_file (proxy.cfg:4): the list had no effect"]);
}

/// What let only some people in must not let everybody in because it cannot be said.
#[test]
fn a_condition_that_is_lost_leaves_the_door_shut() {
    for option in
        ["allowed_roles", "google_groups", "gitlab_groups", "gitlab_projects", "entra_id_allowed_tenants"]
    {
        let migrated = with(&format!("email_domains = [\"*\"]\n{option} = [\"x\"]\n"));
        assert_eq!(config(&migrated)["access"], json!([{"allow": "none"}]), "{option}");
        assert!(migrated.has_gaps);
        report_has(&migrated, &[option]);
    }
    // A role or a group was enough: the group is less.
    let either = with("email_domains = [\"*\"]\nallowed_roles = [\"x\"]\nallowed_groups = [\"g\"]\n");
    assert_eq!(config(&either)["access"], json!([{"require": {"groups": ["g"]}}]));
}

#[test]
fn the_list_of_the_chart_is_carried_over_where_it_counts() {
    let values = "extraArgs: {provider: oidc, oidc-issuer-url: 'https://op.example', client-id: a}\nconfig: {configFile: \"email_domains = []\"}\n\
                  authenticatedEmailsFile: {enabled: true, restricted_access: \"ann@acme.com\\nbob@acme.com\\n\"}\n";
    let migrated = migrated(&[("v.yaml", values)]);
    assert_eq!(
        config(&migrated)["access"],
        json!([{"require": {"emails": ["ann@acme.com", "bob@acme.com"]}}])
    );
}

#[test]
fn a_route_that_opens_everything_opens_nothing_here() {
    for route in ["^/", ".*", "/", "GET=^/", "^/.*$"] {
        let migrated = with(&format!("email_domains = \"*\"\nskip_auth_routes = [\"{route}\"]\n"));
        assert_eq!(config(&migrated).get("access"), None, "{route}");
        report_has(&migrated, &["skip_auth_routes (proxy.cfg:5)", "not carried over"]);
    }
    let migrated = with(
        "email_domains = \"*\"\nskip_auth_routes = [\"GET=^/a$\", \"^/b/.*\", \"!=^/c\", \"POST!=^/d$\"]\n",
    );
    assert_eq!(
        config(&migrated)["access"],
        json!([{"match": {"paths": ["/a"], "methods": ["GET"]}, "allow": "public"}, {"match": {"paths": ["/b/*"]}, "allow": "public"}])
    );
    report_has(&migrated, &["POST!=^/d$: every method but one"]);
    let trusted = with("email_domains = \"*\"\ntrusted_ips = [\"10.0.0.0/8\"]\n");
    assert_eq!(config(&trusted).get("access"), None);
    report_has(&trusted, &["trusted_ips", "not carried over"]);
}

fn policy(name: &str, labels: &str, rules: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: n}}\nspec:\n  action: CUSTOM\n  provider: {{name: p}}\n  selector: {{matchLabels: {{{labels}}}}}\n  rules: {rules}\n"
    )
}

#[test]
fn what_one_policy_leaves_out_another_may_ask_about() {
    let cfg = format!("{BASE}email_domains = \"*\"\n");
    let open = r#"[{to: [{operation: {hosts: [a.example], notPaths: ["/x/*", "/y"]}}]}]"#;
    let asks = r#"[{to: [{operation: {hosts: [a.example], notPaths: ["/y"]}}]}]"#;
    let other_host = r#"[{to: [{operation: {hosts: [b.example]}}]}]"#;
    let access = |policies: &[String]| {
        let migrated = migrated(&[("proxy.cfg", &cfg), ("istio.yaml", &policies.join("---\n"))]);
        resources(&migrated)
            .iter()
            .filter_map(|resource| resource["spec"].get("pluginConfig").cloned())
            .map(|config| (config["hosts"].clone(), config["access"].clone()))
            .collect::<Vec<_>>()
    };
    let public = |hosts: &[&str], paths: &[&str]| {
        let mut condition = json!({"paths": paths});
        if !hosts.is_empty() {
            condition["hosts"] = json!(hosts);
        }
        json!([{"match": condition, "allow": "public"}])
    };
    assert_eq!(
        access(&[policy("a", "app: x", open)]),
        [(json!(["a.example"]), public(&[], &["/x/*", "/y"]))]
    );
    let both = access(&[policy("a", "app: x", open), policy("b", "app: x", asks)]);
    assert_eq!(both[0].1[0], public(&["a.example"], &["/y"])[0]);
    assert!(!both[0].1.to_string().contains("/x/*"));
    // On another host it stays as it is, for the first host alone.
    let two_hosts = access(&[policy("a", "app: x", open), policy("b", "app: x", other_host)]);
    assert_eq!(two_hosts, [(json!(["a.example", "b.example"]), public(&["a.example"], &["/x/*", "/y"]))]);
    // Other workloads are another plugin, and nothing of the first is open there.
    let two = access(&[policy("a", "app: x", open), policy("b", "app: y", "[{}]")]);
    assert_eq!(two, [(json!(["a.example"]), public(&[], &["/x/*", "/y"])), (Json::Null, Json::Null)]);
    // A rule without an operation asks about everything.
    let everything = access(&[policy("a", "app: x", r#"[{to: [{operation: {notPaths: ["/x"]}}]}, {}]"#)]);
    assert_eq!(everything, [(Json::Null, Json::Null)]);
}

#[test]
fn what_only_some_paths_were_asked_for_is_closed_and_said() {
    let only = policy(
        "a",
        "app: x",
        r#"[{to: [{operation: {paths: ["/admin/*"]}}], when: [{key: "request.headers[authorization]", notValues: ["*"]}]}]"#,
    );
    let migrated =
        migrated(&[("proxy.cfg", &format!("{BASE}email_domains = \"*\"\n")), ("istio.yaml", &only)]);
    assert_eq!(config(&migrated).get("access"), None);
    report_has(&migrated, &["paths /admin/*", "request.headers[authorization]"]);
}

#[test]
fn names_that_are_none_are_said_to_be_ignored() {
    let env =
        "OAUTH2_PROXY_PROVIDER=oidc\nOAUTH2_PROXY_COOKIE_DOMAIN=.acme.com\nOAUTH2_PROXY_EMAIL_DOMAINS=*\n";
    let migrated_env = migrated(&[(".env", env)]);
    assert_eq!(config(&migrated_env)["session"].get("cookie"), None);
    report_has(
        &migrated_env,
        &["OAUTH2_PROXY_COOKIE_DOMAIN (.env:2)", "no such variable", "cookie-domain is meant"],
    );
    let values =
        "config: {clientID: a, provider: oidc, oidcIssuerURL: https://op.example, clientSecret: x}\n";
    let migrated_values = migrated(&[("v.yaml", values)]);
    assert_eq!(config(&migrated_values)["provider"]["issuer"], "https://accounts.google.com");
    report_has(&migrated_values, &["config.provider (v.yaml:1)", "config.oidcIssuerURL", "no such key"]);
    report_has(
        &with("email_domains = \"*\"\nresponse_headers = { a = \"b\" }\n"),
        &["response_headers (proxy.cfg:5)", "no such option"],
    );
}

#[test]
fn what_is_no_openid_provider_is_refused() {
    for provider in ["github", "bitbucket", "linkedin", "facebook", "digitalocean", "nextcloud", "gitea"] {
        let error = refused(&[("proxy.cfg", &format!("provider = \"{provider}\"\nemail_domains = \"*\"\n"))]);
        assert!(error.contains(provider) && error.contains("no OpenID Provider"), "{error}");
    }
    let gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {gatewayClassName: istio-agentgateway}\n";
    assert!(refused(&[("proxy.cfg", BASE), ("g.yaml", gateway)]).contains("runs no WebAssembly"));
    assert!(refused(&[("proxy.cfg", "a = 1\nemail-domain=*\n")]).contains("proxy.cfg:2: email-domain"));
    assert!(refused(&[("v.yaml", "a: b: c\n")]).contains("v.yaml:1"));
    assert!(refused(&[("v.yaml", "{{- if .x }}\na: [\n{{- end }}\n")]).contains("template"));
    assert!(refused(&[("v.yaml", "image: x\n")]).contains("no option of oauth2-proxy"));
}

#[test]
fn http_is_a_gap_and_never_taken() {
    let migrated = migrated(&[(
        "proxy.cfg",
        "provider = \"oidc\"\noidc_issuer_url = \"http://op.example\"\nemail_domains = \"*\"\ncookie_secure = false\nredirect_url = \"http://a.example/oauth2/callback\"\n",
    )]);
    assert!(migrated.has_gaps && !loads(&config(&migrated)));
    let config = config(&migrated);
    assert_eq!(config["session"].get("cookie"), None);
    assert_eq!(config["paths"].get("redirect_uri"), None);
    report_has(&migrated, &["oidc_issuer_url", "cookie_secure", "redirect_url"]);
}

#[test]
fn tokens_are_taken_only_where_their_audience_is_known_and_no_address_is_asked_for() {
    let bearer = with(
        "email_domains = \"*\"\nskip_jwt_bearer_tokens = true\noidc_extra_audiences = [\"api\"]\nextra_jwt_issuers = [\"https://op.example=more\", \"https://b.example=api\", \"https://c.example=other\"]\nallowed_groups = [\"g\"]\n",
    );
    let access = config(&bearer)["access"].clone();
    assert_eq!(
        access,
        json!([{"require": {"groups": ["g"]}, "bearer": {"audiences": ["app", "api", "more"], "id_tokens": true, "groups": ["g"]}}])
    );
    assert_eq!(config(&bearer).get("providers"), None, "an audience would count for each issuer");
    assert!(loads(&config(&bearer)), "{}", bearer.report);
    report_has(&bearer, &["https://b.example for api", "https://c.example for other"]);
    let by_email = with("email_domains = \"acme.com\"\nskip_jwt_bearer_tokens = true\n");
    assert_eq!(config(&by_email)["access"], json!([{"require": {"email_domains": ["acme.com"]}}]));
}

#[test]
fn another_provider_of_the_mesh_is_none_of_this() {
    let mesh = "meshConfig: {extensionProviders: [{name: sso, envoyExtAuthzHttp: {service: oauth2-proxy.auth, port: 80}}, {name: opa, envoyExtAuthzHttp: {service: opa.opa, port: 80}}]}\n";
    let other = policy("opa", "app: y", r#"[{to: [{operation: {notPaths: ["/x"]}}]}]"#)
        .replace("{name: p}", "{name: opa}");
    let own = policy("own", "app: x", "[{}]").replace("{name: p}", "{name: sso}");
    let cfg = format!("{BASE}email_domains = \"*\"\n");
    let migrated =
        migrated(&[("proxy.cfg", &cfg), ("mesh.yaml", mesh), ("istio.yaml", &format!("{other}---\n{own}"))]);
    let plugins = resources(&migrated).iter().filter(|resource| resource["kind"] == "WasmPlugin").count();
    assert_eq!((plugins, config(&migrated).get("access")), (1, None));
}

#[test]
fn what_is_encrypted_or_filled_in_later_is_a_gap() {
    for text in [
        "ENC[AES256_GCM,data:x,type:str]",
        "${ID}",
        "{{ .id }}",
        "<your-id>",
        "$CLIENT_ID",
        "$(ID)",
        "vault:secret/a#b",
        "ref+vault://a",
    ] {
        let migrated = migrated(&[(
            "v.yaml",
            &format!(
                "config: {{clientID: '{text}'}}\nextraArgs: {{provider: oidc, oidc-issuer-url: 'https://op.example'}}\n"
            ),
        )]);
        assert!(
            migrated.has_gaps && migrated.report.contains("client.id: config.clientID"),
            "{text}: {}",
            migrated.report
        );
    }
}

#[test]
fn several_proxies_are_one_at_a_time() {
    let of = |name: &str, id: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {{containers: [{{name: p, image: oauth2-proxy, args: [--provider=oidc, --oidc-issuer-url=https://op.example, --email-domain=*, --client-id={id}]}}]}}}}}}\n---\n"
        )
    };
    let text = of("one", "a") + &of("two", "b");
    assert!(refused(&[("d.yaml", &text)]).contains("--proxy"));
    let chosen = migrate(&inputs(&[("d.yaml", &text)]), Kind::WasmPlugin, Some("Deployment two")).unwrap();
    assert_eq!(config(&chosen)["client"]["id"], "b");
    assert!(migrate(&inputs(&[("d.yaml", &text)]), Kind::WasmPlugin, Some("x")).is_err());
}

/// oauth2-proxy's sign-out ended its own session only, unless it was told what to call.
#[test]
fn signing_out_ends_what_it_ended() {
    let usual = with("email_domains = \"*\"\n");
    assert_eq!(config(&usual)["paths"], json!({"sign_out": "local"}));
    let further = with(
        "email_domains = \"*\"\nbackend_logout_url = \"https://op.example/logout?id_token_hint={id_token}\"\n",
    );
    assert_eq!(config(&further).get("paths"), None);
    report_has(&further, &["backend_logout_url", "end_session_endpoint", "/oauth2/signed_out"]);
    assert!(loads(&config(&usual)) && loads(&config(&further)));
}

#[test]
fn what_was_asked_of_the_provider_is_asked_still() {
    let asked = with(
        "email_domains = \"*\"\nprompt = \"login\"\nresource = \"https://api.example\"\nacr_values = \"phr\"\n",
    );
    let client = &config(&asked)["client"];
    assert_eq!((&client["prompt"], &client["resources"]), (&json!("login"), &json!(["https://api.example"])));
    assert_eq!(client.get("authorization_params"), None);
    assert!(loads(&config(&asked)), "{}", asked.report);
    report_has(&asked, &["acr_values", "require: {acr: [phr]}"]);
}

#[test]
fn tokens_come_under_the_names_that_they_had() {
    let alpha = "injectResponseHeaders:\n- name: X-Id-Token\n  values: [{claim: id_token}]\n- name: X-Token\n  values: [{claim: access_token, prefix: 'Bearer '}]\n\
                 - name: X-Forwarded-Access-Token\n  values: [{claim: access_token}]\n\
                 providers:\n- {id: p, provider: oidc, clientID: app, oidcConfig: {issuerURL: https://op.example}}\n";
    let migrated = migrated(&[("alpha.yaml", alpha), ("proxy.cfg", "email_domains = \"*\"\n")]);
    let config = config(&migrated);
    assert_eq!(
        config["upstream"],
        json!({"headers": {"x-id-token": "id_token", "x-token": "access_token"}, "access_token": true}),
        "{}",
        migrated.report
    );
    assert!(loads(&config), "{}", migrated.report);
    report_has(&migrated, &["without \"Bearer \"", "no configuration may use the name that it had"]);
}

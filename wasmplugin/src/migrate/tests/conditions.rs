//! Who may enter: a condition that is not known, or that is nowhere in the files, shuts the door.

use super::*;

const FLAGS: &str =
    "--provider=oidc, --oidc-issuer-url=https://op.example, --client-id=app, --upstream=static://202";

fn deployment(flags: &str, more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: p}}\nspec: {{template: {{spec: {{containers: [{{name: p, image: oauth2-proxy, args: [{FLAGS}, {flags}], {more}}}]}}}}}}\n"
    )
}

/// Nobody may enter, and the report says why.
pub(super) fn is_shut(files: &[(&str, &str)], words: &[&str]) {
    let migrated = migrated(files);
    let config = config(&migrated);
    let context = format!("{files:?}\n{config:#}\n{}", migrated.report);
    assert!(migrated.has_gaps, "{context}");
    assert!(!loads(&config) || config["access"] == json!([{"allow": "none"}]), "{context}");
    let gaps = migrated.report.split("To be filled in").nth(1).unwrap_or_default();
    assert!(words.iter().all(|word| gaps.contains(word)), "{words:?}\n{context}");
}

/// Everybody may enter whom the provider lets in, and nothing is in doubt.
fn is_open(files: &[(&str, &str)]) {
    let migrated = migrated(files);
    assert_eq!(config(&migrated).get("access"), None, "{files:?}\n{}", migrated.report);
    assert!(!migrated.has_gaps, "{files:?}\n{}", migrated.report);
}

#[test]
fn groups_whose_names_are_elsewhere_are_a_gap() {
    for (source, place) in [
        ("valueFrom: {configMapKeyRef: {name: sso, key: groups}}", "key groups of ConfigMap sso"),
        ("valueFrom: {secretKeyRef: {name: sso, key: groups}}", "key groups of Secret sso"),
        ("valueFrom: {fieldRef: {fieldPath: metadata.name}}", "valueFrom"),
    ] {
        for (option, key) in
            [("ALLOWED_GROUPS", "access[].require.groups"), ("KEYCLOAK_GROUPS", "access[].require.groups")]
        {
            let env = format!("env: [{{name: OAUTH2_PROXY_{option}, {source}}}]");
            let text = deployment("--email-domain=*", &env);
            is_shut(&[("d.yaml", &text)], &[key, option, place]);
            let migrated = migrated(&[("d.yaml", &text)]);
            assert_eq!(config(&migrated)["access"], json!([{"require": {"groups": null}}]));
        }
        for option in
            ["GOOGLE_GROUPS", "GITLAB_GROUPS", "GITLAB_PROJECTS", "ENTRA_ID_ALLOWED_TENANTS", "ALLOWED_ROLES"]
        {
            let env = format!("env: [{{name: OAUTH2_PROXY_{option}, {source}}}]");
            is_shut(&[("d.yaml", &deployment("--email-domain=*", &env))], &["access: ", option]);
        }
    }
    // A flag without its value.
    is_shut(&[("d.yaml", &deployment("--email-domain=*, --allowed-group", ""))], &["--allowed-group"]);
    // Empty is none.
    is_open(&[("d.yaml", &deployment("--email-domain=*", "env: [{name: OAUTH2_PROXY_ALLOWED_GROUPS}]"))]);
}

/// For tokens too.
#[test]
fn bearer_has_the_gap_of_the_groups_beside_it() {
    let env =
        "env: [{name: OAUTH2_PROXY_ALLOWED_GROUPS, valueFrom: {configMapKeyRef: {name: sso, key: groups}}}]";
    let text = deployment("--email-domain=*, --skip-jwt-bearer-tokens=true", env);
    let config = config(&migrated(&[("d.yaml", &text)]));
    assert_eq!(config["access"][0]["bearer"]["groups"], Json::Null, "{config:#}");
    assert!(config["access"][0]["bearer"].get("groups").is_some(), "{config:#}");
}

#[test]
fn variables_of_what_is_not_given_are_a_gap() {
    for (from, words) in [
        ("configMapRef: {name: sso}", ["ConfigMap sso", "kubectl get configmap sso"]),
        ("secretRef: {name: sso}", ["Secret sso", "kubectl get secret sso"]),
    ] {
        let text = deployment("--email-domain=*", &format!("envFrom: [{{{from}}}]"));
        is_shut(&[("d.yaml", &text)], &words);
        let domain = text.replace("--email-domain=*", "--email-domain=acme.com");
        is_shut(&[("d.yaml", &domain)], &words);
    }
    let given = deployment("--email-domain=*", "envFrom: [{configMapRef: {name: sso}}]")
        + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: sso}\ndata: {OAUTH2_PROXY_SCOPE: openid}\n";
    is_open(&[("d.yaml", &given)]);
    let prefixed =
        deployment("--email-domain=*", "envFrom: [{prefix: OAUTH2_PROXY_, configMapRef: {name: sso}}]")
            + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: sso}\ndata: {ALLOWED_GROUPS: admins}\n";
    let migrated = migrated(&[("d.yaml", &prefixed)]);
    assert_eq!(config(&migrated)["access"], json!([{"require": {"groups": ["admins"]}}]));
}

/// kustomize makes the ConfigMap of files, which may be given as they are.
#[test]
fn files_of_a_kustomization_are_asked_for() {
    let text = deployment("--email-domain=*", "envFrom: [{configMapRef: {name: sso}}]");
    let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nconfigMapGenerator: [{name: sso, envs: [sso.env], literals: [OAUTH2_PROXY_SCOPE=openid]}]\n";
    is_shut(&[("d.yaml", &text), ("kustomization.yaml", kustomization)], &["the file sso.env of sso"]);
    let given = migrated(&[
        ("d.yaml", &text),
        ("kustomization.yaml", kustomization),
        ("sso.env", "OAUTH2_PROXY_ALLOWED_GROUPS=admins\n"),
    ]);
    assert_eq!(config(&given)["access"], json!([{"require": {"groups": ["admins"]}}]));
}

/// The groups are known, and not where in the token they are.
#[test]
fn the_claim_that_counts_must_be_known() {
    let env = "env: [{name: OAUTH2_PROXY_OIDC_GROUPS_CLAIM, valueFrom: {configMapKeyRef: {name: sso, key: claim}}}]";
    let text = deployment("--email-domain=*, --allowed-group=admins", env);
    is_shut(&[("d.yaml", &text)], &["OAUTH2_PROXY_OIDC_GROUPS_CLAIM", "key claim of ConfigMap sso"]);
    is_open(&[("d.yaml", &deployment("--email-domain=*", env))]);
}

#[test]
fn files_that_are_named_and_not_given_are_a_gap() {
    let compose = |more: &str| {
        format!(
            "services:\n  a:\n    image: oauth2-proxy\n    command: --email-domain=* --provider=oidc --oidc-issuer-url=https://op.example --client-id=app --upstream=static://202 {more}\n"
        )
    };
    for (flag, path) in [("--config", "/etc/oauth2-proxy.cfg"), ("--alpha-config", "/etc/alpha.yaml")] {
        let text = compose(&format!("{flag} {path}"));
        is_shut(&[("c.yaml", &text)], &[path, flag, "give it as well"]);
        let report = migrated(&[("c.yaml", &text)]).report;
        let not_needed = report.split("Not needed").nth(1).and_then(|rest| rest.lines().nth(1));
        assert!(!not_needed.unwrap_or_default().contains("config"), "{report}");
    }
    is_open(&[("c.yaml", &compose("--config=/etc/x.cfg")), ("x.cfg", "scope = \"openid\"\n")]);
    let alpha =
        "providers: [{id: a, provider: oidc, clientID: app, oidcConfig: {issuerURL: https://op.example}}]\n";
    is_open(&[("c.yaml", &compose("--alpha-config=/etc/a.yaml")), ("a.yaml", alpha)]);
    // A ConfigMap that holds an alpha configuration without oidcConfig.
    let google = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.yaml: |\n    providers: [{id: a, provider: google, clientID: app, allowedGroups: [admins]}]\n";
    let both = migrated(&[("c.yaml", &compose("--alpha-config=/etc/a.yaml")), ("a.yaml", google)]);
    assert_eq!(config(&both)["access"], json!([{"require": {"groups": ["admins"]}}]), "{}", both.report);
    is_shut(
        &[("c.yaml", &(compose("") + "    env_file: [sso.env]\n"))],
        &["sso.env", "env_file", "give it as well"],
    );
    is_open(&[
        ("c.yaml", &(compose("") + "    env_file: sso.env\n")),
        ("sso.env", "OAUTH2_PROXY_SCOPE=openid\n"),
    ]);
}

/// Compose hands on what its own environment, or its `.env`, has.
#[test]
fn a_variable_without_a_value_is_that_of_whoever_starts_it() {
    for environment in ["[OAUTH2_PROXY_ALLOWED_GROUPS]", "{OAUTH2_PROXY_ALLOWED_GROUPS: }"] {
        let text = format!(
            "services:\n  a:\n    image: oauth2-proxy\n    command: --email-domain=* --provider=oidc --oidc-issuer-url=https://op.example --client-id=app --upstream=static://202\n    environment: {environment}\n"
        );
        is_shut(&[("c.yaml", &text)], &["OAUTH2_PROXY_ALLOWED_GROUPS", "whoever starts it"]);
        let given = migrated(&[("c.yaml", &text), (".env", "OAUTH2_PROXY_ALLOWED_GROUPS=admins\n")]);
        assert_eq!(config(&given)["access"], json!([{"require": {"groups": ["admins"]}}]));
    }
}

#[test]
fn an_unknown_name_that_is_like_a_condition_is_a_gap() {
    let cfg = "provider = \"oidc\"\noidc_issuer_url = \"https://op.example\"\nclient_id = \"app\"\nemail_domains = \"*\"\n";
    for line in [
        "allowed_group = [\"a\"]",
        "allowed_users = \"ann\"",
        "required_role = \"x\"",
        "email-domain = \"a\"",
    ] {
        is_shut(&[("p.cfg", &format!("{cfg}{line}\n"))], &[line.split(' ').next().unwrap(), "no such name"]);
    }
    let env = "OAUTH2_PROXY_PROVIDER=oidc\nOAUTH2_PROXY_OIDC_ISSUER_URL=https://op.example\nOAUTH2_PROXY_CLIENT_ID=a\nOAUTH2_PROXY_EMAIL_DOMAINS=*\n";
    for name in ["OAUTH2_PROXY_ALLOWED_GROUP", "OAUTH2_PROXY_EMAIL_DOMAIN", "OAUTH2_PROXY_ALLOWED_USERS"] {
        is_shut(&[(".env", &format!("{env}{name}=x\n"))], &[name]);
    }
    is_open(&[(".env", &format!("{env}OAUTH2_PROXY_COOKIE_DOMAIN=.acme.com\n"))]);
}

/// The older name that oauth2-proxy itself has for it.
#[test]
fn the_other_name_of_googles_groups_is_known() {
    let cfg = "provider = \"google\"\nclient_id = \"a\"\nemail_domains = \"*\"\ngoogle_group = [\"admins@acme.com\"]\n";
    is_shut(&[("p.cfg", cfg)], &["google_group (p.cfg:4)", "only some people"]);
    let env = "OAUTH2_PROXY_PROVIDER=google\nOAUTH2_PROXY_CLIENT_ID=a\nOAUTH2_PROXY_EMAIL_DOMAINS=*\nOAUTH2_PROXY_GOOGLE_GROUP=x\n";
    is_shut(&[(".env", env)], &["OAUTH2_PROXY_GOOGLE_GROUP (.env:4)", "only some people"]);
}

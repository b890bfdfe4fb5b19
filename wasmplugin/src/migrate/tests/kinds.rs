//! Places where options stand.

use super::*;

/// The same setup, in each place.
fn is_the_setup(files: &[(&str, &str)]) {
    let migrated = migrated(files);
    let config = config(&migrated);
    let context = format!("{files:?}\n{config:#}\n{}", migrated.report);
    assert_eq!(config["provider"]["issuer"], "https://op.example/x", "{context}");
    assert_eq!(config["client"]["id"], "app", "{context}");
    assert_eq!(config["session"]["cookie"]["domains"], json!([".acme.com", "acme.org"]), "{context}");
    assert_eq!(config["upstream"]["authorization"], "id_token", "{context}");
    assert_eq!(config["access"], json!([{"require": {"email_domains": ["acme.com"]}}]), "{context}");
    assert!(!migrated.has_gaps && loads(&config), "{context}");
}

const FLAGS: &str = "provider: oidc, oidc-issuer-url: 'https://op.example/x', cookie-domain: ['.acme.com', acme.org], \
                     set-authorization-header: 'true', email-domain: acme.com, client-id: app, upstream: 'static://202'";

const FILE: &str = "provider = \"oidc\"\noidc_issuer_url = \"https://op.example/x\" # a comment = with a sign\n\
                    cookie_domains = [\n  \".acme.com\",\n  \"acme.org\",\n]\nset_authorization_header = \"true\"\n\
                    email_domains = \"acme.com\"\nclient_id = 'app'\nupstreams = \"static://202\"\n";

const ARGUMENTS: [&str; 8] = [
    "--provider=oidc",
    "--oidc-issuer-url=https://op.example/x",
    "--cookie-domain=.acme.com",
    "--cookie-domain=acme.org",
    "--set-authorization-header",
    "--email-domain=acme.com",
    "--client-id=app",
    "--upstream=static://202",
];

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

fn deployment(container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: p}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: p\n        image: quay.io/oauth2-proxy/oauth2-proxy:v7\n{}",
        indented(container, 8)
    )
}

#[test]
fn values_of_the_chart_and_whatever_wraps_them() {
    let extra = format!("extraArgs: {{{FLAGS}}}\n");
    is_the_setup(&[("values.yaml", &extra)]);
    is_the_setup(&[("values.yaml", &format!("sso:\n{}", indented(&extra, 2)))]);
    let list: String = ARGUMENTS.iter().map(|argument| format!("- {argument}\n")).collect();
    is_the_setup(&[("values.yaml", &format!("extraArgs:\n{list}"))]);
    let in_file = format!("config:\n  configFile: |-\n{}", indented(FILE, 4));
    is_the_setup(&[("values.yaml", &in_file)]);
    let flux = format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: p}}\nspec:\n  values:\n{}",
        indented(&extra, 4)
    );
    is_the_setup(&[("release.yaml", &flux)]);
    let k3s = format!(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {{name: p}}\nspec:\n  valuesContent: |-\n{}",
        indented(&in_file, 4)
    );
    is_the_setup(&[("chart.yaml", &k3s)]);
    for argo in ["values: |\n", "valuesObject:\n"] {
        let argo = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: p}}\nspec:\n  source:\n    helm:\n      {argo}{}",
            indented(&extra, 8)
        );
        is_the_setup(&[("application.yaml", &argo)]);
    }
    // Two files of values of one release.
    is_the_setup(&[("values.yaml", "config: {clientID: other}\n"), ("production.yaml", &extra)]);
}

#[test]
fn parameters_of_argo_are_values_too() {
    let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: p}\nspec:\n  source:\n    helm:\n      parameters:\n\
                \x20     - {name: extraArgs.provider, value: oidc}\n      - {name: extraArgs.oidc-issuer-url, value: 'https://op.example'}\n\
                \x20     - {name: config.clientID, value: app}\n      - {name: extraArgs.email-domain, value: '*'}\n";
    let migrated = migrated(&[("a.yaml", argo)]);
    assert_eq!(config(&migrated)["client"]["id"], "app");
    assert!(loads(&config(&migrated)), "{}", migrated.report);
}

#[test]
fn containers_with_arguments_in_every_form() {
    let list = |key: &str, items: &[&str]| {
        format!("{key}:\n{}", items.iter().map(|item| format!("- '{item}'\n")).collect::<String>())
    };
    is_the_setup(&[("d.yaml", &deployment(&list("args", &ARGUMENTS)))]);
    let mut command = vec!["/bin/oauth2-proxy"];
    command.extend(ARGUMENTS);
    is_the_setup(&[("d.yaml", &deployment(&list("command", &command)))]);
    // `--name value`, with one dash, and a switch before the next flag.
    let separate: Vec<String> =
        ARGUMENTS.iter().flat_map(|argument| argument[1..].splitn(2, '=').map(str::to_owned)).collect();
    let separate: Vec<&str> = separate.iter().map(String::as_str).collect();
    is_the_setup(&[("d.yaml", &deployment(&list("args", &separate)))]);
    let script = format!(
        "command: [/bin/sh, -c]\nargs:\n- |\n  exec /bin/oauth2-proxy \\\n    {}\n",
        ARGUMENTS.join(" \\\n    ")
    );
    is_the_setup(&[("d.yaml", &deployment(&script))]);
    is_the_setup(&[(
        "d.yaml",
        &deployment(&format!("command: [sh, -c, 'oauth2-proxy {}']\n", ARGUMENTS.join(" "))),
    )]);
}

const VARIABLES: [(&str, &str); 7] = [
    ("OAUTH2_PROXY_PROVIDER", "oidc"),
    ("OAUTH2_PROXY_OIDC_ISSUER_URL", "https://op.example/x"),
    ("OAUTH2_PROXY_COOKIE_DOMAINS", ".acme.com,acme.org"),
    ("OAUTH2_PROXY_SET_AUTHORIZATION_HEADER", "true"),
    ("OAUTH2_PROXY_EMAIL_DOMAINS", "acme.com"),
    ("OAUTH2_PROXY_CLIENT_ID", "app"),
    ("OAUTH2_PROXY_UPSTREAMS", "static://200"),
];

#[test]
fn environments_in_every_form() {
    let lines = |form: &dyn Fn(&str, &str) -> String| {
        VARIABLES.iter().map(|(name, value)| form(name, value)).collect::<String>()
    };
    let list = lines(&|name, value| format!("- {{name: {name}, value: '{value}'}}\n"));
    is_the_setup(&[("d.yaml", &deployment(&format!("env:\n{list}")))]);
    let map = lines(&|name, value| format!("  {name}: '{value}'\n"));
    is_the_setup(&[("d.yaml", &deployment(&format!("env:\n{map}")))]);
    let dotenv = lines(&|name, value| format!("{name}={value}\n"));
    is_the_setup(&[(".env", &dotenv)]);
    is_the_setup(&[("proxy.env", &format!("# nothing = here\nexport A=b\n{dotenv}"))]);
    let compose = format!(
        "services:\n  auth:\n    image: quay.io/oauth2-proxy/oauth2-proxy\n    environment:\n{}",
        indented(&map, 4)
    );
    is_the_setup(&[("compose.yaml", &compose)]);
    let compose_list = lines(&|name, value| format!("    - {name}={value}\n"));
    is_the_setup(&[(
        "compose.yaml",
        &format!("services:\n  auth:\n    image: oauth2-proxy\n    environment:\n{compose_list}"),
    )]);
    let config_map =
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata:\n{map}");
    let from = deployment("envFrom:\n- configMapRef: {name: settings}\n");
    is_the_setup(&[("d.yaml", &format!("{from}{config_map}"))]);
    let one_by_one = lines(&|name, _| {
        format!("- {{name: {name}, valueFrom: {{configMapKeyRef: {{name: settings, key: {name}}}}}}}\n")
    });
    is_the_setup(&[("d.yaml", &format!("{}{config_map}", deployment(&format!("env:\n{one_by_one}"))))]);
    let template = format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: p}}\nspec:\n  values:\n    controllers:\n      p:\n        containers:\n          app:\n            image: {{repository: quay.io/oauth2-proxy/oauth2-proxy, tag: v7}}\n            env:\n{}",
        indented(&map, 12)
    );
    is_the_setup(&[("release.yaml", &template)]);
}

#[test]
fn the_file_alone_in_a_config_map_and_with_another_name() {
    is_the_setup(&[("oauth2-proxy.cfg", FILE)]);
    is_the_setup(&[("standard input", FILE)]);
    let config_map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  proxy.cfg: |\n{}",
        indented(FILE, 4)
    );
    is_the_setup(&[(
        "c.yaml",
        &format!("{config_map}---\n{}", deployment("args: [--config=/etc/proxy.cfg]\n")),
    )]);
}

#[test]
fn the_alpha_configuration_replaces_what_it_covers() {
    let alpha = "providers:\n- provider: oidc\n  id: x\n  clientID: app\n  clientSecretFile: /s\n  oidcConfig: {issuerURL: https://op.example/x, emailClaim: mail}\n\
                 injectResponseHeaders:\n- name: Authorization\n  values: [{claim: access_token, prefix: 'Bearer '}]\n- name: X-Team\n  values: [{claim: team}]\n\
                 upstreamConfig: {upstreams: [{id: a, path: /, static: true}]}\n";
    let file = "email_domains = \"*\"\nset_authorization_header = true\n";
    let migrated = migrated(&[("alpha.yaml", alpha), ("proxy.cfg", file)]);
    let config = config(&migrated);
    assert_eq!(config["provider"]["issuer"], "https://op.example/x");
    assert_eq!(config["identity"]["email_claim"], "mail");
    assert_eq!(config["upstream"], json!({"authorization": "access_token", "claims": {"x-team": "team"}}));
    assert!(migrated.report.contains("--alpha-config"), "{}", migrated.report);
}

#[test]
fn flags_win_over_variables_and_these_over_the_file() {
    let container = "args: [--cookie-expire=1h]\nenv: [{name: OAUTH2_PROXY_COOKIE_EXPIRE, value: 2h}, {name: OAUTH2_PROXY_SCOPE, value: openid mail}]\n";
    let file = "provider = \"oidc\"\ncookie_expire = \"3h\"\nscope = \"openid\"\nemail_domains = \"*\"\noidc_issuer_url = \"https://op.example\"\n";
    let migrated = migrated(&[("proxy.cfg", file), ("d.yaml", &deployment(container))]);
    assert_eq!(config(&migrated)["session"]["max_age"], "1h");
    assert_eq!(config(&migrated)["client"]["scopes"], json!(["openid", "mail"]));
    assert!(migrated.report.contains("--cookie-expire (d.yaml:10) wins over it"), "{}", migrated.report);
}

//! No secret comes out, whichever form it went in by.

use super::*;

const SECRET: &str = "s3cr3t-that-nobody-may-see-0123456";

#[test]
fn no_secret_comes_out() {
    let base = "--provider=oidc --oidc-issuer-url=https://op.example --client-id=app --email-domain=*";
    let deployment = |container: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: p}}\nspec: {{template: {{spec: {{containers: [{{image: oauth2-proxy, {container}}}]}}}}}}\n"
        )
    };
    let flags = base.split(' ').map(|flag| format!("'{flag}'")).collect::<Vec<_>>().join(", ");
    let cases = [
        (
            "d.yaml",
            deployment(&format!("args: [{flags}, --client-secret={SECRET}, --cookie-secret, {SECRET}]")),
        ),
        ("d.yaml", deployment(&format!("command: [sh, -c, 'oauth2-proxy {base} --client-secret={SECRET}']"))),
        (
            "d.yaml",
            deployment(&format!(
                "args: [{flags}], env: [{{name: OAUTH2_PROXY_COOKIE_SECRET, value: {SECRET}}}, {{name: OAUTH2_PROXY_CLIENT_SECRETS, value: {SECRET}}}]"
            )),
        ),
        (
            "p.cfg",
            format!(
                "provider=\"oidc\"\nemail_domains=\"*\"\nclient_secret=\"{SECRET}\"\ncookie_secret='{SECRET}'\nredis_password=\"{SECRET}\"\nbasic_auth_password=\"{SECRET}\"\n"
            ),
        ),
        (
            "v.yaml",
            format!(
                "config: {{clientID: a, clientSecret: {SECRET}, cookieSecret: {SECRET}, secretKey: {SECRET}, adminToken: {SECRET}, redisPassword: {SECRET}}}\n"
            ),
        ),
        (
            "v.yaml",
            format!("extraArgs: {{provider: oidc, client-secret: {SECRET}, cookie-secret: {SECRET}}}\n"),
        ),
        (
            "compose.yaml",
            format!(
                "services: {{a: {{image: oauth2-proxy, environment: [OAUTH2_PROXY_CLIENT_SECRET={SECRET}, OAUTH2_PROXY_PROVIDER=oidc]}}}}\n"
            ),
        ),
        (
            ".env",
            format!(
                "OAUTH2_PROXY_PROVIDER=oidc\nOAUTH2_PROXY_CLIENT_SECRET={SECRET}\nOAUTH2_PROXY_COOKIE-SECRET={SECRET}\n"
            ),
        ),
        ("alpha.yaml", format!("providers: [{{provider: oidc, clientID: a, clientSecret: {SECRET}}}]\n")),
        (
            "both.yaml",
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{client-id: app, OAUTH2_PROXY_CLIENT_SECRET: {SECRET}}}\n---\n{}",
                deployment(
                    "args: [--provider=oidc, --email-domain=*, --upstream=static://], envFrom: [{secretRef: {name: s}}], env: [{name: OAUTH2_PROXY_CLIENT_ID, valueFrom: {secretKeyRef: {name: s, key: client-id}}}]"
                )
            ),
        ),
        // The same text as something that is no secret.
        (
            "p.cfg",
            format!(
                "provider=\"oidc\"\nemail_domains=\"*\"\nclient_secret=\"{SECRET}\"\nclient_id=\"{SECRET}\"\nscope=\"openid {SECRET}\"\n"
            ),
        ),
        // In a broken file, in the line that is at fault.
        ("broken.cfg", format!("provider=\"oidc\"\nclient_secret={SECRET}\n")),
    ];
    for (name, text) in cases {
        let said = match migrate(&inputs(&[(name, &text)]), Kind::WasmPlugin, None) {
            Ok(migrated) => output::in_one(&migrated.files) + &migrated.report,
            Err(error) => error,
        };
        assert!(!said.contains(SECRET), "{name}: {text}\n{said}");
    }
}

#[test]
fn what_is_no_secret_is_read_even_from_a_secret() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {client-id: YXBw, client-secret: eA==}\n---\n\
                config: {existingSecret: s}\nextraArgs: {provider: oidc, oidc-issuer-url: 'https://op.example'}\n";
    let migrated = migrated(&[("v.yaml", text)]);
    assert_eq!(config(&migrated)["client"]["id"], "app", "{}", migrated.report);
}

/// What cannot be read, and what oauth2-proxy does not know, may hold one as well.
#[test]
fn no_secret_comes_out_of_what_is_wrong() {
    let base = "OAUTH2_PROXY_PROVIDER=oidc\nOAUTH2_PROXY_OIDC_ISSUER_URL=https://op.example\nOAUTH2_PROXY_EMAIL_DOMAINS=*\n";
    for wrong in ["SIGNATURE-KEY", "JWT-KEY", "REDIS-CONNECTION-URL", "SOMETHING_NEW", "TOKEN"] {
        let env = format!("{base}OAUTH2_PROXY_{wrong}=redis://:{SECRET}@redis:6379\n");
        let migrated = migrated(&[(".env", &env)]);
        assert!(migrated.report.contains(wrong) && !migrated.report.contains(SECRET), "{}", migrated.report);
    }
    for line in [
        format!("cookie_secret: \"{SECRET}\""),
        format!("client_secret \"{SECRET}\""),
        SECRET.to_owned(),
        format!("\"{SECRET}\""),
    ] {
        let error = refused(&[("p.cfg", &format!("client_id = \"a\"\n{line}\n"))]);
        assert!(error.contains("p.cfg:2: ") && !error.contains(SECRET), "{error}");
    }
    let upstream = format!("{base}OAUTH2_PROXY_UPSTREAMS=http://svc:{SECRET}@app:8080/x\n");
    let migrated = migrated(&[(".env", &upstream)]);
    assert!(!migrated.report.contains(SECRET), "{}", migrated.report);
}

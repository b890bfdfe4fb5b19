//! Nothing is opened that was not open, and nobody is judged by another claim than before.

use super::*;

const BASE: &str = "provider = \"oidc\"\noidc_issuer_url = \"https://op.example\"\nclient_id = \"app\"\n";

fn with(more: &str) -> Migrated {
    migrated(&[("proxy.cfg", &format!("{BASE}{more}"))])
}

/// The paths that are public.
fn public(migrated: &Migrated) -> Vec<String> {
    let rules = config(migrated)["access"].as_array().cloned().unwrap_or_default();
    let public = rules.iter().filter(|rule| rule["allow"] == "public");
    let paths = public.flat_map(|rule| rule["match"]["paths"].as_array().cloned().unwrap_or_default());
    paths.map(|path| path.as_str().unwrap().to_owned()).collect()
}

/// `user-id-claim` is the older name of `oidc-email-claim`. Entra's `email` is what the account's own tenant says.
#[test]
fn addresses_are_those_of_the_claim_that_was_looked_at() {
    let migrated = with("user_id_claim = \"upn\"\nemail_domains = [\"example.com\"]\n");
    assert_eq!(config(&migrated)["identity"], json!({"email_claim": "upn"}), "{}", migrated.report);
    assert!(migrated.report.contains("lists of addresses and domains look at this claim"));

    let both =
        with("user_id_claim = \"upn\"\noidc_email_claim = \"mail\"\nemail_domains = [\"example.com\"]\n");
    assert_eq!(config(&both)["identity"], json!({"email_claim": "mail"}), "{}", both.report);
    assert!(both.report.contains("upn had no effect beside oidc-email-claim"));

    let prefers = with("user_id_claim = \"upn\"\nprefer_email_to_user = true\nemail_domains = [\"*\"]\n");
    assert_eq!(config(&prefers)["identity"], json!({"email_claim": "upn", "user_claim": "upn"}));

    let default =
        with("user_id_claim = \"email\"\noidc_groups_claim = \"groups\"\nemail_domains = [\"*\"]\n");
    assert_eq!(config(&default).get("identity"), None);
}

#[test]
fn a_route_that_never_opened_anything_opens_nothing() {
    let routes = "skip_auth_routes = [\"^/login=abc\", \"GET!=^/x$\", \"POST=^/hook$\", \"=^/all$\"]\n";
    let migrated = with(&format!("email_domains = [\"*\"]\n{routes}"));
    assert_eq!(public(&migrated), ["/hook", "/all"], "{}", migrated.report);
    for why in ["^/login=abc: what stands before the first =", "GET!=^/x$: every method but one"] {
        assert!(migrated.report.contains(why), "{}", migrated.report);
    }
    // The older form has no methods, and looks for this text.
    let older = with("email_domains = [\"*\"]\nskip_auth_regex = [\"GET=^/r\"]\n");
    assert_eq!(public(&older), [""; 0], "{}", older.report);
}

/// `["^/files,/admin$"]` is one expression, and `cn=admins,ou=groups` one group. A variable or a flag is a text with commas.
#[test]
fn a_list_of_a_file_is_not_divided_at_commas() {
    let migrated = with(
        "email_domains = [\"*\"]\nskip_auth_routes = [\"^/files,/admin$\"]\nallowed_groups = [\"cn=admins,ou=groups\"]\n",
    );
    assert_eq!(public(&migrated), ["/files,/admin"], "{}", migrated.report);
    let rules = config(&migrated)["access"].clone();
    assert_eq!(rules[1]["require"]["groups"], json!(["cn=admins,ou=groups"]), "{}", migrated.report);
    // One text for a list is several entries there, too.
    let text = with("email_domains = [\"*\"]\nallowed_groups = \"a,b\"\n");
    assert_eq!(config(&text)["access"], json!([{"require": {"groups": ["a", "b"]}}]));
    let env = "OAUTH2_PROXY_EMAIL_DOMAINS=*\nOAUTH2_PROXY_ALLOWED_GROUPS=a,b\n";
    let env = migrated_with_env(env);
    assert_eq!(config(&env)["access"], json!([{"require": {"groups": ["a", "b"]}}]));
}

fn migrated_with_env(env: &str) -> Migrated {
    migrated(&[("proxy.cfg", BASE), (".env", env)])
}

/// In a rule each audience counts for each issuer.
#[test]
fn a_partners_tokens_get_no_audience_that_they_did_not_have() {
    let bearer = |issuers: &str| {
        with(&format!(
            "email_domains = [\"*\"]\nskip_jwt_bearer_tokens = true\nextra_jwt_issuers = [{issuers}]\n"
        ))
    };
    let same = bearer("\"https://partner.example=app\"");
    assert_eq!(config(&same)["providers"], json!({"issuer1": {"issuer": "https://partner.example"}}));
    // Whichever comes first.
    for issuers in [
        "\"https://partner.example=app\", \"https://op.example=api2\"",
        "\"https://op.example=api2\", \"https://partner.example=api2\"",
        "\"https://partner.example=api2\"",
    ] {
        let other = bearer(issuers);
        assert_eq!(config(&other).get("providers"), None, "{}", other.report);
        assert!(other.report.contains("would open more than before"), "{}", other.report);
    }
}

#[test]
fn text_of_the_files_becomes_no_resource() {
    let hostile = r#"x\n        env: OIDC_CLIENT_SECRET\n    hosts: [nobody.example]\n    upstream:\n      jwt:\n       key:"#;
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: p}}\nspec: {{template: {{spec: {{containers: [{{image: oauth2-proxy, \
         args: [--provider=oidc, '--oidc-issuer-url=https://op.example', --client-id=app, '--email-domain=*'], \
         env: [{{name: OAUTH2_PROXY_CLIENT_SECRET, valueFrom: {{secretKeyRef: {{name: \"{hostile}\", key: k}}}}}}]}}]}}}}}}\n"
    );
    let migrated = migrated(&[("d.yaml", &deployment)]);
    assert_eq!(config(&migrated).get("hosts"), None, "{}", output::in_one(&migrated.files));
    let file = "client_secret_file = \"/x\\n---\\nkind: ClusterRoleBinding\"\nemail_domains = [\"*\"]\n";
    for migrated in [migrated, with(file)] {
        for resource in resources(&migrated) {
            assert!(
                ["WasmPlugin", "ServiceEntry", "DestinationRule"]
                    .contains(&resource["kind"].as_str().unwrap())
            );
        }
        // Each line of the report is the report's own.
        let begins =
            |line: &str| line.is_empty() || line.starts_with("  ") || line.starts_with(char::is_uppercase);
        assert!(migrated.report.lines().all(begins), "{}", migrated.report);
        assert!(!migrated.report.lines().any(|line| line.starts_with("kind")), "{}", migrated.report);
    }
}

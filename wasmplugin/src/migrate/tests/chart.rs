//! The chart's own ways to say who may enter.

use super::*;

const FLAGS: &str = "extraArgs: {provider: oidc, oidc-issuer-url: 'https://op.example'}\n";

const ALPHA: &str = "alphaConfig:\n  enabled: true\n  configData: {providers: [{id: o, provider: oidc, clientID: app, oidcConfig: {issuerURL: 'https://op.example'}}]}\n";

fn access(files: &[(&str, &str)]) -> Json {
    config(&migrated(files))["access"].clone()
}

fn domain(name: &str) -> Json {
    json!([{"require": {"email_domains": [name]}}])
}

#[test]
fn the_domains_of_the_values_are_required() {
    let values = format!("config: {{clientID: app, emailDomains: [acme.com]}}\n{FLAGS}");
    let migrated = migrated(&[("v.yaml", &values)]);
    assert_eq!(config(&migrated)["access"], domain("acme.com"));
    assert!(!migrated.has_gaps && loads(&config(&migrated)), "{}", migrated.report);
    assert!(
        migrated.report.contains("config.emailDomains (v.yaml:1): require.email_domains"),
        "{}",
        migrated.report
    );
    // In whichever of two files, and in either order.
    let (base, own) = (format!("config: {{clientID: app}}\n{FLAGS}"), "config: {emailDomains: [acme.com]}\n");
    assert_eq!(access(&[("v.yaml", &base), ("w.yaml", own)]), domain("acme.com"));
    assert_eq!(access(&[("w.yaml", own), ("v.yaml", &base)]), domain("acme.com"));
    let text = values.replace("[acme.com]", "'acme.com,acme.org'");
    assert_eq!(
        access(&[("v.yaml", &text)]),
        json!([{"require": {"email_domains": ["acme.com", "acme.org"]}}])
    );
    // A flag wins, as it does over the file.
    let flag = values.replace("provider: oidc", "email-domain: other.com, provider: oidc");
    assert_eq!(access(&[("v.yaml", &flag)]), domain("other.com"));
    // None is none, and not everybody.
    for none in ["[]", ""] {
        let values = format!("config: {{clientID: app, emailDomains: {none}}}\n{FLAGS}");
        assert_eq!(access(&[("v.yaml", &values)]), json!([{"allow": "none"}]), "{none}");
    }
}

#[test]
fn the_file_is_the_one_that_the_chart_takes() {
    let file = "configFile: 'email_domains = [\"file.example\"]'";
    let both = format!("config: {{clientID: app, {file}, emailDomains: [acme.com]}}\n");
    let told = |values: &str, domain_of: &str, aside: &str| {
        let migrated = migrated(&[("v.yaml", values)]);
        assert_eq!(config(&migrated)["access"], domain(domain_of), "{values}\n{}", migrated.report);
        assert!(
            migrated.report.contains(&format!("{aside} (v.yaml:1): the chart does not use it")),
            "{}",
            migrated.report
        );
    };
    told(&format!("{both}{FLAGS}"), "file.example", "config.emailDomains");
    told(&format!("{both}{ALPHA}"), "file.example", "config.emailDomains");
    let own = both.replace("clientID: app", "clientID: app, forceLegacyConfig: false");
    told(&format!("{own}{ALPHA}"), "acme.com", "config.configFile");
    // Where the chart's version decides, nobody may enter.
    let unclear = own.replace(", emailDomains: [acme.com]", "");
    let migrated = migrated(&[("v.yaml", &format!("{unclear}{ALPHA}"))]);
    assert!(migrated.has_gaps && migrated.report.contains("by its version"), "{}", migrated.report);
    assert!(!loads(&config(&migrated)) || config(&migrated)["access"] == json!([{"allow": "none"}]));
    // No file at all: who may enter is not said.
    let nothing =
        format!("config: {{clientID: app, forceLegacyConfig: false, emailDomains: [acme.com]}}\n{FLAGS}");
    assert_eq!(access(&[("v.yaml", &nothing)]), json!([{"allow": "none"}]));
}

#[test]
fn a_config_map_of_ones_own_wins_over_the_rest() {
    let values = format!(
        "config: {{clientID: app, existingConfig: own, configFile: 'email_domains = \"*\"'}}\n{FLAGS}"
    );
    let migrated = migrated(&[("v.yaml", &values)]);
    assert_eq!(config(&migrated)["access"], json!([{"allow": "none"}]), "{}", migrated.report);
    assert!(migrated.report.contains("ConfigMap own is not among the files"), "{}", migrated.report);
    let own = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {oauth2_proxy.cfg: 'email_domains = \"acme.com\"'}\n";
    for files in [[("v.yaml", values.as_str()), ("c.yaml", own)], [("c.yaml", own), ("v.yaml", &values)]] {
        assert_eq!(access(&files), domain("acme.com"));
    }
}

#[test]
fn a_later_file_of_values_replaces_the_whole_configuration_file() {
    let base = format!("config: {{clientID: app, configFile: \"email_domains = '*'\"}}\n{FLAGS}");
    let own = "config: {configFile: \"authenticated_emails_file = '/etc/list'\"}\n";
    assert_eq!(access(&[("v.yaml", &base), ("w.yaml", own)]), json!([{"require": {"emails": null}}]));
}

#[test]
fn the_groups_of_google_are_flags() {
    let values = "config:\n  clientID: app\n  google: {adminEmail: a@acme.com, existingSecret: s, groups: [admins@acme.com]}\nextraArgs: {provider: google}\n";
    let said = migrated(&[("v.yaml", values)]);
    assert_eq!(config(&said)["access"], json!([{"allow": "none"}]), "{}", said.report);
    assert!(said.has_gaps);
    for word in [
        "config.google.groups (v.yaml:3)",
        "config.google.adminEmail (v.yaml:3)",
        "config.google.existingSecret",
    ] {
        assert!(said.report.contains(word), "{word}\n{}", said.report);
    }
    let other = values.replace("groups: [admins@acme.com]", "allowedGroup: x");
    let said = migrated(&[("v.yaml", &other)]);
    assert!(said.has_gaps && said.report.contains("config.google.allowedGroup"), "{}", said.report);
    let key = format!("config: {{clientID: app, allowedGroups: [x]}}\n{FLAGS}");
    let said = migrated(&[("v.yaml", &key)]);
    assert!(
        said.has_gaps && said.report.contains("access: config.allowedGroups (v.yaml:1)"),
        "{}",
        said.report
    );
    assert_eq!(config(&said)["access"], json!([{"allow": "none"}]));
}

#[test]
fn arguments_in_a_list_are_read_as_arguments() {
    for (key, file) in [("extraArgs", "configFile"), ("args", "content")] {
        let values = format!(
            "config: {{clientID: app, {file}: 'email_domains = \"*\"'}}\n{key}: [--provider=oidc, --oidc-issuer-url=https://op.example, --allowed-group, admins]\n"
        );
        assert_eq!(access(&[("v.yaml", &values)]), json!([{"require": {"groups": ["admins"]}}]), "{key}");
    }
    // Of the official chart it is no key, so what stands there may count or not.
    let values =
        format!("config: {{clientID: app, emailDomains: [acme.com]}}\nargs: [--email-domain=*]\n{FLAGS}");
    let migrated = migrated(&[("v.yaml", &values)]);
    assert!(migrated.has_gaps && migrated.report.contains("access: args (v.yaml:2)"), "{}", migrated.report);
    assert!(!loads(&config(&migrated)));
}

/// Whether it counts stands in another file.
#[test]
fn an_alpha_configuration_that_may_not_count_shuts_the_door() {
    let values = format!("config: {{clientID: app}}\n{FLAGS}{}", ALPHA.replace("  enabled: true\n", ""));
    let migrated = migrated(&[("v.yaml", &values)]);
    assert_eq!(config(&migrated)["access"], json!([{"allow": "none"}]), "{}", migrated.report);
    assert!(migrated.report.contains("helm get values"), "{}", migrated.report);
}

#[test]
fn a_list_of_another_release_is_the_one_that_counts() {
    let values = "config: {clientID: app, emailDomains: []}\nextraArgs: {provider: oidc, oidc-issuer-url: 'https://op.example'}\nauthenticatedEmailsFile: {enabled: true, template: list, restricted_access: eve@acme.com}\n";
    assert_eq!(access(&[("v.yaml", values)]), json!([{"require": {"emails": null}}]));
    let list = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: list}\ndata: {restricted_user_access: ann@acme.com}\n";
    let both = access(&[("v.yaml", values), ("l.yaml", list)]);
    assert_eq!(both, json!([{"require": {"emails": ["ann@acme.com"]}}]));
}

/// As Helm does it: a list of two files would let in whoever either of them does.
#[test]
fn a_later_file_of_values_replaces_a_flag() {
    let base = "config: {clientID: app}\nextraArgs: {provider: oidc, oidc-issuer-url: 'https://op.example', email-domain: '*'}\n";
    let own = "extraArgs: {email-domain: acme.com}\n";
    let migrated = migrated(&[("v.yaml", base), ("w.yaml", own)]);
    assert_eq!(config(&migrated)["access"], domain("acme.com"));
    assert!(migrated.report.contains("email-domain (w.yaml:1) wins over it"), "{}", migrated.report);
}

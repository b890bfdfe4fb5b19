//! The alpha configuration: none of its keys vanishes.

use super::conditions::is_shut;
use super::*;

#[test]
fn nothing_of_the_alpha_configuration_vanishes() {
    let provider = |more: &str| {
        format!(
            "providers: [{{id: a, provider: oidc, clientID: app, oidcConfig: {{issuerURL: https://op.example}}, {more}}}]\n"
        )
    };
    let cfg = ("p.cfg", "email_domains = \"*\"\n");
    for (more, word) in [
        ("gitlabConfig: {projects: [a/b=40]}", "projects (a.yaml:1)"),
        ("googleConfig: {group: [a@acme.com]}", "group (a.yaml:1)"),
        ("googleConfig: {groups: [a@acme.com]}", "googleConfig.groups (a.yaml:1)"),
        ("allowed_groups: [a]", "allowed_groups (a.yaml:1)"),
        ("keycloakConfig: {realm: x}", "keycloakConfig.realm (a.yaml:1)"),
        ("newConfig: {anything: x}", "newConfig.anything (a.yaml:1)"),
        ("allowedGroups: {fromFile: x}", "allowedGroups (a.yaml:1)"),
    ] {
        is_shut(&[("a.yaml", &provider(more)), cfg], &[word]);
    }
    // oauth2-proxy makes no difference between capitals and others.
    let other = migrated(&[("a.yaml", &provider("allowedgroups: [admins]")), cfg]);
    assert_eq!(config(&other)["access"], json!([{"require": {"groups": ["admins"]}}]));
    let more = migrated(&[
        ("a.yaml", &provider("additionalClaims: [x], name: n, gitlabConfig: {}, pizza: s3cr3t")),
        cfg,
    ]);
    assert!(!more.has_gaps && !more.report.contains("s3cr3t"), "{}", more.report);
    for word in ["additionalClaims (a.yaml:1)", "pizza (a.yaml:1)"] {
        assert!(more.report.contains(word), "{word}\n{}", more.report);
    }
    is_shut(
        &[("a.yaml", &(provider("scope: openid") + "allowedEmails: [x]\n")), cfg],
        &["allowedEmails (a.yaml:2)"],
    );
}

#[test]
fn both_texts_of_the_alpha_configuration_are_one() {
    let values = "config: {clientID: app}\nalphaConfig:\n  enabled: true\n  configData: {injectResponseHeaders: [{name: X-Team, values: [{claim: team}]}]}\n  configFile: |\n    providers: [{id: o, provider: oidc, clientID: app, allowedGroups: [admins], oidcConfig: {issuerURL: 'https://op.example'}}]\n";
    let migrated = migrated(&[("v.yaml", values)]);
    assert_eq!(config(&migrated)["access"], json!([{"require": {"groups": ["admins"]}}]));
    assert_eq!(config(&migrated)["upstream"], json!({"claims": {"x-team": "team"}}));
}

//! Mistakes that a person makes, one at a time: where each is shown, and in which words.

use super::{PLUGIN, findings, plugin_with, report};

/// What is replaced, by what; the line and the column of the finding, and words of it.
struct Mistake(&'static str, &'static str, usize, usize, &'static [&'static str]);

const MISTAKES: &[Mistake] = &[
    // Paths and rules.
    Mistake("\"/finance/*\"", "\"/a/*/b\"", 26, 25, &["/a/*/b", "no other \"*\""]),
    Mistake("[/healthz]", "[healthz]", 24, 25, &["\"healthz\"", "here \"/healthz\""]),
    Mistake("[/healthz]", "[/a/../healthz]", 24, 25, &["here \"/healthz\""]),
    Mistake("[/healthz]", "[/healthz?x=1]", 24, 25, &["no query"]),
    Mistake("[/healthz]", "[\"/api*\"]", 24, 25, &["\"/api*\""]),
    Mistake("{paths: [/healthz]}", "{paths: /healthz}", 24, 24, &["access[0].match.paths", "a list"]),
    Mistake("{paths: [/healthz]}", "{paths: []}", 24, 17, &["an empty list", "one entry or more"]),
    Mistake("{paths: [/healthz]}", "{path: [/healthz]}", 24, 17, &["an unknown key", "paths"]),
    Mistake("{paths: [/healthz]}", "{methods: [get]}", 24, 27, &["\"get\"", "upper case"]),
    Mistake("{paths: [/healthz]}", "{client_cidrs: [10.0.0.1/8]}", 24, 32, &["here \"10.0.0.0/8\""]),
    Mistake("allow: public", "alow: public", 25, 9, &["access[0].alow: found an unknown key", "allow"]),
    Mistake("allow: public", "allow: pubic", 25, 16, &["\"pubic\"", "public, optional"]),
    Mistake(
        "allow: public",
        "allow: yes",
        25,
        16,
        &["access[0].allow: found true", "authenticated", "needs quotes"],
    ),
    Mistake("{groups: [finance]}", "{groups: finance}", 27, 27, &["access[1].require.groups", "a list"]),
    Mistake("{groups: [finance]}", "{email_domains: [\"@example.com\"]}", 27, 35, &["without \"@\""]),
    Mistake("{groups: [finance]}", "{groups: [123]}", 27, 28, &["found 123", "a string"]),
    Mistake(
        "{paths: [/healthz]}",
        "{paths: [\"/*\"]}",
        26,
        9,
        &["can never match", "access[0] matches every request"],
    ),
    // Hosts.
    Mistake("[admin.example.com]", "[localhost:10000]", 22, 13, &["\"localhost:10000\"", "no port"]),
    Mistake("[admin.example.com]", "[\"https://admin.example.com\"]", 22, 13, &["a host name"]),
    Mistake("[admin.example.com]", "[\"*\"]", 22, 13, &["hosts[0]: found \"*\""]),
    // Lifetimes.
    Mistake("max_age: 8h", "max_age: 60d", 21, 16, &["\"60d\"", "\"30d\""]),
    Mistake("max_age: 8h", "max_age: 8 hours", 21, 16, &["\"8 hours\"", "such as"]),
    Mistake("max_age: 8h", "max_age: 28800", 21, 16, &["found 28800"]),
    Mistake("max_age: 8h", "max_age: 8h\n      idle_timeout: 9h", 22, 21, &["\"9h\"", "session.max_age"]),
    // The provider and the client.
    Mistake("https://acme.okta.com", "http://acme.okta.com", 15, 15, &["an https URL"]),
    Mistake("https://acme.okta.com", "acme.okta.com", 15, 15, &["an absolute URL"]),
    Mistake(
        "      issuer: https://acme.okta.com\n",
        "      isuer: https://acme.okta.com\n",
        15,
        7,
        &["provider.isuer: found an unknown key", "issuer"],
    ),
    Mistake("      id: 0oa1b2c3\n", "", 16, 5, &["client.id: found nothing", "this key is required"]),
    Mistake("id: 0oa1b2c3", "id: 12345", 17, 11, &["client.id: found 12345", "a string"]),
    Mistake("id: 0oa1b2c3", "id:", 17, 7, &["client.id: found null"]),
    Mistake("client:\n", "cliont:\n", 16, 5, &["cliont: found an unknown key"]),
    // Secrets.
    Mistake(
        "secret: {env: OKTA_CLIENT_SECRET}",
        "secret: {env: OKTA_SECRET}",
        18,
        21,
        &["OKTA_SECRET", "spec.vmConfig.env does not pass on", "will not see it", "valueFrom: HOST"],
    ),
    Mistake(
        "secret: {env: OKTA_CLIENT_SECRET}",
        "secret: $OKTA_CLIENT_SECRET",
        18,
        15,
        &["client.secret: found a string", "env or value"],
    ),
    Mistake(
        "secrets: [{env: COOKIE_SECRET}]",
        "secrets: [{env: COOKIE_SECRET}, {env: COOKIE_SECRET}]",
        20,
        40,
        &["the same secret as session.secrets[0]"],
    ),
    Mistake(
        "secrets: [{env: COOKIE_SECRET}]",
        "secrets: {env: COOKIE_SECRET}",
        20,
        7,
        &["session.secrets: found a map", "a list"],
    ),
    Mistake("secrets: [{env: COOKIE_SECRET}]", "secrets: []", 20, 7, &["a list of 0 secrets"]),
    // YAML.
    Mistake("      max_age: 8h", "     max_age: 8h", 21, 6, &[""]),
    Mistake("[admin.example.com]", "[admin.example.com", 23, 11, &[""]),
    Mistake(
        "hosts: [admin.example.com]",
        "hosts: [admin.example.com]\n    hosts: [b.example.com]",
        23,
        5,
        &["second time"],
    ),
    Mistake("id: 0oa1b2c3", "id: {{ .Values.clientId }}", 17, 12, &["a key must be a text", "helm template"]),
    Mistake("    client:\n", "\tclient:\n", 16, 1, &[""]),
    // What carries the configuration.
    Mistake(
        "FAIL_RELOAD",
        "FAIL_OPEN",
        8,
        17,
        &["FAIL_OPEN", "pass without any check", "FAIL_RELOAD or FAIL_CLOSE"],
    ),
    Mistake("FAIL_RELOAD", "FAIL_CLOSED", 8, 17, &["\"FAIL_CLOSED\"", "FAIL_RELOAD or FAIL_CLOSE"]),
];

#[test]
fn each_is_told_at_its_place_and_nothing_else_is() {
    assert!(MISTAKES.len() >= 30);
    for Mistake(from, to, line, column, words) in MISTAKES {
        let text = plugin_with(from, to);
        let report = report(&[&text], "");
        let found = findings(&report);
        let said = super::super::text::text(&report);
        let [only] = found.as_slice() else { panic!("{to}: {said}") };
        assert_eq!((only.place.line, only.place.column), (*line, *column), "{to}: {said}");
        let whole = format!("{}; {}", only.headline(), only.advice());
        for word in *words {
            assert!(whole.contains(word), "{to}: {word}: {said}");
        }
        assert_eq!(
            format!("{:?}", report.exit(false, false)),
            format!("{:?}", std::process::ExitCode::FAILURE)
        );
    }
}

#[test]
fn all_are_told_at_once() {
    let text = PLUGIN
        .replace("https://acme.okta.com", "http://acme.okta.com")
        .replace("8h", "60d")
        .replace("allow: public", "alow: public")
        .replace("FAIL_RELOAD", "FAIL_OPEN");
    let report = report(&[&text], "");
    let lines: Vec<_> = findings(&report).iter().map(|one| one.place.line).collect();
    assert_eq!(lines, [8, 15, 21, 25]);
}

#[test]
fn real_secrets_are_held_to_their_length_and_never_shown() {
    let env = "OKTA_CLIENT_SECRET=hunter2hunter2\nCOOKIE_SECRET=\"hunter2\"\n";
    let report = report(&[PLUGIN], env);
    let found = findings(&report);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].place.line, found[0].place.column), (20, 23));
    assert_eq!(found[0].headline(), "session.secrets[0].env: found a secret of 7 bytes");
    for said in [
        super::super::text::text(&report),
        super::super::json::json(&report),
        super::super::github::github(&report),
    ] {
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn without_any_mistake_nothing_is_said() {
    let report = report(&[PLUGIN], "");
    assert_eq!(findings(&report), Vec::<&super::Diagnostic>::new());
    assert_eq!(report.summary(), "1 configuration checked: no errors, no warnings");
}

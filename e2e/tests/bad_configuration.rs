//! A configuration that is wrong serves nobody, and says in a line for each fault which key and what to do.

use serde_json::{Value, json};
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::{EnvoyOptions, filter_lines};
use vestibule_e2e::stage::{CLIENT_SECRET, COOKIE_SECRET, Stage, StageOptions};

struct Case {
    name: &'static str,
    /// Merged over the configuration that works.
    patch: fn() -> Value,
    /// What the line must name: the key, then the remedy.
    says: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case { name: "unknown key", patch: || json!({"sesion": {}}), says: &["sesion", "session"] },
    Case {
        name: "unknown key inside",
        patch: || json!({"session": {"cookie": {"samesite": "lax"}}}),
        says: &["session.cookie.samesite", "same_site"],
    },
    Case {
        name: "missing issuer",
        patch: || json!({"provider": {"issuer": null}}),
        says: &["provider.issuer", "https"],
    },
    Case { name: "missing client", patch: || json!({"client": null}), says: &["client"] },
    Case {
        name: "short secret",
        patch: || json!({"session": {"secrets": [{"value": "too short"}]}}),
        says: &["session.secrets[0]", "32"],
    },
    Case { name: "no secret", patch: || json!({"session": {"secrets": []}}), says: &["session.secrets"] },
    Case {
        name: "bad duration",
        patch: || json!({"session": {"max_age": "8 hours"}}),
        says: &["session.max_age", "8 hours", "8h"],
    },
    Case {
        name: "http issuer on a public host",
        patch: || json!({"provider": {"issuer": "http://acme.okta.com/oauth2/default"}}),
        says: &["provider.issuer", "http://acme.okta.com", "https"],
    },
    Case {
        name: "secret's environment variable unset",
        patch: || json!({"client": {"secret": {"env": "NO_SUCH_VARIABLE"}}}),
        says: &["client.secret", "NO_SUCH_VARIABLE"],
    },
    Case {
        name: "tokens of an issuer that nobody names",
        patch: || json!({"access": [{"bearer": {"audiences": ["api://default"], "providers": ["partner"]}}]}),
        says: &["access[0].bearer.providers[0]", "partner"],
    },
    Case {
        name: "a sign-in that is never recent enough",
        patch: || json!({"access": [{"require": {"max_age": "0s"}}]}),
        says: &["access[0].require.max_age", "1m"],
    },
    Case { name: "wrong type", patch: || json!({"access": {"match": {}}}), says: &["access", "list"] },
    Case {
        name: "a rule that decides nothing",
        patch: || json!({"access": [{"require": {"groups": []}}]}),
        says: &["access[0].require.groups"],
    },
    Case {
        name: "a path that is no path",
        patch: || json!({"access": [{"match": {"paths": ["/a/../b"]}, "allow": "public"}]}),
        says: &["access[0].match.paths[0]", "/a/../b"],
    },
];

#[tokio::test]
async fn a_wrong_configuration_serves_nobody_and_says_why_in_one_line() {
    // The table is worth nothing if the configuration under it did not work.
    let fine = Stage::start().await;
    fine.signed_in("alice").await;
    let mut failures = Vec::new();
    for case in CASES {
        if let Err(failure) = check(case, "FAIL_CLOSED").await {
            failures.push(format!("{}: {failure}", case.name));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// As Istio has it, and with more than one worker: each of them must refuse.
#[tokio::test]
async fn neither_does_it_where_a_failed_vm_is_reloaded() {
    for case in CASES
        .iter()
        .filter(|case| matches!(case.name, "short secret" | "tokens of an issuer that nobody names"))
    {
        check(case, "FAIL_RELOAD").await.unwrap_or_else(|failure| panic!("{}: {failure}", case.name));
    }
}

/// What is wrong in shape and what is wrong in value, over all sections.
#[tokio::test]
async fn several_faults_have_a_line_each_in_the_order_of_the_reference() {
    let patch = json!({
        "access": [{"match": {"paths": ["/a/../b"]}}, {"preflight": "deny"}],
        "provider": {"isuer": "https://acme.okta.com"},
        "session": {"secrets": [{"value": "too short"}], "max_age": 28_800, "cookie": {"samesite": "lax"}},
        "client": {"secret": {"env": "NO_SUCH_VARIABLE"}},
    });
    let says = [
        "provider.isuer: found an unknown key",
        r#"client.secret.env: found the environment variable "NO_SUCH_VARIABLE", which is not set"#,
        "session.secrets[0].value: found a secret of 9 bytes",
        "session.max_age: found 28800",
        "session.cookie.samesite: found an unknown key",
        r#"access[0].match.paths[0]: found "/a/../b""#,
        r#"access[1].preflight: found "deny""#,
    ];
    let lines = refused(patch, "FAIL_CLOSED").await.unwrap();
    let faults = faults(&lines);
    // Whatever has a VM says the same.
    assert!(!faults.is_empty() && faults.len().is_multiple_of(says.len()), "{lines:#?}");
    for (fault, says) in faults.iter().zip(says) {
        assert!(fault.starts_with(says), "{lines:#?}");
    }
}

#[tokio::test]
async fn beyond_fifty_faults_the_log_has_their_number_alone() {
    let rules = vec![json!({"match": {"paths": ["/a/../b"]}}); 53];
    let lines = refused(json!({"access": rules}), "FAIL_CLOSED").await.unwrap();
    let faults = faults(&lines);
    assert!(!faults.is_empty() && faults.len().is_multiple_of(51), "{lines:#?}");
    assert!(faults[49].starts_with("access[49].match.paths[0]: "), "{lines:#?}");
    assert_eq!(faults[50].trim(), "faults beyond these: 3");
}

/// The lines about the configuration, without what Envoy writes before them.
fn faults(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.split_once("configuration: ")).map(|(_, fault)| fault).collect()
}

async fn check(case: &Case, failure_policy: &'static str) -> Result<(), String> {
    let lines = refused((case.patch)(), failure_policy).await?;
    if lines.iter().any(|line| case.says.iter().all(|word| line.contains(word))) {
        return Ok(());
    }
    Err(format!("no line of the filter says {:?}:\n{}", case.says, lines.join("\n")))
}

/// What the filter wrote about the configuration that works with `patch` over it. Nobody was served, and nothing is a
/// secret.
async fn refused(patch: Value, failure_policy: &'static str) -> Result<Vec<String>, String> {
    let envoy = EnvoyOptions { failure_policy, concurrency: 2, ..EnvoyOptions::default() };
    let options = StageOptions {
        config: patch,
        envoy,
        provider: vestibule_e2e::wire::State::Refused,
        ..StageOptions::default()
    };
    let log = match Stage::try_with(options).await {
        Err(failed) => failed.log,
        Ok(stage) => {
            for request in [Request::page("/page"), Request::get("/healthz"), Request::form("/page", "a=b")] {
                for _ in 0..4 {
                    let response = client::send(stage.envoy.plain(), &request).await;
                    if let Ok(response) = response
                        && response.status < 500
                    {
                        return Err(format!("served: {}", response.summary()));
                    }
                }
            }
            if !stage.reached().is_empty() {
                return Err("reached the application".to_owned());
            }
            stage.envoy.log()
        }
    };
    // Envoy itself may print the configuration that it was given.
    let lines = filter_lines(&log);
    let secrets = [CLIENT_SECRET, COOKIE_SECRET, "too short"];
    match secrets.iter().find(|secret| lines.join("\n").contains(**secret)) {
        Some(secret) => Err(format!("the log holds the secret '{secret}'")),
        None => Ok(lines),
    }
}

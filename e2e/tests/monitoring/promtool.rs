//! The alerts, by Prometheus' own promtool: they are rules, each fires where it should, and nowhere else.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::tools::{all, run, tool};

use crate::{file, read, yaml};

fn promtool(arguments: &[&str], file: &Path) -> Output {
    Command::new(tool("promtool")).args(arguments).arg(file).output().unwrap()
}

#[test]
fn prometheus_takes_the_rules() {
    let said =
        run(Command::new(tool("promtool")).args(["check", "rules", "--lint-fatal"]).arg(file("alerts.yaml")));
    assert!(said.contains("rules found"), "{said}");
}

#[test]
fn each_alert_fires_where_it_should_and_nowhere_else() {
    let output = promtool(&["test", "rules"], &file("alerts_test.yaml"));
    assert!(output.status.success(), "{}", all(&output));
}

/// A case lists all alerts that fire in it, so this is enough to know that each fires somewhere, and not everywhere.
#[test]
fn every_alert_is_in_some_cases_and_not_in_others() {
    let rules = yaml("alerts.yaml");
    let cases = yaml("alerts_test.yaml");
    let cases = cases["tests"].as_array().unwrap();
    for case in cases {
        let asked = case["promql_expr_test"].as_array().unwrap();
        assert_eq!(asked.len(), 1, "{case}");
        assert_eq!(asked[0]["expr"], "count by (alertname) (ALERTS{alertstate=\"firing\"})", "{case}");
    }
    for rule in rules["groups"][0]["rules"].as_array().unwrap() {
        let label = format!("{{alertname={}}}", rule["alert"]);
        let fires = |case: &&Value| {
            let samples = case["promql_expr_test"][0]["exp_samples"].as_array().unwrap();
            samples.iter().any(|sample| sample["labels"] == *label)
        };
        let count = cases.iter().filter(fires).count();
        assert!((1..cases.len() - 1).contains(&count), "{label}: {count} of {}", cases.len());
    }
}

/// So that the cases are worth something: with a rule that never fires, or always, they fail.
#[test]
fn the_cases_notice_an_alert_that_is_dead_and_one_that_never_sleeps() {
    let rules = yaml("alerts.yaml");
    let scratch = Scratch::new("alerts");
    fs::write(scratch.path().join("alerts_test.yaml"), read("alerts_test.yaml")).unwrap();
    for expression in ["vector(1) > 1", "vector(1)"] {
        let mut rules = rules.clone();
        rules["groups"][0]["rules"][1]["expr"] = json!(expression);
        fs::write(scratch.path().join("alerts.yaml"), rules.to_string()).unwrap();
        let output = promtool(&["test", "rules"], &scratch.path().join("alerts_test.yaml"));
        // Not for another reason.
        assert!(!output.status.success() && all(&output).contains("got:"), "{expression}: {}", all(&output));
    }
}

//! Dashboard and alerts ask for metrics, labels and values that there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::sleep;
use vestibule_e2e::envoy::Samples;
use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::stage::Stage;
use vestibule_e2e::tools::{all, tool};

use crate::{file, read};

/// Labels that Prometheus adds to what it has scraped.
const ADDED: [&str; 4] = ["job", "instance", "namespace", "pod"];

const HISTOGRAM: &str = "vestibule_provider_request_duration_milliseconds";

/// The filter's metrics; a histogram once.
fn metrics(shown: &Samples) -> BTreeSet<&str> {
    let names = shown.of_the_filter().map(|sample| sample.name.as_str());
    names.map(|name| if name.starts_with(HISTOGRAM) { HISTOGRAM } else { name }).collect()
}

fn read_monitoring(kind: &str, file: &Path) -> Output {
    Command::new(tool("read-monitoring")).arg(kind).arg(file).output().unwrap()
}

/// What the expressions of a file ask for: one object a selector.
fn selectors(kind: &str, file: &Path) -> Vec<Value> {
    let output = read_monitoring(kind, file);
    assert!(output.status.success(), "{}", all(&output));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a selector asks for that Envoy does not show.
fn missing(selector: &Value, shown: &Samples) -> Vec<String> {
    let metric = selector["metric"].as_str().unwrap();
    if shown.named(metric).next().is_none() {
        return vec![format!("no metric {metric}")];
    }
    let mut missing = Vec::new();
    let mut label = |name: &str, values: &[&str]| {
        let real: BTreeSet<_> =
            shown.named(metric).filter_map(|sample| sample.labels.get(name)).map(String::as_str).collect();
        if real.is_empty() && !ADDED.contains(&name) {
            missing.push(format!("no label {name} of {metric}"));
        }
        if !ADDED.contains(&name) {
            let unknown = values.iter().filter(|value| !real.contains(**value));
            missing.extend(unknown.map(|value| format!("no {name}={value} of {metric}")));
        }
    };
    for matcher in selector["matchers"].as_array().into_iter().flatten() {
        let [name, operator, value] = [0, 1, 2].map(|part| matcher[part].as_str().unwrap());
        // The expressions have no regular expression but a list of values.
        let values: Vec<_> = if operator.contains('~') { value.split('|').collect() } else { vec![value] };
        label(name, &values);
    }
    for name in selector["labels"].as_array().into_iter().flatten() {
        label(name.as_str().unwrap(), &[]);
    }
    missing
}

/// Labels by which an expression groups may be those of one of its metrics only.
fn all_missing(selectors: &[Value], shown: &Samples) -> Vec<String> {
    let missing = |selector: &Value| {
        missing(selector, shown)
            .into_iter()
            .map(|what| format!("{}: {what}", selector["place"]))
            .collect::<Vec<_>>()
    };
    selectors.iter().flat_map(missing).collect()
}

/// What an Envoy shows once somebody has signed in. Two secrets: each key has series of its own.
async fn shown() -> Samples {
    let secrets = json!([{"env": "COOKIE_SECRET"}, {"value": "another-secret-of-32-bytes-or-more"}]);
    let stage = Stage::configured(json!({"session": {"secrets": secrets}})).await;
    let mut person = stage.signed_in("alice").await;
    assert_eq!(person.page("/page").await.status, 200);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let shown = stage.envoy.samples().await;
        // A histogram is there after Envoy's next flush.
        if shown.named(&format!("{HISTOGRAM}_bucket")).next().is_some() {
            return shown;
        }
        assert!(Instant::now() < deadline, "no histogram: {:?}", metrics(&shown));
        sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn dashboard_and_alerts_name_metrics_labels_and_values_of_a_real_envoy() {
    let shown = shown().await;
    let all = metrics(&shown);
    assert!(all.len() >= 13, "{all:?}");
    let dashboard = selectors("dashboard", &file("dashboard.json"));
    let alerts = selectors("rules", &file("alerts.yaml"));
    assert!(dashboard.len() > 20 && alerts.len() > 20);
    assert_eq!(all_missing(&dashboard, &shown), [""; 0]);
    assert_eq!(all_missing(&alerts, &shown), [""; 0]);
    // And the dashboard has them all.
    let asked = dashboard.iter().filter_map(|one| one["metric"].as_str());
    let asked: BTreeSet<_> = asked.map(|name| name.trim_end_matches("_bucket")).collect();
    assert_eq!(all.difference(&asked).collect::<Vec<_>>(), [&""; 0]);
}

/// So that nothing missing is worth something.
#[test]
fn what_there_is_not_is_noticed() {
    let shown = Samples::parse("a{x=\"1\"} 0\na{x=\"2\"} 0\n");
    let scratch = Scratch::new("rules");
    let of = |expression: &str| {
        let rule = json!({"groups": [{"name": "x", "rules": [{"alert": "X", "expr": expression}]}]});
        let file = scratch.path().join("rules.yaml");
        fs::write(&file, rule.to_string()).unwrap();
        all_missing(&selectors("rules", &file), &shown).len()
    };
    assert_eq!(of("sum by (x) (a{x=~\"1|2\", job=\"j\"}) / on (x) a > 1"), 0);
    for wrong in
        ["b", "a{x=\"3\"}", "a{x=~\"1|3\"}", "a{x!~\"3\"}", "a{y=\"1\"}", "sum by (y) (a)", "a / on (y) a"]
    {
        assert_eq!(of(wrong).min(1), 1, "{wrong}");
    }
}

#[test]
fn what_grafana_does_not_know_is_refused() {
    let board: Value = serde_json::from_str(&read("dashboard.json")).unwrap();
    let scratch = Scratch::new("dashboard");
    let file = scratch.path().join("dashboard.json");
    let taken = |pointer: &str, value: Value| {
        let mut board = board.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        board.pointer_mut(parent).unwrap()[key] = value;
        fs::write(&file, board.to_string()).unwrap();
        read_monitoring("dashboard", &file).status.success()
    };
    assert!(taken("/title", json!("Sign-ins")));
    // The second panel is the first below a row.
    for (pointer, value) in [
        ("/titel", json!("Sign-ins")),
        ("/refresh", json!(60)),
        ("/panels/1/gridpos", json!({})),
        ("/panels/1/options/colourMode", json!("value")),
        ("/panels/1/targets/0/expression", json!("up")),
        ("/panels/1/targets/0/expr", json!("sum(rate(up[5m])")),
        ("/panels/1/targets", json!([])),
        ("/panels/1/fieldConfig/defaults/unitt", json!("s")),
        ("/templating/list/0/type", json!(1)),
    ] {
        assert!(!taken(pointer, value), "{pointer}");
    }
}

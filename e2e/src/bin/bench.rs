//! What a request costs in Envoy: without the filter, on a public route, and with a session.
//!
//! `scripts/bench [WASM...]`: all of them in the same rounds, for machines are noisy and only ratios hold. The
//! cost is the processor time of the Envoy process for a request, so the load generator and the application
//! behind do not count.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use serde_json::json;
use vestibule_e2e::envoy::{Envoy, EnvoyCluster, EnvoyOptions};
use vestibule_e2e::process::processor_seconds;
use vestibule_e2e::stage::{HOST, Stage};

const ROUNDS: usize = 5;
const SECONDS: u32 = 2;

struct Subject {
    name: String,
    path: &'static str,
    cookie: Option<String>,
    envoy: usize,
    costs: Vec<f64>,
}

#[tokio::main]
async fn main() {
    let mut filters: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    if filters.is_empty() {
        filters.push("target/vestibule.wasm".into());
    }
    let mut stages = Vec::new();
    for filter in &filters {
        // SAFETY: nothing else runs yet that reads the environment.
        unsafe { env::set_var("VESTIBULE_WASM", fs::canonicalize(filter).expect("the filter")) };
        let access = json!({"access": [{"match": {"paths": ["/healthz"]}, "allow": "public"}]});
        stages.push(Stage::configured(access).await);
    }
    let first = stages.first().expect("a filter");
    let clusters = vec![EnvoyCluster::new("application", ([127, 0, 0, 1], first.application.port()).into())];
    let bare = Envoy::start(EnvoyOptions { clusters, ..EnvoyOptions::default() }).await.expect("Envoy");

    let mut subjects = vec![subject("no filter", "/healthz", None, 0)];
    for (index, (stage, filter)) in stages.iter().zip(&filters).enumerate() {
        let cookie = stage.signed_in("alice").await.jar.header();
        let name = |what: &str| format!("{what}, {}", filter.display());
        subjects.push(subject(name("public route"), "/healthz", None, index + 1));
        subjects.push(subject(name("session"), "/api/me", cookie, index + 1));
    }
    let envoys: Vec<&Envoy> = std::iter::once(&bare).chain(stages.iter().map(|stage| &stage.envoy)).collect();
    for _ in 0..ROUNDS {
        for subject in &mut subjects {
            let cost = cost(envoys[subject.envoy], subject).expect("a run of wrk; is it installed?");
            subject.costs.push(cost);
        }
    }
    let base = median(&mut subjects[0].costs);
    println!("{:>10} {:>10} {:>8}", "us/request", "above bare", "ratio");
    for subject in &mut subjects {
        let cost = median(&mut subject.costs);
        println!("{cost:>10.1} {:>10.1} {:>8.2}  {}", cost - base, cost / base, subject.name);
    }
}

fn subject(name: impl Into<String>, path: &'static str, cookie: Option<String>, envoy: usize) -> Subject {
    Subject { name: name.into(), path, cookie, envoy, costs: Vec::new() }
}

/// Microseconds of Envoy's processor time for a request, in one run.
fn cost(envoy: &Envoy, subject: &Subject) -> Option<f64> {
    let before = processor_seconds(envoy.pid())?;
    let mut load = Command::new("wrk");
    load.args(["-t1", "-c8", &format!("-d{SECONDS}s"), "-H", &format!("Host: {HOST}")]);
    if let Some(cookie) = &subject.cookie {
        load.args(["-H", &format!("Cookie: {cookie}")]);
    }
    let output = load.arg(format!("http://{}{}", envoy.plain(), subject.path)).output().ok()?;
    let output = String::from_utf8(output.stdout).ok()?;
    let spent = processor_seconds(envoy.pid())? - before;
    let requests = output.lines().find(|line| line.contains(" requests in "))?;
    let good: f64 = requests.split_whitespace().next()?.parse().ok()?;
    assert!(!output.contains("Non-2xx"), "{}: {output}", subject.name);
    Some(spent * 1e6 / good)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

//! `scripts/bench --soak MINUTES`: full load for a long time, with all that happens in a year: sign-ins, refreshes, expiries,
//! API clients, rubbish, a provider that limps, new configurations. What should be answered is answered, and no memory grows.

mod crowd;
mod memory;
mod tally;
mod trouble;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::okta::{Lifetimes, OktaOptions};
use vestibule_e2e::stage::{Stage, StageOptions};

use crate::application::{self, quiet};
use memory::Memory;
use tally::Tally;

/// Sessions end by themselves after so long.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(60);

/// What everybody in it shares.
pub(crate) struct Soak {
    pub(crate) stage: Stage,
    pub(crate) tally: Tally,
    pub(crate) ends: Instant,
}

impl Soak {
    pub(crate) fn goes_on(&self) -> bool {
        Instant::now() < self.ends
    }
}

pub(crate) async fn run(minutes: u64) -> ExitCode {
    let application = application::start().await;
    let lifetimes = Lifetimes { access_token: Duration::from_secs(20), ..Lifetimes::default() };
    let options = StageOptions {
        config: config(0),
        okta: OktaOptions { lifetimes, ..OktaOptions::default() },
        envoy: EnvoyOptions { concurrency: 2, dynamic: true, drain: Some(Duration::from_secs(5)), ..quiet() },
        application: Some(application.plain()),
        ..StageOptions::default()
    };
    let stage = Stage::with(options).await;
    let ends = Instant::now() + Duration::from_secs(60 * minutes);
    let soak = Arc::new(Soak { stage, tally: Tally::default(), ends });
    let mut crowd = JoinSet::new();
    for _ in 0..8 {
        crowd.spawn(crowd::person(Arc::clone(&soak)));
    }
    for _ in 0..2 {
        crowd.spawn(crowd::newcomers(Arc::clone(&soak)));
        crowd.spawn(crowd::api_client(Arc::clone(&soak)));
        crowd.spawn(crowd::attacker(Arc::clone(&soak)));
    }
    crowd.spawn(crowd::load(Arc::clone(&soak)));
    crowd.spawn(trouble::provider_limps(Arc::clone(&soak)));
    crowd.spawn(trouble::configurations_change(Arc::clone(&soak)));
    let mut memory = Memory::default();
    while soak.goes_on() {
        memory.look_at(soak.stage.envoy.pid());
        println!("{:>5} s: {:.0} MiB; {}", memory.seconds(), memory.now(), soak.tally.line());
        sleep(Duration::from_secs(15)).await;
    }
    crowd.join_all().await;
    verdict(&soak, &memory)
}

fn verdict(soak: &Soak, memory: &Memory) -> ExitCode {
    println!("\n{}\n{}", soak.tally.table(), memory.verdict());
    let log = soak.stage.envoy.log();
    let died = log
        .lines()
        .filter(|line| line.contains("Plugin configured to fail") || line.contains("panicked"))
        .count();
    println!("VMs that died: {died}");
    let failures = soak.tally.failures();
    failures.iter().for_each(|failure| println!("failed: {failure}"));
    if failures.is_empty() && died == 0 && !memory.grows() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Each version differs in something that decides nothing here.
pub(crate) fn config(version: usize) -> Value {
    json!({
        "session": {"max_age": format!("{}s", MAX_AGE.as_secs()), "refresh": true},
        "budget": {"sign_ins": "1000/s", "by_address": false},
        "paths": {"allowed_redirect_domains": [format!("v{version}.example.test")]},
        "access": [
            {"match": {"paths": ["/healthz"]}, "allow": "public"},
            {"match": {"paths": ["/api/*"]}, "bearer": {"audiences": ["api"]}},
        ],
    })
}

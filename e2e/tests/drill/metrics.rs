//! Metrics over time: two workers, a new configuration, a VM that dies.

use std::time::Duration;

use serde_json::json;
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::{CRASH, EnvoyOptions, Samples, crashing_wasm};
use vestibule_e2e::process::until_within;
use vestibule_e2e::stage::{Stage, StageOptions};

/// Within which the number of those that are ready is right again.
const A_MINUTE: Duration = Duration::from_secs(60);

fn two_workers() -> EnvoyOptions {
    // Instances of the configuration before count until Envoy has drained them.
    let drain = Some(Duration::from_secs(2));
    EnvoyOptions { dynamic: true, concurrency: 2, drain, ..EnvoyOptions::default() }
}

/// Both workers and the main thread.
const ALL: f64 = 3.0;

async fn becomes_ready(stage: &Stage, wanted: f64) {
    let ready = async || stage.envoy.metric("vestibule_ready", &[]).await;
    let log = || format!("not {wanted} ready:\n{:#?}", stage.envoy.filter_log());
    until_within(A_MINUTE, async || (ready().await - wanted).abs() < 0.5, log).await;
}

fn never_goes_back(before: &Samples, after: &Samples) {
    for sample in before.of_the_filter().filter(|sample| sample.name.ends_with("_total")) {
        let labels: Vec<_> = sample.labels.iter().map(|(name, value)| (&**name, &**value)).collect();
        let now = after.sum(&sample.name, &labels).unwrap_or_else(|| panic!("{sample:?} has gone"));
        assert!(now >= sample.value, "{sample:?} goes back to {now}");
    }
}

#[tokio::test]
async fn a_new_configuration_keeps_the_counters_and_the_number_of_those_that_are_ready() {
    let stage = Stage::with(StageOptions { envoy: two_workers(), ..StageOptions::default() }).await;
    becomes_ready(&stage, ALL).await;
    for _ in 0..20 {
        stage.visitor().fetch("/page").await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut before = stage.envoy.samples().await;
    // The same client, and then another one, whose instances share nothing with the old ones.
    for config in [
        json!({"access": [{"match": {"paths": ["/other"]}, "allow": "public"}]}),
        json!({"session": {"cookie": {"name": "another"}}}),
    ] {
        assert!(stage.update(config).await);
        stage.ready().await;
        becomes_ready(&stage, ALL).await;
        // What the old instances still had to say has been said.
        tokio::time::sleep(Duration::from_secs(12)).await;
        let after = stage.envoy.samples().await;
        never_goes_back(&before, &after);
        assert_eq!(after.sum("vestibule_ready", &[]), Some(ALL));
        before = after;
    }
}

#[tokio::test]
async fn a_vm_that_dies_is_not_counted_twice() {
    let envoy = EnvoyOptions { wasm: Some(crashing_wasm()), failure_policy: "FAIL_RELOAD", ..two_workers() };
    let stage = Stage::with(StageOptions { envoy, ..StageOptions::default() }).await;
    becomes_ready(&stage, ALL).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = stage.envoy.samples().await;
    let _ = stage.visitor().send(Request::page("/killer").header(CRASH, "1")).await;
    // It is loaded again by the next request that its worker gets.
    tokio::time::sleep(Duration::from_secs(2)).await;
    for _ in 0..30 {
        let _ = stage.visitor().fetch("/healthz").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The one that died is dropped after half a minute, and its successor is counted.
    tokio::time::sleep(Duration::from_secs(40)).await;
    becomes_ready(&stage, ALL).await;
    never_goes_back(&before, &stage.envoy.samples().await);
}

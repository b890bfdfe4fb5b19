//! Law 9: metadata and keys are fetched once for an Envoy, whatever its number of workers.

use serde_json::json;
use vestibule_e2e::envoy::{EnvoyOptions, eventually};
use vestibule_e2e::okta::Endpoint;
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::wire::State;

const WORKERS: u32 = 4;
/// The workers', and the main thread's.
const VMS: usize = WORKERS as usize + 1;

fn options() -> StageOptions {
    let envoy = EnvoyOptions { dynamic: true, concurrency: WORKERS, ..EnvoyOptions::default() };
    StageOptions { envoy, ..StageOptions::default() }
}

/// Calls for metadata and for keys so far.
fn calls(stage: &Stage) -> (u64, u64) {
    (stage.okta.requests(Endpoint::Metadata), stage.okta.requests(Endpoint::Keys))
}

async fn vms_become_ready(stage: &Stage, how_many: usize) {
    let ready = || stage.envoy.filter_log().iter().filter(|line| line.contains("provider ready")).count();
    assert!(eventually(|| ready() >= how_many).await, "{:#?}", stage.envoy.filter_log());
}

#[tokio::test]
async fn the_provider_is_asked_once_for_all_workers_at_the_start() {
    // Before the first request, and with one that waits.
    for waits in [false, true] {
        let stage =
            if waits { Stage::with(options()).await } else { Stage::try_with(options()).await.unwrap() };
        vms_become_ready(&stage, VMS).await;
        assert_eq!(calls(&stage), (1, 1), "{waits}");
        // Whichever worker has the connection.
        for _ in 0..2 * WORKERS {
            stage.signed_in("alice").await;
        }
        assert_eq!(calls(&stage), (1, 1), "{waits}");
    }
}

#[tokio::test]
async fn a_new_configuration_finds_all_there_although_the_provider_is_away() {
    let stage = Stage::with(options()).await;
    vms_become_ready(&stage, VMS).await;
    stage.wire.set(State::Refused);
    assert!(stage.update(json!({"access": [{"match": {"paths": ["/a"]}, "allow": "public"}]})).await);
    vms_become_ready(&stage, 2 * VMS).await;
    for _ in 0..2 * WORKERS {
        assert!(stage.visitor().begin("/page").await.starts_with(&stage.issuer()));
    }
    // One that asks elsewhere takes nothing of it.
    stage.wire.set(State::Open);
    let elsewhere = json!({"provider": {"clusters": {"elsewhere.example.test": "okta"}}});
    assert!(stage.update(elsewhere).await);
    vms_become_ready(&stage, 3 * VMS).await;
    assert_eq!(calls(&stage), (2, 2));
}

#[tokio::test]
async fn a_rotated_key_is_fetched_once_for_all_workers() {
    let stage = Stage::with(options()).await;
    vms_become_ready(&stage, VMS).await;
    stage.okta.rotate_keys();
    stage.okta.withdraw_old_keys();
    for _ in 0..4 * WORKERS {
        let mut somebody = stage.signed_in("bob").await;
        assert_eq!(somebody.page("/page").await.status, 200);
    }
    assert_eq!(calls(&stage), (1, 2));
}

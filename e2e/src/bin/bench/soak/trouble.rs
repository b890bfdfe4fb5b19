//! What happens around it: the provider limps, and configurations change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::sleep;
use vestibule_e2e::okta::{Endpoint, Fault};
use vestibule_e2e::wire::State;

use super::{Soak, config};

/// How many troubles are under way, or over so lately that somebody may still wait for an answer.
static TROUBLES: AtomicUsize = AtomicUsize::new(0);

/// Whether a sign-in may fail now. A session never may.
pub(crate) fn is_excused() -> bool {
    TROUBLES.load(Ordering::Relaxed) > 0
}

/// What was begun in trouble may end after it.
const ECHO: Duration = Duration::from_secs(12);

pub(crate) async fn provider_limps(soak: Arc<Soak>) {
    let okta = &soak.stage.okta;
    for turn in 0.. {
        sleep(Duration::from_secs(8)).await;
        if !soak.goes_on() {
            return;
        }
        TROUBLES.fetch_add(1, Ordering::Relaxed);
        soak.tally.count("troubles of the provider");
        match turn % 5 {
            0 => soak.stage.wire.set(State::Slow(Duration::from_millis(200))),
            1 => okta.fault_times(Endpoint::Token, Fault::RateLimited, 20),
            2 => soak.stage.wire.set(State::Refused),
            3 => okta.fault_times(Endpoint::Token, Fault::Close, 20),
            _ => okta.rotate_keys(),
        }
        sleep(Duration::from_secs(4)).await;
        soak.stage.wire.set(State::Open);
        okta.clear_faults();
        sleep(ECHO).await;
        TROUBLES.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(crate) async fn configurations_change(soak: Arc<Soak>) {
    for version in 1.. {
        sleep(Duration::from_secs(20)).await;
        if !soak.goes_on() {
            return;
        }
        TROUBLES.fetch_add(1, Ordering::Relaxed);
        let taken = soak.stage.update(config(version)).await;
        soak.tally.expect(taken, "new configurations", || "Envoy does not take it".to_owned());
        sleep(Duration::from_secs(5)).await;
        TROUBLES.fetch_sub(1, Ordering::Relaxed);
    }
}

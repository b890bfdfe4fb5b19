//! The provider's keys, as odd as they come.

use std::time::Instant;

use tokio::task::JoinSet;
use vestibule_e2e::okta::{Endpoint, IdTokenTamper, OktaOptions};
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::visitor::target_of;

#[tokio::test]
async fn odd_keys_in_the_set_do_not_spoil_the_others() {
    // One without `alg`, one on an elliptic curve, one for encryption: see the stand-in.
    let okta = OktaOptions { odd_keys: true, ..OktaOptions::default() };
    let stage = Stage::with(StageOptions { okta, ..StageOptions::default() }).await;
    let mut alice = stage.signed_in("alice").await;
    assert_eq!(alice.fetch("/page").await.status, 200);
}

#[tokio::test]
async fn a_rotated_key_is_fetched_when_a_token_names_it() {
    let stage = Stage::start().await;
    assert!(stage.envoy.every_vm_is_ready().await);
    stage.signed_in("alice").await;
    stage.okta.rotate_keys();
    let before = stage.okta.requests(Endpoint::Keys);
    let mut bob = stage.signed_in("bob").await;
    assert_eq!(bob.fetch("/page").await.status, 200);
    assert_eq!(stage.okta.requests(Endpoint::Keys), before + 1);
    // A key that is in no set costs the provider a fetch in a second, however many people come with it.
    stage.okta.tamper(IdTokenTamper::UnknownKid);
    let (before, began) = (stage.okta.requests(Endpoint::Keys), Instant::now());
    let mut sign_ins = JoinSet::new();
    for _ in 0..20 {
        let mut mallory = stage.visitor();
        let callback = target_of(&stage.approve(&mallory.begin("/").await, "bob").await);
        sign_ins.spawn(async move { mallory.page(callback).await.status });
    }
    while let Some(status) = sign_ins.join_next().await {
        assert!(status.unwrap() >= 400);
    }
    let fetches = stage.okta.requests(Endpoint::Keys) - before;
    // Parts of seconds at both ends.
    assert!(fetches <= began.elapsed().as_secs() + 2, "{fetches} in {:?}", began.elapsed());
}

/// The provider rotates its key just after the process has started, and takes the old one away: whoever signs in then has
/// done nothing wrong.
#[tokio::test]
async fn a_key_that_was_rotated_right_after_a_fetch_refuses_nobody() {
    let stage = Stage::start().await;
    for nick in ["alice", "bob", "carol"] {
        stage.okta.rotate_keys();
        stage.okta.withdraw_old_keys();
        // Refused with 502 once, for ten seconds after each fetch.
        let mut somebody = stage.signed_in(nick).await;
        assert_eq!(somebody.fetch("/page").await.status, 200);
    }
}

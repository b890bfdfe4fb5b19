//! The provider's keys, as odd as they come.

use vestibule_e2e::okta::OktaOptions;
use vestibule_e2e::stage::{Stage, StageOptions};

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
    stage.signed_in("alice").await;
    stage.okta.rotate_keys();
    let mut bob = stage.signed_in("bob").await;
    assert_eq!(bob.fetch("/page").await.status, 200);
}

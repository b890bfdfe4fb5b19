//! The provider's keys, as odd as they come.

use std::time::Duration;

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
    stage.signed_in("alice").await;
    // Fetched at most every ten seconds, lest anybody's token makes the filter ask for keys at will.
    tokio::time::sleep(Duration::from_secs(11)).await;
    stage.okta.rotate_keys();
    let before = stage.okta.requests(Endpoint::Keys);
    let mut bob = stage.signed_in("bob").await;
    assert_eq!(bob.fetch("/page").await.status, 200);
    assert_eq!(stage.okta.requests(Endpoint::Keys), before + 1);
    // A key that is in no set costs the provider nothing more.
    stage.okta.tamper(IdTokenTamper::UnknownKid);
    for _ in 0..3 {
        let mut mallory = stage.visitor();
        let callback = stage.approve(&mallory.begin("/").await, "bob").await;
        assert!(mallory.page(target_of(&callback)).await.status >= 400);
    }
    assert_eq!(stage.okta.requests(Endpoint::Keys), before + 1);
}

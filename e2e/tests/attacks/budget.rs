//! What strangers can cause without signing in: calls to the provider, and signatures that authenticate them.
//!
//! What somebody would try: callbacks with a state of their own and any code, one state again and again, sign-ins that
//! are pushed and never come back, all of it as fast as they can; and to hang up at once, so that their calls seem to be
//! over.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use tokio::time::{interval, sleep};
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::okta::ClientAuth;
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::visitor::{Visitor, target_of};
use vestibule_e2e::wire::State;

const RSA_2048: &str = include_str!("../../../filter/tests/keys/rsa.pem");
const RSA_4096: &str = include_str!("../../../filter/tests/keys/rsa-4096.pem");

const STRANGER: &str = "192.0.2.1";
const OFFICE: &str = "198.51.100.7";

/// A stage behind one trusted proxy, with a private key in place of the secret where there is one.
async fn stage(key: Option<&str>, pushed: bool, budget: Value) -> Stage {
    let mut config = json!({"budget": budget, "client": {"pushed_authorization_requests": pushed}});
    if let Some(key) = key {
        config["client"]["secret"] = Value::Null;
        config["client"]["private_key"] = json!({"value": key});
    }
    let envoy = EnvoyOptions { trusted_hops: 1, ..EnvoyOptions::default() };
    let options = StageOptions { config, envoy, provider: State::Refused, ..StageOptions::default() };
    let stage = Stage::with(options).await;
    if let Some(key) = key {
        let public = public_jwk(key);
        stage.okta.configure(|options| {
            options
                .clients
                .iter_mut()
                .for_each(|client| client.auth = ClientAuth::PrivateKeyJwt(vec![public.clone()]));
        });
    }
    stage.wire.set(State::Open);
    stage.ready().await;
    stage
}

fn public_jwk(key: &str) -> Value {
    let key = rsa::RsaPrivateKey::from_pkcs8_pem(key).unwrap();
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({"kty": "RSA", "n": encode(&key.n().to_bytes_be()), "e": encode(&key.e().to_bytes_be())})
}

/// A hundred requests a second, until it is stopped. How many of them were refused, of how many.
async fn besiege(mut visitor: Visitor, stop: tokio::sync::watch::Receiver<bool>) -> (usize, usize) {
    let mut pace = interval(Duration::from_millis(10));
    let (mut refused, mut sent) = (0, 0);
    let mut next = None;
    while !*stop.borrow() {
        pace.tick().await;
        let mut once = visitor.clone();
        match next.take() {
            Some(callback) => {
                let response = visitor.send(callback).await;
                sent += 1;
                refused += usize::from(response.status == 503);
            }
            None => {
                next = once.forged_callback().await;
                visitor = once;
                sent += 1;
                refused += usize::from(next.is_none());
            }
        }
    }
    (refused, sent)
}

/// How long a public page takes, again and again, until it is stopped.
async fn watch_public_page(visitor: Visitor, stop: tokio::sync::watch::Receiver<bool>) -> Vec<Duration> {
    let mut times = Vec::new();
    while !*stop.borrow() {
        let mut visitor = visitor.clone();
        let began = Instant::now();
        let response = visitor.send(Request::get("/healthz")).await;
        assert_eq!(response.status, 200, "{}", response.summary());
        times.push(began.elapsed());
        sleep(Duration::from_millis(20)).await;
    }
    times.sort();
    times
}

async fn fifty_people_sign_in_beside_a_stranger(key: Option<&str>, pushed: bool) {
    let stage = stage(key, pushed, json!({})).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let stranger = tokio::spawn(besiege(stage.visitor().from(STRANGER), stopped.clone()));
    let public = tokio::spawn(watch_public_page(stage.visitor().from("203.0.113.9"), stopped));
    // The stranger has used up what there is for them.
    sleep(Duration::from_secs(1)).await;
    for number in 0..50 {
        let mut person = stage.visitor().from(OFFICE);
        let callback = stage.approve(&person.begin("/deep").await, "alice").await;
        let response = person.page(target_of(&callback)).await;
        assert_eq!(
            (response.status, response.location().as_str()),
            (302, "/deep"),
            "{number}: {}",
            response.summary()
        );
        sleep(Duration::from_millis(200)).await;
    }
    stop.send(true).unwrap();
    let (refused, sent) = stranger.await.unwrap();
    assert!(refused * 4 > sent, "only {refused} of the stranger's {sent} were refused");
    let times = public.await.unwrap();
    let median = times[times.len() / 2];
    println!(
        "key {}, pushed {pushed}: stranger {refused} of {sent} refused, public page {median:?}",
        key.is_some()
    );
    assert!(median < Duration::from_millis(50), "{median:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_keeps_nobody_from_signing_in_with_a_secret() {
    fifty_people_sign_in_beside_a_stranger(None, false).await;
    fifty_people_sign_in_beside_a_stranger(None, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_keeps_nobody_from_signing_in_with_an_rsa_key_of_2048_bits() {
    fifty_people_sign_in_beside_a_stranger(Some(RSA_2048), false).await;
    fifty_people_sign_in_beside_a_stranger(Some(RSA_2048), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_keeps_nobody_from_signing_in_with_an_rsa_key_of_4096_bits() {
    fifty_people_sign_in_beside_a_stranger(Some(RSA_4096), false).await;
    fifty_people_sign_in_beside_a_stranger(Some(RSA_4096), true).await;
}

/// Where a trusted hop is missing everybody has the load balancer's address: then strangers and people share a bucket, and
/// the guide says to switch it off.
#[tokio::test]
async fn behind_one_address_a_stranger_uses_up_everybodys_share_unless_it_is_switched_off() {
    for (by_address, expected) in [(true, 503), (false, 302)] {
        let stage = stage(None, false, json!({"by_address": by_address})).await;
        let mut alice = stage.visitor().from(OFFICE);
        let callback = target_of(&stage.approve(&alice.begin("/deep").await, "alice").await);
        let mut stranger = stage.visitor().from(OFFICE);
        for _ in 0..60 {
            let forged = stranger.forged_callback().await.unwrap();
            stranger.send(forged).await;
        }
        let response = alice.page(&callback).await;
        assert_eq!(response.status, expected, "{}", response.summary());
        // Nothing was used up: a moment later the same address works.
        sleep(Duration::from_secs(2)).await;
        if expected == 503 {
            assert_eq!(alice.page(&callback).await.location(), "/deep");
        }
    }
}

#[tokio::test]
async fn one_state_buys_one_call() {
    let stage = stage(None, false, json!({})).await;
    let mut stranger = stage.visitor().from(STRANGER);
    let forged = stranger.forged_callback().await.unwrap();
    let cookies = stranger.jar.header().unwrap();
    let before = stage.okta.token_requests().len();
    for _ in 0..50 {
        let sent = forged.clone().header("cookie", &cookies).header("x-forwarded-for", STRANGER);
        client::send(stage.envoy.plain(), &sent).await.unwrap();
    }
    assert_eq!(stage.okta.token_requests().len() - before, 1);
}

#[tokio::test]
async fn whoever_hangs_up_does_not_free_the_place_of_the_call() {
    let budget = json!({"by_address": false, "sign_ins": "1000/s"});
    let stage = stage(None, false, budget).await;
    let mut callbacks = Vec::new();
    for _ in 0..201 {
        let mut stranger = stage.visitor();
        let forged = stranger.forged_callback().await.unwrap();
        callbacks.push(forged.header("cookie", stranger.jar.header().unwrap()));
    }
    stage.wire.set(State::Silent);
    sleep(Duration::from_millis(300)).await;
    let last = callbacks.pop().unwrap();
    for callback in callbacks {
        let envoy = stage.envoy.plain();
        // Hangs up before there can be an answer.
        let _ = tokio::time::timeout(Duration::from_millis(15), client::send(envoy, &callback)).await;
    }
    let refused = client::send(stage.envoy.plain(), &last).await.unwrap();
    assert_eq!(refused.status, 503, "{}", refused.summary());
    assert!(refused.text().contains("overloaded"), "{}", refused.summary());
}

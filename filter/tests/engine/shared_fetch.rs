//! Law 9: metadata and keys are fetched once for all instances in an Envoy, and by each where that fails.

mod hostile;
mod wishes;

use serde_json::{Value, json};
use vestibule::engine::{Due, ProviderEvent};
use vestibule::inputs::{SharedSlot, Timestamp};
use vestibule::page::Reason;

use crate::world::*;

/// The slot of the provider.
const SLOT: SharedSlot = SharedSlot::Issuer(0);
/// `provider.timeout` and what a lease has beyond it. Seconds.
const LEASE: u64 = 7;
/// So long whoever is in a hurry waits for another. Seconds.
const HURRY: u64 = 2;
/// For which keys are good of which the provider does not say it. Seconds.
const FRESH: u64 = 3600;

/// The instances of one Envoy, each with the engine of this configuration and nothing known.
fn envoy<const N: usize>(extra: &Value) -> [World; N] {
    let shared = TestShared::default();
    std::array::from_fn(|number| instance(&shared, number, extra))
}

/// One more of them.
fn instance(shared: &TestShared, number: usize, extra: &Value) -> World {
    let mut world = World::new(extra);
    world.shared = shared.clone();
    world.entropy = TestEntropy::after(1_000_000 * number as u64);
    world
}

/// Fetches metadata and keys from the provider.
fn fetch(world: &mut World) {
    let (_, metadata) = world.poll().expect("it fetches");
    assert_eq!(world.on_provider_answer(metadata, &ok(&world.provider.metadata)).0, ProviderEvent::HalfWay);
    let (_, keys) = world.poll().expect("it fetches the keys");
    assert_eq!(world.on_provider_answer(keys, &ok(&world.provider.keys())).0, ProviderEvent::Ready);
}

/// Takes what another has fetched, without a call.
fn takes(world: &mut World) -> bool {
    match world.due() {
        Some(Due::Event(event)) => event == ProviderEvent::Ready,
        Some(Due::Call(..)) => panic!("a call"),
        None => false,
    }
}

fn is_ready(world: &mut World) -> bool {
    match world.send(page("/")) {
        vestibule::engine::Step::Park(_) => false,
        step => replied(step).reason == Reason::SignInStarted,
    }
}

#[test]
fn one_fetches_and_everybody_is_ready() {
    let mut all: [World; 4] = envoy(&json!({}));
    let (_, metadata) = all[2].poll().unwrap();
    for world in &mut all {
        assert!(world.due().is_none());
    }
    let answer = ok(&all[2].provider.metadata);
    all[2].on_provider_answer(metadata, &answer);
    for number in [0, 1, 3] {
        assert!(all[number].due().is_none(), "half the way");
    }
    let (call, keys) = all[2].poll().unwrap();
    assert!(call.path.ends_with("keys"));
    let answer = ok(&all[2].provider.keys());
    all[2].on_provider_answer(keys, &answer);
    for number in [0, 1, 3] {
        assert!(takes(&mut all[number]));
    }
    for world in &mut all {
        assert!(world.due().is_none() && is_ready(world));
        world.sign_in("/");
        assert!(world.is_signed_in());
    }
}

#[test]
fn keys_are_fetched_anew_by_one_when_they_are_old() {
    let mut all: [World; 3] = envoy(&json!({}));
    fetch(&mut all[0]);
    assert!(takes(&mut all[1]) && takes(&mut all[2]));
    for world in &mut all {
        world.now = world.now.plus(FRESH - 1);
        assert!(world.due().is_none());
        world.now = world.now.plus(1);
    }
    let (_, metadata) = all[1].poll().unwrap();
    assert!(all[0].due().is_none() && all[2].due().is_none());
    assert!(is_ready(&mut all[0]), "what was good last is good until then");
    let answer = ok(&all[1].provider.metadata);
    all[1].on_provider_answer(metadata, &answer);
    all[1].provider.kid = "two";
    let answer = ok(&all[1].provider.keys());
    all[1].provider_answers(&answer);
    for number in [0, 2] {
        assert!(takes(&mut all[number]));
        all[number].provider.kid = "two";
        assert_eq!(all[number].sign_in("/").reason, Reason::SignedIn);
    }
}

#[test]
fn a_further_issuer_has_a_slot_of_its_own() {
    let extra =
        json!({"providers": {"a": {"issuer": "https://a.example"}, "b": {"issuer": "https://b.example"}}});
    let [mut first, mut second] = envoy(&extra);
    let mut calls = Vec::new();
    while let Some((call, due)) = first.poll() {
        let answer = if call.path.ends_with("openid-configuration") {
            let issuer = format!("https://{}", call.authority);
            let issuer = if call.authority == "op.example" { ISSUER.to_owned() } else { issuer };
            let mut metadata = first.provider.metadata.clone();
            metadata["issuer"] = json!(issuer);
            ok(&metadata)
        } else {
            ok(&first.provider.keys())
        };
        calls.push(call.authority);
        first.on_provider_answer(due, &answer);
    }
    assert_eq!(calls.len(), 6, "{calls:?}");
    let mut events = Vec::new();
    while let Some(due) = second.due() {
        match due {
            Due::Event(event) => events.push(event),
            Due::Call(call, _) => panic!("{call:?}"),
        }
    }
    let issuer = |name: &str| ProviderEvent::IssuerReady(name.to_owned());
    assert_eq!(events, [ProviderEvent::Ready, issuer("a"), issuer("b")]);
}

/// The main thread's instance may never hear the answer, a worker's may be lost; people wait.
#[test]
fn whoever_knows_nothing_does_not_wait_long_for_another() {
    let [mut lost, mut worker] = envoy(&json!({}));
    lost.poll().unwrap();
    let waits = parked(worker.send(page("/")));
    assert!(worker.due().is_none());
    worker.now = worker.now.plus(HURRY - 1);
    assert!(worker.due().is_none());
    worker.now = worker.now.plus(1);
    fetch(&mut worker);
    assert_eq!(replied(worker.resume(waits)).reason, Reason::SignInStarted);
}

/// Two that are ready, and whose keys are old.
fn due_pair() -> [World; 2] {
    let [mut first, mut second] = envoy(&json!({}));
    fetch(&mut first);
    assert!(takes(&mut second));
    for world in [&mut first, &mut second] {
        world.now = world.now.plus(FRESH);
    }
    [first, second]
}

#[test]
fn the_lease_of_one_that_was_lost_runs_out() {
    let [mut lost, mut worker] = due_pair();
    lost.poll().unwrap();
    worker.now = worker.now.plus(LEASE - 1);
    assert!(worker.due().is_none());
    worker.now = worker.now.plus(1);
    fetch(&mut worker);
}

#[test]
fn each_call_begins_the_lease_anew() {
    let [mut slow, mut worker] = due_pair();
    let (_, metadata) = slow.poll().unwrap();
    assert!(worker.due().is_none());
    slow.now = slow.now.plus(5);
    slow.on_provider_answer(metadata, &ok(&slow.provider.metadata.clone()));
    let (_, keys) = slow.poll().unwrap();
    slow.now = slow.now.plus(5);
    worker.now = slow.now;
    assert!(worker.due().is_none());
    slow.on_provider_answer(keys, &ok(&slow.provider.keys()));
    assert!(takes(&mut worker));
}

/// A provider that is slow: whoever has begun a call of its own is ready as soon as the first one is.
#[test]
fn the_faster_answer_counts_for_everybody() {
    let [mut first, mut second] = envoy(&json!({}));
    first.provider_answers(&ok(&first.provider.metadata.clone()));
    let (_, keys) = first.poll().unwrap();
    assert!(second.due().is_none());
    for world in [&mut first, &mut second] {
        world.now = world.now.plus(HURRY);
    }
    let (_, late) = second.poll().unwrap();
    first.on_provider_answer(keys, &ok(&first.provider.keys()));
    assert!(takes(&mut second) && is_ready(&mut second));
    // Its own answer begins nothing any more, good or bad.
    let answers = ok(&second.provider.metadata.clone());
    assert_eq!(second.on_provider_answer(late, &answers).0, ProviderEvent::HalfWay);
    assert!(second.due().is_none() && is_ready(&mut second));
}

#[test]
fn where_a_fetch_fails_another_tries_at_once() {
    for half_way in [false, true] {
        let [mut first, mut second] = envoy(&json!({}));
        if half_way {
            first.provider_answers(&ok(&first.provider.metadata.clone()));
        }
        let (_, call) = first.poll().unwrap();
        assert!(second.due().is_none());
        first.on_provider_answer(call, &answer(503, ""));
        let (_, metadata) = second.poll().expect("it is free");
        assert!(first.due().is_none(), "now it waits for the other");
        second.on_provider_answer(metadata, &ok(&second.provider.metadata.clone()));
        second.provider_answers(&ok(&second.provider.keys()));
        assert!(takes(&mut first));
    }
}

#[test]
fn whoever_pauses_after_failures_takes_what_another_has_at_once() {
    let [mut pauses, mut other] = envoy(&json!({}));
    for _ in 0..4 {
        let (_, call) = loop {
            match pauses.poll() {
                Some(due) => break due,
                None => pauses.now = pauses.now.plus(1),
            }
        };
        pauses.on_provider_answer(call, &answer(503, ""));
    }
    assert!(pauses.due().is_none());
    other.now = pauses.now;
    fetch(&mut other);
    assert!(takes(&mut pauses) && is_ready(&mut pauses));
}

#[test]
fn a_provider_that_is_away_takes_nothing_from_anybody() {
    let [mut first, mut second] = envoy(&json!({}));
    fetch(&mut first);
    assert!(takes(&mut second));
    for world in [&mut first, &mut second] {
        world.now = world.now.plus(FRESH);
        for _ in 0..2 {
            assert!(matches!(world.provider_answers(&answer(503, "")), ProviderEvent::Failed(_)));
        }
        assert_eq!(world.sign_in("/").reason, Reason::SignedIn);
    }
}

/// A new configuration, and a VM that was lost: no call, and ready by the first tick.
#[test]
fn whoever_begins_anew_finds_all_there() {
    let mut world = World::new(&json!({}));
    fetch(&mut world);
    world.now = world.now.plus(FRESH - 1);
    for extra in [json!({}), json!({"access": [{"allow": "public"}]}), json!({"provider": {"timeout": "9s"}})]
    {
        world.engine = engine(&extra);
        assert!(takes(&mut world), "{extra}");
    }
    // Also while another fetches anew.
    world.now = world.now.plus(1);
    let mut young = instance(&world.shared, 1, &json!({}));
    young.now = Timestamp(world.now.0 - 1);
    world.poll().unwrap();
    assert!(takes(&mut young));
    // What is no longer fresh is no use.
    let mut late = World::new(&json!({}));
    fetch(&mut late);
    late.now = late.now.plus(FRESH);
    late.engine = engine(&json!({}));
    fetch(&mut late);
}

#[test]
fn what_is_too_large_is_shared_by_nobody_and_said_once() {
    let [mut first, mut second] = envoy(&json!({}));
    // Of letters that cannot be deflated.
    let long: String = (0..800).map(long_name).collect();
    for world in [&mut first, &mut second] {
        world.provider.metadata["x"] = json!(long);
        fetch(world);
        assert!(matches!(world.due(), Some(Due::Event(ProviderEvent::NotShared))));
        assert!(is_ready(world));
    }
    // Nobody waits for another then.
    for world in [&mut first, &mut second] {
        world.now = world.now.plus(FRESH);
        let (_, metadata) = world.poll().unwrap();
        world.on_provider_answer(metadata, &ok(&world.provider.metadata.clone()));
    }
    first.provider_answers(&ok(&first.provider.keys()));
    assert!(first.due().is_none(), "it was said");
    // Once it is small again it is shared again.
    for world in [&mut first, &mut second] {
        world.now = world.now.plus(FRESH);
        world.provider.metadata["x"] = json!(null);
    }
    let keys = ok(&second.provider.keys());
    second.provider_answers(&keys);
    fetch(&mut first);
    second.now = second.now.plus(FRESH);
    first.now = second.now;
    let (_, _) = first.poll().unwrap();
    assert!(second.due().is_none());
}

#[test]
fn without_randomness_each_fetches_for_itself() {
    let mut all: [World; 2] = envoy(&json!({}));
    for world in &mut all {
        world.entropy.dry = true;
        fetch(world);
        assert_eq!(world.shared.spy(SLOT), b"");
    }
}

/// A request asks nothing of shared data, and neither does a tick while nothing is due.
#[test]
fn requests_and_idle_ticks_read_nothing() {
    let mut world = World::signed_in(&json!({}));
    let before = world.shared.reads();
    for _ in 0..100 {
        assert!(world.is_signed_in());
        assert!(world.due().is_none());
    }
    assert_eq!(world.shared.reads(), before);
}

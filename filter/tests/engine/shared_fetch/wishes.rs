//! Keys that nobody knew: what another instance has fetched may have them, and whatever it has not, the provider is asked for.

use vestibule::engine::Parked;

use super::*;

/// Two that are ready.
fn ready_pair() -> [World; 2] {
    let [mut first, mut second] = envoy(&json!({}));
    fetch(&mut first);
    assert!(takes(&mut second));
    [first, second]
}

fn later(worlds: [&mut World; 2], seconds: u64) {
    worlds.into_iter().for_each(|world| world.now = world.now.plus(seconds));
}

/// A sign-in as far as the ID token, which names this key.
fn with_key(world: &mut World, kid: &'static str) -> Parked {
    world.provider.kid = kid;
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    parked(world.answer(pending, &tokens))
}

/// The provider is asked for its keys, and has this one.
fn fetch_key(world: &mut World, kid: &'static str) {
    let (call, due) = world.poll().expect("the provider is asked");
    assert!(call.path.ends_with("keys"));
    world.provider.kid = kid;
    assert_eq!(world.on_provider_answer(due, &ok(&world.provider.keys())).0, ProviderEvent::Ready);
}

fn ends(world: &mut World, pending: Parked, reason: Reason) {
    assert!(world.engine.may_go_on(&pending, world.now));
    assert_eq!(replied(world.resume(pending)).reason, reason);
}

#[test]
fn a_rotated_key_that_another_has_fetched_needs_no_call() {
    let [mut first, mut second] = ready_pair();
    later([&mut first, &mut second], 60);
    let pending = with_key(&mut first, "two");
    fetch_key(&mut first, "two");
    ends(&mut first, pending, Reason::SignedIn);
    later([&mut first, &mut second], 10);
    let pending = with_key(&mut second, "two");
    assert!(takes(&mut second));
    ends(&mut second, pending, Reason::SignedIn);
    assert!(second.due().is_none());
}

/// What was fetched before the wish says nothing of a key that is in no set yet.
#[test]
fn a_key_that_the_others_set_lacks_is_asked_for() {
    let [mut first, mut second] = ready_pair();
    later([&mut first, &mut second], 60);
    let pending = with_key(&mut first, "two");
    fetch_key(&mut first, "two");
    ends(&mut first, pending, Reason::SignedIn);
    // In the next second: the other set is looked into first.
    later([&mut first, &mut second], 1);
    let pending = with_key(&mut second, "three");
    assert!(takes(&mut second));
    assert!(second.engine.may_go_on(&pending, second.now));
    let pending = parked(second.resume(pending));
    fetch_key(&mut second, "three");
    ends(&mut second, pending, Reason::SignedIn);
    // In the same second: the provider is asked in the next one.
    let pending = with_key(&mut first, "four");
    assert!(takes(&mut first));
    let pending = parked(first.resume(pending));
    assert!(first.due().is_none() && !first.engine.may_go_on(&pending, first.now));
    later([&mut first, &mut second], 1);
    fetch_key(&mut first, "four");
    ends(&mut first, pending, Reason::SignedIn);
}

#[test]
fn one_fetch_serves_whoever_wished_before_it_in_any_instance() {
    for published in [true, false] {
        let [mut first, mut second] = ready_pair();
        later([&mut first, &mut second], 60);
        let waits = with_key(&mut second, "two");
        later([&mut first, &mut second], 1);
        let pending = with_key(&mut first, "two");
        let (_, keys) = first.poll().unwrap();
        assert!(second.due().is_none(), "another fetches");
        assert!(!second.engine.may_go_on(&waits, second.now));
        if !published {
            first.provider.kid = "one";
        }
        first.on_provider_answer(keys, &ok(&first.provider.keys()));
        let reason = if published { Reason::SignedIn } else { Reason::IdTokenInvalid };
        ends(&mut first, pending, reason);
        assert!(takes(&mut second));
        ends(&mut second, waits, reason);
        assert!(second.due().is_none(), "there is no second one");
    }
}

#[test]
fn one_that_does_not_come_back_with_keys_is_not_waited_for_long() {
    let [mut lost, mut second] = ready_pair();
    later([&mut lost, &mut second], 60);
    with_key(&mut lost, "two");
    lost.poll().unwrap();
    let pending = with_key(&mut second, "two");
    assert!(second.due().is_none());
    second.now = second.now.plus(HURRY);
    fetch_key(&mut second, "two");
    ends(&mut second, pending, Reason::SignedIn);
}

/// Somebody still waits for the keys that could not be had.
#[test]
fn after_a_failure_another_is_not_waited_for_long_either() {
    let [mut lost, mut second] = ready_pair();
    later([&mut lost, &mut second], 60);
    let pending = with_key(&mut second, "two");
    second.provider_answers(&answer(503, ""));
    with_key(&mut lost, "two");
    lost.poll().unwrap();
    assert!(second.due().is_none());
    second.now = second.now.plus(HURRY);
    fetch(&mut second);
    ends(&mut second, pending, Reason::SignedIn);
}

/// Tokens that strangers make up cost the provider one fetch in ten seconds, whatever the number of workers.
#[test]
fn made_up_bearer_tokens_cost_one_fetch_in_an_envoy() {
    let extra = json!({"access": [{"bearer": {"audiences": ["api://orders"]}}]});
    let [mut first, mut second] = envoy(&extra);
    fetch(&mut first);
    assert!(takes(&mut second));
    later([&mut first, &mut second], 60);
    let send = |world: &mut World| {
        let claims = json!({"iss": ISSUER, "aud": "api://orders", "sub": "x", "exp": world.now.0 + 300, "iat": world.now.0});
        let token = world.provider.token(json!({"kid": "made up"}), &claims);
        let mut request = bare("GET", "/");
        request.push(("authorization", format!("Bearer {token}")));
        world.send(request)
    };
    let waits = parked(send(&mut first));
    fetch_key(&mut first, "one");
    ends(&mut first, waits, Reason::BearerInvalid);
    for _ in 0..8 {
        later([&mut first, &mut second], 1);
        match send(&mut second) {
            vestibule::engine::Step::Park(waits) => {
                assert!(takes(&mut second));
                ends(&mut second, waits, Reason::BearerInvalid);
            }
            step => assert_eq!(replied(step).reason, Reason::BearerInvalid),
        }
        assert!(second.due().is_none());
    }
    later([&mut first, &mut second], 2);
    let waits = parked(send(&mut second));
    fetch_key(&mut second, "one");
    ends(&mut second, waits, Reason::BearerInvalid);
}

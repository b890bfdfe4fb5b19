//! What another plugin in the same Envoy would try, which can read and write all of shared data: fill the slot with rubbish,
//! put back what was there before, give one issuer the answers of another, hold everybody up with a lease that it has seen,
//! or take every write away. It has no key, so it gets nothing taken that the filter did not seal for this very slot; what
//! is left is that each fetches for itself, as if nothing were shared.

use super::*;

/// As long as sealed text may be, and longer.
const LENGTHS: [usize; 4] = [1, 100, 24 * 1024, 100 * 1024];

#[test]
fn what_does_not_open_is_as_if_nothing_were_there() {
    let [mut first, second] = envoy(&json!({}));
    fetch(&mut first);
    let sealed = second.shared.spy(SLOT);
    let mut rubbish: Vec<Vec<u8>> = LENGTHS.iter().map(|length| vec![b'A'; *length]).collect();
    rubbish.extend([b"".to_vec(), b"\xff\x00".to_vec(), first.provider.metadata.to_string().into_bytes()]);
    // Parts of it, and all of it with one letter changed.
    rubbish.extend([sealed[..sealed.len() / 2].to_vec(), [sealed.as_slice(), b"A"].concat()]);
    for at in [0, 1, 40, sealed.len() / 2, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        rubbish.push(changed);
    }
    for bytes in rubbish {
        first.shared.forge(SLOT, &bytes);
        let mut young = instance(&first.shared, 2, &json!({}));
        fetch(&mut young);
        // And whoever is ready stays so.
        first.shared.forge(SLOT, &bytes);
        assert!(first.due().is_none() && is_ready(&mut first));
    }
}

#[test]
fn slots_of_others_are_not_taken() {
    let extra = json!({"providers": {"a": {"issuer": "https://a.example"}}});
    let mut world = World::new(&extra);
    fetch(&mut world);
    let (call, metadata) = world.poll().unwrap();
    assert_eq!(call.authority, "a.example");
    let mut answer = world.provider.metadata.clone();
    answer["issuer"] = json!("https://a.example");
    world.on_provider_answer(metadata, &ok(&answer));
    world.provider_answers(&ok(&world.provider.keys()));
    let (provider, issuer) = (world.shared.spy(SLOT), world.shared.spy(SharedSlot::Issuer(1)));
    // The provider's keys would make a person of whoever the other signs for.
    for (slot, bytes) in [(SLOT, &issuer), (SharedSlot::Issuer(1), &provider)] {
        let shared = TestShared::default();
        shared.forge(slot, bytes);
        let mut young = instance(&shared, 1, &extra);
        assert!(matches!(young.due(), Some(Due::Call(..))));
        fetch_all_but_the_first_call(&mut young);
    }
    // And what this configuration has sealed is nobody else's.
    for extra in [
        json!({"client": {"id": "other"}}),
        json!({"session": {"secrets": [{"value": "another-secret-of-thirty-two-bytes-or-more"}]}}),
        json!({"session": {"cookie": {"name": "other"}}}),
        json!({"provider": {"cluster": "elsewhere"}}),
        json!({"provider": {"clusters": {"op.example": "elsewhere"}}}),
        json!({"provider": {"jwks_uri": "https://elsewhere.example/keys"}}),
    ] {
        let shared = TestShared::default();
        shared.forge(SLOT, &provider);
        let mut other = instance(&shared, 1, &extra);
        assert!(matches!(other.due(), Some(Due::Call(..))), "{extra}");
    }
}

/// The second slot is as empty as the first: nothing of it was taken either.
fn fetch_all_but_the_first_call(world: &mut World) {
    let mut calls = 1;
    while let Some(due) = world.due() {
        assert!(matches!(due, Due::Call(..)), "{due:?}");
        calls += 1;
    }
    assert_eq!(calls, 2);
}

/// An old key may have been withdrawn because it was stolen.
#[test]
fn what_was_there_before_replaces_nothing_newer() {
    let [mut first, mut second] = envoy(&json!({}));
    fetch(&mut first);
    let old = first.shared.spy(SLOT);
    for world in [&mut first, &mut second] {
        world.now = world.now.plus(FRESH);
        world.provider.kid = "two";
    }
    fetch(&mut first);
    assert!(takes(&mut second));
    first.shared.forge(SLOT, &old);
    for world in [&mut first, &mut second] {
        assert!(world.due().is_none());
        assert_eq!(world.sign_in("/").reason, Reason::SignedIn);
    }
    // Nor is it a beginning: its time is over.
    let mut young = instance(&first.shared, 2, &json!({}));
    young.now = first.now;
    fetch(&mut young);
}

/// While it is fresh, whoever begins takes it, as it would be if it had been there all the time; what is missing in it is
/// asked of the provider.
#[test]
fn an_old_set_that_is_still_fresh_refuses_nobody() {
    let [mut first, mut young] = envoy(&json!({}));
    fetch(&mut first);
    let old = first.shared.spy(SLOT);
    first.shared.forge(SLOT, &old);
    young.now = young.now.plus(60);
    assert!(takes(&mut young));
    young.provider.kid = "two";
    let started = young.begin("/");
    let (_, pending) = young.come_back(&started);
    let tokens = ok(&young.provider.tokens(&started.nonce, young.now));
    let pending = parked(young.answer(pending, &tokens));
    first.shared.forge(SLOT, &old);
    young.provider_answers(&ok(&young.provider.keys()));
    assert_eq!(replied(young.resume(pending)).reason, Reason::SignedIn);
    // What the older one writes late does not undo it.
    let newest = young.shared.spy(SLOT);
    assert_ne!(newest, old);
    let mut third = instance(&young.shared, 3, &json!({}));
    third.now = young.now;
    assert!(takes(&mut third));
}

#[test]
fn an_older_fetch_that_ends_later_does_not_replace_a_newer_one() {
    let [mut slow, mut quick] = envoy(&json!({}));
    slow.provider_answers(&ok(&slow.provider.metadata.clone()));
    let (_, keys) = slow.poll().unwrap();
    assert!(quick.due().is_none());
    quick.now = quick.now.plus(HURRY);
    quick.provider.kid = "two";
    fetch(&mut quick);
    let newest = quick.shared.spy(SLOT);
    slow.now = slow.now.plus(4);
    slow.on_provider_answer(keys, &ok(&slow.provider.keys()));
    assert_eq!(quick.shared.spy(SLOT), newest);
}

/// It sees a lease, and puts it back whenever it has gone; and as that runs out, the next one that it has seen.
#[test]
fn a_lease_that_is_put_back_again_and_again_holds_nobody_up_for_long() {
    for (is_ready_before, longest) in [(false, HURRY), (true, 2 * LEASE)] {
        let [mut holder, mut waits] = envoy(&json!({}));
        if is_ready_before {
            fetch(&mut holder);
            assert!(takes(&mut waits));
            waits.now = waits.now.plus(FRESH);
        }
        let began = waits.now;
        let mut lease = Vec::new();
        while waits.now.since(began) < longest {
            if waits.now.since(began) % LEASE == 0 {
                waits.shared.forge(SLOT, b"");
                let number = 2 + usize::try_from(waits.now.since(began)).unwrap();
                let mut other = instance(&waits.shared, number, &json!({}));
                other.now = waits.now;
                other.poll().unwrap();
                lease = waits.shared.spy(SLOT);
            }
            waits.shared.forge(SLOT, &lease);
            assert!(waits.due().is_none(), "somebody fetches");
            waits.now = waits.now.plus(1);
        }
        waits.shared.forge(SLOT, &lease);
        fetch(&mut waits);
    }
}

#[test]
fn a_slot_from_the_future_is_nothing_and_the_clock_may_be_set_back() {
    let [mut first, mut second] = envoy(&json!({}));
    fetch(&mut first);
    assert!(takes(&mut second));
    let now = Timestamp(first.now.0 - 365 * 86_400);
    let mut young = instance(&first.shared, 2, &json!({}));
    young.now = now;
    fetch(&mut young);
    // And the others take what is of now.
    for world in [&mut first, &mut second] {
        world.now = now;
        assert!(takes(world));
        assert!(world.due().is_none());
    }
    // A lease from the future is none either.
    let [mut holder, mut worker] = envoy(&json!({}));
    holder.poll().unwrap();
    worker.now = now;
    fetch(&mut worker);
}

#[test]
fn whoever_loses_a_write_looks_again_and_fetches_where_there_is_nothing() {
    let [mut first, mut second] = envoy(&json!({}));
    first.shared.lose_writes(1);
    let (_, metadata) = first.poll().unwrap();
    assert!(second.due().is_none(), "the second write is the lease");
    first.on_provider_answer(metadata, &ok(&first.provider.metadata.clone()));
    let (_, keys) = first.poll().unwrap();
    first.shared.lose_writes(1);
    first.on_provider_answer(keys, &ok(&first.provider.keys()));
    assert!(takes(&mut second));
}

#[test]
fn where_no_write_ever_works_each_fetches_for_itself() {
    let mut all: [World; 3] = envoy(&json!({}));
    all[0].shared.lose_writes(usize::MAX);
    for world in &mut all {
        fetch(world);
        assert!(is_ready(world));
    }
    // And one that fails, fails for itself.
    for world in &mut all {
        world.now = world.now.plus(FRESH);
        world.provider_answers(&answer(503, ""));
        fetch(world);
    }
}

//! Law 1 and law 10: closed until ready, and what was good last stays good.

use serde_json::json;
use vestibule::engine::{Parked, ProviderEvent, Step};
use vestibule::page::Reason;

use crate::world::*;

#[test]
fn a_page_waits_until_the_provider_is_known() {
    let mut world = World::new(&json!({}));
    let pending = parked(world.send(page("/deep?link=1")));
    world.provider_answers(&ok(&world.provider.metadata.clone()));
    let pending = parked(world.resume(pending));
    world.provider_answers(&ok(&world.provider.keys()));
    assert_eq!(replied(world.resume(pending)).reason, Reason::SignInStarted);
}

#[test]
fn whoever_cannot_be_redirected_does_not_wait() {
    let mut world = World::new(&json!({}));
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(replied(world.send(bare(method, "/"))).status, 401, "{method}");
    }
}

#[test]
fn public_routes_are_served_all_the_same() {
    let mut world = World::new(&json!({"access": [{"match": {"paths": ["/healthz"]}, "allow": "public"}]}));
    forwarded(world.send(bare("GET", "/healthz")));
}

#[test]
fn sessions_are_served_by_a_worker_that_is_not_ready() {
    let mut world = World::signed_in(&json!({}));
    world.engine = engine(&json!({}));
    assert!(world.is_signed_in());
}

#[test]
fn a_wait_ends_with_a_page_that_tries_again() {
    let mut world = World::new(&json!({}));
    let pending = parked(world.send(page("/")));
    let reply = replied(world.give_up(pending, Reason::ProviderNotReady));
    assert_eq!((reply.status, header(&reply, "retry-after")), (503, Some("5")));
}

#[test]
fn the_first_failure_is_repeated_at_once_and_then_ever_later() {
    let mut world = World::new(&json!({}));
    let mut pauses = vec![];
    let mut failed_at = world.now;
    for _ in 0..10 {
        let (_, call) = loop {
            match world.poll() {
                Some(due) => break due,
                None => world.now = world.now.plus(1),
            }
        };
        pauses.push(world.now.since(failed_at));
        let event = world.on_provider_answer(call, &answer(500, "")).0;
        assert!(matches!(event, ProviderEvent::Failed(_)));
        failed_at = world.now;
    }
    assert_eq!(pauses[1], 0);
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]), "{pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= 20), "{pauses:?}");
}

#[test]
fn a_rate_limit_is_waited_for_within_bounds() {
    for (name, value, pause) in [
        ("retry-after", "17".to_owned(), 17),
        ("x-rate-limit-reset", "1800000023".to_owned(), 23),
        ("retry-after", "999999".to_owned(), 60),
        ("retry-after", "soon".to_owned(), 0),
    ] {
        let mut world = World::new(&json!({}));
        let headers = vec![(name.to_owned(), value.into_bytes())];
        world.provider_answers(&vestibule::oidc::Answer::Response { status: 429, headers, body: vec![] });
        let began = world.now;
        while world.poll().is_none() {
            world.now = world.now.plus(1);
        }
        assert_eq!(world.now.since(began), pause, "{name}");
    }
}

#[test]
fn one_call_is_under_way_at_a_time() {
    let mut world = World::new(&json!({}));
    let (_, call) = world.poll().unwrap();
    for _ in 0..60 {
        world.now = world.now.plus(1);
        assert!(world.poll().is_none());
    }
    let metadata = ok(&world.provider.metadata.clone());
    let (event, _) = world.on_provider_answer(call, &metadata);
    assert_eq!(event, ProviderEvent::HalfWay);
}

#[test]
fn while_the_provider_is_away_new_people_get_a_page_at_once() {
    let mut world = World::new(&json!({}));
    let pending = parked(world.send(page("/")));
    world.provider_answers(&answer(500, ""));
    let pending = parked(world.resume(pending));
    world.provider_answers(&answer(500, ""));
    assert_eq!(replied(world.resume(pending)).reason, Reason::ProviderNotReady);
    let reply = replied(world.send(page("/")));
    assert_eq!(reply.reason, Reason::ProviderNotReady);
    world.now = world.now.plus(30);
    world.become_ready();
    world.sign_in("/");
    assert!(world.is_signed_in());
}

#[test]
fn last_known_good_is_kept() {
    let mut world = World::ready(&json!({}));
    world.now = world.now.plus(4000);
    for _ in 0..2 {
        assert!(matches!(world.provider_answers(&answer(503, "")), ProviderEvent::Failed(_)));
    }
    world.sign_in("/");
    assert!(world.is_signed_in());
}

#[test]
fn metadata_of_another_issuer_do_not_make_it_ready() {
    let mut world = World::new(&json!({}));
    let mut metadata = world.provider.metadata.clone();
    metadata["issuer"] = json!("https://evil.example");
    assert!(matches!(world.provider_answers(&ok(&metadata)), ProviderEvent::Failed(_)));
    parked(world.send(page("/")));
}

#[test]
fn an_unknown_key_is_fetched_once_for_all_who_wait() {
    let mut world = World::ready(&json!({}));
    world.now = world.now.plus(60);
    world.provider.kid = "two";
    let mut waiting = vec![];
    for path in ["/a", "/b"] {
        let started = world.begin(path);
        let (_, pending) = world.come_back(&started);
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        waiting.push(parked(world.answer(pending, &tokens)));
    }
    assert_eq!(world.provider_answers(&ok(&world.provider.keys())), ProviderEvent::Ready);
    assert!(world.poll().is_none());
    for pending in waiting {
        assert_eq!(replied(world.resume(pending)).reason, Reason::SignedIn);
    }
}

#[test]
fn keys_are_not_fetched_again_and_again() {
    let mut world = World::ready(&json!({}));
    world.now = world.now.plus(60);
    let keys = ok(&world.provider.keys());
    world.provider.kid = "never published";
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let pending = parked(world.answer(pending, &tokens));
    world.provider_answers(&keys);
    assert_eq!(replied(world.resume(pending)).reason, Reason::IdTokenInvalid);
    // Everybody else within that second waits for the next fetch, which is one for all of them.
    let mut waiting = vec![];
    for _ in 0..10 {
        waiting.push(with_an_unknown_key(&mut world));
        assert!(world.poll().is_none());
    }
    world.now = world.now.plus(1);
    world.provider_answers(&keys);
    assert!(world.poll().is_none());
    for pending in waiting {
        assert!(world.engine.may_go_on(&pending, world.now));
        assert_eq!(replied(world.resume(pending)).reason, Reason::IdTokenInvalid);
    }
}

/// A sign-in as far as the ID token, whose key is not known.
fn with_an_unknown_key(world: &mut World) -> Parked {
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    parked(world.answer(pending, &tokens))
}

/// Also where they were fetched a moment ago, as at the start of the process.
#[test]
fn a_key_that_was_rotated_just_after_a_fetch_is_fetched_and_waited_for() {
    let mut world = World::ready(&json!({}));
    world.provider.kid = "two";
    let pending = with_an_unknown_key(&mut world);
    // One a second: the process has only just fetched them.
    assert!(world.poll().is_none() && !world.engine.may_go_on(&pending, world.now));
    world.now = world.now.plus(1);
    world.provider_answers(&ok(&world.provider.keys()));
    assert_eq!(replied(world.resume(pending)).reason, Reason::SignedIn);
}

/// Its answer may have been on its way before the key was rotated.
#[test]
fn a_fetch_that_was_under_way_does_not_count() {
    let mut world = World::ready(&json!({}));
    let old_keys = ok(&world.provider.keys());
    world.now = world.now.plus(60);
    world.provider.kid = "two";
    let first = with_an_unknown_key(&mut world);
    let (_, under_way) = world.poll().unwrap();
    world.provider.kid = "three";
    let second = with_an_unknown_key(&mut world);
    world.on_provider_answer(under_way, &old_keys);
    assert!(world.engine.may_go_on(&first, world.now));
    assert!(!world.engine.may_go_on(&second, world.now));
    world.now = world.now.plus(1);
    world.provider_answers(&ok(&world.provider.keys()));
    assert_eq!(replied(world.resume(second)).reason, Reason::SignedIn);
}

#[test]
fn one_fetch_that_failed_refuses_nobody_and_two_do() {
    for comes in [true, false] {
        let mut world = World::ready(&json!({}));
        world.now = world.now.plus(60);
        world.provider.kid = "two";
        let pending = with_an_unknown_key(&mut world);
        assert!(matches!(world.provider_answers(&answer(500, "")), ProviderEvent::Failed(_)));
        assert!(!world.engine.may_go_on(&pending, world.now));
        world.provider_answers(&ok(&world.provider.metadata.clone()));
        let keys = if comes { ok(&world.provider.keys()) } else { answer(500, "") };
        world.provider_answers(&keys);
        assert!(world.engine.may_go_on(&pending, world.now));
        let reason = if comes { Reason::SignedIn } else { Reason::IdTokenInvalid };
        assert_eq!(replied(world.resume(pending)).reason, reason);
    }
}

#[test]
fn a_clock_that_is_set_back_does_not_stop_the_fetches() {
    let mut world = World::ready(&json!({}));
    world.now.0 -= 365 * 86_400;
    assert!(world.poll().is_some());
    let mut world = World::new(&json!({}));
    world.provider_answers(&answer(500, ""));
    world.provider_answers(&answer(500, ""));
    world.now.0 -= 240;
    assert!(world.poll().is_some());
}

#[test]
fn cache_control_is_honoured_within_bounds() {
    for (cache_control, still, due) in [
        ("max-age=7200", 7199, 7200),
        ("no-cache, no-store", 3599, 3600),
        ("public, max-age=1", 299, 300),
        ("max-age=99999999", 86_399, 86_400),
    ] {
        let mut world = World::new(&json!({}));
        world.provider_answers(&ok(&world.provider.metadata.clone()));
        let mut keys = ok(&world.provider.keys());
        if let vestibule::oidc::Answer::Response { headers, .. } = &mut keys {
            headers.push(("cache-control".to_owned(), cache_control.as_bytes().to_vec()));
        }
        world.provider_answers(&keys);
        let begin = world.now;
        world.now = begin.plus(still);
        assert!(world.poll().is_none(), "{cache_control}");
        world.now = begin.plus(due);
        assert!(world.poll().is_some(), "{cache_control}");
    }
}

#[test]
fn a_parked_callback_hides_its_code_and_goes_on_when_ready() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    world.engine = engine(&json!({}));
    let step = world.send(page(&format!("/oauth2/callback?code=c&state={}", started.state)));
    let pending = parked(step);
    assert!(pending.hides_query());
    world.become_ready();
    assert!(matches!(world.resume(pending), Step::Call(..)));
}

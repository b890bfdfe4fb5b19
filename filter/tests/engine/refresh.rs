//! Refresh: nobody notices it, nobody does it twice, and the provider being away ends nothing.

use serde_json::{Value, json};
use vestibule::engine::{HeaderEdit, ProviderEvent, Step};
use vestibule::inputs::SharedSlot;
use vestibule::oidc::HttpCall;
use vestibule::page::Reason;

use crate::world::*;

/// The access token lives for 600 s and is renewed from 432 to 480 s on.
pub(crate) const DUE: u64 = 480;
pub(crate) const OVER: u64 = 600;

pub(crate) fn configuration() -> Value {
    json!({
        "session": {"refresh": true},
        "upstream": {"access_token": true},
        "access": [{"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}}],
    })
}

pub(crate) fn world() -> World {
    World::signed_in(&configuration())
}

/// Another worker of the same Envoy, before whom the same browser stands.
pub(crate) fn other_worker(world: &World) -> World {
    let mut other = World::ready(&configuration());
    other.shared = world.shared.clone();
    other.browser = world.browser.clone();
    other.now = world.now;
    other
}

pub(crate) fn refresh_answer(world: &World, claims: &Value) -> Value {
    let mut provider = Provider { claims: claims.clone(), ..Provider::default() };
    provider.kid = world.provider.kid;
    json!({
        "id_token": provider.id_token_without_nonce(world.now),
        "access_token": "access-2", "token_type": "Bearer", "expires_in": 600, "refresh_token": "refresh-2",
    })
}

pub(crate) fn alice(groups: &[&str]) -> Value {
    json!({"sub": "00u1", "email": "alice@example.com", "groups": groups})
}

pub(crate) fn body(call: &HttpCall) -> String {
    String::from_utf8(call.body.clone()).unwrap()
}

/// Takes the cookies of the application's response.
pub(crate) fn keep(world: &mut World, step: Step) -> vestibule::engine::Edits {
    let edits = forwarded(step);
    world.keep_cookies_of(&edits);
    edits
}

#[test]
fn offline_access_is_asked_for() {
    let mut world = World::ready(&configuration());
    assert_eq!(world.begin("/").parameter("scope").unwrap(), "openid email groups offline_access");
    // Google has no such scope, and answers `invalid_scope` to it.
    world.provider.metadata["scopes_supported"] = json!(["openid", "email", "profile"]);
    world.become_ready_again();
    assert_eq!(world.begin("/").parameter("scope").unwrap(), "openid email groups");
}

/// What the guide says of Okta's limits stands on this.
#[test]
fn a_sign_in_is_one_call_to_the_token_endpoint_and_so_is_a_refresh() {
    let mut world = World::ready(&configuration());
    let started = world.begin("/");
    let (call, pending) = world.come_back(&started);
    assert!(call.path.ends_with("/token"), "{}", call.path);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    world.browser.keep(&reply);
    assert!(world.is_signed_in() && world.poll().is_none());
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/")));
    let (call, refresh) = world.poll().unwrap();
    assert!(call.path.ends_with("/token"), "{}", call.path);
    let answer = ok(&refresh_answer(&world, &alice(&["admin"])));
    world.on_provider_answer(refresh, &answer);
    assert!(matches!(world.resume(pending), Step::Forward(..)) && world.poll().is_none());
}

#[test]
fn a_request_waits_for_the_renewal_and_goes_on_with_it() {
    let mut world = world();
    world.now = world.now.plus(431);
    assert!(forwarded(world.send(page("/"))).response.is_empty());
    world.now = world.now.plus(DUE - 431);
    let pending = parked(world.send(page("/")));
    assert!(!world.engine.may_go_on(&pending, world.now));
    let (call, refresh) = world.poll().unwrap();
    assert!(body(&call).starts_with("grant_type=refresh_token&refresh_token=refresh-1&scope=openid+"));
    let answer = ok(&refresh_answer(&world, &alice(&["admin"])));
    assert_eq!(world.on_provider_answer(refresh, &answer).0, ProviderEvent::Refreshed { surplus: None });
    assert!(world.engine.may_go_on(&pending, world.now));
    let step = world.resume(pending);
    let edits = keep(&mut world, step);
    assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some("access-2"));
    assert_eq!(told(&edits, "x-auth-request-groups").as_deref(), Some("admin"));
    assert!(edits.response.contains(&HeaderEdit::Set("cache-control".into(), (*b"no-store").into())));
    // From now on the cookies say so.
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some("access-2"));
    assert!(edits.response.is_empty() && world.poll().is_none());
}

#[test]
fn whoever_lost_a_group_loses_access() {
    let mut world = world();
    forwarded(world.send(page("/finance/x")));
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/finance/x")));
    let (_, refresh) = world.poll().unwrap();
    let answer = ok(&refresh_answer(&world, &alice(&["admin"])));
    world.on_provider_answer(refresh, &answer);
    assert_eq!(replied(world.resume(pending)).reason, Reason::NotPermitted);
}

#[test]
fn ten_requests_at_once_on_two_workers_make_one_call() {
    let mut first = world();
    first.now = first.now.plus(DUE);
    let mut second = other_worker(&first);
    let waiting_first: Vec<_> = (0..5).map(|_| parked(first.send(page("/")))).collect();
    let waiting_second: Vec<_> = (0..5).map(|_| parked(second.send(page("/")))).collect();
    let (_, refresh) = first.poll().unwrap();
    assert!(first.poll().is_none() && second.poll().is_none());
    let answer = ok(&refresh_answer(&first, &alice(&["admin"])));
    first.on_provider_answer(refresh, &answer);
    assert!(second.poll().is_none());
    for pending in waiting_first {
        forwarded(first.resume(pending));
    }
    for pending in waiting_second {
        assert!(second.engine.may_go_on(&pending, second.now));
        let step = second.resume(pending);
        assert_eq!(told(&forwarded(step), "x-auth-request-access-token").as_deref(), Some("access-2"));
    }
}

#[test]
fn a_late_tab_with_the_old_cookie_gets_the_same_renewal() {
    let mut world = world();
    let old = world.browser.clone();
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    let answer = ok(&refresh_answer(&world, &alice(&["admin"])));
    world.on_provider_answer(refresh, &answer);
    forwarded(world.resume(pending));
    world.browser = old;
    world.now = world.now.plus(200);
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some("access-2"));
}

#[test]
fn while_the_provider_is_away_the_session_goes_on_and_it_is_tried_again_ever_later() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    let mut tries = vec![];
    let end = world.now.plus(300);
    while world.now < end {
        match world.send(page("/")) {
            Step::Forward(edits, _) => assert!(told(&edits, "x-auth-request-user").is_some()),
            Step::Park(pending) => {
                tries.push(world.now.0);
                let (_, refresh) = world.poll().unwrap();
                let (event, _) = world.on_provider_answer(refresh, &answer(503, ""));
                assert!(matches!(event, ProviderEvent::RefreshFailed(_)));
                let edits = forwarded(world.resume(pending));
                // A token that ran out is left out.
                let has_token = told(&edits, "x-auth-request-access-token").is_some();
                assert_eq!(has_token, world.now.0 < 1_800_000_000 + OVER);
            }
            other => panic!("{other:?}"),
        }
        world.now = world.now.plus(1);
    }
    assert!((6..15).contains(&tries.len()), "{tries:?}");
}

#[test]
fn whoever_waited_too_long_goes_on_without() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    for reason in [Reason::ProviderNotReady, Reason::Overloaded] {
        let pending = parked(world.send(page("/")));
        forwarded(world.give_up(pending, reason));
    }
}

#[test]
fn invalid_grant_ends_the_session_when_the_access_token_is_over() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    world.on_provider_answer(refresh, &answer(400, r#"{"error":"invalid_grant"}"#));
    // Another replica may have been faster: until then the session counts, and nobody asks again.
    forwarded(world.resume(pending));
    forwarded(world.send(page("/")));
    assert!(world.poll().is_none());
    world.now = world.now.plus(OVER - DUE);
    let reply = replied(world.send(page("/")));
    assert_eq!(reply.reason, Reason::SignInStarted);
    world.browser.keep(&reply);
    assert!(world.browser.0.keys().all(|name| name.contains("_b_")));
    assert_eq!(replied(world.send(bare("GET", "/"))).status, 401);
}

#[test]
fn somebody_elses_id_token_or_a_forged_one_is_not_believed() {
    for claims in [
        json!({"sub": "00u2", "email": "eve@example.com", "groups": ["finance"]}),
        json!({"sub": "00u1", "aud": "another", "email": "a@example.com", "groups": ["finance"]}),
        json!({"sub": "00u1", "nonce": "another", "email": "a@example.com", "groups": ["finance"]}),
    ] {
        let mut world = world();
        world.now = world.now.plus(DUE);
        let pending = parked(world.send(page("/")));
        let (_, refresh) = world.poll().unwrap();
        let answer = ok(&refresh_answer(&world, &claims));
        let (event, _) = world.on_provider_answer(refresh, &answer);
        assert!(matches!(event, ProviderEvent::RefreshFailed(_)), "{claims}");
        let edits = forwarded(world.resume(pending));
        assert_eq!(told(&edits, "x-auth-request-user").as_deref(), Some("00u1"));
        assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some("access-token"));
    }
}

#[test]
fn groups_that_only_userinfo_has_are_asked_for_again() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    let answer = ok(&refresh_answer(&world, &json!({"sub": "00u1", "email": "alice@example.com"})));
    let (_, next) = world.on_provider_answer(refresh, &answer);
    let (call, refresh) = next.unwrap();
    assert_eq!(call.path, "/oauth2/default/v1/userinfo");
    assert!(call.headers.contains(&("authorization", "Bearer access-2".to_owned())));
    let userinfo = ok(&json!({"sub": "00u1", "groups": ["new"]}));
    assert_eq!(world.on_provider_answer(refresh, &userinfo).0, ProviderEvent::Refreshed { surplus: None });
    let edits = forwarded(world.resume(pending));
    assert_eq!(told(&edits, "x-auth-request-groups").as_deref(), Some("new"));
}

/// As at sign-in: a stale keep-alive connection looks like a reset.
#[test]
fn userinfo_whose_call_was_reset_are_asked_once_more() {
    for resets in [1, 2] {
        let mut world = world();
        world.now = world.now.plus(DUE);
        let pending = parked(world.send(page("/")));
        let (_, refresh) = world.poll().unwrap();
        let answer = ok(&refresh_answer(&world, &json!({"sub": "00u1", "email": "alice@example.com"})));
        let (_, mut next) = world.on_provider_answer(refresh, &answer);
        for _ in 0..resets {
            let (call, refresh) = next.expect("asked again");
            assert_eq!(call.path, "/oauth2/default/v1/userinfo");
            next = world.on_provider_answer(refresh, &vestibule::oidc::Answer::Nothing).1;
        }
        // The second reset is an answer: the claims stay as they were.
        assert_eq!(next.is_some(), resets == 1);
        let mut groups = "admin,finance";
        if let Some((_, refresh)) = next {
            let userinfo = ok(&json!({"sub": "00u1", "groups": ["new"]}));
            assert_eq!(
                world.on_provider_answer(refresh, &userinfo).0,
                ProviderEvent::Refreshed { surplus: None }
            );
            groups = "new";
        }
        let edits = forwarded(world.resume(pending));
        assert_eq!(told(&edits, "x-auth-request-groups").as_deref(), Some(groups));
    }
}

#[test]
fn a_rotated_token_is_kept_although_userinfo_fail() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    let answer = ok(&refresh_answer(&world, &json!({"sub": "00u1", "email": "alice@example.com"})));
    let (_, next) = world.on_provider_answer(refresh, &answer);
    let (_, refresh) = next.unwrap();
    world.on_provider_answer(refresh, &crate::world::answer(500, ""));
    let step = world.resume(pending);
    let edits = keep(&mut world, step);
    assert_eq!(told(&edits, "x-auth-request-groups").as_deref(), Some("admin,finance"));
    // Soon again, with the new refresh token.
    world.now = world.now.plus(60);
    parked(world.send(page("/")));
    let (call, _) = world.poll().unwrap();
    assert!(body(&call).contains("refresh_token=refresh-2"));
}

#[test]
fn the_sign_in_is_not_prolonged_by_refreshes() {
    let mut extra = configuration();
    extra["session"]["max_age"] = json!("15m");
    let mut world = World::signed_in(&extra);
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    let answer = ok(&refresh_answer(&world, &alice(&[])));
    world.on_provider_answer(refresh, &answer);
    let step = world.resume(pending);
    keep(&mut world, step);
    world.now = world.now.plus(900 - DUE);
    assert_eq!(replied(world.send(page("/"))).reason, Reason::SignInStarted);
}

#[test]
fn shared_data_that_others_wrote_is_not_believed() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    parked(world.send(page("/")));
    for slot in 0..=255 {
        world.shared.forge(SharedSlot::Refresh(slot), b"forged");
    }
    assert!(world.poll().is_some());
}

#[test]
fn without_refresh_no_refresh_token_is_kept() {
    let mut world = World::signed_in(&json!({}));
    world.now = world.now.plus(OVER);
    assert!(world.is_signed_in() && world.poll().is_none());
}

#[test]
fn signing_out_ends_the_refresh_token() {
    let mut world = world();
    let reply = replied(world.send(page("/oauth2/sign_out")));
    assert_eq!(reply.reason, Reason::SignedOut);
    let (call, revocation) = world.poll().unwrap();
    assert_eq!(call.path, "/oauth2/default/v1/revoke");
    assert!(body(&call).starts_with("token=refresh-1&token_type_hint=refresh_token"));
    assert_eq!(world.on_provider_answer(revocation, &answer(503, "")).0, ProviderEvent::Revoked);
    assert!(world.poll().is_none());
}

#[test]
fn a_key_that_was_rotated_is_fetched_and_the_renewal_counts() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    world.provider.kid = "two";
    let answer = ok(&refresh_answer(&world, &alice(&["new"])));
    assert_eq!(world.on_provider_answer(refresh, &answer).0, ProviderEvent::HalfWay);
    assert!(!world.engine.may_go_on(&pending, world.now));
    let keys = ok(&world.provider.keys());
    assert_eq!(world.provider_answers(&keys), ProviderEvent::Ready);
    assert!(world.poll().is_none() && world.engine.may_go_on(&pending, world.now));
    let edits = forwarded(world.resume(pending));
    assert_eq!(told(&edits, "x-auth-request-groups").as_deref(), Some("new"));
}

#[test]
fn a_key_that_is_never_published_is_not_believed_and_loses_no_refresh_token() {
    let mut world = world();
    let old_keys = ok(&world.provider.keys());
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    world.provider.kid = "two";
    let answer = ok(&refresh_answer(&world, &alice(&["finance", "forged"])));
    world.on_provider_answer(refresh, &answer);
    world.provider_answers(&old_keys);
    assert!(world.poll().is_none());
    let step = world.resume(pending);
    let edits = keep(&mut world, step);
    assert_eq!(told(&edits, "x-auth-request-groups").as_deref(), Some("admin,finance"));
    world.now = world.now.plus(60);
    parked(world.send(page("/")));
    assert!(body(&world.poll().unwrap().0).contains("refresh_token=refresh-2"));
}

#[test]
fn a_refresh_token_that_does_not_rotate_serves_again_and_again() {
    let mut world = world();
    for round in 2..5 {
        world.now = world.now.plus(DUE);
        let pending = parked(world.send(page("/")));
        let (call, refresh) = world.poll().unwrap();
        assert!(body(&call).contains("refresh_token=refresh-1"));
        let mut answer = refresh_answer(&world, &alice(&["admin"]));
        answer.as_object_mut().unwrap().remove("refresh_token");
        answer["access_token"] = json!(format!("access-{round}"));
        // Shorter than a renewal is remembered.
        answer["expires_in"] = json!(100);
        world.on_provider_answer(refresh, &ok(&answer));
        let step = world.resume(pending);
        let edits = keep(&mut world, step);
        assert_eq!(told(&edits, "x-auth-request-access-token"), Some(format!("access-{round}")));
    }
}

#[test]
fn whoever_leaves_out_the_token_cookie_does_not_keep_old_groups() {
    // Where the application is to get a token, there is no session at once: see `lost_tokens`.
    let mut extra = configuration();
    extra["upstream"]["access_token"] = json!(false);
    let mut world = World::signed_in(&extra);
    world.browser.0.remove("__Host-vestibule_t");
    world.now = world.now.plus(OVER + 299);
    forwarded(world.send(page("/finance/x")));
    world.now = world.now.plus(1);
    assert_eq!(replied(world.send(page("/finance/x"))).reason, Reason::SignInStarted);
}

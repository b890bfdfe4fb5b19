//! What is left after signing out. The attacker sits down at the computer of somebody who has just signed out, or has a copy
//! of their cookies; an application's answer, a refresh or a worker that was busy in between must not help.

use serde_json::{Value, json};
use vestibule::engine::ProviderCall;
use vestibule::oidc::HttpCall;
use vestibule::page::Reason;

use crate::refresh::{DUE, OVER, alice, body, configuration, other_worker, refresh_answer, world};
use crate::world::*;

const MARK: &str = "__Host-vestibule_out";

fn idle() -> Value {
    json!({
        "session": {"idle_timeout": "10m"},
        "access": [
            {"match": {"paths": ["/public"]}, "allow": "public"},
            {"match": {"paths": ["/home"]}, "allow": "optional"},
        ],
    })
}

fn sign_out(world: &mut World) {
    let reply = replied(world.send(page("/oauth2/sign_out")));
    assert_eq!(reply.reason, Reason::SignedOut);
    world.browser.keep(&reply);
    assert!(world.browser.0.keys().eq([MARK]), "{:?}", world.browser.0.keys());
}

#[test]
fn an_answer_that_was_under_way_does_not_sign_in_again() {
    let mut world = World::signed_in(&idle());
    world.now = world.now.plus(60);
    let slow = forwarded(world.send(page("/slow")));
    sign_out(&mut world);
    world.now = world.now.plus(5);
    for (path, status) in
        [("/somewhere", 302), ("/oauth2/auth", 401), ("/oauth2/userinfo", 401), ("/oauth2/signed_out", 200)]
    {
        world.keep_cookies_of(&slow);
        assert!(world.browser.0.contains_key("__Host-vestibule"), "it came with the answer");
        let reply = replied(world.send(page(path)));
        assert_eq!(reply.status, status, "{path}");
        // And it is taken out again.
        world.browser.keep(&reply);
        assert!(!world.browser.0.contains_key("__Host-vestibule"), "{path}");
    }
}

#[test]
fn with_the_mark_a_copy_is_no_session_and_the_application_hears_of_neither() {
    let mut world = World::signed_in(&idle());
    let copy = world.browser.clone();
    sign_out(&mut world);
    let mark = world.browser.0[MARK].clone();
    world.browser = copy;
    world.browser.0.insert("own".to_owned(), "1".to_owned());
    // Without it: the cookies count until their end, as in any other browser.
    assert!(world.is_signed_in());
    world.browser.0.insert(MARK.to_owned(), mark);
    assert!(!world.is_signed_in());
    for path in ["/public", "/home"] {
        let edits = forwarded(world.send(page(path)));
        assert_eq!(told(&edits, "x-auth-request-user"), None, "{path}");
        assert_eq!(told(&edits, "cookie").as_deref(), Some("own=1"), "{path}");
    }
    world.now = world.now.plus(60);
    assert!(world.is_signed_in(), "the mark lives for a minute");
}

#[test]
fn whoever_signs_in_again_is_signed_in_and_the_ended_session_stays_ended() {
    let mut world = World::signed_in(&idle());
    world.now = world.now.plus(60);
    let slow = forwarded(world.send(page("/slow")));
    sign_out(&mut world);
    world.sign_in("/");
    assert!(world.is_signed_in() && world.browser.0.contains_key(MARK));
    // Twice within a minute.
    sign_out(&mut world);
    world.keep_cookies_of(&slow);
    assert!(!world.is_signed_in());
}

#[test]
fn a_mark_of_another_host_client_or_secret_is_none() {
    let mut world = World::signed_in(&idle());
    let copy = world.browser.clone();
    sign_out(&mut world);
    let mark = world.browser.0[MARK].clone();
    for value in [String::new(), "x".repeat(4000), mark[..mark.len() - 1].to_owned(), mark.to_lowercase()] {
        world.browser = copy.clone();
        world.browser.0.insert(MARK.to_owned(), value);
        assert!(world.is_signed_in());
    }
}

fn revocation(world: &mut World) -> Option<(HttpCall, ProviderCall)> {
    let (call, provider_call) = world.poll()?;
    (call.path == "/oauth2/default/v1/revoke").then_some((call, provider_call))
}

/// The refresh token that the provider is told to end.
fn revoked(world: &mut World) -> String {
    let (call, _) = revocation(world).expect("a revocation is due");
    let body = body(&call);
    let token = body.strip_prefix("token=").and_then(|rest| rest.split('&').next());
    token.unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// The access token is renewed by this worker, and the browser does not hear of it.
fn renew(world: &mut World, parked: usize) {
    for _ in 0..parked {
        crate::world::parked(world.send(page("/")));
    }
    let (_, refresh) = world.poll().unwrap();
    let answer = ok(&refresh_answer(world, &alice(&["admin"])));
    world.on_provider_answer(refresh, &answer);
}

#[test]
fn the_newest_refresh_token_ends_although_the_browser_has_not_got_it() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    renew(&mut world, 1);
    sign_out(&mut world);
    assert_eq!(revoked(&mut world), "refresh-2");
    assert!(world.poll().is_none());
}

#[test]
fn one_that_is_being_renewed_ends_when_the_answer_comes() {
    for answered in [true, false] {
        let mut world = world();
        world.now = world.now.plus(DUE);
        parked(world.send(page("/")));
        let (_, refresh) = world.poll().unwrap();
        sign_out(&mut world);
        assert!(world.poll().is_none(), "not before it is known which is the newest");
        let answer = if answered { ok(&refresh_answer(&world, &alice(&[]))) } else { answer(503, "") };
        world.on_provider_answer(refresh, &answer);
        assert_eq!(revoked(&mut world), if answered { "refresh-2" } else { "refresh-1" });
        assert!(world.poll().is_none());
    }
}

#[test]
fn one_that_is_wanted_and_not_begun_is_not_lost_either() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    parked(world.send(page("/")));
    sign_out(&mut world);
    renew(&mut world, 0);
    assert_eq!(revoked(&mut world), "refresh-2");
}

#[test]
fn another_worker_may_know_it_or_be_about_to() {
    let mut first = world();
    first.now = first.now.plus(DUE);
    let mut second = other_worker(&first);
    parked(first.send(page("/")));
    let (_, refresh) = first.poll().unwrap();
    sign_out(&mut second);
    assert!(second.poll().is_none());
    let answer = ok(&refresh_answer(&first, &alice(&[])));
    first.on_provider_answer(refresh, &answer);
    assert_eq!(revoked(&mut second), "refresh-2");
    // The worker that was to renew it is lost: what is known ends when its lease is over.
    let mut first = world();
    first.now = first.now.plus(DUE);
    let mut second = other_worker(&first);
    parked(first.send(page("/")));
    first.poll().unwrap();
    sign_out(&mut second);
    assert!(second.poll().is_none());
    second.now = second.now.plus(10);
    assert_eq!(revoked(&mut second), "refresh-1");
}

#[test]
fn a_copy_gets_nothing_of_what_was_renewed() {
    let mut world = world();
    let copy = world.browser.clone();
    world.now = world.now.plus(DUE);
    renew(&mut world, 1);
    sign_out(&mut world);
    revoked(&mut world);
    world.browser = copy;
    // Until its access token is over.
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some("access-token"));
    assert!(edits.response.is_empty() && world.poll().is_none());
    world.now = world.now.plus(OVER - DUE);
    assert!(!world.is_signed_in());
}

#[test]
fn signing_out_again_and_again_with_the_same_cookies_makes_one_call() {
    let mut world = world();
    let copy = world.browser.clone();
    for _ in 0..50 {
        world.browser = copy.clone();
        sign_out(&mut world);
    }
    assert_eq!(revoked(&mut world), "refresh-1");
    for _ in 0..50 {
        world.browser = copy.clone();
        sign_out(&mut world);
        assert!(world.poll().is_none());
    }
}

#[test]
fn it_waits_until_the_provider_is_known() {
    let mut world = world();
    world.engine = engine(&configuration());
    sign_out(&mut world);
    world.become_ready();
    assert_eq!(revoked(&mut world), "refresh-1");
}

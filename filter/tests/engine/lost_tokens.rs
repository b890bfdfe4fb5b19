//! A browser that has lost the tokens which the application is to get, and whoever leaves them out.
//!
//! As somebody whose token says less than before (a scope is gone, or the token was revoked): I keep the identity and
//! leave out the tokens' cookie, so that the application believes the headers alone; or the cookie of another session,
//! or half of it.

use serde_json::{Value, json};
use vestibule::engine::Step;
use vestibule::page::Reason;

use crate::world::*;

const TOKENS: &str = "__Host-vestibule_t";

/// Each way in which an application gets a token.
fn promises() -> [Value; 3] {
    [
        json!({"upstream": {"access_token": true}}),
        json!({"upstream": {"authorization": "access_token"}}),
        json!({"upstream": {"authorization": "id_token"}}),
    ]
}

/// Signed in an hour ago, and without the tokens now.
fn lost(extra: &Value) -> World {
    let mut world = World::signed_in(extra);
    world.now = world.now.plus(3600);
    world.browser.0.remove(TOKENS).unwrap();
    world
}

#[test]
fn a_session_that_has_lost_a_promised_token_signs_in_anew() {
    for extra in promises() {
        let mut world = lost(&extra);
        assert_eq!(replied(world.send(page("/page"))).reason, Reason::SignInStarted, "{extra}");
        for script in ["/page", "/oauth2/auth", "/oauth2/userinfo"] {
            let reply = replied(world.send(bare("GET", script)));
            assert_eq!((reply.status, reply.reason), (401, Reason::NotSignedIn), "{extra} {script}");
        }
        // And is whole again.
        assert_eq!(world.sign_in("/page").status, 302);
        forwarded(world.send(page("/page")));
    }
}

#[test]
fn tokens_that_do_not_open_are_lost_as_well() {
    let extra = &promises()[0];
    let mut world = World::signed_in(extra);
    world.now = world.now.plus(60);
    let whole = world.browser.0[TOKENS].clone();
    let mut changed = whole.clone();
    changed.pop();
    for value in
        [String::new(), "1AAAA".to_owned(), changed, whole[5..].to_owned(), format!("2{}", &whole[1..])]
    {
        world.browser.0.insert(TOKENS.to_owned(), value);
        assert_eq!(replied(world.send(page("/"))).reason, Reason::SignInStarted);
    }
    world.browser.0.insert(TOKENS.to_owned(), whole);
    forwarded(world.send(page("/")));
}

#[test]
fn a_browser_that_does_not_keep_the_cookie_gets_a_page_and_no_round() {
    for extra in promises() {
        let mut world = lost(&extra);
        for _ in 0..3 {
            assert_eq!(world.sign_in("/page?a=b").status, 302);
            world.browser.0.remove(TOKENS).unwrap();
            for path in ["/page?a=b", "/oauth2/start?rd=%2Fpage%3Fa%3Db"] {
                let reply = replied(world.send(page(path)));
                assert_eq!((reply.status, reply.reason), (401, Reason::CookieNotKept), "{path}");
                assert!(reply.body.contains("cookie_not_kept"), "{}", reply.body);
                assert!(reply.body.contains("/oauth2/start?rd=%2Fpage%3Fa%3Db"), "{}", reply.body);
                assert!(header(&reply, "set-cookie").is_none());
            }
            // What is no navigation is told what it always is.
            assert_eq!(replied(world.send(bare("GET", "/page"))).reason, Reason::NotSignedIn);
            assert_eq!(replied(world.send(bare("GET", "/oauth2/auth"))).status, 401);
            world.now = world.now.plus(59);
            assert_eq!(replied(world.send(page("/page"))).reason, Reason::CookieNotKept);
            world.now = world.now.plus(1);
            assert_eq!(replied(world.send(page("/page"))).reason, Reason::SignInStarted);
        }
    }
}

#[test]
fn routes_that_are_open_stay_so_without_an_identity() {
    let access = json!([
        {"match": {"paths": ["/public/*"]}, "allow": "public"},
        {"match": {"paths": ["/optional/*"]}, "allow": "optional"},
    ]);
    let mut world = lost(&json!({"upstream": {"access_token": true}, "access": access}));
    for path in ["/public/x", "/optional/x"] {
        let edits = forwarded(world.send(page(path)));
        assert_eq!(told(&edits, "x-auth-request-user"), None, "{path}");
    }
}

#[test]
fn a_token_that_was_not_kept_or_is_not_promised_is_not_missed() {
    // Nobody promised one: then none is kept for every request.
    let mut world = World::signed_in(&json!({}));
    assert!(!world.browser.0.contains_key(TOKENS));
    // Promised later, when the session was there: it goes on without.
    world.engine = engine(&promises()[0]);
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-access-token"), None);
    // Too large to be kept beside the rest.
    let mut world = World::ready(&promises()[0]);
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let mut tokens = world.provider.tokens(&started.nonce, world.now);
    tokens["access_token"] = json!("x".repeat(12_000));
    let reply = replied(world.answer(pending, &ok(&tokens)));
    assert_eq!(reply.status, 302);
    world.browser.keep(&reply);
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-access-token"), None);
    assert_eq!(told(&edits, "x-auth-request-user").as_deref(), Some("00u1"));
}

#[test]
fn signing_out_works_with_what_is_left() {
    let mut world = lost(&promises()[0]);
    let reply = replied(world.send(page("/oauth2/sign_out")));
    assert_eq!(reply.reason, Reason::SignedOut);
    world.browser.keep(&reply);
    assert!(world.browser.0.keys().eq(["__Host-vestibule_out"]), "{:?}", world.browser.0.keys());
    assert!(matches!(world.send(page("/")), Step::Reply(..)));
}

#[test]
fn a_renewal_says_what_it_keeps() {
    let mut extra = promises()[0].clone();
    extra["session"] = json!({"refresh": true});
    let mut world = World::signed_in(&extra);
    world.now = world.now.plus(480);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    let id_token = world.provider.id_token_without_nonce(world.now);
    let tokens = json!({"id_token": id_token, "access_token": "access-2", "token_type": "Bearer",
        "expires_in": 600});
    world.on_provider_answer(refresh, &ok(&tokens));
    let edits = forwarded(world.resume(pending));
    world.keep_cookies_of(&edits);
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some("access-2"));
    world.browser.0.remove(TOKENS);
    assert_eq!(replied(world.send(page("/"))).reason, Reason::SignInStarted);
}

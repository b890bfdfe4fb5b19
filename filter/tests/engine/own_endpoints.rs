//! `<prefix>/auth` and `<prefix>/userinfo`. The attacker is a person whose session the provider has ended, or whose groups
//! it has changed, and who reaches an application that asks there instead of standing behind the filter.

use serde_json::{Value, json};
use vestibule::page::Reason;

use crate::refresh::{DUE, OVER, alice, configuration, refresh_answer, world};
use crate::world::*;

const ENDPOINTS: [(&str, u16); 2] = [("/oauth2/auth", 202), ("/oauth2/userinfo", 200)];

#[test]
fn they_wait_for_a_refresh_as_a_request_does_and_say_what_it_brought() {
    for (path, status) in ENDPOINTS {
        let mut world = world();
        world.now = world.now.plus(DUE);
        let pending = parked(world.send(bare("GET", path)));
        let (_, refresh) = world.poll().unwrap();
        let answer = ok(&refresh_answer(&world, &alice(&["new"])));
        world.on_provider_answer(refresh, &answer);
        assert!(world.engine.may_go_on(&pending, world.now));
        let reply = replied(world.resume(pending));
        assert_eq!(reply.status, status);
        if status == 200 {
            let facts: Value = serde_json::from_str(&reply.body).unwrap();
            assert_eq!(facts["groups"], json!(["new"]));
        }
        // The new cookies came with it: another worker, which knows nothing of the refresh, has nothing to ask.
        world.browser.keep(&reply);
        world.engine = engine(&configuration());
        world.become_ready();
        let edits = forwarded(world.send(page("/")));
        assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some("access-2"));
        assert_eq!(told(&edits, "x-auth-request-groups").as_deref(), Some("new"));
    }
}

#[test]
fn a_session_that_the_provider_has_ended_is_none_there_either() {
    for (path, _) in ENDPOINTS {
        let mut world = world();
        world.now = world.now.plus(OVER);
        let pending = parked(world.send(bare("GET", path)));
        let (_, refresh) = world.poll().unwrap();
        world.on_provider_answer(refresh, &answer(400, r#"{"error":"invalid_grant"}"#));
        let reply = replied(world.resume(pending));
        assert_eq!((reply.status, reply.reason), (401, Reason::NotSignedIn));
        world.browser.keep(&reply);
        assert!(world.browser.0.is_empty(), "{path}");
    }
}

/// Law 1: the provider being away ends no session.
#[test]
fn whoever_waits_there_for_too_long_is_answered_without_the_refresh() {
    for (path, status) in ENDPOINTS {
        for reason in [Reason::ProviderNotReady, Reason::Overloaded] {
            let mut world = world();
            world.now = world.now.plus(OVER);
            let pending = parked(world.send(bare("GET", path)));
            assert_eq!(replied(world.give_up(pending, reason)).status, status, "{path}");
        }
    }
}

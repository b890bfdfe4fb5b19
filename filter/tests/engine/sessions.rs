//! What a session is worth, and when it is worth nothing any more.

use serde_json::{Value, json};
use vestibule::engine::HeaderEdit;
use vestibule::page::Reason;

use crate::world::*;

#[test]
fn max_age_ends_a_session_whose_cookie_is_intact() {
    let mut world = World::signed_in(&json!({"session": {"max_age": "1h"}}));
    world.now = world.now.plus(3599);
    assert!(world.is_signed_in());
    world.now = world.now.plus(1);
    assert!(!world.is_signed_in());
}

#[test]
fn a_shorter_max_age_counts_for_sessions_that_are_there() {
    let mut world = World::signed_in(&json!({}));
    world.engine = engine(&json!({"session": {"max_age": "10m"}}));
    world.now = world.now.plus(599);
    assert!(world.is_signed_in());
    world.now = world.now.plus(1);
    assert!(!world.is_signed_in());
}

#[test]
fn the_idle_timeout_begins_anew_with_use() {
    let idle = json!({"session": {"idle_timeout": "10m"}});
    let mut world = World::signed_in(&idle);
    world.now = world.now.plus(59);
    assert!(forwarded(world.send(page("/"))).response.is_empty());
    world.now = world.now.plus(1);
    let edits = forwarded(world.send(page("/")));
    assert!(edits.response.contains(&HeaderEdit::Set("cache-control".into(), (*b"no-store").into())));
    let unused = world.browser.clone();
    world.keep_cookies_of(&edits);
    world.now = world.now.plus(541);
    assert!(world.is_signed_in());
    world.browser = unused;
    assert!(!world.is_signed_in());
}

#[test]
fn of_several_cookies_the_newest_that_opens_counts() {
    let mut world = World::signed_in(&json!({}));
    let first = world.browser.0["__Host-vestibule"].clone();
    world.now = world.now.plus(5);
    world.provider.claims["sub"] = json!("00u2");
    world.browser.0.clear();
    world.sign_in("/");
    let second = world.browser.0["__Host-vestibule"].clone();
    for order in [[&first, &second], [&second, &first]] {
        let cookie =
            format!("__Host-vestibule=rubbish; __Host-vestibule={}; __Host-vestibule={}", order[0], order[1]);
        world.browser.0.clear();
        let mut headers = page("/");
        headers.push(("cookie", cookie));
        assert_eq!(told(&forwarded(world.send(headers)), "x-auth-request-user").as_deref(), Some("00u2"));
    }
}

#[test]
fn everyone_or_one_person_can_be_signed_out_by_configuration() {
    let refused = |session: Value, signed_in: bool| {
        let mut world = World::signed_in(&json!({}));
        assert!(world.is_signed_in());
        world.engine = engine(&json!({ "session": session }));
        assert_eq!(world.is_signed_in(), signed_in, "{session}");
    };
    // Signed in at 1 800 000 000, which is 2027-01-15T08:00:00Z.
    refused(json!({"not_before": "2027-01-15T08:00:01Z"}), false);
    refused(json!({"not_before": "2027-01-15T08:00:00Z"}), true);
    refused(json!({"revoked": [{"sub": "00u1", "before": "2027-01-15T09:00:00Z"}]}), false);
    refused(json!({"revoked": [{"sub": "00u2", "before": "2027-01-15T09:00:00Z"}]}), true);
    refused(json!({"revoked": [{"email": "Alice@example.com", "before": "2027-01-15T09:00:00Z"}]}), false);
    refused(json!({"revoked": [{"sub": "00u1", "before": "2027-01-15T07:00:00Z"}]}), true);
}

#[test]
fn a_session_belongs_to_its_host_client_issuer_and_cookie() {
    let mut world = World::signed_in(&json!({}));
    let there = on_host(page("/"), "other.example.com");
    assert_eq!(replied(world.send(there)).status, 302);
    for other in [
        json!({"client": {"id": "another"}}),
        json!({"provider": {"issuer": "https://another.example"}}),
        json!({"session": {"secrets": [{"value": "fedcba9876543210fedcba9876543210"}]}}),
    ] {
        world.engine = engine(&other);
        assert!(!world.is_signed_in(), "{other}");
    }
    let cookie = world.browser.0["__Host-vestibule"].clone();
    world.browser.0.insert("__Host-renamed".to_owned(), cookie);
    world.engine = engine(&json!({"session": {"cookie": {"name": "renamed"}}}));
    assert!(!world.is_signed_in());
}

#[test]
fn what_was_opened_on_one_host_is_not_remembered_on_another() {
    let mut world = World::signed_in(&json!({}));
    assert!(world.is_signed_in());
    assert_eq!(replied(world.send(on_host(page("/"), "other.example.com"))).status, 302);
}

#[test]
fn secrets_rotate_without_signing_anyone_out() {
    let (old, new) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    let secrets = |secrets: &[&str]| {
        let secrets: Vec<_> = secrets.iter().map(|secret| json!({ "value": secret })).collect();
        engine(&json!({"session": {"secrets": secrets}}))
    };
    let mut world = World::signed_in(&json!({}));
    for step in [&[old, new][..], &[new, old]] {
        world.engine = secrets(step);
        assert!(world.is_signed_in());
    }
    world.engine = secrets(&[new]);
    assert!(!world.is_signed_in());
}

#[test]
fn cookies_stay_below_the_budget_and_a_shortened_list_is_not_sent() {
    let extra = json!({"access": [{"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}}]});
    let mut world = World::ready(&extra);
    let mut groups: Vec<_> = (0..400).map(long_name).collect();
    groups.push("finance".to_owned());
    world.provider.claims["groups"] = json!(groups);
    world.sign_in("/");
    let total: usize = world.browser.0.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(total <= 12 * 1024, "{total}");
    let edits = forwarded(world.send(page("/finance/report")));
    assert_eq!(told(&edits, "x-auth-request-groups"), None);
    assert_eq!(told(&edits, "x-auth-request-user").as_deref(), Some("00u1"));
}

#[test]
fn a_large_session_is_kept_in_chunks_and_shrinks_again() {
    let mut world = World::ready(&json!({}));
    let groups: Vec<_> = (0..150).map(long_name).collect();
    world.provider.claims["groups"] = json!(groups);
    world.sign_in("/");
    assert!(world.browser.0.contains_key("__Host-vestibule_1"));
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-groups").unwrap().split(',').count(), 150);
    world.provider.claims["groups"] = json!(["one"]);
    let started = world.begin("/oauth2/start?rd=/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    world.browser.keep(&reply);
    assert!(!world.browser.0.contains_key("__Host-vestibule_1"));
    assert!(world.is_signed_in());
}

#[test]
fn a_token_cookie_of_another_session_is_ignored() {
    let extra = json!({"upstream": {"access_token": true}});
    let mut world = World::signed_in(&extra);
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some("access-token"));
    let others = world.browser.0["__Host-vestibule_t"].clone();
    world.browser.0.clear();
    world.sign_in("/");
    world.browser.0.insert("__Host-vestibule_t".to_owned(), others);
    // Its own did not come, so there is no session.
    assert_eq!(replied(world.send(page("/"))).reason, Reason::CookieNotKept);
}

#[test]
fn an_access_token_that_ran_out_is_left_out_and_the_session_goes_on() {
    let mut world = World::signed_in(&json!({"upstream": {"access_token": true}}));
    world.now = world.now.plus(600);
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-access-token"), None);
    assert!(told(&edits, "x-auth-request-user").is_some());
}

#[test]
fn garbled_cookies_are_no_session_and_no_error() {
    let mut world = World::signed_in(&json!({}));
    let honest = world.browser.0["__Host-vestibule"].clone();
    world.browser.0.clear();
    let (header, sealed) = honest.split_at(5);
    for cookie in [
        String::new(),
        header.to_owned(),
        format!("{header}AAAA"),
        format!("{header}{}", &sealed[..sealed.len() - 1]),
        format!("{header}{sealed}A"),
        format!("9{}", &honest[1..]),
        sealed.to_owned(),
        "\u{e9}\u{1f36a}".to_owned(),
        "x".repeat(60_000),
    ] {
        let mut headers = page("/");
        headers.push(("cookie", format!("__Host-vestibule={cookie}")));
        assert_eq!(replied(world.send(headers)).status, 302);
    }
}

#[test]
fn a_session_too_large_for_a_browser_is_an_error_and_no_loop() {
    let groups: Vec<_> = (0..500).map(long_name).collect();
    let mut world = World::ready(&json!({"access": [{"require": {"groups": groups}}]}));
    for count in [200, 250, 300, 350, 500] {
        world.browser.0.clear();
        world.provider.claims["groups"] = json!(groups[..count]);
        let reply = world.sign_in("/");
        let total: usize = world.browser.0.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(total <= 12 * 1024, "{count}: {total}");
        match reply.status {
            302 => assert!(world.is_signed_in(), "{count}"),
            _ => assert_eq!(reply.reason, vestibule::page::Reason::SessionTooLarge, "{count}"),
        }
    }
    world.provider.claims = json!({"sub": "00u1", "email": "a@example.com", "groups": [],
        "preferred_username": (0..400).map(long_name).collect::<String>()});
    world.browser.0.clear();
    assert_eq!(world.sign_in("/").reason, vestibule::page::Reason::SessionTooLarge);
}

#[test]
fn whatever_is_left_out_is_said() {
    let groups: Vec<_> = (0..400).map(long_name).collect();
    let mut world = World::ready(&json!({}));
    let reply = world.sign_in("/");
    assert_eq!((reply.reason, reply.detail), (Reason::SignedIn, None));
    let userinfo = replied(world.send(bare("GET", "/oauth2/userinfo")));
    assert!(!userinfo.body.contains("leftOut"), "{}", userinfo.body);
    world.provider.claims["groups"] = json!(groups);
    let started = world.begin("/oauth2/start?rd=/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    assert_eq!((reply.status, reply.reason), (302, Reason::SessionTrimmed));
    let detail = reply.detail.clone().unwrap();
    assert!(detail.starts_with("left out for its size: id_token, groups; cookies of "), "{detail}");
    world.browser.keep(&reply);
    let userinfo = replied(world.send(bare("GET", "/oauth2/userinfo")));
    assert!(userinfo.body.contains(r#""leftOut":["id_token","groups"]"#), "{}", userinfo.body);
}

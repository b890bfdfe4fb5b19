//! Sign-ins under way: many tabs, other browsers, providers that are away, and where each of them leads.

use serde_json::json;
use vestibule::oidc::Answer;
use vestibule::page::Reason;

use crate::world::*;

const BINDING: &str = "__Host-vestibule_b_";

fn callback(started: &Started) -> Vec<(&'static str, String)> {
    page(&format!("/oauth2/callback?code=the-code&state={}", started.state))
}

fn bindings(world: &World) -> usize {
    world.browser.0.keys().filter(|name| name.starts_with(BINDING)).count()
}

/// The link of a page that begins a sign-in which ends at `path`.
fn leads_to(reply: &Answered, path: &str) -> bool {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("rd", path).finish();
    reply.body.contains(&format!("/oauth2/start?{}", query.replace('&', "&amp;")))
}

#[test]
fn thirty_tabs_at_the_provider_all_arrive_and_leave_nothing() {
    let mut world = World::ready(&json!({}));
    let tabs: Vec<_> = (0..30).map(|tab| world.begin(&format!("/tab/{tab}?x=y"))).collect();
    assert_eq!(world.browser.0.len(), 1);
    let (_, pending) = world.come_back(&tabs[17]);
    let tokens = ok(&world.provider.tokens(&tabs[17].nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    assert_eq!(location(&reply), "/tab/17?x=y");
    world.browser.keep(&reply);
    assert_eq!(bindings(&world), 0);
    // The others need no code any more.
    for (tab, started) in tabs.iter().enumerate() {
        let reply = replied(world.send(callback(started)));
        let wanted = (Reason::AlreadySignedIn, &*format!("/tab/{tab}?x=y"));
        assert_eq!((reply.reason, location(&reply)), wanted);
    }
}

#[test]
fn tabs_that_begin_at_the_same_moment_bring_a_binding_each() {
    let mut world = World::ready(&json!({}));
    let tabs: Vec<_> = (0..30)
        .map(|tab| {
            let others = std::mem::take(&mut world.browser.0);
            let started = world.begin(&format!("/tab/{tab}"));
            world.browser.0.extend(others);
            started
        })
        .collect();
    assert_eq!(bindings(&world), 30);
    // All of them come back before the first answer.
    let waiting: Vec<_> = tabs.iter().map(|started| world.come_back(started).1).collect();
    for (tab, (started, pending)) in tabs.iter().zip(waiting).enumerate() {
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        let reply = replied(world.answer(pending, &tokens));
        assert_eq!(location(&reply), format!("/tab/{tab}"));
        world.browser.keep(&reply);
    }
    assert_eq!(bindings(&world), 0);
    assert!(world.is_signed_in());
}

#[test]
fn sixty_abandoned_sign_ins_leave_one_small_cookie() {
    let mut world = World::ready(&json!({}));
    for tab in 0..60 {
        world.begin(&format!("/tab/{tab}"));
    }
    assert_eq!(bindings(&world), 1);
    assert!(world.browser.header().len() < 60);
}

/// An attacker's own state and code, in a victim's browser, would sign the victim in as the attacker.
#[test]
fn what_another_browser_began_is_never_redeemed_here() {
    let mut world = World::ready(&json!({}));
    let attackers = world.begin("/theirs?a=b");
    let stolen = std::mem::take(&mut world.browser.0);
    for has_begun in [false, true] {
        if has_begun {
            world.begin("/mine");
        }
        let reply = replied(world.send(callback(&attackers)));
        assert_eq!((reply.status, reply.reason), (400, Reason::SignInUnknown));
        assert!(leads_to(&reply, "/theirs?a=b"), "{}", reply.body);
    }
    // Nor by the name of the binding, or a part of its value.
    let (name, value) = stolen.first_key_value().unwrap();
    for value in ["", &value[1..], &value.replace(&value[..1], "_"), &format!("{value}A")] {
        world.browser.0.insert(name.clone(), value.to_owned());
        assert_eq!(replied(world.send(callback(&attackers))).reason, Reason::SignInUnknown, "{value}");
    }
    assert!(world.calls.paid.is_empty());
}

#[test]
fn a_sign_in_that_is_too_late_or_unknown_still_leads_somewhere() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/deep?x=1");
    world.now = world.now.plus(15 * 60);
    let reply = replied(world.send(callback(&started)));
    assert_eq!(reply.reason, Reason::SignInUnknown);
    assert!(leads_to(&reply, "/deep?x=1") && reply.hides_query, "{}", reply.body);
    let reply = replied(world.send(page("/oauth2/callback?code=c&state=nobodys")));
    assert!(leads_to(&reply, "/"), "{}", reply.body);
}

#[test]
fn what_ends_a_sign_in_leads_back_to_the_deep_link() {
    let mut world = World::ready(&json!({}));
    for (error, reason) in [
        ("access_denied", Reason::ProviderDenied),
        ("server_error", Reason::ProviderError),
        ("login_required", Reason::ProviderError),
    ] {
        let started = world.begin("/deep?x=1");
        let path = format!("/oauth2/callback?error={error}&state={}", started.state);
        let reply = replied(world.send(page(&path)));
        assert_eq!(reply.reason, reason);
        assert!(leads_to(&reply, "/deep?x=1"), "{}", reply.body);
    }
    let started = world.begin("/deep?x=1");
    let (_, pending) = world.come_back(&started);
    let reply = replied(world.answer(pending, &answer(400, r#"{"error":"invalid_grant"}"#)));
    assert!(leads_to(&reply, "/deep?x=1"), "{}", reply.body);
    // Its code has been used.
    let reply = replied(world.send(callback(&started)));
    assert_eq!(reply.reason, Reason::SignInUnknown);
    assert!(leads_to(&reply, "/deep?x=1"), "{}", reply.body);
}

#[test]
fn the_same_address_works_once_the_provider_is_back() {
    let mut world = World::ready(&json!({}));
    let long = format!("/deep?{}", "x".repeat(400));
    for wanted in ["/deep?x=1", &long] {
        world.browser.0.clear();
        let started = world.begin(wanted);
        for away in [Answer::Nothing, answer(503, "upstream connect error"), answer(429, "{}")] {
            let (_, pending) = world.come_back(&started);
            let reply = replied(world.answer(pending, &away));
            assert_eq!(reply.reason, Reason::TokenUnreachable);
            world.browser.keep(&reply);
        }
        let (_, pending) = world.come_back(&started);
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        let reply = replied(world.answer(pending, &tokens));
        assert_eq!(location(&reply), wanted);
        world.browser.keep(&reply);
        let names: Vec<_> = world.browser.0.keys().map(String::as_str).collect();
        assert_eq!(names, ["__Host-vestibule", "__Secure-vestibule_i"]);
    }
}

#[test]
fn somebody_who_is_signed_in_may_sign_in_once_more() {
    let mut world = World::signed_in(&json!({}));
    let started = world.begin("/oauth2/start?rd=/again");
    world.provider.claims["sub"] = json!("00u2");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    assert_eq!(location(&reply), "/again");
    world.browser.keep(&reply);
    assert_eq!(told(&forwarded(world.send(page("/"))), "x-auth-request-user").as_deref(), Some("00u2"));
}

/// What was sealed may be older than the configuration.
#[test]
fn a_deep_link_is_checked_again_when_it_is_used() {
    let before = json!({"paths": {"allowed_redirect_domains": [".example.org"]}});
    for (extra, wanted) in [(&before, "https://x.example.org/a"), (&json!({}), "/")] {
        let mut world = World::ready(&before);
        let started = world.begin("/oauth2/start?rd=https://x.example.org/a");
        let mut later = World::ready(extra);
        later.browser = world.browser.clone();
        let reply = replied(later.send(page(&format!("/oauth2/callback?error=x&state={}", started.state))));
        assert!(leads_to(&reply, wanted), "{}", reply.body);
        let (_, pending) = later.come_back(&started);
        let tokens = ok(&later.provider.tokens(&started.nonce, later.now));
        let reply = replied(later.answer(pending, &tokens));
        assert_eq!(location(&reply), wanted);
    }
}

#[test]
fn the_state_is_what_okta_takes_and_tells_nothing() {
    let mut world = World::ready(&json!({}));
    let started = world.begin(&format!("/deep/{}", "x".repeat(1000)));
    assert!(started.state.len() <= 512);
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!(started.state.bytes().all(is_allowed) && !started.state.contains(&started.nonce));
}

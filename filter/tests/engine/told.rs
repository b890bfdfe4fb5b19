//! What the operator reads: one sign-in keeps one name, people are named only where that is wanted, and what the provider
//! says of a refusal is there.

use serde_json::{Value, json};
use vestibule::inputs::Entropy as _;
use vestibule::page::Reason;

use crate::world::{World, answer, location, ok, page, replied};

/// `name=value` of a line, without a blank in the value.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(' ').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn admins_only() -> Value {
    json!({"access": [{"match": {"paths": ["/admin"]}, "require": {"groups": ["nobody-has-this"]}}]})
}

#[test]
fn a_sign_in_has_one_name_from_its_beginning_to_the_session() {
    let mut world = World::ready(&admins_only());
    let redirect = replied(world.send(page("/admin")));
    let name = field(&redirect.line, "sign_in").unwrap().to_owned();
    world.browser.keep(&redirect);
    let started = world.started(location(&redirect));
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let signed_in = replied(world.answer(pending, &tokens));
    assert_eq!((signed_in.reason, field(&signed_in.line, "sign_in")), (Reason::SignedIn, Some(&*name)));
    world.browser.keep(&signed_in);
    let refused = replied(world.send(page("/admin")));
    assert_eq!((refused.reason, field(&refused.line, "sign_in")), (Reason::NotPermitted, Some(&*name)));
    // The nonce, from which it is made, is not in it; and the next sign-in has another.
    assert!(!redirect.line.contains(&started.nonce) && !redirect.line.contains(&started.state));
    world.browser.0.clear();
    let other = replied(world.send(page("/admin")));
    assert!(field(&other.line, "sign_in").is_some_and(|other| other != name), "{}", other.line);
}

#[test]
fn people_are_named_where_that_is_wanted_and_nowhere_else() {
    for (wanted, named) in [
        (json!({}), None),
        (json!({"logging": {"person": "none"}}), None),
        (json!({"logging": {"person": "sub"}}), Some(" person=\"00u1\"")),
        (json!({"logging": {"person": "email"}}), Some(" person=\"alice@example.com\"")),
    ] {
        let mut config = admins_only();
        vestibule_testing::merge(&mut config, &wanted);
        let mut world = World::signed_in(&config);
        let line = replied(world.send(page("/admin"))).line;
        match named {
            Some(named) => assert!(line.contains(named), "{line}"),
            None => assert!(!line.contains("person=") && !line.contains("00u1"), "{line}"),
        }
    }
}

#[test]
fn the_log_has_the_providers_own_words_and_no_secret_that_it_repeats() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    let (call, pending) = world.come_back(&started);
    let sent = String::from_utf8(call.body).unwrap();
    let refusal = json!({"error": "invalid_grant", "error_description": format!("PKCE verification failed for {sent}")});
    let reply = replied(world.answer(pending, &answer(400, &refusal.to_string())));
    assert_eq!(reply.reason, Reason::TokenRefused);
    let wanted = " cause=invalid_grant ";
    assert!(reply.line.contains(wanted), "{}", reply.line);
    let said = "endpoint=token provider_status=400 provider_error=invalid_grant \
                provider_error_description=\"PKCE verification failed for [...]";
    assert!(reply.line.contains(said), "{}", reply.line);
    assert!(!reply.body.contains("PKCE"));
    let verifier = sent.split('&').find_map(|pair| pair.strip_prefix("code_verifier=")).unwrap();
    assert!(!reply.line.contains(verifier), "{}", reply.line);
}

/// Without a binding of this browser anybody could write into the log.
#[test]
fn a_stranger_writes_nothing_into_the_log() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    world.browser.0.clear();
    let query = format!("error=access_denied&error_description=hello+operator&state={}", started.state);
    let reply = replied(world.send(page(&format!("/oauth2/callback?{query}"))));
    assert_eq!(reply.reason, Reason::SignInUnknown);
    assert!(
        reply.line.contains(" cause=another_browser ") && !reply.line.contains("hello"),
        "{}",
        reply.line
    );
    let made_up = replied(world.send(page("/oauth2/callback?error=x&error_description=hello&state=made-up")));
    assert!(made_up.line.ends_with(" cause=state_unreadable"), "{}", made_up.line);
}

#[test]
fn a_callback_says_why_it_is_not_redeemed() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let _ = replied(world.answer(pending, &answer(400, r#"{"error":"invalid_grant"}"#)));
    let callback = page(&format!("/oauth2/callback?code=the-code&state={}", started.state));
    let used = replied(world.send(callback.clone()));
    assert!(used.line.contains(" cause=used "), "{}", used.line);
    world.now = world.now.plus(3600);
    let late = replied(world.send(callback));
    assert!(late.line.contains(" cause=expired "), "{}", late.line);
}

/// Two workers may redeem two codes for one state, and two people may have approved them: their sessions have one name in
/// the log, and what belongs to one must not open beside the other.
#[test]
fn two_people_with_one_state_have_two_sessions() {
    let config = json!({"session": {"refresh": true}, "upstream": {"access_token": true}});
    let mut first = World::ready(&config);
    let mut second = World::ready(&config);
    let started = first.begin("/");
    second.browser = first.browser.clone();
    let ends = |world: &mut World, sub: &str| {
        world.provider.claims["sub"] = json!(sub);
        let (_, pending) = world.come_back(&started);
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        let reply = replied(world.answer(pending, &tokens));
        assert_eq!(reply.reason, Reason::SignedIn);
        world.browser.keep(&reply);
        field(&reply.line, "sign_in").unwrap().to_owned()
    };
    // Another system draws other random bytes.
    second.entropy.fill(&mut [0; 999]).unwrap();
    assert_eq!(ends(&mut first, "alice"), ends(&mut second, "mallory"));
    assert!(first.is_signed_in() && second.is_signed_in());
    // The identity of one with the tokens of the other is nobody.
    let tokens = second.browser.0.iter().filter(|(name, _)| name.ends_with("_t") || name.contains("_t."));
    let tokens: Vec<_> = tokens.map(|(name, value)| (name.clone(), value.clone())).collect();
    assert!(!tokens.is_empty(), "{:?}", second.browser.0.keys());
    first.browser.0.extend(tokens);
    assert!(!first.is_signed_in());
}

//! What the provider does wrong: each has a page, a reason and no session.

use serde_json::{Value, json};
use vestibule::oidc::Answer;
use vestibule::page::Reason;

use crate::world::*;

/// A sign-in whose token call is answered with `answer`.
fn token_answer(answer: impl FnOnce(&World, &str) -> Answer) -> Answered {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let answer = answer(&world, &started.nonce);
    let reply = replied(world.answer(pending, &answer));
    world.browser.keep(&reply);
    assert!(!world.is_signed_in());
    // No session; and the next honest sign-in works.
    assert!(world.browser.0.keys().all(|name| name.contains("_b_")));
    world.sign_in("/");
    assert!(world.is_signed_in());
    reply
}

#[test]
fn every_fault_of_the_token_endpoint_has_its_reason() {
    let cases: Vec<(Answer, Reason)> = vec![
        (Answer::Nothing, Reason::TokenUnreachable),
        (answer(500, "oops"), Reason::TokenUnreachable),
        (answer(503, "upstream connect error"), Reason::TokenUnreachable),
        (answer(400, r#"{"error":"invalid_grant"}"#), Reason::TokenRefused),
        (answer(401, r#"{"error":"invalid_client"}"#), Reason::ClientRefused),
        (answer(400, r#"{"error":"unauthorized_client"}"#), Reason::ClientRefused),
        // Okta's own format says nothing of whom it is about.
        (answer(401, r#"{"errorCode":"E0000015"}"#), Reason::TokenRefused),
        (answer(429, r#"{"errorCode":"E0000047"}"#), Reason::TokenUnreachable),
        (answer(400, "<html>"), Reason::TokenInvalid),
        (answer(302, ""), Reason::TokenInvalid),
        (answer(200, ""), Reason::TokenInvalid),
        (answer(200, "{"), Reason::TokenInvalid),
        (answer(200, r#"{"id_token":[],"access_token":{},"token_type":1}"#), Reason::TokenInvalid),
        (answer(200, r#"{"access_token":"t","token_type":"Bearer"}"#), Reason::TokenInvalid),
        (Answer::TooLarge, Reason::TokenInvalid),
    ];
    for (answer, reason) in cases {
        let name = format!("{answer:?}");
        assert_eq!(token_answer(|_, _| answer).reason, reason, "{name}");
    }
}

#[test]
fn no_answer_of_the_provider_is_shown_to_the_browser() {
    let body = r#"{"error":"invalid_client","error_description":"s3cr3t detail <script>"}"#;
    let reply = token_answer(|_, _| answer(401, body));
    assert!(!reply.body.contains("s3cr3t") && !reply.body.contains("invalid_client"));
    let detail = reply.detail.unwrap();
    assert!(detail.starts_with("the token endpoint refused: invalid_client; compare client.id"), "{detail}");
}

#[test]
fn an_id_token_that_does_not_hold_gives_no_session() {
    let cases: [(&str, Value); 5] = [
        ("nonce", json!("another")),
        ("aud", json!("another")),
        ("iss", json!("https://evil.example")),
        ("exp", json!(1)),
        ("at_hash", json!("AAAA")),
    ];
    for (claim, value) in cases {
        let reply = token_answer(|world, nonce| {
            let mut provider = world_provider(world);
            provider.claims[claim] = value;
            ok(&provider.tokens(nonce, world.now))
        });
        assert_eq!((reply.status, reply.reason), (502, Reason::IdTokenInvalid), "{claim}");
    }
}

fn world_provider(world: &World) -> Provider {
    Provider { claims: world.provider.claims.clone(), ..Provider::default() }
}

#[test]
fn userinfo_that_fail_give_an_error_page_and_no_session() {
    for userinfo in [
        Answer::Nothing,
        answer(500, ""),
        answer(401, ""),
        answer(200, "[]"),
        ok(&json!({"sub": "somebody else", "groups": ["admin"]})),
    ] {
        let mut world = World::ready(&json!({}));
        world.provider.claims = json!({"sub": "00u1"});
        let started = world.begin("/");
        let (_, pending) = world.come_back(&started);
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        let (_, pending) = called(world.answer(pending, &tokens));
        let reply = if matches!(userinfo, Answer::Nothing) {
            // It looks like a stale connection: once more, and no more.
            let (_, pending) = called(world.answer(pending, &userinfo));
            replied(world.answer(pending, &userinfo))
        } else {
            replied(world.answer(pending, &userinfo))
        };
        assert_eq!(reply.reason, Reason::UserinfoFailed);
        world.browser.keep(&reply);
        assert!(!world.is_signed_in());
    }
}

#[test]
fn errors_of_the_authorization_response_are_told_apart() {
    for (error, reason) in [
        ("access_denied", Reason::ProviderDenied),
        ("login_required", Reason::ProviderError),
        ("server_error", Reason::ProviderError),
        ("%3Cscript%3E", Reason::ProviderError),
    ] {
        let mut world = World::ready(&json!({}));
        let started = world.begin("/");
        let callback = format!(
            "/oauth2/callback?error={error}&error_description=No+%22access%22%0Areason=x+%3C&state={}",
            started.state
        );
        let reply = replied(world.send(page(&callback)));
        assert_eq!(reply.reason, reason, "{error}");
        assert!(!reply.body.contains("<script>") && !reply.body.contains("access\""));
        let code = if error.contains('%') { "an%20error%20code%20of%20odd%20characters" } else { error };
        let said = format!(" endpoint=authorization provider_error={code} ");
        assert!(reply.line.contains(&said), "{}", reply.line);
        assert!(
            reply.line.ends_with(" provider_error_description=\"No 'access' [...] <\""),
            "{}",
            reply.line
        );
    }
}

#[test]
fn an_error_without_the_right_state_ends_no_sign_in() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    let reply = replied(world.send(page("/oauth2/callback?error=access_denied&state=forged")));
    assert_eq!(reply.reason, Reason::SignInUnknown);
    world.browser.keep(&reply);
    world.come_back(&started);
}

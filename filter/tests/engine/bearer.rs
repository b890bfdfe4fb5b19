//! Tokens of API clients: which count, where, and what strangers can cause with those that do not.

use serde_json::{Value, json};
use vestibule::engine::Step;
use vestibule::oidc::Answer;
use vestibule::page::Reason;

use crate::world::*;

const PARTNER: &str = "https://idp.partner.example";

fn rules() -> Value {
    json!({
        "providers": {"partner": {"issuer": PARTNER, "cluster": "partner"}},
        "access": [
            {"match": {"paths": ["/orders/*"]}, "bearer": {"audiences": ["api://orders"],
                "scopes": ["orders.read", "orders.list"],
                "resource_metadata": "https://api.example.com/.well-known/oauth-protected-resource"}},
            {"match": {"paths": ["/any/*"]}, "bearer": {"audiences": ["api://orders", "api://other"],
                "scopes": ["a", "b"], "any_scope": true}},
            {"match": {"paths": ["/partner/*"]}, "bearer": {"providers": ["partner"], "audiences": ["api://orders"]}},
            {"match": {"paths": ["/robots/*"]}, "require": {"groups": ["finance"]},
                "bearer": {"audiences": ["api://orders"], "groups": ["robots"]}},
            {"match": {"paths": ["/legacy/*"]}, "bearer": {"audiences": ["api://orders"], "id_tokens": true}},
            {"match": {"paths": ["/public"]}, "allow": "public"},
        ],
    })
}

/// As Okta's custom authorization servers write them.
fn claims(world: &World) -> Value {
    json!({"ver": 1, "jti": "AT.1", "iss": ISSUER, "aud": "api://orders", "sub": "robot@example.com", "cid": "0oa9",
        "uid": "00u9", "scp": ["orders.read", "orders.list"], "iat": world.now.0, "exp": world.now.0 + 300})
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

fn call(world: &mut World, path: &str, token: &str) -> Step {
    let mut request = bare("GET", path);
    request.push(("authorization", format!("Bearer {token}")));
    world.send(request)
}

fn passes(world: &mut World, path: &str, claims: &Value) -> bool {
    let token = world.provider.token(json!({}), claims);
    matches!(call(world, path, &token), Step::Forward(..))
}

fn refused(world: &mut World, path: &str, token: &str) -> Answered {
    replied(call(world, path, token))
}

fn challenge(reply: &Answered) -> String {
    header(reply, "www-authenticate").unwrap().to_owned()
}

/// Both issuers are known; they share a key, so that nothing but the issuer tells their tokens apart.
fn world() -> World {
    let mut world = World::ready(&rules());
    world.learn_of(PARTNER, "partner");
    world
}

#[test]
fn a_token_that_holds_is_told_like_a_person() {
    let mut world = world();
    let claims = claims(&world);
    let token = world.provider.token(json!({}), &claims);
    for _ in 0..2 {
        let edits = forwarded(call(&mut world, "/orders/1", &token));
        assert_eq!(told(&edits, "x-auth-request-user").as_deref(), Some("robot@example.com"));
        assert!(!removes(&edits, "authorization"), "it is the application's as well");
    }
    for header in [json!({"typ": "at+jwt"}), json!({"typ": "application/at+jwt"}), json!({"typ": "JWT"})] {
        let token = world.provider.token(header, &claims);
        assert!(matches!(call(&mut world, "/orders/1", &token), Step::Forward(..)));
    }
    // A person's session is good there as well.
    world.sign_in("/orders/1");
    assert!(matches!(world.send(page("/orders/1")), Step::Forward(..)));
}

#[test]
fn what_does_not_hold_is_refused_and_says_so() {
    let mut world = world();
    let (good, now) = (claims(&world), world.now.0);
    for (name, value) in [
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!(null)),
        ("exp", json!("never")),
        ("iat", json!(now + 61)),
        ("iat", json!(null)),
        ("nbf", json!(now + 61)),
        ("nbf", json!("x")),
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{ISSUER}/"))),
        ("iss", json!(PARTNER)),
        ("iss", json!(null)),
        ("aud", json!("api://other")),
        ("aud", json!(["api://other"])),
        ("aud", json!([])),
        ("aud", json!(null)),
        ("aud", json!({"api://orders": 1})),
        ("sub", json!(null)),
        ("sub", json!("")),
        ("sub", json!("a".repeat(256))),
        // Bound to a key, of which nobody shows the proof.
        ("cnf", json!({"jkt": "x"})),
        // ID tokens give no permission to call an API.
        ("nonce", json!("n")),
        ("at_hash", json!("h")),
        ("aud", json!("app")),
        ("aud", json!(["api://orders", "app"])),
    ] {
        let token = world.provider.token(json!({}), &with(good.clone(), name, value.clone()));
        let reply = refused(&mut world, "/orders/1", &token);
        assert_eq!((reply.status, reply.reason), (401, Reason::BearerInvalid), "{name} {value}");
        assert!(challenge(&reply).contains("error=\"invalid_token\""), "{}", challenge(&reply));
        assert!(reply.detail.is_some() && !reply.body.contains(&token));
    }
    for header in [
        json!({"typ": "logout+jwt"}),
        json!({"typ": "dpop+jwt"}),
        json!({"typ": 1}),
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES384"}),
        json!({"crit": ["x"]}),
    ] {
        let token = world.provider.token(header.clone(), &good);
        assert_eq!(refused(&mut world, "/orders/1", &token).reason, Reason::BearerInvalid, "{header}");
    }
    let token = world.provider.token(json!({}), &good);
    for odd in ["", "x", "a.b.c", &token[..token.len() - 2], &format!("{token}."), &"A".repeat(20_000)] {
        assert_eq!(refused(&mut world, "/orders/1", odd).reason, Reason::BearerInvalid);
    }
    // A key of somebody else under the same kid.
    world.provider.key = p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let forged = world.provider.token(json!({}), &good);
    assert_eq!(refused(&mut world, "/orders/1", &forged).reason, Reason::BearerInvalid);
}

#[test]
fn a_token_expires_to_the_second_also_where_it_is_remembered() {
    let mut world = world();
    let token = world.provider.token(json!({}), &claims(&world));
    world.now = world.now.plus(299);
    assert!(matches!(call(&mut world, "/orders/1", &token), Step::Forward(..)));
    world.now = world.now.plus(1);
    assert_eq!(refused(&mut world, "/orders/1", &token).reason, Reason::BearerInvalid);
}

#[test]
fn scopes_all_or_any() {
    let mut world = world();
    let good = claims(&world);
    for (path, scopes, expected) in [
        ("/orders/1", json!(["orders.read"]), false),
        ("/orders/1", json!(["orders.list", "orders.read", "more"]), true),
        ("/orders/1", json!("orders.list orders.read"), true),
        ("/orders/1", json!(["orders.read orders.list"]), false),
        ("/orders/1", json!(["ORDERS.READ", "orders.list"]), false),
        ("/orders/1", json!(null), false),
        ("/any/1", json!(["b"]), true),
        ("/any/1", json!(["c"]), false),
        ("/any/1", json!([]), false),
    ] {
        let claims = with(good.clone(), "scp", scopes.clone());
        let token = world.provider.token(json!({}), &claims);
        if expected {
            assert!(matches!(call(&mut world, path, &token), Step::Forward(..)), "{path} {scopes}");
            continue;
        }
        let reply = refused(&mut world, path, &token);
        assert_eq!((reply.status, reply.reason), (403, Reason::InsufficientScope), "{path} {scopes}");
        assert!(
            challenge(&reply).contains("error=\"insufficient_scope\", scope=\""),
            "{}",
            challenge(&reply)
        );
    }
    // RFC 9068's claim.
    let claims = with(with(good, "scp", json!(null)), "scope", json!("orders.read orders.list"));
    assert!(passes(&mut world, "/orders/1", &claims));
}

#[test]
fn each_issuer_counts_only_where_it_is_named() {
    let mut world = world();
    let ours = claims(&world);
    let theirs = with(ours.clone(), "iss", json!(PARTNER));
    assert!(passes(&mut world, "/partner/1", &theirs));
    assert!(!passes(&mut world, "/partner/1", &ours));
    assert!(passes(&mut world, "/orders/1", &ours));
    assert!(!passes(&mut world, "/orders/1", &theirs));
    // What was remembered for one rule is judged anew by the next.
    assert!(!passes(&mut world, "/orders/1", &theirs) && passes(&mut world, "/partner/1", &theirs));
}

#[test]
fn groups_are_those_of_the_token_and_require_speaks_of_sessions() {
    let mut world = world();
    let good = claims(&world);
    assert!(passes(&mut world, "/robots/1", &with(good.clone(), "groups", json!(["robots"]))));
    let finance = world.provider.token(json!({}), &with(good.clone(), "groups", json!(["finance"])));
    let reply = refused(&mut world, "/robots/1", &finance);
    assert_eq!((reply.status, reply.reason), (403, Reason::InsufficientScope));
    assert_eq!(reply.verdict.unwrap().to_string(), "access[3] missing groups");
    assert!(!passes(&mut world, "/robots/1", &good));
}

#[test]
fn the_token_decides_alone_where_it_counts_and_is_never_read_elsewhere() {
    let mut world = world();
    world.sign_in("/");
    let bad = "a.b.c";
    assert_eq!(refused(&mut world, "/orders/1", bad).reason, Reason::BearerInvalid);
    for path in ["/elsewhere", "/public"] {
        assert!(matches!(call(&mut world, path, bad), Step::Forward(..)), "{path}");
    }
    world.browser = Browser::default();
    let good = world.provider.token(json!({}), &claims(&world));
    assert_eq!(refused(&mut world, "/elsewhere", &good).reason, Reason::NotSignedIn);
    // In any case of the scheme; another scheme is no bearer.
    for (value, expected) in [
        (format!("bearer {good}"), true),
        (format!("BEARER  {good}"), true),
        (format!("Basic {good}"), false),
        (format!("Bearer{good}"), false),
        (good.clone(), false),
    ] {
        let mut request = bare("GET", "/orders/1");
        request.push(("authorization", value.clone()));
        assert_eq!(matches!(world.send(request), Step::Forward(..)), expected, "{value}");
    }
    let mut twice = bare("GET", "/orders/1");
    twice.push(("authorization", format!("Bearer {good}")));
    twice.push(("authorization", format!("Bearer {good}")));
    assert_eq!(replied(world.send(twice)).reason, Reason::AuthorizationAmbiguous);
}

#[test]
fn whoever_brings_nothing_is_told_where_to_learn_more() {
    let mut world = world();
    let reply = replied(world.send(bare("GET", "/orders/1")));
    assert_eq!((reply.status, reply.reason), (401, Reason::NotSignedIn));
    assert_eq!(
        challenge(&reply),
        "Bearer realm=\"vestibule\", \
         resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource\""
    );
    assert_eq!(replied(world.send(page("/orders/1"))).status, 302);
}

#[test]
fn an_id_token_counts_where_a_rule_says_so_and_for_this_client_only() {
    let mut world = world();
    let good = claims(&world);
    let id_token = with(with(good.clone(), "aud", json!("app")), "nonce", json!("n"));
    assert!(passes(&mut world, "/legacy/1", &id_token));
    assert!(passes(&mut world, "/legacy/1", &good));
    assert!(!passes(&mut world, "/orders/1", &id_token));
    for other in [
        with(id_token.clone(), "aud", json!("another-client")),
        with(id_token.clone(), "aud", json!(["app", "another-client"])),
        with(id_token.clone(), "iss", json!(PARTNER)),
        with(good, "nonce", json!("n")),
    ] {
        assert!(!passes(&mut world, "/legacy/1", &other), "{other}");
    }
}

#[test]
fn a_new_key_is_fetched_once_in_a_while_and_never_for_what_cannot_count() {
    let mut world = world();
    world.now = world.now.plus(20);
    let good = claims(&world);
    // Nobody's keys are fetched for an issuer that the rule does not take, or for what has expired.
    for claims in [with(good.clone(), "iss", json!(PARTNER)), with(good.clone(), "exp", json!(1))] {
        let token = world.provider.token(json!({"kid": "new"}), &claims);
        assert_eq!(refused(&mut world, "/orders/1", &token).reason, Reason::BearerInvalid);
        assert!(world.poll().is_none());
    }
    world.provider.kid = "two";
    world.provider.key = p256::ecdsa::SigningKey::from_slice(&[8; 32]).unwrap();
    let token = world.provider.token(json!({}), &good);
    let waiting = parked(call(&mut world, "/orders/1", &token));
    let junk = world.provider.token(json!({"kid": "junk"}), &good);
    let also = parked(call(&mut world, "/orders/1", &junk));
    world.provider_answers(&ok(&world.provider.keys()));
    assert!(matches!(world.resume(waiting), Step::Forward(..)));
    assert_eq!(replied(world.resume(also)).reason, Reason::BearerInvalid);
    // A stranger with junk causes no further fetch, and nobody waits for one.
    for kid in ["x", "y", "z"] {
        let junk = world.provider.token(json!({ "kid": kid }), &good);
        assert_eq!(refused(&mut world, "/orders/1", &junk).reason, Reason::BearerInvalid);
        assert!(world.poll().is_none());
    }
    world.now = world.now.plus(10);
    let junk = world.provider.token(json!({"kid": "x"}), &good);
    parked(call(&mut world, "/orders/1", &junk));
    assert!(world.poll().is_some());
}

#[test]
fn an_issuer_that_is_away_keeps_its_own_tokens_out_and_nobody_else() {
    let mut world = World::ready(&rules());
    for _ in 0..3 {
        world.now = world.now.plus(60);
        world.provider_answers(&Answer::Nothing);
    }
    let good = claims(&world);
    let theirs = world.provider.token(json!({}), &with(good.clone(), "iss", json!(PARTNER)));
    assert_eq!(refused(&mut world, "/partner/1", &theirs).reason, Reason::ProviderNotReady);
    assert!(passes(&mut world, "/orders/1", &good));
    assert_eq!(world.sign_in("/").status, 302);
}

#[test]
fn revocation_reaches_tokens_too() {
    let mut extra = rules();
    extra["session"]["not_before"] = json!("2027-01-15T08:00:00Z");
    extra["session"]["revoked"] = json!([{"sub": "00u9", "before": "2027-01-15T08:10:00Z"},
        {"email": "Eve@example.com", "before": "2027-01-15T08:10:00Z"}]);
    let mut world = World::ready(&extra);
    assert_eq!(world.now.0, 1_800_000_000, "2027-01-15T08:00:00Z");
    let good = claims(&world);
    assert!(passes(&mut world, "/orders/1", &with(good.clone(), "uid", json!("00u1"))));
    assert!(!passes(&mut world, "/orders/1", &good), "by Okta's uid");
    assert!(!passes(
        &mut world,
        "/orders/1",
        &with(with(good.clone(), "uid", json!("x")), "sub", json!("eve@example.com"))
    ));
    let old = with(with(good, "uid", json!("00u1")), "iat", json!(world.now.0 - 1));
    assert!(!passes(&mut world, "/orders/1", &old));
}

#[test]
fn the_application_gets_the_token_where_it_is_promised_one() {
    let mut extra = rules();
    extra["upstream"] = json!({"access_token": true, "authorization": "id_token"});
    let mut world = World::ready(&extra);
    let token = world.provider.token(json!({}), &claims(&world));
    let edits = forwarded(call(&mut world, "/orders/1", &token));
    assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some(&*token));
    // It was promised an ID token there, and an access token is none.
    assert!(removes(&edits, "authorization") && told(&edits, "authorization").is_none());
}

/// One reading takes tokens and another does not: nothing is right for both.
#[test]
fn readings_that_differ_about_tokens_are_refused() {
    let mut world = World::ready(&json!({"access": [
        {"match": {"paths": ["/api/*"]}, "bearer": {"audiences": ["api://orders"]}},
    ]}));
    let claims = claims(&world);
    assert!(passes(&mut world, "/api/x", &claims));
    let token = world.provider.token(json!({}), &claims);
    assert_eq!(refused(&mut world, "/api%2fx", &token).reason, Reason::PathAmbiguous);
}

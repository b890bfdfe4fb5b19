//! Rules that ask for claims: what a session keeps of them, and what only looks like one of the values.

use serde_json::{Value, json};
use vestibule::engine::Step;
use vestibule::page::Reason;

use crate::world::*;

fn rules() -> Value {
    json!({"access": [
        {"match": {"paths": ["/sales/*"]}, "require": {"claims": {"department": ["sales", "field"]}}},
        {"match": {"paths": ["/realm/*"]}, "require": {"claims": {"/access/roles": ["admin"], "level": ["3", "4"]}}},
        {"match": {"paths": ["/staff/*"]}, "require": {"claims": {"staff": ["true"]}}},
    ]})
}

fn signed_in(claims: Value) -> World {
    let mut world = World::ready(&rules());
    for name in ["department", "staff", "level", "access"] {
        // All are there, so that userinfo are not asked.
        world.provider.claims[name] = claims.get(name).cloned().unwrap_or_else(|| json!("none"));
    }
    world.provider.claims["access"] = claims.get("access").cloned().unwrap_or_else(|| json!({"roles": []}));
    assert_eq!(world.sign_in("/").status, 302);
    world
}

fn passes(world: &mut World, path: &str) -> bool {
    match world.send(page(path)) {
        Step::Forward(..) => true,
        other => {
            assert_eq!(replied(other).reason, Reason::NotPermitted);
            false
        }
    }
}

#[test]
fn one_value_of_each_claim_is_enough() {
    let mut world = signed_in(json!({"department": "field"}));
    assert!(passes(&mut world, "/sales/x") && passes(&mut world, "/elsewhere"));
    assert!(!passes(&mut world, "/realm/x") && !passes(&mut world, "/staff/x"));
    let mut world = signed_in(json!({"access": {"roles": ["reader", "admin"]}, "level": 4, "staff": true}));
    assert!(passes(&mut world, "/realm/x") && passes(&mut world, "/staff/x"));
    assert!(!passes(&mut world, "/sales/x"));
    // All of the claims must hold.
    let mut world = signed_in(json!({"access": {"roles": ["admin"]}, "level": 2}));
    assert!(!passes(&mut world, "/realm/x"));
}

#[test]
fn what_only_looks_like_a_value_is_none() {
    for department in [
        json!("Sales"),
        json!("sales "),
        json!("sales,field"),
        json!(["marketing,sales"]),
        json!([["sales"]]),
        json!({"sales": true}),
        json!({"0": "sales"}),
        json!(null),
        json!(""),
    ] {
        let mut world = signed_in(json!({ "department": department }));
        assert!(!passes(&mut world, "/sales/x"), "{department}");
    }
    for level in [json!(3.5), json!("3.0"), json!([]), json!(true)] {
        let mut world = signed_in(json!({"access": {"roles": ["admin"]}, "level": level}));
        assert!(!passes(&mut world, "/realm/x"), "{level}");
    }
}

/// A rule that came after the sign-in asks for what the session did not keep.
#[test]
fn what_a_session_did_not_keep_is_not_there() {
    let mut world = signed_in(json!({"department": "sales"}));
    world.engine = engine(&json!({"access": [
        {"match": {"paths": ["/sales/*"]}, "require": {"claims": {"department": ["sales"]}}},
        {"match": {"paths": ["/new/*"]}, "require": {"claims": {"staff": ["none"]}}},
    ]}));
    assert!(passes(&mut world, "/sales/x") && !passes(&mut world, "/new/x"));
}

#[test]
fn a_claim_that_the_id_token_lacks_is_asked_of_userinfo() {
    let mut world = World::ready(&json!({"access": [{"require": {"claims": {"department": ["sales"]}}}]}));
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let (_, pending) = called(world.answer(pending, &tokens));
    let reply = replied(world.answer(pending, &ok(&json!({"sub": "00u1", "department": "sales"}))));
    world.browser.keep(&reply);
    assert!(passes(&mut world, "/"));
}

#[test]
fn tokens_have_claims_too() {
    let mut world = World::ready(&json!({"access": [
        {"require": {"groups": ["x"]}, "bearer": {"audiences": ["api://a"], "claims": {"tier": ["gold"]}}},
    ]}));
    for (tier, status) in
        [(json!("gold"), 200), (json!(["silver", "gold"]), 200), (json!("silver"), 403), (json!(null), 403)]
    {
        let claims = json!({"iss": ISSUER, "aud": "api://a", "sub": "r", "tier": tier, "iat": world.now.0,
            "exp": world.now.0 + 60});
        let mut request = bare("GET", "/");
        request.push(("authorization", format!("Bearer {}", world.provider.token(json!({}), &claims))));
        let answered = match world.send(request) {
            Step::Forward(..) => 200,
            other => replied(other).status,
        };
        assert_eq!(answered, status, "{tier}");
    }
}

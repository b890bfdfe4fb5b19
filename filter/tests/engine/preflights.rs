//! CORS preflights: they carry no credentials, and a rule may let them through; nothing else comes through with them.

use serde_json::{Value, json};
use vestibule::engine::Step;

use crate::world::*;

fn rules() -> Value {
    json!({"access": [
        {"match": {"paths": ["/closed/*"]}, "allow": "none"},
        {"match": {"paths": ["/api/*"]}, "require": {"groups": ["api"]}, "preflight": "allow"},
        {"match": {"paths": ["/posts/*"], "methods": ["POST"]}, "preflight": "allow"},
    ]})
}

fn preflight(path: &str) -> Vec<(&'static str, String)> {
    let mut request = bare("OPTIONS", path);
    request.push(("origin", "https://spa.example.com".to_owned()));
    request.push(("access-control-request-method", "DELETE".to_owned()));
    request
}

fn without(mut request: Vec<(&'static str, String)>, name: &str) -> Vec<(&'static str, String)> {
    request.retain(|(own, _)| *own != name);
    request
}

fn and(
    mut request: Vec<(&'static str, String)>,
    name: &'static str,
    value: &str,
) -> Vec<(&'static str, String)> {
    request.push((name, value.to_owned()));
    request
}

#[test]
fn a_preflight_passes_and_tells_nothing_of_anybody() {
    let mut world = World::signed_in(&rules());
    let request = and(preflight("/api/orders"), "x-auth-request-user", "admin");
    let Step::Forward(edits, verdict) = world.send(request) else { panic!("not forwarded") };
    assert_eq!(verdict.to_string(), "access[1] preflight");
    assert!(removes(&edits, "x-auth-request-user") && told(&edits, "x-auth-request-user").is_none());
    assert!(removes(&edits, "cookie"), "our cookies stay here");
    // Also while the provider is not known, and with a token that nobody looks at.
    let mut world = World::new(&rules());
    assert!(matches!(
        world.send(and(preflight("/api/x"), "authorization", "Bearer a.b.c")),
        Step::Forward(..)
    ));
}

#[test]
fn what_is_no_preflight_is_judged_as_ever() {
    let mut world = World::ready(&rules());
    let mut get = preflight("/api/x");
    get[0].1 = "GET".to_owned();
    for request in [
        get,
        without(preflight("/api/x"), "origin"),
        without(preflight("/api/x"), "access-control-request-method"),
        and(preflight("/api/x"), "origin", "https://other.example.com"),
        and(
            without(preflight("/api/x"), "origin"),
            "origin",
            "https://spa.example.com,https://other.example.com",
        ),
        // Another spelling is perhaps another path.
        preflight("//api/x"),
        preflight("/API/x"),
        preflight("/api/%2e%2e/closed/x"),
        preflight("/elsewhere"),
        // The rule is for POST, and this is OPTIONS.
        preflight("/posts/1"),
    ] {
        let what = format!("{request:?}");
        assert!((400..404).contains(&replied(world.send(request)).status), "{what}");
    }
    assert_eq!(replied(world.send(preflight("/api/a%2f..%2f..%2fclosed"))).status, 400);
    assert_eq!(replied(world.send(preflight("/closed/x"))).status, 403);
    assert_ne!(status(&mut world, preflight("/api/a%2fb")), 200, "it has two readings");
}

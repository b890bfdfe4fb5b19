//! What asks whether the filter lives, and for its public keys.

use serde_json::{Value, json};
use vestibule::page::Reason;

use crate::world::*;

fn probes() -> Value {
    json!({"paths": {"ping": "/ping", "ready": "/ready"}, "upstream": {"jwt": {}}, "access": [{"allow": "none"}]})
}

#[test]
fn ping_lives_before_the_provider_is_known_and_ready_after() {
    let mut world = World::new(&probes());
    let reply = replied(world.send(bare("GET", "/ping")));
    assert_eq!((reply.status, &*reply.body), (200, "OK"));
    assert_eq!(header(&reply, "content-type"), Some("text/plain"));
    let reply = replied(world.send(bare("GET", "/ready")));
    assert_eq!((reply.status, reply.reason), (503, Reason::ProviderNotReady));
    world.become_ready();
    for path in ["/ping", "/ready", "/ping?x=1"] {
        let reply = replied(world.send(bare("HEAD", path)));
        assert_eq!((reply.status, header(&reply, "cache-control")), (200, Some("no-store")), "{path}");
    }
    assert_eq!(replied(world.send(bare("POST", "/ping"))).status, 405);
}

/// Another spelling, and what lies below, is the application's, by its rules.
#[test]
fn nothing_else_is_open_by_them() {
    let mut world = World::ready(&probes());
    for path in
        ["/ping/", "/ping/x", "//ping", "/PING", "/pin%67", "/x/../ping", "/pingx", "/ping;x", "/oauth2/ping"]
    {
        let reply = replied(world.send(bare("GET", path)));
        assert!(matches!(reply.status, 400 | 403), "{path}: {}", reply.status);
    }
    let mut without = World::ready(&json!({}));
    for path in ["/ping", "/ready", "/oauth2/jwks", "/oauth2/ping"] {
        assert_eq!(replied(without.send(bare("GET", path))).reason, Reason::NotSignedIn, "{path}");
    }
}

#[test]
fn the_keys_are_public_also_before_the_provider_is_known() {
    let mut world = World::new(&probes());
    let reply = replied(world.send(bare("GET", "/oauth2/jwks")));
    assert_eq!((reply.status, header(&reply, "content-type")), (200, Some("application/json")));
    let all: Vec<_> = reply.headers.iter().filter(|(name, _)| *name == "cache-control").collect();
    assert_eq!(all, [&("cache-control", "public, max-age=300".to_owned())]);
    let set: Value = serde_json::from_str(&reply.body).unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    let names: Vec<_> = keys[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!(replied(world.send(bare("POST", "/oauth2/jwks"))).status, 405);
}

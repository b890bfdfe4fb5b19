//! Rules for networks: the address is Envoy's, and no header says it.

use std::net::IpAddr;

use serde_json::{Value, json};
use vestibule::page::Reason;

use crate::world::*;

fn rules() -> Value {
    json!({"access": [
        {"match": {"paths": ["/metrics"], "client_cidrs": ["10.0.0.0/8", "2001:db8::/32"]}, "allow": "public"},
        {"match": {"paths": ["/admin/*"], "client_cidrs": ["192.0.2.0/24"]}, "allow": "none"},
        {"match": {"paths": ["/api/*"], "client_cidrs": ["10.0.0.0/8"]}, "preflight": "allow"},
    ]})
}

fn get(world: &mut World, path: &str, address: Option<&str>) -> u16 {
    world.calls.address = address.map(|address| address.parse::<IpAddr>().unwrap());
    let mut request = page(path);
    for name in ["x-forwarded-for", "x-real-ip", "x-envoy-external-address", "forwarded", "x-client-ip"] {
        request.push((name, "10.1.2.3".to_owned()));
    }
    match world.send(request) {
        vestibule::engine::Step::Forward(..) => 200,
        other => replied(other).status,
    }
}

#[test]
fn a_rule_that_opens_does_so_for_its_networks_only() {
    let mut world = World::ready(&rules());
    for (address, expected) in [
        (Some("10.0.0.0"), 200),
        (Some("10.255.255.255"), 200),
        (Some("::ffff:10.1.2.3"), 200),
        (Some("2001:db8::1"), 200),
        (Some("11.0.0.0"), 302),
        (Some("9.255.255.255"), 302),
        (Some("2001:db9::1"), 302),
        (Some("::10.1.2.3"), 302),
        (Some("::1"), 302),
        // Nobody knows the address: it is in no network.
        (None, 302),
    ] {
        assert_eq!(get(&mut world, "/metrics", address), expected, "{address:?}");
    }
}

#[test]
fn a_rule_that_restricts_is_taken_where_nobody_knows_the_address() {
    let mut world = World::signed_in(&rules());
    assert_eq!(get(&mut world, "/admin/x", Some("192.0.2.7")), 403);
    assert_eq!(get(&mut world, "/admin/x", Some("198.51.100.7")), 200);
    assert_eq!(get(&mut world, "/admin/x", None), 403);
    assert_eq!(get(&mut world, "/api/x", Some("198.51.100.7")), 200);
    assert_eq!(get(&mut world, "/api/x", None), 403);
}

#[test]
fn nobody_looks_at_the_address_before_a_rule_asks() {
    let mut world = World::signed_in(&rules());
    let asked = world.calls.asked;
    assert_eq!(get(&mut world, "/elsewhere", Some("10.1.2.3")), 200);
    assert_eq!(world.calls.asked, asked);
    assert_eq!(get(&mut world, "/metrics", Some("198.51.100.7")), 200);
    assert_eq!(world.calls.asked, asked + 1);
}

#[test]
fn a_preflight_passes_from_the_networks_of_its_rule() {
    let mut world = World::ready(&rules());
    for (address, passes) in [(Some("10.1.2.3"), true), (Some("11.1.2.3"), false), (None, false)] {
        world.calls.address = address.map(|address| address.parse().unwrap());
        let mut request = bare("OPTIONS", "/api/x");
        request.push(("origin", "https://spa.example.com".to_owned()));
        request.push(("access-control-request-method", "PUT".to_owned()));
        let step = world.send(request);
        assert_eq!(matches!(step, vestibule::engine::Step::Forward(..)), passes, "{address:?}");
    }
}

#[test]
fn a_reason_is_given() {
    let mut world = World::signed_in(&rules());
    world.calls.address = None;
    let reply = replied(world.send(page("/admin/x")));
    assert_eq!(reply.reason, Reason::Closed);
    assert_eq!(reply.verdict.unwrap().to_string(), "access[1] nobody");
}

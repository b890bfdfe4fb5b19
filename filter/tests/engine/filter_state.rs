//! What access logs and filters behind this one read of Envoy's filter state.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::world::*;

fn rules() -> Value {
    json!({
        "upstream": {"filter_state": true},
        "access": [
            {"match": {"paths": ["/public"]}, "allow": "public"},
            {"match": {"paths": ["/closed"]}, "allow": "none"},
            {"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}},
            {"match": {"paths": ["/strong"]}, "require": {"acr": ["mfa"]}},
        ],
    })
}

fn read(state: &[(&'static str, Rc<[u8]>)]) -> Vec<String> {
    state.iter().map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value))).collect()
}

const PERSON: [&str; 2] = ["vestibule_user=00u1", "vestibule_groups=admin"];

#[test]
fn it_says_who_and_by_which_rule_also_of_refusals() {
    let mut world = World::ready(&rules());
    world.provider.claims["groups"] = json!(["admin"]);
    let refused = |world: &mut World, path| read(&replied(world.send(page(path))).filter_state);
    // Nobody is signed in.
    let nobody = |rule: &'static str| vec!["vestibule_user=", "vestibule_groups=", rule];
    assert_eq!(refused(&mut world, "/app"), nobody("vestibule_rule=default"));
    assert_eq!(refused(&mut world, "/finance/x"), nobody("vestibule_rule=access[2]"));
    world.sign_in("/");
    let passed = |world: &mut World, path| read(&forwarded(world.send(page(path))).filter_state);
    let with = |rule: &'static str| [&PERSON[..], &[rule]].concat();
    assert_eq!(passed(&mut world, "/app"), with("vestibule_rule=default"));
    assert_eq!(refused(&mut world, "/finance/x"), with("vestibule_rule=access[2]"));
    assert_eq!(refused(&mut world, "/strong"), with("vestibule_rule=access[3]"));
    // Where nobody is looked at, nobody is named.
    assert_eq!(passed(&mut world, "/public"), nobody("vestibule_rule=access[0]"));
    assert_eq!(refused(&mut world, "/closed"), nobody("vestibule_rule=access[1]"));
    // The filter's own endpoints have no rule.
    assert!(refused(&mut world, "/oauth2/sign_in").is_empty());
}

#[test]
fn where_it_is_not_wanted_there_is_none() {
    let mut world =
        World::signed_in(&json!({"access": [{"match": {"paths": ["/closed"]}, "allow": "none"}]}));
    assert!(forwarded(world.send(page("/"))).filter_state.is_empty());
    assert!(replied(world.send(page("/closed"))).filter_state.is_empty());
}

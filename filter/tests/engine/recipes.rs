//! The page "which rule do I need": each recipe as it stands there, request by request.

use serde_json::json;
use vestibule::engine::Step;
use vestibule_testing::recipes::{ALICE, Recipe, Who, program, recipes};

use crate::world::*;

#[test]
fn each_recipe_does_what_it_says() {
    for Recipe { heading, mut config, rows } in recipes() {
        config["session"] = json!({"cookie": {"domains": [".example.com"], "secure": true}});
        let mut world = World::ready(&config);
        let recent = alice(&mut world, 0);
        let old = alice(&mut world, 3600);
        let mut claims = program();
        claims["iss"] = json!(ISSUER);
        claims["iat"] = json!(world.now.0);
        claims["exp"] = json!(world.now.0 + 600);
        let token = world.provider.token(json!({}), &claims);
        for (method, target, who, expected) in rows {
            world.browser = match who {
                Who::Alice => recent.clone(),
                Who::AliceOfAnHourAgo => old.clone(),
                Who::Nobody | Who::Program | Who::Preflight | Who::FromOutside => Browser::default(),
            };
            world.calls.address = who.address().parse().ok();
            let (host, path) = target.split_at(target.find('/').unwrap());
            let mut request = on_host(bare(method, path), host);
            request.extend(who.headers(&token));
            let status = match world.send(request) {
                Step::Forward(..) => 200,
                other => replied(other).status,
            };
            assert_eq!(status, *expected, "{heading}: {method} {target} {who:?}");
        }
    }
}

/// Signed in by a password that was given so many seconds ago.
fn alice(world: &mut World, ago: u64) -> Browser {
    let (email, groups) = ALICE;
    world.provider.claims =
        json!({"sub": "00u1", "email": email, "groups": groups, "auth_time": world.now.0 - ago});
    world.browser = Browser::default();
    let started = replied(world.send(on_host(page("/oauth2/start"), "app.example.com")));
    world.browser.keep(&started);
    let url = url::Url::parse(location(&started)).unwrap();
    let of = |name: &str| url.query_pairs().find(|(own, _)| own == name).unwrap().1.into_owned();
    let callback = page(&format!("/oauth2/callback?code=the-code&state={}", of("state")));
    let (_, pending) = called(world.send(on_host(callback, "app.example.com")));
    let tokens = ok(&world.provider.tokens(&of("nonce"), world.now));
    let reply = replied(world.answer(pending, &tokens));
    world.browser.keep(&reply);
    world.browser.clone()
}

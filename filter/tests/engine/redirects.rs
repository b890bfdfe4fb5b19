//! Law 6: nobody is sent where an attacker wants.

use serde_json::json;

use crate::world::*;

fn ends_at(world: &mut World, path: &str) -> String {
    let reply = world.sign_in(path);
    location(&reply).to_owned()
}

#[test]
fn rd_leads_home_where_it_may_not_lead() {
    let mut world = World::ready(&json!({"paths": {"allowed_redirect_domains": [".good.example"]}}));
    for (rd, expected) in [
        ("/page%3Fa%3Db", "/page?a=b"),
        ("https%3A%2F%2Fapp.good.example%2Fx", "https://app.good.example/x"),
        ("//evil.example", "/"),
        ("%2F%5Cevil.example", "/"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("https%3A%2F%2Fevilgood.example", "/"),
        ("javascript%3Aalert(1)", "/"),
        ("%2F%09%2Fevil.example", "/"),
        ("", "/"),
    ] {
        assert_eq!(ends_at(&mut world, &format!("/oauth2/start?rd={rd}")), expected, "{rd}");
        let reply = replied(world.send(page(&format!("/oauth2/sign_in?rd={rd}"))));
        assert_eq!(reply.status, 200);
        assert!(!reply.body.contains("evil"), "{rd}");
    }
}

#[test]
fn a_path_that_looks_like_a_host_is_not_gone_back_to() {
    let mut world = World::ready(&json!({}));
    for path in ["//evil.example/x", "/\\evil.example", "/.//evil.example"] {
        assert_eq!(ends_at(&mut world, path), "/", "{path}");
        world.browser.0.clear();
    }
    assert_eq!(ends_at(&mut world, "/a/b?c=//d"), "/a/b?c=//d");
}

#[test]
fn a_deep_link_too_long_for_its_cookie_loses_its_query_then_its_path() {
    let long = "x".repeat(5000);
    for (path, expected) in [(format!("/page?q={long}"), "/page"), (format!("/{long}"), "/")] {
        let mut world = World::ready(&json!({}));
        assert_eq!(ends_at(&mut world, &path), expected);
    }
}

#[test]
fn the_outside_is_https_whatever_the_headers_say() {
    let mut world = World::ready(&json!({}));
    let mut headers = page("/");
    headers.push(("x-forwarded-proto", "http".to_owned()));
    headers.push(("x-forwarded-host", "evil.example".to_owned()));
    let reply = replied(world.send(headers));
    assert!(location(&reply).contains("redirect_uri=https%3A%2F%2Fapp.example.com%2Foauth2%2Fcallback"));
    let reply = replied(world.send(on_host(page("/"), "APP.example.com:443")));
    assert!(location(&reply).contains("redirect_uri=https%3A%2F%2Fapp.example.com%2Foauth2%2Fcallback"));
    let reply = replied(world.send(on_host(page("/"), "app.example.com:8443")));
    assert!(
        location(&reply).contains("redirect_uri=https%3A%2F%2Fapp.example.com%3A8443%2Foauth2%2Fcallback")
    );
}

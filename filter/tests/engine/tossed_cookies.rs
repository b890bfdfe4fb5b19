//! Cookies of our names that somebody else has set.
//!
//! As whoever controls a sibling host (a forgotten subdomain, a script on it): I set cookies for the whole domain under
//! the names of the filter's, as many and as long as a browser keeps, with a path that makes it send mine first; so the
//! person cannot sign in, or the proxy spends its time on what I wrote.

use serde_json::json;
use vestibule::engine::Edits;

use crate::world::*;

const SESSION: &str = "__Secure-vestibule";

/// Alice at a host of a domain that others share.
fn alice(access_token: bool) -> World {
    let cookie = json!({"name": "vestibule", "domains": [".example.com"]});
    World::signed_in(&json!({"session": {"cookie": cookie}, "upstream": {"access_token": access_token}}))
}

/// With what was tossed, before or after her own.
fn with(world: &mut World, tossed: &str) -> [Edits; 2] {
    let own = world.browser.header();
    [format!("{tossed}; {own}"), format!("{own}; {tossed}")].map(|cookie| {
        let mut headers = page("/page");
        headers.push(("cookie", cookie));
        let browser = std::mem::take(&mut world.browser);
        let edits = forwarded(world.send(headers));
        world.browser = browser;
        edits
    })
}

fn many(count: usize, cookie: impl Fn(usize) -> String) -> String {
    (0..count).map(cookie).collect::<Vec<_>>().join("; ")
}

#[test]
fn tossed_cookies_do_not_lock_the_real_one_out() {
    let mut world = alice(true);
    let real = world.browser.0[SESSION].clone();
    // Such as a filter of the same format would set, only that nobody has sealed it.
    let sealed = |length: usize, n: usize| format!("{}{n:04}{}", &real[5..7], "A".repeat(length - 6));
    for tossed in [
        many(4, |_| format!("{SESSION}=rubbish")),
        many(5, |n| format!("{SESSION}=1AAAA{}", sealed(56, n))),
        many(177, |n| format!("{SESSION}=1AAAA{}", sealed(56, n))),
        many(177, |n| format!("{SESSION}=1AAAA{}", sealed(300, n))),
        many(14, |n| format!("{SESSION}=1AAAA{}", sealed(3900, n))),
        many(80, |n| format!("{SESSION}=2AAAA{}; {SESSION}_1=2AAAA{}", sealed(300, n), sealed(300, n))),
        many(20, |n| {
            format!("{SESSION}_t=1AAAA{0}; {SESSION}=9{n:04}x; {SESSION}_1=9{n:04}x", sealed(300, n))
        }),
        many(6, |n| format!("{SESSION}={real}{n}")),
    ] {
        assert!(tossed.len() < 60_000);
        for edits in with(&mut world, &tossed) {
            assert_eq!(told(&edits, "x-auth-request-user").as_deref(), Some("00u1"));
            assert_eq!(told(&edits, "x-auth-request-access-token").as_deref(), Some("access-token"));
            // None of them reaches the application.
            assert_eq!(told(&edits, "cookie"), None);
            assert!(removes(&edits, "cookie"));
        }
    }
}

#[test]
fn a_session_in_chunks_is_found_among_tossed_chunks() {
    let mut world = alice(false);
    world.browser.0.clear();
    let groups: Vec<_> = (0..150).map(long_name).collect();
    world.provider.claims["groups"] = json!(groups);
    world.sign_in("/");
    assert!(world.browser.0.contains_key(&format!("{SESSION}_1")));
    let tossed = many(100, |n| format!("{SESSION}=2{n:04}x; {SESSION}_1=2{:04}{}", n % 7, "A".repeat(400)));
    for edits in with(&mut world, &tossed) {
        assert_eq!(told(&edits, "x-auth-request-user").as_deref(), Some("00u1"));
    }
}

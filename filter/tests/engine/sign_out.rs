//! Signing out.

use serde_json::json;
use vestibule::page::Reason;

use crate::world::*;

#[test]
fn signing_out_ends_the_session_here_and_at_the_provider() {
    let mut world = World::signed_in(&json!({}));
    let reply = replied(world.send(page("/oauth2/sign_out?rd=/bye")));
    let logout = url::Url::parse(location(&reply)).unwrap();
    let get =
        |name: &str| logout.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
    assert!(logout.as_str().starts_with(&format!("{ISSUER}/v1/logout?")));
    assert!(get("id_token_hint").unwrap().split('.').count() == 3);
    assert_eq!(get("post_logout_redirect_uri").unwrap(), "https://app.example.com/oauth2/signed_out");
    world.browser.keep(&reply);
    // But for the mark of the sign-out.
    assert!(world.browser.0.keys().eq(["__Host-vestibule_out"]), "{:?}", world.browser.0.keys());
    let back = format!("/oauth2/signed_out?state={}", get("state").unwrap());
    assert_eq!(location(&replied(world.send(page(&back)))), "/bye");
    let reply = replied(world.send(page("/oauth2/signed_out")));
    assert_eq!((reply.status, reply.reason), (200, Reason::SignedOut));
}

#[test]
fn a_forged_state_leads_nowhere() {
    let mut world = World::ready(&json!({}));
    for state in ["", "x", "https%3A%2F%2Fevil.example", "AAAA"] {
        let reply = replied(world.send(page(&format!("/oauth2/signed_out?state={state}"))));
        assert_eq!(reply.status, 200);
    }
}

#[test]
fn without_a_session_or_a_provider_it_ends_here() {
    let mut world = World::new(&json!({}));
    assert_eq!(location(&replied(world.send(page("/oauth2/sign_out")))), "/oauth2/signed_out");
    assert_eq!(location(&replied(world.send(page("/oauth2/sign_out?rd=/bye")))), "/bye");
    assert_eq!(
        location(&replied(world.send(page("/oauth2/sign_out?rd=//evil.example")))),
        "/oauth2/signed_out"
    );
}

#[test]
fn other_sites_cannot_sign_anyone_out_unseen() {
    let mut world = World::signed_in(&json!({}));
    let mut image = bare("GET", "/oauth2/sign_out");
    image.push(("sec-fetch-site", "cross-site".to_owned()));
    image.push(("sec-fetch-mode", "no-cors".to_owned()));
    image.push(("sec-fetch-dest", "image".to_owned()));
    let reply = replied(world.send(image));
    assert_eq!((reply.status, reply.reason), (403, Reason::CrossSite));
    world.browser.keep(&reply);
    assert!(world.is_signed_in());
    let mut prefetch = page("/oauth2/sign_out");
    prefetch.push(("sec-purpose", "prefetch".to_owned()));
    assert_eq!(replied(world.send(prefetch)).reason, Reason::CrossSite);
}

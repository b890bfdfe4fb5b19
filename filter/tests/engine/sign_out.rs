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

const ID_TOKEN: &str = "__Secure-vestibule_i";

fn hint(reply: &Answered) -> Option<String> {
    let url = url::Url::parse(location(reply)).ok()?;
    url.query_pairs().find(|(name, _)| name == "id_token_hint").map(|(_, value)| value.into_owned())
}

#[test]
fn the_id_token_travels_only_where_it_is_needed() {
    for (extra, own) in [(json!({}), true), (json!({"upstream": {"authorization": "id_token"}}), false)] {
        let mut world = World::ready(&extra);
        let started = world.begin("/");
        let (_, pending) = world.come_back(&started);
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        let reply = replied(world.answer(pending, &tokens));
        let set: Vec<_> = reply.headers.iter().filter(|(_, value)| value.starts_with(ID_TOKEN)).collect();
        assert_eq!(set.len(), usize::from(own), "{reply:?}");
        assert!(
            set.iter().all(|(_, cookie)| cookie.contains("; Path=/oauth2; ") && cookie.contains("; Secure"))
        );
        world.browser.keep(&reply);
        let reply = replied(world.send(page("/oauth2/sign_out")));
        assert!(hint(&reply).is_some_and(|token| token.starts_with("eyJ")), "{reply:?}");
        world.browser.keep(&reply);
        assert!(!world.browser.0.contains_key(ID_TOKEN));
    }
}

/// A hint of somebody else's session would end that one at the provider.
#[test]
fn the_id_token_of_another_session_host_or_kind_is_no_hint() {
    let mut world = World::signed_in(&json!({}));
    let others = world.browser.0[ID_TOKEN].clone();
    world.browser.0.clear();
    world.sign_in("/");
    let (own, session) = (world.browser.0[ID_TOKEN].clone(), world.browser.0["__Host-vestibule"].clone());
    for (forged, is_hint) in
        [(&others, false), (&session, false), (&own[1..].to_owned(), false), (&own, true)]
    {
        world.browser.0.insert(ID_TOKEN.to_owned(), forged.clone());
        let reply = replied(world.send(page("/oauth2/sign_out")));
        assert_eq!(hint(&reply).is_some(), is_hint, "{forged}");
    }
    // And it is no session.
    world.browser.0.clear();
    world.browser.0.insert("__Host-vestibule".to_owned(), own);
    assert!(!world.is_signed_in());
}

#[test]
fn a_refresh_writes_no_id_token_that_only_signing_out_needs() {
    let mut world = World::signed_in(&json!({"session": {"refresh": true}}));
    let before = world.browser.0[ID_TOKEN].clone();
    world.now = world.now.plus(500);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    let tokens = json!({"access_token": "a2", "token_type": "Bearer", "expires_in": 600, "refresh_token": "r2",
        "id_token": world.provider.id_token_without_nonce(world.now)});
    world.on_provider_answer(refresh, &ok(&tokens));
    let edits = forwarded(world.resume(pending));
    let set = cookies_set_by(&edits.response);
    assert!(set.len() == 2 && !set.iter().any(|cookie| cookie.starts_with(ID_TOKEN)), "{set:?}");
    assert_eq!(world.browser.0[ID_TOKEN], before);
}

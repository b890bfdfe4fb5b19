//! Signing out.

use serde_json::json;
use vestibule::page::Reason;

use crate::world::*;

#[test]
fn signing_out_ends_the_session_here_and_at_the_provider() {
    let mut world = World::signed_in(&json!({}));
    let reply = replied(world.send(page("/oauth2/sign_out?rd=/bye")));
    let logout = location(&reply).to_owned();
    let get = |name: &str| parameter(&logout, name);
    assert!(logout.starts_with(&format!("{ISSUER}/v1/logout?")));
    assert!(get("id_token_hint").unwrap().split('.').count() == 3);
    assert_eq!(get("post_logout_redirect_uri").unwrap(), "https://app.example.com/oauth2/signed_out");
    world.browser.keep(&reply);
    // But for the mark of the sign-out.
    assert!(world.browser.0.keys().eq(["__Host-vestibule_out"]), "{:?}", world.browser.0.keys());
    let back = format!("/oauth2/signed_out?state={}", get("state").unwrap());
    assert_eq!(location(&replied(world.send(page(&back)))), "/bye");
}

/// Only what comes back from the provider says that its session has ended.
#[test]
fn the_page_tells_the_truth() {
    let mut world = World::signed_in(&json!({}));
    // Somebody's link to it: nothing has ended.
    let reply = replied(world.send(page("/oauth2/signed_out")));
    assert_eq!(reply.reason, Reason::SignOutPage);
    assert!(world.is_signed_in());
    let reply = replied(world.send(page("/oauth2/sign_out")));
    let state = parameter(location(&reply), "state").unwrap();
    world.browser.keep(&reply);
    let reply = replied(world.send(page(&format!("/oauth2/signed_out?state={state}"))));
    assert_eq!((reply.status, reply.reason), (200, Reason::SignedOut));
    assert!(!reply.body.contains("may still be signed in"), "{}", reply.body);
    for back in ["/oauth2/signed_out", "/oauth2/signed_out?state=", "/oauth2/signed_out?state=x"] {
        let reply = replied(world.send(page(back)));
        assert_eq!((reply.status, reply.reason), (200, Reason::SignedOutHere), "{back}");
        assert!(reply.body.contains("may still be signed in at the sign-in service"), "{}", reply.body);
        assert!(reply.body.contains("prompt=select_account"), "{}", reply.body);
    }
}

#[test]
fn a_local_sign_out_leaves_the_provider_alone() {
    for (extra, asked, wanted) in [
        (json!({"paths": {"sign_out": "local"}}), "/oauth2/sign_out", "/oauth2/signed_out"),
        (json!({"paths": {"sign_out": "local"}}), "/oauth2/sign_out?rd=/bye", "/bye"),
        (json!({"paths": {"sign_out": "local"}}), "/oauth2/sign_out?rd=//evil.example", "/oauth2/signed_out"),
        (
            json!({"paths": {"sign_out": "local", "post_logout_redirect_uri": "https://www.example.com/bye?x=1"}}),
            "/oauth2/sign_out",
            "https://www.example.com/bye?x=1",
        ),
    ] {
        let mut world = World::signed_in(&extra);
        let reply = replied(world.send(page(asked)));
        assert_eq!(location(&reply), wanted);
        world.browser.keep(&reply);
        assert!(!world.is_signed_in());
    }
}

/// `rd` of a link must not come to be where the operator has said otherwise.
#[test]
fn a_configured_address_is_where_the_provider_sends_people() {
    let bye = "https://www.example.com/bye";
    let mut world = World::signed_in(&json!({"paths": {"post_logout_redirect_uri": bye}}));
    let reply = replied(world.send(page("/oauth2/sign_out?rd=/elsewhere")));
    let logout = location(&reply);
    assert!(logout.starts_with(&format!("{ISSUER}/v1/logout?")), "{logout}");
    assert_eq!(parameter(logout, "post_logout_redirect_uri").as_deref(), Some(bye));
    assert_eq!(parameter(logout, "state"), None);
}

/// A script cannot follow a redirect to the provider.
#[test]
fn a_script_of_the_same_origin_signs_out_by_a_post_and_is_told_where_to_go() {
    let script = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];
    let mut world = World::signed_in(&json!({}));
    let reply = replied(world.send(with_headers(bare("POST", "/oauth2/sign_out?rd=/bye"), &script)));
    assert_eq!((reply.status, reply.reason), (200, Reason::SignedOut));
    let told: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    let there = told["location"].as_str().unwrap().to_owned();
    world.browser.keep(&reply);
    assert!(!world.is_signed_in());
    // The address of the provider's logout holds the ID token, which no script may read.
    assert!(there.starts_with("/oauth2/sign_out?logout=") && !there.contains("eyJ"), "{there}");
    assert!(reply.headers.iter().all(|(_, value)| !value.contains("eyJ")), "{reply:?}");
    let reply = replied(world.send(page(&there)));
    assert!(hint(&reply).is_some_and(|token| token.starts_with("eyJ")), "{reply:?}");
    assert!(reply.hides_query);
    // For a moment, at this host, and with nothing changed.
    let elsewhere = with_headers(page(&there), &[(":authority", "other.example.com")]);
    assert_eq!(hint(&replied(world.send(elsewhere))), None);
    let at = there.len() - 9;
    let changed =
        format!("{}{}{}", &there[..at], if &there[at..=at] == "A" { "B" } else { "A" }, &there[at + 1..]);
    assert_eq!(hint(&replied(world.send(page(&changed)))), None);
    world.now = world.now.plus(61);
    assert_eq!(hint(&replied(world.send(page(&there)))), None);
    let mut local = World::signed_in(&json!({"paths": {"sign_out": "local"}}));
    let reply = replied(local.send(with_headers(bare("POST", "/oauth2/sign_out"), &script)));
    assert_eq!(reply.body, r#"{"location":"/oauth2/signed_out"}"#);
}

/// Images, frames, forms and scripts of others. Whoever says nothing of where a post is from is no browser.
#[test]
fn nobody_else_signs_a_person_out() {
    let navigates = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("accept", "text/html")];
    let fetched = |mode, dest| [("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
    let site = |site| ("sec-fetch-site", site);
    let form = |from| [&navigates[..], &[site(from)]].concat();
    let other = |mode, dest, from| [&fetched(mode, dest)[..], &[site(from)]].concat();
    for (method, headers) in [
        ("GET", other("no-cors", "image", "cross-site")),
        ("GET", other("no-cors", "image", "same-site")),
        ("GET", other("navigate", "iframe", "cross-site")),
        ("GET", other("navigate", "frame", "same-site")),
        ("GET", other("cors", "empty", "cross-site")),
        ("GET", vec![site("cross-site")]),
        ("POST", form("cross-site")),
        ("POST", form("same-site")),
        ("POST", form("none")),
        ("POST", other("cors", "empty", "same-site")),
        ("POST", other("navigate", "iframe", "cross-site")),
        ("POST", vec![("origin", "https://evil.example")]),
        ("POST", vec![("origin", "null")]),
        ("POST", vec![("origin", "https://app.example.com.evil.example")]),
        ("POST", vec![("origin", "http://app.example.com")]),
        ("POST", vec![("origin", "https://app.example.com"), site("cross-site")]),
        ("POST", vec![]),
    ] {
        let mut world = World::signed_in(&json!({}));
        let reply = replied(world.send(with_headers(bare(method, "/oauth2/sign_out"), &headers)));
        assert_eq!((reply.status, reply.reason), (403, Reason::CrossSite), "{method} {headers:?}");
        world.browser.keep(&reply);
        assert!(world.is_signed_in(), "{method} {headers:?}");
    }
    for headers in [
        form("same-origin"),
        vec![("origin", "https://app.example.com")],
        // Behind a page without a referrer, whose forms have no origin.
        [&form("same-origin")[..], &[("origin", "null")]].concat(),
    ] {
        let mut world = World::signed_in(&json!({}));
        let reply = replied(world.send(with_headers(bare("POST", "/oauth2/sign_out"), &headers)));
        assert_eq!(reply.reason, Reason::SignedOut, "{headers:?}");
        world.browser.keep(&reply);
        assert!(!world.is_signed_in());
    }
}

/// A form of another site that gets is a navigation like that of a link: the person is asked.
#[test]
fn a_link_of_another_site_asks_first() {
    let mut world = World::signed_in(&json!({}));
    let cross = with_headers(page("/oauth2/sign_out?rd=%2Fbye"), &[("sec-fetch-site", "cross-site")]);
    let reply = replied(world.send(cross));
    assert_eq!((reply.status, reply.reason), (200, Reason::SignOutPage));
    assert!(reply.body.contains("/oauth2/sign_out?rd=%2Fbye"), "{}", reply.body);
    assert!(header(&reply, "set-cookie").is_none());
    world.browser.keep(&reply);
    assert!(world.is_signed_in());
    let evil = with_headers(
        page("/oauth2/sign_out?rd=https%3A%2F%2Fevil.example"),
        &[("sec-fetch-site", "cross-site")],
    );
    assert!(!replied(world.send(evil)).body.contains("evil.example"));
    for site in ["same-origin", "same-site", "none"] {
        let mut world = World::signed_in(&json!({}));
        let reply = replied(world.send(with_headers(page("/oauth2/sign_out"), &[("sec-fetch-site", site)])));
        assert_eq!(reply.reason, Reason::SignedOut, "{site}");
    }
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
    // The provider's session may go on: the page says so, and leads on to where the person wanted to go.
    let there = location(&replied(world.send(page("/oauth2/sign_out?rd=/bye")))).to_owned();
    assert_eq!(there, "/oauth2/signed_out?rd=%2Fbye");
    let reply = replied(world.send(page(&there)));
    assert_eq!((reply.status, reply.reason), (200, Reason::SignedOutHere));
    assert!(reply.body.contains("href=\"/bye\""), "{}", reply.body);
    let evil = replied(world.send(page("/oauth2/signed_out?rd=%2F%2Fevil.example")));
    assert!(!evil.body.contains("evil"), "{}", evil.body);
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
    parameter(location(reply), "id_token_hint")
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

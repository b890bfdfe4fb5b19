//! Sign-ins that somebody else begins: a provider's dashboard (OIDC Core §4), or whoever writes such a link.

use serde_json::{Value, json};
use vestibule::page::Reason;

use crate::world::*;

fn link(parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/oauth2/start?{query}")
}

/// As a dashboard opens it.
fn from_a_dashboard(path: &str) -> Vec<(&'static str, String)> {
    with_headers(page(path), &[("sec-fetch-site", "cross-site")])
}

#[test]
fn a_dashboards_link_signs_in_and_opens_what_it_names() {
    for (target, ends_at) in [
        (None, "/"),
        (Some("https://app.example.com/reports?x=1"), "https://app.example.com/reports?x=1"),
        (Some("/reports"), "/reports"),
    ] {
        let mut world = World::ready(&json!({}));
        let target: Vec<_> = target.into_iter().map(|target| ("target_link_uri", target)).collect();
        let link = link(&[&[("iss", ISSUER), ("login_hint", "ann@example.com")], &target[..]].concat());
        let reply = replied(world.send(from_a_dashboard(&link)));
        let authorization = location(&reply).to_owned();
        assert_eq!(parameter(&authorization, "login_hint").as_deref(), Some("ann@example.com"));
        world.browser.keep(&reply);
        let started = world.started(&authorization);
        let (_, pending) = world.come_back(&started);
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        let reply = replied(world.answer(pending, &tokens));
        assert_eq!(location(&reply), ends_at);
    }
}

/// The dashboard of an org names the org, also where one of its authorization servers signs people in.
#[test]
fn the_org_of_the_issuer_counts_as_well() {
    for named in ["https://op.example", "https://op.example/"] {
        let mut world = World::ready(&json!({}));
        world.begin(&link(&[("iss", named)]));
    }
    let mut world = World::ready(&json!({}));
    for other in [
        "http://op.example",
        "https://op.example:8443",
        "https://op.example.evil.example",
        "https://op.example@evil.example",
        "https://op.example/other",
        "https://op.example//",
        "op.example",
    ] {
        let reply = replied(world.send(from_a_dashboard(&link(&[("iss", other)]))));
        assert_eq!(reply.reason, Reason::LoginIssuer, "{other}");
    }
}

/// With the issuer of somebody else it would be a sign-in of which the person knows nothing.
#[test]
fn another_issuer_is_refused() {
    let mut world = World::ready(&json!({}));
    let again = format!("{ISSUER}/");
    for parameters in [
        &[("iss", "https://evil.example")][..],
        &[("iss", "")],
        &[("iss", &again)],
        &[("iss", ISSUER), ("iss", ISSUER)],
        &[("iss", ISSUER), ("iss", "https://evil.example")],
    ] {
        let reply = replied(world.send(from_a_dashboard(&link(parameters))));
        assert_eq!((reply.status, reply.reason), (400, Reason::LoginIssuer), "{parameters:?}");
        assert!(!reply.body.contains("evil"), "{}", reply.body);
    }
}

/// An open redirect would lend this application's name to another.
#[test]
fn a_target_elsewhere_is_the_first_page() {
    for target in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "https://app.example.com@evil.example/",
        "https://app.example.com.evil.example/",
        "https://evil.example/?https://app.example.com/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:evil.example",
        "/\t/evil.example",
    ] {
        let mut world = World::ready(&json!({}));
        let started = world.begin(&link(&[("iss", ISSUER), ("target_link_uri", target)]));
        let (_, pending) = world.come_back(&started);
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        assert_eq!(location(&replied(world.answer(pending, &tokens))), "/", "{target}");
    }
    // Without an issuer it is no link of a provider.
    let mut world = World::ready(&json!({}));
    let started = world.begin(&link(&[("rd", "/mine"), ("target_link_uri", "/theirs")]));
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    assert_eq!(location(&replied(world.answer(pending, &tokens))), "/mine");
}

#[test]
fn a_hint_is_a_short_text_and_comes_once() {
    let mut world = World::ready(&json!({"client": {"login_hint": "@example.com"}}));
    let hint = |world: &mut World, parameters: &[(&str, &str)]| {
        world.begin(&link(parameters)).parameter("login_hint")
    };
    assert_eq!(hint(&mut world, &[]).as_deref(), Some("@example.com"));
    assert_eq!(hint(&mut world, &[("login_hint", "")]).as_deref(), Some("@example.com"));
    assert_eq!(hint(&mut world, &[("login_hint", "Ann Ötzi")]).as_deref(), Some("Ann Ötzi"));
    // It is one parameter, whatever is in it.
    let odd = "a&client_id=evil&redirect_uri=https://evil.example#x";
    let started = world.begin(&link(&[("login_hint", odd)]));
    assert_eq!(started.parameter("login_hint").as_deref(), Some(odd));
    assert_eq!(started.url.query_pairs().filter(|(name, _)| name == "client_id").count(), 1);
    let long = "x".repeat(257);
    for parameters in [
        &[("login_hint", long.as_str())][..],
        &[("login_hint", "a\r\nb")],
        &[("login_hint", "a\0")],
        &[("login_hint", "a"), ("login_hint", "b")],
    ] {
        let reply = replied(world.send(page(&link(parameters))));
        assert_eq!((reply.status, reply.reason), (400, Reason::LoginHintInvalid), "{parameters:?}");
    }
    assert_eq!(replied(world.send(page("/oauth2/start?login_hint=%ff"))).reason, Reason::LoginHintInvalid);
}

/// A frame, an image or a script of another site begins nothing: no state, no binding.
#[test]
fn nothing_but_a_navigation_begins_a_sign_in() {
    for (mode, dest) in [("no-cors", "image"), ("navigate", "iframe"), ("cors", "empty")] {
        let mut world = World::ready(&json!({}));
        let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
        let reply = replied(world.send(with_headers(bare("GET", &link(&[("iss", ISSUER)])), &headers)));
        assert_eq!(reply.status, 401, "{dest}");
        assert!(header(&reply, "set-cookie").is_none() && header(&reply, "location").is_none());
    }
}

/// Login-CSRF: the one who answers is the provider, so that whoever follows an attacker's link is signed in as themselves, and
/// the attacker's own answer is of no use in another browser.
#[test]
fn an_attackers_answer_signs_nobody_in() {
    let mut world = World::ready(&json!({}));
    let started = world.begin(&link(&[("iss", ISSUER), ("login_hint", "mallory@example.com")]));
    // Another browser, which follows such a link too.
    world.browser.0.clear();
    world.begin(&link(&[("iss", ISSUER)]));
    let callback = format!("/oauth2/callback?code=the-code&state={}", started.state);
    let reply = replied(world.send(from_a_dashboard(&callback)));
    assert_eq!(reply.reason, Reason::SignInUnknown);
    assert!(!world.is_signed_in());
}

/// Where one host signs people in for others, the hint goes there too.
#[test]
fn the_hint_goes_to_the_host_that_signs_in() {
    let extra: Value = json!({
        "session": {"cookie": {"domains": ["example.com"]}},
        "paths": {"redirect_uri": "https://auth.example.com/oauth2/callback"},
    });
    let mut world = World::ready(&extra);
    let reply = replied(world.send(page(&link(&[("iss", ISSUER), ("login_hint", "ann")]))));
    let there = location(&reply);
    assert!(there.starts_with("https://auth.example.com/oauth2/start?"), "{there}");
    assert_eq!(parameter(there, "login_hint").as_deref(), Some("ann"));
}

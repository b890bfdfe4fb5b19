//! The sign-in from the first page to the session.

use serde_json::json;
use vestibule::engine::Step;
use vestibule::page::Reason;

use crate::world::*;

#[test]
fn a_page_leads_to_the_provider_and_back() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/deep/link?with=query&a=b");
    assert!(started.url.as_str().starts_with(&format!("{ISSUER}/v1/authorize?")));
    assert_eq!(started.parameter("redirect_uri").unwrap(), "https://app.example.com/oauth2/callback");
    assert_eq!(started.parameter("code_challenge_method").unwrap(), "S256");
    let (call, pending) = world.come_back(&started);
    assert!(pending.hides_query());
    assert_eq!(call.cluster, "outbound|443||op.example");
    let body = String::from_utf8(call.body).unwrap();
    assert!(body.contains("code=the-code") && body.contains("redirect_uri=https%3A%2F%2Fapp.example.com"));
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    assert_eq!((reply.status, location(&reply)), (302, "/deep/link?with=query&a=b"));
    assert!(reply.hides_query);
    world.browser.keep(&reply);
    let names: Vec<_> = world.browser.0.keys().map(String::as_str).collect();
    assert_eq!(names, ["__Host-vestibule", "__Secure-vestibule_i"]);
    assert!(world.is_signed_in());
}

#[test]
fn tabs_sign_in_side_by_side() {
    let mut world = World::ready(&json!({}));
    let tabs: Vec<_> = (0..5).map(|tab| world.begin(&format!("/tab/{tab}"))).collect();
    let back: Vec<_> = tabs.iter().map(|started| world.come_back(started).1).collect();
    for (tab, (started, pending)) in tabs.iter().zip(back).enumerate().rev() {
        let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
        let reply = replied(world.answer(pending, &tokens));
        assert_eq!(location(&reply), format!("/tab/{tab}"));
        world.browser.keep(&reply);
    }
}

#[test]
fn the_state_is_compared_before_the_code_is_redeemed() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    let state = &started.state;
    let (start, end) = state.split_at(state.len() / 2);
    let flipped: String = state.chars().rev().collect();
    for state in ["", "x", start, end, &flipped, &format!("{end}{start}"), &format!("{start}AAAA{end}")] {
        let reply = replied(world.send(page(&format!("/oauth2/callback?code=c&state={state}"))));
        assert!((400..500).contains(&reply.status), "{state}");
        assert!(reply.hides_query);
    }
    // And the honest one still works.
    world.come_back(&started);
}

#[test]
fn a_sign_in_of_another_browser_cannot_be_ended_here() {
    let mut world = World::ready(&json!({}));
    let attackers = world.begin("/");
    world.browser.0.clear();
    world.begin("/");
    let callback = format!("/oauth2/callback?code=attackers&state={}", attackers.state);
    assert_eq!(replied(world.send(page(&callback))).reason, Reason::SignInUnknown);
}

#[test]
fn a_callback_is_good_once_and_never_starts_a_sign_in() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    world.browser.keep(&reply);
    let again = format!("/oauth2/callback?code=the-code&state={}", started.state);
    // Signed in by now: the reload of the page leads home.
    assert_eq!(location(&replied(world.send(page(&again)))), "/");
    world.browser.0.clear();
    let reply = replied(world.send(page(&again)));
    assert_eq!((reply.status, reply.reason), (400, Reason::SignInUnknown));
    assert!(reply.body.contains("/oauth2/start?rd=%2F"));
}

#[test]
fn a_sign_in_that_took_too_long_begins_anew() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    world.now = world.now.plus(15 * 60);
    let callback = format!("/oauth2/callback?code=c&state={}", started.state);
    assert_eq!(replied(world.send(page(&callback))).reason, Reason::SignInUnknown);
}

#[test]
fn one_worker_may_begin_what_another_ends() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/page");
    let mut other = World::ready(&json!({}));
    other.browser = world.browser.clone();
    let (_, pending) = other.come_back(&started);
    let tokens = ok(&other.provider.tokens(&started.nonce, other.now));
    let reply = replied(other.answer(pending, &tokens));
    other.browser.keep(&reply);
    world.browser = other.browser.clone();
    assert!(world.is_signed_in() && other.is_signed_in());
}

#[test]
fn the_issuer_of_the_response_is_compared() {
    let mut world = World::new(&json!({}));
    world.provider.metadata["authorization_response_iss_parameter_supported"] = json!(true);
    world.become_ready();
    let started = world.begin("/");
    let callback = |iss: &str| format!("/oauth2/callback?code=c&state={}{iss}", started.state);
    for iss in ["", "&iss=https%3A%2F%2Fevil.example"] {
        assert_eq!(replied(world.send(page(&callback(iss)))).reason, Reason::ResponseIssuer);
    }
    let iss = "&iss=https%3A%2F%2Fop.example%2Foauth2%2Fdefault";
    assert!(matches!(world.send(page(&callback(iss))), Step::Call(..)));
}

#[test]
fn only_what_a_person_opens_starts_a_sign_in() {
    let mut world = World::ready(&json!({}));
    let with = |name: &'static str, value: &str| {
        let mut headers = page("/");
        headers.retain(|(own, _)| *own != name);
        headers.push((name, value.to_owned()));
        headers
    };
    for headers in [
        with("sec-fetch-dest", "iframe"),
        with("sec-fetch-dest", "empty"),
        with("sec-fetch-mode", "cors"),
        with("sec-purpose", "prefetch"),
        with(":method", "POST"),
        bare("GET", "/"),
    ] {
        assert_eq!(replied(world.send(headers)).status, 401);
    }
    let mut old_browser = bare("GET", "/");
    old_browser.push(("accept", "text/html,*/*".to_owned()));
    assert_eq!(replied(world.send(old_browser.clone())).status, 302);
    old_browser.push(("x-requested-with", "xmlhttprequest".to_owned()));
    assert_eq!(replied(world.send(old_browser)).status, 401);
    // Android's WebView says so of navigations.
    assert_eq!(replied(world.send(with("x-requested-with", "com.example.mail"))).status, 302);
}

#[test]
fn a_rule_may_want_a_status_or_a_redirect() {
    let mut world = World::ready(&json!({"access": [
        {"match": {"paths": ["/api/*"]}, "unauthenticated": "status"},
        {"match": {"paths": ["/old/*"]}, "unauthenticated": "redirect"},
    ]}));
    assert_eq!(replied(world.send(page("/api/x"))).status, 401);
    assert_eq!(replied(world.send(bare("GET", "/old/x"))).status, 302);
    assert_eq!(replied(world.send(bare("POST", "/old/x"))).status, 401);
}

#[test]
fn missing_claims_come_from_userinfo() {
    let mut world = World::ready(&json!({}));
    world.provider.claims = json!({"sub": "00u1"});
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let (call, pending) = called(world.answer(pending, &tokens));
    assert_eq!(call.path, "/oauth2/default/v1/userinfo");
    assert!(call.headers.contains(&("authorization", "Bearer access-token".to_owned())));
    let userinfo = json!({"sub": "00u1", "email": "alice@example.com", "groups": ["admin"]});
    let reply = replied(world.answer(pending, &ok(&userinfo)));
    world.browser.keep(&reply);
    let edits = forwarded(world.send(page("/")));
    assert_eq!(told(&edits, "x-auth-request-groups").as_deref(), Some("admin"));
}

#[test]
fn without_randomness_no_sign_in_begins_or_ends() {
    let mut world = World::ready(&json!({}));
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    world.entropy.dry = true;
    let reply = replied(world.answer(pending, &tokens));
    assert_eq!(reply.reason, Reason::NoEntropy);
    world.browser.keep(&reply);
    assert_eq!(replied(world.send(page("/"))).reason, Reason::NoEntropy);
}

#[test]
fn a_strict_cookie_is_not_lost_on_the_way_from_the_provider() {
    let mut world = World::ready(&json!({"session": {"cookie": {"same_site": "strict"}}}));
    let reply = world.sign_in("/page?a=b");
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("content=\"0; url=/page?a=b\""), "{}", reply.body);
}

#[test]
fn one_registered_host_signs_in_for_a_whole_domain() {
    let mut world = World::ready(&json!({
        "session": {"cookie": {"domains": [".example.com"]}},
        "paths": {"redirect_uri": "https://login.example.com/oauth2/callback"},
    }));
    let reply = replied(world.send(page("/deep?a=b")));
    let start = location(&reply).to_owned();
    assert_eq!(
        start,
        "https://login.example.com/oauth2/start?rd=https%3A%2F%2Fapp.example.com%2Fdeep%3Fa%3Db"
    );
    let path = start.strip_prefix("https://login.example.com").unwrap();
    let reply = replied(world.send(on_host(page(path), "login.example.com")));
    world.browser.keep(&reply);
    let url = url::Url::parse(location(&reply)).unwrap();
    let get = |name: &str| url.query_pairs().find(|(own, _)| own == name).unwrap().1.into_owned();
    assert_eq!(get("redirect_uri"), "https://login.example.com/oauth2/callback");
    let callback = format!("/oauth2/callback?code=c&state={}", get("state"));
    let (_, pending) = called(world.send(on_host(page(&callback), "login.example.com")));
    let tokens = ok(&world.provider.tokens(&get("nonce"), world.now));
    let reply = replied(world.answer(pending, &tokens));
    assert_eq!(location(&reply), "https://app.example.com/deep?a=b");
    assert!(reply.headers.iter().any(|(_, value)| value.contains("Domain=example.com")));
    world.browser.keep(&reply);
    assert!(world.is_signed_in());
}

#[test]
fn nobody_is_sent_round_between_hosts_that_share_no_cookie() {
    let mut world = World::ready(&json!({
        "session": {"cookie": {"domains": [".example.com", ".apps.example.com"]}},
        "paths": {
            "redirect_uri": "https://login.example.com/oauth2/callback",
            "allowed_redirect_domains": [".example.org"],
        },
    }));
    for host in ["x.apps.example.com", "x.example.org"] {
        let reply = replied(world.send(on_host(page("/deep"), host)));
        assert_eq!(reply.reason, Reason::HostNotCovered, "{host}");
    }
    let reply = replied(world.send(on_host(page("/deep"), "x.example.com:8443")));
    let path = location(&reply).strip_prefix("https://login.example.com").unwrap().to_owned();
    assert!(path.contains("x.example.com%3A8443%2Fdeep"));
    let reply = replied(world.send(on_host(page(&path), "login.example.com")));
    world.browser.keep(&reply);
    assert!(location(&reply).starts_with(ISSUER));
}

#[test]
fn a_sign_in_that_ran_out_of_time_does_not_redeem_its_code_again() {
    let mut world = World::ready(&json!({}));
    world.now = world.now.plus(60);
    world.provider.kid = "two";
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let pending = parked(world.answer(pending, &tokens));
    let reply = replied(world.give_up(pending, Reason::ProviderNotReady));
    assert!(!reply.body.contains("http-equiv=\"refresh\""));
    world.browser.keep(&reply);
    assert!(world.browser.0.keys().all(|name| name.contains("_b_")));
    let again = format!("/oauth2/callback?code=the-code&state={}", started.state);
    assert_eq!(replied(world.send(page(&again))).reason, Reason::SignInUnknown);
}

#[test]
fn a_code_is_hidden_from_access_logs_on_every_answer() {
    let mut world = World::ready(&json!({}));
    for headers in [
        bare("POST", "/oauth2/callback?code=c&state=s"),
        bare("HEAD", "/oauth2/callback?code=c&state=s"),
        page("/oauth2//callback?code=c&state=s"),
        page("/oauth2/callback?code=c&state=s#x"),
        on_host(page("/oauth2/callback?code=c&state=s"), "a b"),
    ] {
        assert!(replied(world.send(headers)).hides_query);
    }
    // Whatever else ends so is the application's, and its query too.
    for path in ["/callback?code=c", "/webhooks/callback?code=c", "/x/oauth2/callback?code=c"] {
        assert!(!replied(world.send(page(path))).hides_query, "{path}");
    }
}

#[test]
fn a_missing_refresh_token_is_told_to_the_operator() {
    let mut world = World::ready(&json!({"session": {"refresh": true}}));
    let started = world.begin("/");
    let (_, pending) = world.come_back(&started);
    let mut tokens = world.provider.tokens(&started.nonce, world.now);
    tokens.as_object_mut().unwrap().remove("refresh_token");
    let reply = replied(world.answer(pending, &ok(&tokens)));
    assert!(reply.detail.unwrap().contains("prompt: consent"));
}

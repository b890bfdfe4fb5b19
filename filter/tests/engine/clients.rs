//! What particular clients need: assertions, pushed authorization requests, nested claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vestibule::engine::{Calling, Step};
use vestibule::oidc::{Answer, HttpCall};
use vestibule::page::Reason;

use crate::world::*;

const P256: &str = include_str!("../keys/p256.pem");

/// A client with a private key in place of the secret.
fn with_key(extra: Value) -> Value {
    let mut config = json!({"client": {"auth_method": "private_key_jwt", "private_key": {"value": P256}}});
    for (name, value) in extra.as_object().unwrap() {
        config["client"][name] = value.clone();
    }
    config
}

fn pushing() -> Value {
    json!({"client": {"pushed_authorization_requests": true}})
}

/// Ready, at a provider that takes pushed authorization requests.
fn with_par(extra: &Value) -> World {
    let mut world = World::new(extra);
    world.provider.metadata["pushed_authorization_request_endpoint"] = json!(format!("{ISSUER}/v1/par"));
    world.become_ready();
    world
}

fn form(call: &HttpCall) -> Vec<(String, String)> {
    let pairs: Vec<_> = url::form_urlencoded::parse(&call.body).into_owned().collect();
    for (name, _) in &pairs {
        assert_eq!(pairs.iter().filter(|(other, _)| other == name).count(), 1, "{name} twice");
    }
    pairs
}

fn field(call: &HttpCall, name: &str) -> String {
    form(call).into_iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// The claims of the call's assertion, after what holds for every one.
fn assertion(world: &World, call: &HttpCall) -> Value {
    let token = field(call, "client_assertion");
    assert_eq!(
        field(call, "client_assertion_type"),
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("app"), &json!("app")));
    assert_eq!(
        (&claims["iat"], &claims["exp"]),
        (&json!(world.now.0), &json!(world.now.0 + 60)),
        "it could be used by whoever finds it later"
    );
    // The secret that is configured as well is nowhere, and neither is another way of authentication.
    assert!(form(call).iter().all(|(name, _)| name != "client_secret"));
    assert!(call.headers.iter().all(|(name, value)| *name != "authorization" && value != "client-secret"));
    assert!(!String::from_utf8_lossy(&call.body).contains("client-secret"));
    claims
}

#[test]
fn a_code_is_redeemed_with_an_assertion_of_its_own() {
    let mut world = World::ready(&with_key(json!({"key_id": "k1"})));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let started = world.begin("/");
        let (call, pending) = world.come_back(&started);
        let claims = assertion(&world, &call);
        assert_eq!(claims["aud"], format!("{ISSUER}/v1/token"));
        let jti = claims["jti"].as_str().unwrap().to_owned();
        assert!(jti.len() >= 22 && !seen.contains(&jti), "{jti}");
        seen.push(jti);
        assert_eq!(field(&call, "client_id"), "app");
        let shown = format!("{call:?} {pending:?} {:?}", world.engine);
        assert!(!shown.contains(&field(&call, "client_assertion")));
        assert!(P256.lines().skip(1).take(1).all(|line| !shown.contains(line)));
        world.browser.0.clear();
    }
    assert_eq!(world.sign_in("/page").reason, Reason::SignedIn);
}

#[test]
fn refreshes_and_revocations_have_assertions_for_their_own_endpoints() {
    let mut config = with_key(json!({}));
    config["session"] = json!({"refresh": true});
    let mut world = World::new(&config);
    world.provider.metadata["revocation_endpoint"] = json!(format!("{ISSUER}/v1/revoke"));
    world.become_ready();
    world.sign_in("/");
    world.now = world.now.plus(480);
    parked(world.send(page("/")));
    let (refresh, refreshing) = world.poll().unwrap();
    assert_eq!(assertion(&world, &refresh)["aud"], format!("{ISSUER}/v1/token"));
    world.send(page("/oauth2/sign_out"));
    // The newest refresh token is known when the refresh is over.
    world.on_provider_answer(refreshing, &answer(503, ""));
    let (revocation, _) = world.poll().unwrap();
    assert_eq!(revocation.path, "/oauth2/default/v1/revoke");
    assert_eq!(assertion(&world, &revocation)["aud"], format!("{ISSUER}/v1/revoke"));
}

#[test]
fn without_randomness_a_refresh_is_put_off() {
    let mut config = with_key(json!({}));
    config["session"] = json!({"refresh": true});
    let mut world = World::signed_in(&config);
    world.now = world.now.plus(480);
    let pending = parked(world.send(page("/")));
    world.entropy.dry = true;
    assert!(world.poll().is_none());
    assert!(world.engine.may_go_on(&pending, world.now));
    forwarded(world.resume(pending));
}

#[test]
fn without_randomness_no_code_is_redeemed() {
    let mut world = World::ready(&with_key(json!({})));
    let started = world.begin("/");
    world.entropy.dry = true;
    let callback = format!("/oauth2/callback?code=c&state={}", started.state);
    let reply = replied(world.send(page(&callback)));
    assert_eq!(reply.reason, Reason::NoEntropy);
    assert!(reply.hides_query);
}

/// Opens a page: the push, and what waits for it.
fn pushed(world: &mut World, path: &str) -> (HttpCall, Calling) {
    called(world.send(page(path)))
}

fn reference(uri: &str) -> Answer {
    answer(201, &json!({"request_uri": uri, "expires_in": 60}).to_string())
}

#[test]
fn a_sign_in_may_begin_by_a_pushed_request() {
    let mut world = with_par(&pushing());
    let (call, pending) = pushed(&mut world, "/deep?a=b");
    assert_eq!((call.method, call.path.as_str()), ("POST", "/oauth2/default/v1/par"));
    assert_eq!(call.cluster, "outbound|443||op.example");
    assert!(call.headers.iter().any(|(name, _)| *name == "authorization"));
    assert_eq!(field(&call, "redirect_uri"), "https://app.example.com/oauth2/callback");
    assert_eq!(field(&call, "code_challenge_method"), "S256");
    // The page's own query is nothing that an access log must not hold.
    assert!(!pending.hides_query());
    let (state, nonce) = (field(&call, "state"), field(&call, "nonce"));
    let shown = format!("{pending:?}");
    assert!(!shown.contains(&state) && !shown.contains("__Host-"), "{shown}");
    let reply = replied(world.answer(pending, &reference("urn:okta:one")));
    assert_eq!(reply.reason, Reason::SignInStarted);
    assert_eq!(location(&reply), format!("{ISSUER}/v1/authorize?client_id=app&request_uri=urn%3Aokta%3Aone"));
    world.browser.keep(&reply);
    let callback = format!("/oauth2/callback?code=the-code&state={state}");
    let (_, pending) = called(world.send(page(&callback)));
    let tokens = ok(&world.provider.tokens(&nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    assert_eq!(location(&reply), "/deep?a=b");
    world.browser.keep(&reply);
    assert!(world.is_signed_in());
}

#[test]
fn a_parked_request_is_pushed_once_the_provider_is_ready() {
    let mut world = World::new(&json!({}));
    let pending = parked(world.send(page("/deep")));
    world.provider.metadata["pushed_authorization_request_endpoint"] = json!("https://par.example/par");
    world.provider.metadata["require_pushed_authorization_requests"] = json!(true);
    world.become_ready();
    let (call, pending) = called(world.resume(pending));
    assert_eq!((call.authority.as_str(), call.path.as_str()), ("par.example", "/par"));
    assert_eq!(replied(world.answer(pending, &reference("urn:x"))).reason, Reason::SignInStarted);
}

#[test]
fn requests_are_pushed_where_the_metadata_or_the_configuration_want_it() {
    let mut world = with_par(&json!({}));
    assert_eq!(replied(world.send(page("/"))).status, 302);
    let mut world = World::new(&json!({"client": {"pushed_authorization_requests": false}}));
    world.provider.metadata["require_pushed_authorization_requests"] = json!(true);
    world.become_ready();
    world.begin("/");
    let mut world = World::ready(&json!({
        "provider": {"pushed_authorization_request_endpoint": "https://op.example/own"},
        "client": {"pushed_authorization_requests": true},
    }));
    assert_eq!(pushed(&mut world, "/").0.path, "/own");
}

#[test]
fn a_push_without_an_endpoint_is_an_error_that_the_operator_can_read() {
    let mut required = World::new(&json!({}));
    required.provider.metadata["require_pushed_authorization_requests"] = json!(true);
    required.become_ready();
    for mut world in [World::ready(&pushing()), required] {
        let reply = replied(world.send(page("/deep")));
        assert_eq!((reply.status, reply.reason), (502, Reason::ParFailed));
        assert_eq!(reply.detail.as_deref(), Some("the metadata lack pushed_authorization_request_endpoint"));
        assert!(header(&reply, "set-cookie").is_none());
    }
}

#[test]
fn a_push_that_fails_ends_in_a_page_without_a_cookie_and_the_next_one_works() {
    let mut world = with_par(&pushing());
    for (bad, detail) in [
        (answer(400, r#"{"error":"invalid_request","error_description":"s3cr3t <b>"}"#), "invalid_request"),
        (answer(429, r#"{"errorCode":"E0000047"}"#), "E0000047"),
        (answer(500, "oops"), "status 500"),
        (answer(302, ""), "status 302"),
        (answer(201, ""), "not JSON"),
        (answer(201, "{}"), "no proper request_uri"),
        (answer(201, r#"{"request_uri":"urn:a b"}"#), "no proper request_uri"),
        (Answer::TooLarge, "more than"),
    ] {
        let (_, pending) = pushed(&mut world, "/deep?a=b");
        let reply = replied(world.answer(pending, &bad));
        assert_eq!((reply.status, reply.reason), (502, Reason::ParFailed), "{bad:?}");
        assert!(reply.detail.as_deref().unwrap().contains(detail), "{reply:?}");
        assert!(header(&reply, "set-cookie").is_none() && header(&reply, "location").is_none());
        // A button, and nothing that goes on by itself.
        assert!(reply.body.contains("/oauth2/start?rd=%2Fdeep%3Fa%3Db"), "{}", reply.body);
        assert!(!reply.body.contains("http-equiv") && !reply.body.contains("s3cr3t"));
    }
    let (_, pending) = pushed(&mut world, "/");
    assert_eq!(replied(world.answer(pending, &reference("urn:x"))).reason, Reason::SignInStarted);
}

/// The operator's business: nobody is asked to try again.
#[test]
fn a_push_that_refuses_the_client_says_so() {
    let mut world = with_par(&pushing());
    for code in ["invalid_client", "unauthorized_client"] {
        let (_, pending) = pushed(&mut world, "/deep");
        let body = format!(r#"{{"error":"{code}","error_description":"s3cr3t <b>"}}"#);
        let reply = replied(world.answer(pending, &answer(401, &body)));
        assert_eq!((reply.status, reply.reason), (502, Reason::ClientRefused), "{code}");
        let detail = reply.detail.as_deref().unwrap();
        assert!(detail.contains(code) && detail.contains("compare client.id"), "{detail}");
        assert!(header(&reply, "set-cookie").is_none() && header(&reply, "location").is_none());
        assert!(!reply.body.contains("href") && !reply.body.contains("s3cr3t"), "{}", reply.body);
        assert!(!reply.body.contains("gain") && !reply.body.contains("http-equiv"), "{}", reply.body);
    }
}

#[test]
fn a_push_that_was_reset_is_repeated_once_with_another_assertion() {
    let mut world = with_par(&with_key(json!({"pushed_authorization_requests": true})));
    for reset in [Answer::Nothing, answer(503, "upstream connect error or disconnect/reset before headers")] {
        let (first, pending) = pushed(&mut world, "/");
        let (second, pending) = called(world.answer(pending, &reset));
        let (one, two) = (assertion(&world, &first), assertion(&world, &second));
        assert_eq!((&one["aud"], &two["aud"]), (&json!(format!("{ISSUER}/v1/par")), &one["aud"]));
        assert_ne!(one["jti"], two["jti"], "the provider may have seen the first");
        assert_eq!(field(&first, "state"), field(&second, "state"));
        assert_eq!(replied(world.answer(pending, &reset)).reason, Reason::ParFailed);
    }
}

#[test]
fn the_state_cookie_of_a_push_is_good_for_its_own_browser_only() {
    let mut world = with_par(&pushing());
    let (call, pending) = pushed(&mut world, "/");
    replied(world.answer(pending, &reference("urn:x")));
    // Somebody who learnt the state but never got the cookie.
    let callback = format!("/oauth2/callback?code=c&state={}", field(&call, "state"));
    assert_eq!(replied(world.send(page(&callback))).reason, Reason::SignInUnknown);
}

#[test]
fn programs_push_nothing() {
    let mut world = with_par(&pushing());
    for headers in [bare("GET", "/"), bare("POST", "/")] {
        assert_eq!(replied(world.send(headers)).status, 401);
    }
}

#[test]
fn nested_claims_are_found_and_looked_up_at_userinfo_where_they_are_missing() {
    let extra = json!({
        "identity": {"groups_claim": "/realm_access/roles", "user_claim": "https://example.com/uid"},
        "upstream": {"claims": {"x-team": "/org/teams", "x-city": "/address/0/city", "x-odd": "/org"}},
        "access": [{"require": {"groups": ["finance"]}}],
    });
    let nested = json!({
        "https://example.com/uid": "alice",
        "realm_access": {"roles": ["finance", 1, "admin"]},
        "org": {"teams": ["a", "b"]},
        "address": [{"city": "Zürich"}],
    });
    let check = |world: &mut World| {
        let edits = forwarded(world.send(page("/")));
        for (name, value) in [
            ("x-auth-request-user", Some("alice")),
            ("x-auth-request-groups", Some("finance,admin")),
            ("x-team", Some("a,b")),
            ("x-city", Some("Zürich")),
            ("x-odd", None),
        ] {
            assert_eq!(told(&edits, name).as_deref(), value, "{name}");
        }
    };
    let mut fat = World::ready(&extra);
    for (name, value) in nested.as_object().unwrap() {
        fat.provider.claims[name] = value.clone();
    }
    assert_eq!(fat.sign_in("/").status, 302);
    check(&mut fat);

    let mut thin = World::ready(&extra);
    thin.provider.claims = json!({"sub": "00u1", "email": "a@example.com", "realm_access": {"account": []}});
    let started = thin.begin("/");
    let (_, pending) = thin.come_back(&started);
    let tokens = ok(&thin.provider.tokens(&started.nonce, thin.now));
    let (call, pending) = called(thin.answer(pending, &tokens));
    assert_eq!(call.path, "/oauth2/default/v1/userinfo");
    let mut userinfo = nested.clone();
    userinfo["sub"] = json!("00u1");
    let reply = replied(thin.answer(pending, &ok(&userinfo)));
    thin.browser.keep(&reply);
    check(&mut thin);
}

#[test]
fn a_push_whose_answer_comes_when_nothing_is_known_any_more_is_closed() {
    let mut world = with_par(&pushing());
    let (_, pending) = pushed(&mut world, "/");
    world.engine = engine(&pushing());
    let step = world.answer(pending, &reference("urn:x"));
    assert!(matches!(step, Step::Reply(reply, _) if reply.reason == Reason::Internal));
}

const RSA: &str = include_str!("../keys/rsa.pem");

/// An RSA signature costs a worker milliseconds: a stranger must not have one for nothing.
#[test]
fn without_room_for_a_call_nothing_is_signed_and_nothing_is_burned() {
    let key = json!({"client": {"auth_method": "private_key_jwt", "private_key": {"value": RSA}}});
    let mut world = World::ready(&key);
    let started = world.begin("/deep");
    let callback = page(&format!("/oauth2/callback?code=c&state={}", started.state));
    world.calls.room = false;
    // Blinding draws randomness; without it an attempt to sign would be another answer.
    world.entropy.dry = true;
    let reply = replied(world.send(callback.clone()));
    assert_eq!((reply.status, reply.reason), (503, Reason::Overloaded));
    assert!(
        reply.hides_query
            && header(&reply, "set-cookie").is_none()
            && header(&reply, "retry-after").is_some()
    );
    (world.calls.room, world.entropy.dry) = (true, false);
    let (_, pending) = called(world.send(callback));
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    assert_eq!(replied(world.answer(pending, &tokens)).reason, Reason::SignedIn);

    let pushing = json!({"client": {
        "auth_method": "private_key_jwt", "private_key": {"value": RSA}, "pushed_authorization_requests": true,
    }});
    let mut world = with_par(&pushing);
    world.calls.room = false;
    world.entropy.dry = true;
    let reply = replied(world.send(page("/")));
    assert_eq!((reply.status, reply.reason), (503, Reason::Overloaded));
    assert!(header(&reply, "set-cookie").is_none());
    (world.calls.room, world.entropy.dry) = (true, false);
    called(world.send(page("/")));
}

/// As Auth0 has it: in the configuration, in the metadata and in the token.
#[test]
fn an_issuer_that_ends_in_a_slash_is_compared_with_it() {
    let issuer = format!("{ISSUER}/");
    for (in_token, is_signed_in) in [(issuer.as_str(), true), (ISSUER, false)] {
        let called = World::new(&json!({"provider": {"issuer": issuer}})).poll().unwrap().0;
        assert_eq!(called.path, "/oauth2/default/.well-known/openid-configuration");
        let mut world = World::new(&json!({"provider": {"issuer": issuer}}));
        world.provider.metadata["issuer"] = json!(issuer);
        world.provider.claims["iss"] = json!(in_token);
        world.become_ready();
        let reply = world.sign_in("/");
        assert_eq!(world.is_signed_in(), is_signed_in, "{in_token}: {reply:?}");
    }
}

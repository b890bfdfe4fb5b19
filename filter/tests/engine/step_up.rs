//! Rules that ask how and when somebody signed in: who is sent to the provider once more, and where each round ends.

use serde_json::{Value, json};
use vestibule::oidc::Answer;
use vestibule::page::Reason;

use crate::world::*;

const MFA: &str = "urn:okta:loa:2fa:any";

fn rules() -> Value {
    json!({"access": [
        {"match": {"paths": ["/finance/*"]}, "require": {"acr": [MFA, "phr"]}},
        {"match": {"paths": ["/keys/*"]}, "require": {"max_age": "15m"}},
        {"match": {"paths": ["/vault/*"]}, "require": {"acr": [MFA], "max_age": "10m", "groups": ["finance"]}},
        {"match": {"paths": ["/board/*"]}, "require": {"acr": [MFA], "groups": ["board"]}},
        {"match": {"paths": ["/api/*"]}, "require": {"acr": [MFA]}, "unauthenticated": "status"},
    ]})
}

/// What the ID tokens of the next sign-ins say.
fn says(world: &mut World, claims: Value) {
    for (name, value) in claims.as_object().unwrap() {
        world.provider.claims[name] = value.clone();
    }
}

fn now(world: &World) -> Value {
    json!(world.now.0)
}

fn passes(world: &mut World, path: &str) -> bool {
    matches!(world.send(page(path)), vestibule::engine::Step::Forward(..))
}

fn challenge(reply: &Answered) -> &str {
    reply
        .headers
        .iter()
        .find(|(name, _)| *name == "www-authenticate")
        .map(|(_, value)| value.as_str())
        .unwrap()
}

#[test]
fn a_weak_session_is_sent_to_the_provider_once_and_comes_back_to_the_deep_link() {
    let mut world = World::signed_in(&rules());
    assert!(passes(&mut world, "/elsewhere"));
    let started = world.begin("/finance/q3?year=2026");
    assert_eq!(started.parameter("acr_values").as_deref(), Some("urn:okta:loa:2fa:any phr"));
    assert_eq!(started.parameter("max_age"), None);
    says(&mut world, json!({"acr": "phr"}));
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    world.browser.keep(&reply);
    assert_eq!(location(&reply), "/finance/q3?year=2026");
    assert!(passes(&mut world, "/finance/q3") && passes(&mut world, "/elsewhere"));
}

#[test]
fn whoever_is_not_signed_in_is_asked_for_everything_in_one_sign_in() {
    let mut world = World::ready(&rules());
    let started = world.begin("/vault/x");
    assert_eq!(started.parameter("acr_values").as_deref(), Some(MFA));
    assert_eq!(started.parameter("max_age").as_deref(), Some("600"));
    let usual = world.begin("/elsewhere");
    assert_eq!((usual.parameter("acr_values"), usual.parameter("max_age")), (None, None));
}

/// Okta ignores a class that it cannot do, and an attacker may be content with less.
#[test]
fn what_comes_back_is_judged_and_every_round_ends_in_a_page() {
    for acr in [
        json!(null),
        json!("urn:okta:loa:1fa:any"),
        json!(""),
        json!([MFA]),
        json!(format!("{MFA} ")),
        json!(1),
    ] {
        let mut world = World::signed_in(&rules());
        says(&mut world, json!({ "acr": acr }));
        for _ in 0..3 {
            let reply = world.sign_in("/finance/q3?a=b");
            assert_eq!((reply.status, reply.reason), (403, Reason::AcrNotReached), "{acr}");
            assert!(reply.body.contains("href=\"/finance/q3?a=b\""), "{}", reply.body);
            // The session is kept, and everything else is open.
            assert!(passes(&mut world, "/elsewhere"));
        }
    }
}

#[test]
fn the_callback_that_is_loaded_again_ends_too() {
    let mut world = World::signed_in(&rules());
    let started = world.begin("/finance/q3");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let reply = replied(world.answer(pending, &tokens));
    world.browser.keep(&reply);
    assert_eq!(reply.reason, Reason::AcrNotReached);
    // The code is not used again; the rule is asked again, and that is one more round.
    let callback = page(&format!("/oauth2/callback?code=the-code&state={}", started.state));
    let reply = replied(world.send(callback));
    assert_eq!((reply.reason, location(&reply)), (Reason::AlreadySignedIn, "/finance/q3"));
    assert_eq!(world.sign_in("/finance/q3").reason, Reason::AcrNotReached);
}

#[test]
fn a_sign_in_grows_too_old_and_is_renewed_by_a_new_one_only() {
    let mut world = World::ready(&rules());
    let signed_in_at = now(&world);
    says(&mut world, json!({ "auth_time": signed_in_at }));
    world.sign_in("/keys/1");
    assert!(passes(&mut world, "/keys/1"));
    // Clocks may differ by a minute.
    world.now = world.now.plus(900 + 60);
    assert!(passes(&mut world, "/keys/1"));
    world.now = world.now.plus(1);
    let started = world.begin("/keys/1");
    assert_eq!(started.parameter("max_age").as_deref(), Some("900"));
    // A provider that did not ask the person anew: a page.
    assert_eq!(world.sign_in("/keys/1").reason, Reason::SignInTooOld);
    let anew = now(&world);
    says(&mut world, json!({ "auth_time": anew }));
    assert_eq!(location(&world.sign_in("/keys/1")), "/keys/1");
    assert!(passes(&mut world, "/keys/1"));
}

#[test]
fn an_auth_time_that_is_missing_or_odd_is_never_young() {
    for auth_time in
        [json!(null), json!("soon"), json!(-1), json!(1_800_000_000u64 + 3_600), json!([1_800_000_000])]
    {
        let mut world = World::signed_in(&rules());
        says(&mut world, json!({ "auth_time": auth_time }));
        assert_eq!(world.sign_in("/keys/1").reason, Reason::SignInTooOld, "{auth_time}");
        assert!(!passes(&mut world, "/keys/1"));
    }
}

/// A refresh brings an ID token that looks fresh and strong; nobody has signed in.
#[test]
fn a_refresh_renews_neither() {
    let mut extra = rules();
    extra["session"]["refresh"] = json!(true);
    let mut world = World::ready(&extra);
    let signed_in_at = now(&world);
    says(&mut world, json!({ "auth_time": signed_in_at }));
    world.sign_in("/keys/1");
    world.now = world.now.plus(1_000);
    let later = now(&world);
    says(&mut world, json!({ "auth_time": later, "acr": MFA }));
    let parked = parked(world.send(page("/elsewhere")));
    let (_, call) = world.poll().expect("the refresh");
    let tokens = json!({"id_token": world.provider.id_token_without_nonce(world.now), "access_token": "second",
        "token_type": "Bearer", "expires_in": 600, "refresh_token": "refresh-2"});
    world.on_provider_answer(call, &ok(&tokens));
    let edits = forwarded(world.resume(parked));
    world.keep_cookies_of(&edits);
    assert!(passes(&mut world, "/elsewhere"));
    assert!(!passes(&mut world, "/keys/1") && !passes(&mut world, "/finance/1"));
}

#[test]
fn whoever_lacks_more_than_a_sign_in_is_not_sent_round() {
    let mut world = World::signed_in(&rules());
    let reply = replied(world.send(page("/board/x")));
    assert_eq!((reply.status, reply.reason), (403, Reason::NotPermitted));
    assert_eq!(reply.verdict.unwrap().to_string(), "access[3] missing groups acr");
}

#[test]
fn programs_are_told_what_is_missing_and_where_to_get_it() {
    let mut world = World::signed_in(&rules());
    let mut xhr = bare("POST", "/vault/x");
    xhr.push(("sec-fetch-mode", "cors".to_owned()));
    xhr.push(("sec-fetch-dest", "empty".to_owned()));
    let reply = replied(world.send(xhr));
    assert_eq!((reply.status, reply.reason), (401, Reason::StepUpNeeded));
    assert_eq!(
        challenge(&reply),
        "Bearer realm=\"vestibule\", error=\"insufficient_user_authentication\", \
         acr_values=\"urn:okta:loa:2fa:any\", max_age=\"600\""
    );
    assert_eq!(reply.verdict.as_ref().unwrap().to_string(), "access[2] step_up acr max_age");
    let facts: Value = serde_json::from_str(&reply.body).unwrap();
    let sign_in = facts["sign_in"].as_str().unwrap();
    // The application appends where the person is to come back to.
    let started = world.begin(&format!("{sign_in}%2Fapp%3Fx"));
    assert_eq!(started.parameter("acr_values").as_deref(), Some(MFA));
    assert_eq!(started.parameter("max_age").as_deref(), Some("600"));
    // And a page that may not redirect says it likewise.
    let reply = replied(world.send(page("/api/x")));
    assert_eq!((reply.status, reply.reason), (401, Reason::StepUpNeeded));
    assert!(reply.body.contains("step_up="));
}

/// Anybody can write a link; what is asked of the provider is the filter's own.
#[test]
fn nobody_else_can_ask_the_provider_for_anything() {
    let mut world = World::signed_in(&rules());
    let reply = replied(world.send(bare("GET", "/api/x")));
    let facts: Value = serde_json::from_str(&reply.body).unwrap();
    let sealed = facts["sign_in"].as_str().unwrap().split("step_up=").nth(1).unwrap();
    let sealed = sealed.strip_suffix("&rd=").unwrap().to_owned();
    for odd in ["", "x", &sealed[1..], &format!("{sealed}&step_up={sealed}"), &"A".repeat(2_000)] {
        let reply = replied(world.send(page(&format!("/oauth2/start?rd=%2F&step_up={odd}"))));
        assert_eq!((reply.status, reply.reason), (400, Reason::SignInUnknown), "{odd}");
    }
    for other in ["acr_values=x", "max_age=0"] {
        let started = world.begin(&format!("/oauth2/start?rd=%2F&{other}"));
        assert_eq!((started.parameter("acr_values"), started.parameter("max_age")), (None, None));
    }
    // It is good for as long as a sign-in takes.
    world.now = world.now.plus(15 * 60);
    let reply = replied(world.send(page(&format!("/oauth2/start?rd=%2F&step_up={sealed}"))));
    assert_eq!(reply.reason, Reason::SignInUnknown);
}

#[test]
fn over_a_central_host_the_wish_travels_sealed() {
    let mut extra = rules();
    extra["session"]["cookie"]["domains"] = json!([".example.com"]);
    extra["session"]["cookie"]["secure"] = json!(true);
    extra["paths"]["redirect_uri"] = json!("https://auth.example.com/oauth2/callback");
    let mut world = World::ready(&extra);
    let reply = replied(world.send(on_host(page("/finance/q3"), "app.example.com")));
    let start = location(&reply).strip_prefix("https://auth.example.com").unwrap().to_owned();
    assert!(start.contains("step_up=") && !start.contains("loa"), "{start}");
    let reply = replied(world.send(on_host(page(&start), "auth.example.com")));
    let url = url::Url::parse(location(&reply)).unwrap();
    let asked = url.query_pairs().find(|(name, _)| name == "acr_values").unwrap().1;
    assert_eq!(asked, "urn:okta:loa:2fa:any phr");
}

#[test]
fn a_rule_wins_over_what_is_configured_for_all_sign_ins_and_no_parameter_comes_twice() {
    let mut extra = rules();
    extra["client"]["authorization_params"] = json!({"acr_values": "low", "max_age": "300"});
    let mut world = World::ready(&extra);
    let started = world.begin("/vault/x");
    let values = |name: &str| -> Vec<String> {
        let pairs = started.url.query_pairs().filter(|(own, _)| own == name);
        pairs.map(|(_, value)| value.into_owned()).collect()
    };
    assert_eq!((values("acr_values"), values("max_age")), (vec![MFA.to_owned()], vec!["300".to_owned()]));
    assert_eq!(world.begin("/elsewhere").parameter("acr_values").as_deref(), Some("low"));
}

/// With readings that different rules judge, a sign-in must please both.
#[test]
fn readings_that_want_different_classes_are_open_to_nobody() {
    let mut world = World::ready(&json!({"access": [
        {"match": {"paths": ["/a/b/*"]}, "require": {"acr": ["one"]}},
        {"match": {"paths": ["/*"]}, "require": {"acr": ["two"]}},
    ]}));
    says(&mut world, json!({"acr": "two"}));
    assert_eq!(location(&world.sign_in("/")), "/");
    let reply = replied(world.send(page("/a%2fb/x")));
    assert_eq!((reply.status, reply.reason), (403, Reason::NotPermitted));
}

/// Userinfo are often what a person may write about themselves.
#[test]
fn userinfo_say_nothing_of_the_sign_in() {
    let mut extra = rules();
    extra["upstream"] = json!({"claims": {"x-team": "department"}});
    let mut world = World::ready(&extra);
    let started = world.begin("/finance/q3");
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    let (_, pending) = called(world.answer(pending, &tokens));
    let userinfo = json!({"sub": "00u1", "department": "x", "acr": MFA, "auth_time": world.now.0});
    let reply = replied(world.answer(pending, &ok(&userinfo)));
    assert_eq!(reply.reason, Reason::AcrNotReached);
}

#[test]
fn a_provider_that_is_away_burns_no_step_up() {
    let mut world = World::signed_in(&rules());
    let started = world.begin("/finance/q3");
    let (_, pending) = world.come_back(&started);
    assert_eq!(replied(world.answer(pending, &Answer::Nothing)).reason, Reason::TokenUnreachable);
    says(&mut world, json!({ "acr": MFA }));
    let (_, pending) = world.come_back(&started);
    let tokens = ok(&world.provider.tokens(&started.nonce, world.now));
    assert_eq!(location(&replied(world.answer(pending, &tokens))), "/finance/q3");
}

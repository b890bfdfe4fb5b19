//! Refreshes that the provider refuses. The attacker is a person who has lost their account or their groups, and would keep
//! both until `max_age`: whatever the provider says of them other than `invalid_grant` must end the session too. What only
//! says that something is broken must end nothing.

use serde_json::json;
use vestibule::engine::{ProviderEvent, Step};
use vestibule::oidc::Answer;
use vestibule::page::Reason;

use crate::refresh::{DUE, OVER, alice, body, configuration, keep, refresh_answer, world};
use crate::world::*;

fn error(status: u16, code: &str) -> Answer {
    answer(status, &json!({ "error": code }).to_string())
}

/// Uses the session for `seconds`, while the provider answers each refresh likewise; the number of refreshes, and how it
/// ended.
fn use_for(world: &mut World, seconds: u64, answered: &dyn Fn() -> Answer) -> (usize, Option<Reason>) {
    let mut refreshes = 0;
    for _ in 0..seconds {
        let mut step = world.send(page("/finance/x"));
        if let Step::Park(pending) = step {
            if let Some((_, refresh)) = world.poll() {
                refreshes += 1;
                let (event, _) = world.on_provider_answer(refresh, &answered());
                assert!(matches!(event, ProviderEvent::RefreshFailed(_)), "{event:?}");
            }
            assert!(world.engine.may_go_on(&pending, world.now));
            step = world.resume(pending);
        }
        if let Step::Reply(..) = step {
            return (refreshes, Some(replied(step).reason));
        }
        forwarded(step);
        world.now = world.now.plus(1);
    }
    (refreshes, None)
}

#[test]
fn what_is_about_the_person_ends_the_session_with_its_access_token() {
    for code in
        ["invalid_grant", "access_denied", "interaction_required", "login_required", "consent_required"]
    {
        let mut world = world();
        world.now = world.now.plus(DUE);
        // Until then it counts, and nobody asks again.
        assert_eq!(use_for(&mut world, OVER - DUE, &|| error(400, code)), (1, None), "{code}");
        assert_eq!(use_for(&mut world, 1, &|| unreachable!()), (0, Some(Reason::SignInStarted)), "{code}");
    }
}

#[test]
fn what_is_about_the_client_or_the_provider_ends_nothing() {
    let answers: [(&str, &dyn Fn() -> Answer); 14] = [
        ("invalid_client", &|| error(401, "invalid_client")),
        ("invalid_client, 400", &|| error(400, "invalid_client")),
        ("unauthorized_client", &|| error(400, "unauthorized_client")),
        ("invalid_scope", &|| error(400, "invalid_scope")),
        ("temporarily_unavailable", &|| error(400, "temporarily_unavailable")),
        ("server_error", &|| error(400, "server_error")),
        ("429 that says invalid_grant", &|| error(429, "invalid_grant")),
        ("500 that says invalid_grant", &|| error(500, "invalid_grant")),
        ("503", &|| answer(503, "")),
        ("400 of a proxy", &|| answer(400, "<html>Bad Request</html>")),
        ("403 of a firewall", &|| answer(403, "<html>Forbidden</html>")),
        ("Okta's own", &|| answer(400, r#"{"errorCode":"E0000021","errorSummary":"x"}"#)),
        ("no token", &|| ok(&json!({}))),
        ("nothing", &|| Answer::Nothing),
    ];
    for (case, answered) in answers {
        let mut world = world();
        world.now = world.now.plus(DUE);
        let (refreshes, ended) = use_for(&mut world, 600, answered);
        assert_eq!(ended, None, "{case}");
        assert!((8..25).contains(&refreshes), "{case}: {refreshes}");
    }
}

/// Okta or another provider may have codes that nobody here has heard of.
#[test]
fn an_unknown_code_is_tried_again_and_ends_the_session_when_the_access_token_is_over() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    let unknown = || error(400, "user_suspended");
    let (refreshes, ended) = use_for(&mut world, OVER - DUE, &unknown);
    assert!(ended.is_none() && (4..15).contains(&refreshes), "{refreshes}");
    // At its end it is asked at once, whatever the pause had grown to.
    assert_eq!(use_for(&mut world, 1, &unknown), (1, Some(Reason::SignInStarted)));
}

#[test]
fn an_unknown_code_may_have_been_a_passing_trouble() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    assert_eq!(use_for(&mut world, 1, &|| error(400, "user_suspended")), (1, None));
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    let renewed = ok(&refresh_answer(&world, &alice(&["finance"])));
    assert_eq!(world.on_provider_answer(refresh, &renewed).0, ProviderEvent::Refreshed { surplus: None });
    forwarded(world.resume(pending));
}

/// A refresh whose ID token lacks the groups; userinfo answer as given.
fn with_userinfo(world: &mut World, userinfo: &Answer) -> ProviderEvent {
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    let thin = ok(&refresh_answer(world, &json!({"sub": "00u1", "email": "alice@example.com"})));
    let (_, refresh) = world.on_provider_answer(refresh, &thin).1.unwrap();
    let (event, _) = world.on_provider_answer(refresh, userinfo);
    let step = world.resume(pending);
    keep(world, step);
    event
}

#[test]
fn userinfo_about_somebody_else_or_refused_end_the_session() {
    for userinfo in [
        ok(&json!({"sub": "00u2", "groups": ["finance"]})),
        answer(401, ""),
        answer(403, r#"{"error":"insufficient_scope"}"#),
    ] {
        let mut world = world();
        world.now = world.now.plus(DUE);
        let event = with_userinfo(&mut world, &userinfo);
        assert!(matches!(event, ProviderEvent::RefreshFailed(_)), "{event:?}");
        assert_eq!(use_for(&mut world, OVER - DUE, &|| unreachable!()), (0, None));
        assert_eq!(use_for(&mut world, 1, &|| unreachable!()), (0, Some(Reason::SignInStarted)));
    }
}

#[test]
fn userinfo_that_are_away_end_nothing_and_lose_no_refresh_token() {
    for userinfo in [answer(500, ""), answer(429, ""), answer(404, ""), Answer::TooLarge, ok(&json!([]))] {
        let mut world = world();
        world.now = world.now.plus(DUE);
        with_userinfo(&mut world, &userinfo);
        world.now = world.now.plus(OVER - DUE);
        parked(world.send(page("/")));
        assert!(body(&world.poll().unwrap().0).contains("refresh_token=refresh-2"));
    }
}

/// The detail in the log says what it was.
#[test]
fn each_error_has_its_own_words() {
    let mut world = world();
    world.now = world.now.plus(DUE);
    let pending = parked(world.send(page("/")));
    let (_, refresh) = world.poll().unwrap();
    let other = ok(&refresh_answer(&world, &json!({"sub": "00u2", "groups": ["finance"]})));
    let (event, _) = world.on_provider_answer(refresh, &other);
    let ProviderEvent::RefreshFailed(error) = event else { panic!("{event:?}") };
    assert_eq!(error.error.to_string(), "the ID token is about somebody else");
    forwarded(world.resume(pending));
    for (userinfo, words) in [
        (answer(401, ""), "the claims could not be read anew: the userinfo endpoint gave status 401"),
        (ok(&json!({"sub": "00u2"})), "the claims could not be read anew: the userinfo are somebody else's"),
    ] {
        let mut world = World::signed_in(&configuration());
        world.now = world.now.plus(DUE);
        let event = with_userinfo(&mut world, &userinfo);
        let ProviderEvent::RefreshFailed(error) = event else { panic!("{event:?}") };
        assert_eq!(error.error.to_string(), words);
    }
}

/// A session that ended is taken out of the browser.
#[test]
fn an_ended_session_leaves_no_cookie() {
    let mut world = world();
    world.now = world.now.plus(OVER);
    let pending = parked(world.send(bare("GET", "/")));
    let (_, refresh) = world.poll().unwrap();
    world.on_provider_answer(refresh, &error(400, "access_denied"));
    let reply = replied(world.resume(pending));
    assert_eq!(reply.status, 401);
    world.browser.keep(&reply);
    assert!(world.browser.0.is_empty());
}

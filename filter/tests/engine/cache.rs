//! What was opened before and is remembered decides nothing: it outlives nothing, and a worker that remembers answers as one
//! that does not.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use vestibule::engine::Step;

use crate::refresh;
use crate::world::*;

/// With alice's session in the memory of this worker.
fn remembered(extra: &Value) -> World {
    let mut world = World::signed_in(extra);
    assert!(world.is_signed_in());
    world
}

#[test]
fn neither_max_age_nor_the_idle_timeout_is_outlived() {
    for (session, seconds) in [(json!({"max_age": "1h"}), 3600), (json!({"idle_timeout": "10m"}), 600)] {
        let mut world = remembered(&json!({"session": session}));
        let unused = world.browser.clone();
        world.now = world.now.plus(seconds - 1);
        assert!(world.is_signed_in(), "{session}");
        world.browser = unused;
        world.now = world.now.plus(1);
        assert!(!world.is_signed_in(), "{session}");
    }
}

/// Another configuration is another engine, whose memory is empty: in Envoy both live side by side for a while.
#[test]
fn no_other_configuration_is_outlived() {
    for session in [
        json!({"secrets": [{"value": "fedcba9876543210fedcba9876543210"}]}),
        json!({"not_before": "2027-01-15T08:00:01Z"}),
        json!({"revoked": [{"sub": "00u1", "before": "2027-01-15T09:00:00Z"}]}),
        json!({"cookie": {"name": "other"}}),
    ] {
        let mut world = remembered(&json!({}));
        let before = std::mem::replace(&mut world.engine, engine(&json!({ "session": session })));
        assert!(!world.is_signed_in(), "{session}");
        // The old one still knows it, and knows of the new one nothing.
        world.engine = before;
        assert!(world.is_signed_in());
    }
}

#[test]
fn a_sign_out_is_not_outlived() {
    let mut world = remembered(&json!({}));
    let cookies = world.browser.clone();
    let reply = replied(world.send(page("/oauth2/sign_out")));
    world.browser.keep(&reply);
    assert!(!world.is_signed_in());
    // An answer that was under way brings them back, beside the mark.
    world.browser.0.extend(cookies.0);
    assert!(!world.is_signed_in());
}

#[test]
fn a_refresh_is_not_outlived() {
    let mut world = refresh::world();
    let group = |world: &mut World| told(&forwarded(world.send(page("/"))), "x-auth-request-groups");
    let before = group(&mut world);
    world.now = world.now.plus(600);
    let pending = parked(world.send(page("/")));
    let (_, call) = world.poll().unwrap();
    let answer = ok(&refresh::refresh_answer(&world, &refresh::alice(&["newcomers"])));
    world.on_provider_answer(call, &answer);
    let old = world.browser.clone();
    let step = world.resume(pending);
    refresh::keep(&mut world, step);
    assert_eq!(group(&mut world).as_deref(), Some("newcomers"));
    assert_ne!(before.as_deref(), Some("newcomers"));
    // Also for a tab that still sends the old cookies, which are remembered too.
    world.browser = old;
    assert_eq!(group(&mut world).as_deref(), Some("newcomers"));
}

#[test]
fn an_access_token_that_is_remembered_is_left_out_once_it_has_run_out() {
    let mut world = remembered(&json!({"upstream": {"access_token": true}}));
    let token = |world: &mut World| told(&forwarded(world.send(page("/"))), "x-auth-request-access-token");
    assert!(token(&mut world).is_some());
    world.now = world.now.plus(599);
    assert!(token(&mut world).is_some());
    world.now = world.now.plus(1);
    assert_eq!(token(&mut world), None);
}

/// What somebody may do to a cookie.
#[derive(Clone, Debug)]
enum Change {
    Nothing,
    Flip(prop::sample::Index),
    Cut(prop::sample::Index),
    Leave,
    Twice,
    Junk,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => Just(Change::Nothing),
        1 => any::<prop::sample::Index>().prop_map(Change::Flip),
        1 => any::<prop::sample::Index>().prop_map(Change::Cut),
        1 => Just(Change::Leave),
        1 => Just(Change::Twice),
        1 => Just(Change::Junk),
    ]
}

fn changed(name: &str, value: &str, change: &Change) -> Vec<String> {
    let pair = |value: &str| format!("{name}={value}");
    match change {
        Change::Nothing => vec![pair(value)],
        Change::Flip(at) => {
            let mut bytes = value.as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            vec![pair(&String::from_utf8(bytes).unwrap())]
        }
        Change::Cut(at) => vec![pair(&value[..at.index(value.len())])],
        Change::Leave => vec![],
        Change::Twice => vec![pair(value), pair(value)],
        Change::Junk => vec![pair("1abcdjunk"), "theirs=1".to_owned(), pair(value)],
    }
}

/// What becomes of a request, without what is random in it.
fn outcome(world: &mut World, headers: &[(&'static str, String)]) -> String {
    match world.send_bytes(
        headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes())).collect(),
    ) {
        Step::Forward(edits, verdict) => format!("{:?} {verdict:?}", edits.request),
        Step::Reply(reply, verdict) => format!("{:?} {verdict:?}", reply.reason),
        other => format!("{other:?}"),
    }
}

proptest! {
    /// The plain way is that of an engine that has seen nothing yet.
    #[test]
    fn a_worker_that_remembers_answers_as_one_that_does_not(
        requests in prop::collection::vec(
            (
                [change(), change()],
                select(vec!["/", "/finance/1", "/FINANCE/1", "/public", "/finance/%2e", "/oauth2/userinfo", "/oauth2/auth"]),
                select(vec![HOST, HOST, HOST, "other.example.com"]),
                select(vec!["accept", "x-auth-request-user", "X_Auth_Request_Groups", "connection", "x-forwarded-host", "authorization"]),
                select(vec![0, 0, 1, 300, 600]),
            ),
            1..12,
        ),
    ) {
        let extra = json!({
            "upstream": {"access_token": true},
            "session": {"max_age": "1h"},
            "access": [
                {"match": {"paths": ["/public"]}, "allow": "public"},
                {"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}},
            ],
        });
        let mut world = World::signed_in(&extra);
        let cookies = world.browser.clone();
        world.browser.0.clear();
        for (changes, path, host, header, seconds) in requests {
            world.now = world.now.plus(seconds);
            let mut headers = on_host(page(path), host);
            let sent: Vec<String> = cookies
                .0
                .iter()
                .zip(changes.iter().cycle())
                .flat_map(|((name, value), change)| changed(name, value, change))
                .collect();
            headers.push(("cookie", sent.join("; ")));
            headers.push((header, "forged, x-auth-request-user".to_owned()));
            let warm = outcome(&mut world, &headers);
            let remembering = std::mem::replace(&mut world.engine, engine(&extra));
            world.become_ready();
            let cold = outcome(&mut world, &headers);
            world.engine = remembering;
            prop_assert_eq!(warm, cold, "{:?}", headers);
        }
    }
}

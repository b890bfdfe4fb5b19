//! The requests that are counted.

use std::hint::black_box;

use serde_json::{Value, json};
use vestibule::engine::Step;
use vestibule::web::header_block::HeaderBlock;
use vestibule_testing::{HOST, ISSUER, ok};

use crate::world::{self, World, called, page};

/// In one block, as Envoy hands them over.
type Headers = Vec<u8>;

/// What handles one request, as often as it is called.
type One = Box<dyn FnMut()>;

/// Makes ready what so many requests need, which is not counted.
type Prepare = fn(usize) -> One;

pub(crate) const CASES: &[(&str, Prepare)] = &[
    ("session", |count| with_session(count, &json!({}), "/somewhere")),
    ("session_cold", |count| cold(count, &json!({}))),
    ("session_tokens", |count| {
        with_session(
            count,
            &json!({"upstream": {"access_token": true, "authorization": "id_token"}}),
            "/somewhere",
        )
    }),
    ("session_signed", |count| with_session(count, &json!({"upstream": {"jwt": {}}}), "/somewhere")),
    ("session_signed_anew", signed_anew),
    ("session_foreign_50k", foreign_cookies),
    ("public", |count| {
        without_session(
            count,
            &json!({"access": [{"match": {"paths": ["/healthz"]}, "allow": "public"}]}),
            "/healthz",
        )
    }),
    ("redirect", |count| without_session(count, &json!({}), "/somewhere")),
    ("callback", callback),
    ("bearer", bearer),
    ("bearer_cold", bearer_cold),
    ("rules_by_host_1", |count| rules_by_host(count, 1)),
    ("rules_by_host_100", |count| rules_by_host(count, 100)),
    ("rules_by_host_1000", |count| rules_by_host(count, 1_000)),
    ("rules_by_path_1", |count| rules_by_path(count, 1)),
    ("rules_by_path_100", |count| rules_by_path(count, 100)),
    ("rules_by_path_1000", |count| rules_by_path(count, 1_000)),
];

/// The last of so many rules is the request's. What they name is of one length whatever their number is.
fn rules_by_host(count: usize, rules: usize) -> One {
    let host =
        |number: usize| if number == rules { HOST.to_owned() } else { format!("app{number:04}.example.com") };
    let rule = |number| json!({"match": {"hosts": [host(number)], "paths": ["/orders/*"]}, "require": {"groups": ["admin"]}});
    with_session(count, &json!({"access": (1..=rules).map(rule).collect::<Vec<_>>()}), "/orders/17")
}

fn rules_by_path(count: usize, rules: usize) -> One {
    let path = |number| format!("/team{:04}/orders/*", 1_000 - rules + number);
    let rule = |number| json!({"match": {"paths": [path(number)]}, "require": {"groups": ["admin"]}});
    with_session(count, &json!({"access": (1..=rules).map(rule).collect::<Vec<_>>()}), "/team1000/orders/17")
}

/// The second request of a session, and each after it: the session is in the cache.
fn with_session(count: usize, extra: &Value, path: &str) -> One {
    let mut world = World::signed_in(extra);
    let headers = with_cookies(&world, path, "");
    world.send_block(headers.clone());
    again(count, world, headers)
}

/// The signed header of the request before has half of its life behind it.
fn signed_anew(count: usize) -> One {
    let mut world = World::signed_in(&json!({"upstream": {"jwt": {"lifetime": "10s"}}}));
    let headers = with_cookies(&world, "/somewhere", "");
    world.send_block(headers.clone());
    let mut all = vec![headers; count];
    Box::new(move || {
        world.now = world.now.plus(6);
        assert!(matches!(black_box(world.send_block(all.pop().expect("enough of them"))), Step::Forward(..)));
    })
}

/// Beside what other applications of the domain have set.
fn foreign_cookies(count: usize) -> One {
    let mut world = World::signed_in(&json!({}));
    let others: String =
        (0..50).map(|number| format!("tracker{number:02}={}; ", "x".repeat(1_000))).collect();
    let headers = with_cookies(&world, "/somewhere", &others);
    world.send_block(headers.clone());
    again(count, world, headers)
}

/// The first request of a session in this worker: each has an engine of its own.
fn cold(count: usize, extra: &Value) -> One {
    let mut world = World::signed_in(extra);
    let headers = with_cookies(&world, "/somewhere", "");
    let mut engines: Vec<_> = (0..count).map(|_| (world::engine(extra), headers.clone())).collect();
    Box::new(move || {
        let (engine, headers) = engines.pop().expect("enough of them");
        std::mem::forget(std::mem::replace(&mut world.engine, engine));
        assert!(matches!(black_box(world.send_block(headers)), Step::Forward(..)));
    })
}

/// From the provider back to a session: the code is redeemed and the ID token verified.
fn callback(count: usize) -> One {
    let mut world = World::ready(&json!({}));
    let mut begun: Vec<_> = (0..count)
        .map(|_| {
            let started = world.begin("/somewhere");
            (ok(&world.provider.tokens(&started.nonce, world.now)), started)
        })
        .collect();
    Box::new(move || {
        let (tokens, started) = begun.pop().expect("enough of them");
        let (_, calling) =
            called(world.send(page(&format!("/oauth2/callback?code=the-code&state={}", started.state))));
        assert!(matches!(black_box(world.answer(calling, &tokens)), Step::Reply(..)));
    })
}

fn api() -> Value {
    json!({"access": [{"match": {"paths": ["/orders/*"]}, "bearer": {"audiences": ["api"], "scopes": ["read"]}}]})
}

fn with_token(world: &World, number: usize) -> Headers {
    let claims = json!({"iss": ISSUER, "aud": "api", "sub": "robot", "jti": number.to_string(), "scp": ["read"], "iat": world.now.0, "exp": world.now.0 + 3_600});
    let token = world.provider.token(json!({}), &claims);
    headers("/orders/17", Some(("authorization", format!("Bearer {token}"))))
}

/// A token that has been verified before.
fn bearer(count: usize) -> One {
    let mut world = World::ready(&api());
    let headers = with_token(&world, 0);
    assert!(matches!(world.send_block(headers.clone()), Step::Forward(..)));
    again(count, world, headers)
}

/// One that nobody has seen: its signature is verified.
fn bearer_cold(count: usize) -> One {
    let world = World::ready(&api());
    let tokens = (0..count).map(|number| with_token(&world, number)).collect();
    each(world, tokens)
}

fn without_session(count: usize, extra: &Value, path: &str) -> One {
    again(count, World::ready(extra), headers(path, None))
}

fn again(count: usize, world: World, headers: Headers) -> One {
    each(world, vec![headers; count])
}

fn each(mut world: World, mut requests: Vec<Headers>) -> One {
    Box::new(move || {
        let headers = requests.pop().expect("enough of them");
        black_box(world.send_block(headers));
    })
}

fn with_cookies(world: &World, path: &str, before: &str) -> Headers {
    headers(path, Some(("cookie", format!("{before}{}", world.browser.header()))))
}

/// As a browser sends them.
fn headers(path: &str, last: Option<(&'static str, String)>) -> Headers {
    let mut headers = page(path);
    headers.extend([
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned()),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8".to_owned()),
        ("accept-language", "de,en-US;q=0.7,en;q=0.3".to_owned()),
        ("accept-encoding", "gzip, deflate, br, zstd".to_owned()),
        ("upgrade-insecure-requests", "1".to_owned()),
        ("sec-fetch-site", "same-origin".to_owned()),
        ("sec-fetch-user", "?1".to_owned()),
        ("priority", "u=0, i".to_owned()),
        ("x-forwarded-proto", "http".to_owned()),
        ("x-request-id", "3f0c1f4e-5a60-4b7d-9f0e-1b2c3d4e5f60".to_owned()),
    ]);
    headers.extend(last);
    HeaderBlock::write(&headers).expect("headers of under 4 GiB")
}

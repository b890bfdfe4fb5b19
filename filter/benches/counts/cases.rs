//! The requests that are counted.

use serde_json::{Value, json};
use vestibule_testing::HOST;

use crate::world::{World, page};

type Headers = Vec<(String, Vec<u8>)>;

/// What makes a world and the request that it gets again and again.
type Prepare = fn() -> (World, Headers);

pub(crate) const CASES: &[(&str, Prepare)] = &[
    ("session", || with_session(&json!({}), "/somewhere")),
    ("public", || {
        without_session(
            &json!({"access": [{"match": {"paths": ["/healthz"]}, "allow": "public"}]}),
            "/healthz",
        )
    }),
    ("redirect", || without_session(&json!({}), "/somewhere")),
    ("rules_by_host_1", || rules_by_host(1)),
    ("rules_by_host_100", || rules_by_host(100)),
    ("rules_by_host_1000", || rules_by_host(1_000)),
    ("rules_by_path_1", || rules_by_path(1)),
    ("rules_by_path_100", || rules_by_path(100)),
    ("rules_by_path_1000", || rules_by_path(1_000)),
];

/// The last of so many rules is the request's. What they name is of one length whatever their number is.
fn rules_by_host(count: usize) -> (World, Headers) {
    let host =
        |number: usize| if number == count { HOST.to_owned() } else { format!("app{number:04}.example.com") };
    let rule = |number| json!({"match": {"hosts": [host(number)], "paths": ["/orders/*"]}, "require": {"groups": ["admin"]}});
    with_session(&json!({"access": (1..=count).map(rule).collect::<Vec<_>>()}), "/orders/17")
}

fn rules_by_path(count: usize) -> (World, Headers) {
    let path = |number| format!("/team{:04}/orders/*", 1_000 - count + number);
    let rule = |number| json!({"match": {"paths": [path(number)]}, "require": {"groups": ["admin"]}});
    with_session(&json!({"access": (1..=count).map(rule).collect::<Vec<_>>()}), "/team1000/orders/17")
}

/// The second request of a session, and each after it: the session is in the cache.
fn with_session(extra: &Value, path: &str) -> (World, Headers) {
    let mut world = World::signed_in(extra);
    let mut headers = headers(path);
    headers.push(("cookie".to_owned(), world.browser.header().into_bytes()));
    world.send_bytes(headers.clone());
    (world, headers)
}

fn without_session(extra: &Value, path: &str) -> (World, Headers) {
    (World::ready(extra), headers(path))
}

/// As a browser sends them.
fn headers(path: &str) -> Headers {
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
    headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect()
}

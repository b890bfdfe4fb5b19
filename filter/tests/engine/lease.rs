//! The lease of a refresh: it lasts as long as each of its calls may, and no longer.

use serde_json::json;

use crate::refresh::{DUE, other_worker, world};
use crate::world::*;

#[test]
fn the_lease_of_a_worker_that_was_lost_is_taken_over() {
    let mut lost = world();
    lost.now = lost.now.plus(DUE);
    let mut other = other_worker(&lost);
    parked(lost.send(page("/")));
    assert!(lost.poll().is_some());
    let pending = parked(other.send(page("/")));
    assert!(other.poll().is_none());
    // A call of five seconds, and five more.
    other.now = other.now.plus(9);
    assert!(other.poll().is_none());
    other.now = other.now.plus(1);
    assert!(other.poll().is_some());
    assert!(!other.engine.may_go_on(&pending, other.now));
}

#[test]
fn one_refresh_token_is_used_once_however_slow_its_three_calls_are() {
    let mut first = world();
    first.now = first.now.plus(DUE);
    let mut other = other_worker(&first);
    parked(first.send(page("/")));
    let (_, refresh) = first.poll().unwrap();
    first.now = first.now.plus(4);
    let tokens = json!({"access_token": "access-2", "token_type": "Bearer", "expires_in": 600, "refresh_token": "refresh-2"});
    let (_, next) = first.on_provider_answer(refresh, &ok(&tokens));
    let (call, userinfo) = next.unwrap();
    assert!(call.path.ends_with("userinfo"));
    first.now = first.now.plus(4);
    let reset = answer(503, "upstream connect error or disconnect/reset before headers");
    let (_, next) = first.on_provider_answer(userinfo, &reset);
    assert!(next.expect("once more").0.path.ends_with("userinfo"));
    other.now = first.now.plus(3);
    parked(other.send(page("/")));
    assert!(other.poll().is_none(), "the same refresh token again");
}

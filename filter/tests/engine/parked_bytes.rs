//! What those who wait hold together.
//!
//! As somebody without an account, while the provider is slow: I open many pages with as many bytes of headers as Envoy
//! takes, so that each of the few places that I may fill is a large one; then I hang up, or wait until I am answered, and
//! begin again.

use serde_json::json;
use vestibule::driver::{Driver, Effect, Outside, StreamId, limits};
use vestibule::engine::Request;
use vestibule::page::Reason;

use crate::world::*;

const LARGE: usize = 56_000;

/// A driver that knows no provider yet, and those that were refused.
struct Crowd {
    driver: Driver,
    world: World,
    refused: Vec<(StreamId, Reason)>,
}

impl Crowd {
    fn new() -> Self {
        let mut driver = Driver::default();
        driver.configure(Some(engine(&json!({}))));
        Self { driver, world: World::new(&json!({})), refused: vec![] }
    }

    fn tell(&mut self, event: impl FnOnce(&mut Driver, &mut Outside<'_>)) {
        let World { now, entropy, shared, .. } = &mut self.world;
        event(
            &mut self.driver,
            &mut Outside { now: *now, milliseconds: now.0 * 1000, entropy, shared, source: &mut || None },
        );
        while let Some(effect) = self.driver.next_effect() {
            match effect {
                Effect::Reply(stream, reply, _) => self.refused.push((stream, reply.reason)),
                Effect::Call(_, then) => self.driver.on_call_made(1, then, 0),
                _ => {}
            }
        }
    }

    /// A page, with a header of so many bytes.
    fn open(&mut self, stream: StreamId, bytes: usize) {
        let mut headers = page("/page");
        headers.push(("x-large", "x".repeat(bytes)));
        self.tell(|driver, outside| driver.on_request(stream, Request::of(&headers), outside));
    }

    fn overloaded(&self) -> usize {
        self.refused.iter().filter(|(_, reason)| *reason == Reason::Overloaded).count()
    }
}

#[test]
fn large_requests_wait_in_small_numbers() {
    let mut crowd = Crowd::new();
    for stream in 0..400 {
        crowd.open(stream, LARGE);
    }
    let waiting = crowd.driver.waiting();
    assert!((140..=limits::MAX_WAITING_BYTES / LARGE).contains(&waiting), "{waiting}");
    assert_eq!(crowd.overloaded(), 400 - waiting);
    // What is left is room for a small one.
    crowd.open(1000, 0);
    assert_eq!(crowd.driver.waiting(), waiting + 1);
}

#[test]
fn everyday_requests_wait_as_many_as_may() {
    let mut crowd = Crowd::new();
    for stream in 0..1001 {
        crowd.open(stream, 6000);
    }
    assert_eq!((crowd.driver.waiting(), crowd.overloaded()), (limits::MAX_WAITING, 1));
}

#[test]
fn whoever_goes_gives_the_room_back() {
    let mut crowd = Crowd::new();
    for round in 0..3 {
        let first = round * 1000;
        for stream in first..first + 400 {
            crowd.open(stream, LARGE);
        }
        let (waiting, overloaded) = (crowd.driver.waiting(), crowd.overloaded());
        assert!(waiting >= 140, "round {round}: {waiting}");
        // Some hang up, also those that do not wait, and some twice.
        for stream in (first..first + 400).chain(first..first + 50) {
            if stream % 3 == 0 {
                crowd.tell(|driver, _| driver.on_stream_gone(stream));
            }
        }
        assert!(crowd.driver.waiting() < waiting);
        // The others are answered when their time is over.
        crowd.world.now = crowd.world.now.plus(limits::MAX_WAIT);
        while crowd.driver.waiting() > 0 {
            crowd.tell(Driver::on_tick);
        }
        assert_eq!(crowd.overloaded(), overloaded);
    }
    // Nothing is left of them.
    for stream in 5000..5140 {
        crowd.open(stream, LARGE);
    }
    assert_eq!(crowd.driver.waiting(), 140);
}

#[test]
fn a_stream_whose_number_comes_again_is_counted_once() {
    let mut crowd = Crowd::new();
    for _ in 0..1000 {
        crowd.open(7, LARGE);
    }
    assert_eq!((crowd.driver.waiting(), crowd.overloaded()), (1, 0));
}

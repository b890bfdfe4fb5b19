//! Who waits and until when, whose call is under way, what there is room for: the driver with a host that the test plays.
//!
//! What somebody would try: open a thousand pages at once, send callbacks without end, go away in the middle, come back
//! under the number of another stream, let the provider answer late, twice or never, set the clock back.

mod budgets;
mod metrics;
mod statuses;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};
use vestibule::driver::{Caller, Continuation, Driver, Effect, Outside, StreamId, limits};
use vestibule::engine::{ProviderEvent, Request};
use vestibule::inputs::Timestamp;
use vestibule::oidc::{Answer, HttpCall};
use vestibule::page::Reason;

use crate::world::*;
use statuses::statuses;

/// What became of a stream.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Ignored,
    Forwarded,
    Replied(Reason),
}

/// Does what the driver wants as the host does, and writes it down.
struct Host {
    driver: Driver,
    /// The provider and a browser; its engine is not asked.
    world: World,
    fates: BTreeMap<StreamId, Fate>,
    /// Decisions in the last callback.
    decided: usize,
    calls: BTreeMap<u32, HttpCall>,
    next_call: u32,
    /// Whether calls can be made, edits be done and ticks be set.
    works: bool,
    tick: Option<Duration>,
    /// Who asks.
    source: Option<IpAddr>,
    /// Of the last sign-in that was begun.
    nonce: String,
    events: Vec<ProviderEvent>,
    hidden: Vec<StreamId>,
}

impl Host {
    fn new(extra: &Value) -> Self {
        let mut host = Self {
            driver: Driver::default(),
            world: World::new(extra),
            fates: BTreeMap::new(),
            decided: 0,
            calls: BTreeMap::new(),
            next_call: 1,
            works: true,
            tick: None,
            source: None,
            nonce: String::new(),
            events: vec![],
            hidden: vec![],
        };
        host.driver.configure(Some(engine(extra)));
        host.perform();
        host
    }

    fn ready(extra: &Value) -> Self {
        let mut host = Self::new(extra);
        host.tick();
        host.provider_answers();
        host.tick();
        host.provider_answers();
        assert_eq!(host.events.last(), Some(&ProviderEvent::Ready));
        host
    }

    /// An event, and then all that follows from it.
    fn tell(&mut self, event: impl FnOnce(&mut Driver, &mut Outside<'_>)) {
        let World { now, entropy, shared, .. } = &mut self.world;
        let source = self.source;
        event(
            &mut self.driver,
            &mut Outside { now: *now, milliseconds: now.0 * 1000, entropy, shared, source: &mut || source },
        );
        self.perform();
    }

    fn perform(&mut self) {
        self.decided = 0;
        while let Some(effect) = self.driver.next_effect() {
            match effect {
                Effect::Ignore(stream) => self.decide(stream, Fate::Ignored),
                Effect::Forward(stream, ..) if !self.works => self.driver.on_edits_not_made(stream),
                Effect::Forward(stream, ..) => self.decide(stream, Fate::Forwarded),
                Effect::Reply(stream, reply, _) => self.decide(stream, Fate::Replied(reply.reason)),
                Effect::HideQuery(stream) => self.hidden.push(stream),
                Effect::Call(call, then) => self.call(call, then),
                Effect::Tick(period) if self.works => self.tick = Some(period),
                Effect::Tick(_) => self.driver.on_tick_not_set(),
                Effect::Event(event) => self.events.push(event),
                Effect::Log(_) => {}
            }
        }
        assert!(self.driver.waiting() <= limits::MAX_WAITING);
    }

    fn decide(&mut self, stream: StreamId, fate: Fate) {
        self.decided += 1;
        let before = self.fates.insert(stream, fate);
        assert_eq!(before, None, "stream {stream} is decided twice");
    }

    fn call(&mut self, call: HttpCall, then: Continuation) {
        if self.works {
            self.calls.insert(self.next_call, call);
            self.driver.on_call_made(self.next_call, then, self.world.now.0 * 1000);
            self.next_call += 1;
        } else {
            let World { now, entropy, shared, .. } = &mut self.world;
            let source = self.source;
            let outside = &mut Outside {
                now: *now,
                milliseconds: now.0 * 1000,
                entropy,
                shared,
                source: &mut || source,
            };
            self.driver.on_call_not_made(then, outside);
        }
    }

    fn send(&mut self, stream: StreamId, headers: Vec<(&'static str, String)>) {
        let mut headers = headers;
        if !self.world.browser.0.is_empty() {
            headers.push(("cookie", self.world.browser.header()));
        }
        self.tell(|driver, outside| driver.on_request(stream, Request::of(&headers), outside));
    }

    fn answer(&mut self, call: u32, answer: &Answer) {
        self.tell(|driver, outside| driver.on_answer(call, answer, outside));
    }

    fn tick(&mut self) {
        self.tell(Driver::on_tick);
    }

    /// Answers the calls for metadata and keys.
    fn provider_answers(&mut self) {
        for (call, made) in std::mem::take(&mut self.calls) {
            let answer = if made.path.ends_with("openid-configuration") {
                ok(&self.world.provider.metadata)
            } else {
                ok(&self.world.provider.keys())
            };
            self.answer(call, &answer);
        }
    }

    fn answer_first(&mut self) {
        self.answer_first_with(&answer(500, ""));
    }

    fn answer_first_with(&mut self, answer: &Answer) {
        let (first, _) = self.calls.pop_first().unwrap();
        self.answer(first, answer);
    }

    fn answer_all_with(&mut self, answer: &Answer) {
        while !self.calls.is_empty() {
            self.answer_first_with(answer);
        }
    }

    /// The number of the only call that is under way.
    fn only_call(&self) -> u32 {
        assert_eq!(self.calls.len(), 1, "{:?}", self.calls);
        *self.calls.keys().next().unwrap()
    }

    fn gone(&mut self, stream: StreamId) {
        self.driver.on_stream_gone(stream);
        self.perform();
    }

    /// A browser on its way back from the provider: the headers of its callback. The engine of the world seals as the
    /// driver's does.
    fn callback(&mut self) -> Vec<(&'static str, String)> {
        if self.nonce.is_empty() {
            self.world.become_ready();
        }
        self.world.browser = Browser::default();
        let started = self.world.begin("/");
        let mut headers = page(&format!("/oauth2/callback?code=the-code&state={}", started.state));
        headers.push(("cookie", self.world.browser.header()));
        self.world.browser = Browser::default();
        self.nonce = started.nonce;
        headers
    }
}

#[test]
fn whoever_waits_is_decided_when_the_provider_is_known() {
    let mut host = Host::new(&json!({}));
    assert_eq!(host.tick, Some(limits::BUSY_TICK));
    host.send(1, page("/a"));
    assert!(host.fates.is_empty());
    assert_eq!((host.driver.waiting(), host.tick), (1, Some(limits::URGENT_TICK)));
    host.tick();
    host.provider_answers();
    assert!(host.fates.is_empty());
    host.tick();
    host.provider_answers();
    assert_eq!(host.fates[&1], Fate::Replied(Reason::SignInStarted));
    host.tick();
    assert_eq!(host.tick, Some(limits::IDLE_TICK));
}

#[test]
fn nobody_waits_longer_than_the_limit_whatever_the_clock_does() {
    let mut host = Host::new(&json!({}));
    host.tick();
    host.send(1, page("/a"));
    host.world.now = host.world.now.plus(limits::MAX_WAIT - 1);
    host.tick();
    assert!(host.fates.is_empty());
    host.world.now = host.world.now.plus(1);
    host.tick();
    assert_eq!(host.fates[&1], Fate::Replied(Reason::ProviderNotReady));
    // Set back by a year: whoever waits does not wait for a year.
    host.send(2, page("/a"));
    host.world.now = Timestamp(host.world.now.0 - 365 * 86_400);
    host.tick();
    assert_eq!(host.fates[&2], Fate::Replied(Reason::ProviderNotReady));
    assert_eq!(host.driver.waiting(), 0);
}

#[test]
fn a_crowd_is_decided_some_at_a_time_and_soon() {
    let mut host = Host::new(&json!({}));
    for stream in 0..100 {
        host.send(stream, page("/a"));
    }
    host.tick();
    host.provider_answers();
    host.tick();
    host.provider_answers();
    assert_eq!(host.decided, limits::MAX_DECIDED_AT_ONCE);
    let mut ticks = 0;
    while host.fates.len() < 100 {
        host.tick();
        assert!(host.decided <= limits::MAX_DECIDED_AT_ONCE);
        assert!(host.fates.len() == 100 || host.tick == Some(limits::URGENT_TICK));
        ticks += 1;
    }
    assert_eq!(ticks, 4);
}

#[test]
fn whoever_comes_when_a_thousand_wait_is_told_to_come_back() {
    let mut host = Host::new(&json!({}));
    let most = u32::try_from(limits::MAX_WAITING).unwrap();
    for stream in 0..most {
        host.send(stream, page("/a"));
    }
    assert!(host.fates.is_empty());
    host.send(most, page("/a"));
    assert_eq!(host.fates[&most], Fate::Replied(Reason::Overloaded));
    // Where one has gone there is room for one.
    host.gone(0);
    host.send(most + 1, page("/a"));
    assert_eq!((host.fates.len(), host.driver.waiting()), (1, limits::MAX_WAITING));
}

#[test]
fn a_stream_that_has_gone_gets_nothing_any_more() {
    let mut host = Host::ready(&json!({}));
    let callback = host.callback();
    host.send(1, callback);
    assert_eq!(host.hidden, [1], "its code is in no access log, although nobody hears the answer");
    let call = host.only_call();
    assert_eq!(host.driver.caller(call), Some(Caller::Stream(1)));
    host.gone(1);
    assert_eq!(host.driver.caller(call), None);
    host.answer(call, &answer(500, ""));
    assert!(host.fates.is_empty());
    // Its number comes again, and is somebody else.
    host.send(1, bare("GET", "/a"));
    host.answer(call, &answer(500, ""));
    assert_eq!(host.fates[&1], Fate::Replied(Reason::NotSignedIn));

    let mut waits = Host::new(&json!({}));
    waits.send(1, page("/a"));
    waits.gone(1);
    waits.world.now = waits.world.now.plus(60);
    waits.tick();
    assert!(waits.fates.is_empty() && waits.driver.waiting() == 0);
}

#[test]
fn an_answer_that_comes_twice_is_heard_once() {
    let mut host = Host::ready(&json!({}));
    let callback = host.callback();
    host.send(1, callback);
    let call = host.only_call();
    host.answer(call, &answer(500, ""));
    assert_eq!(host.fates[&1], Fate::Replied(Reason::TokenUnreachable));
    host.answer(call, &answer(500, ""));
    host.answer(77, &answer(500, ""));
    assert_eq!((host.fates.len(), host.driver.calls()), (1, 0));
}

#[test]
fn a_cookie_waits_for_the_applications_response_while_it_is_young() {
    let extra = json!({"session": {"idle_timeout": "10m"}});
    let mut host = Host::ready(&extra);
    host.world.become_ready();
    assert_eq!(host.world.sign_in("/").status, 302);
    host.world.now = host.world.now.plus(300);
    let cookies =
        |host: &mut Host, stream, now| cookies_set_by(&host.driver.on_response(stream, || now)).len();
    for stream in 1..=5 {
        host.send(stream, page("/a"));
        assert_eq!(host.fates[&stream], Fate::Forwarded);
    }
    let now = host.world.now;
    assert_eq!(cookies(&mut host, 1, now.plus(limits::MAX_EDIT_AGE)), 1);
    assert_eq!(cookies(&mut host, 1, now), 0, "once");
    assert_eq!(
        cookies(&mut host, 2, now.plus(limits::MAX_EDIT_AGE + 1)),
        0,
        "the person may have signed out"
    );
    assert_eq!(cookies(&mut host, 3, Timestamp(now.0 - 1)), 0, "nobody knows how old it is");
    host.gone(4);
    assert_eq!(cookies(&mut host, 4, now), 0, "of another stream");
    host.driver.on_edits_not_made(5);
    assert_eq!(cookies(&mut host, 5, now), 0, "on an answer of the filter's own");
}

#[test]
fn without_a_configuration_that_works_everything_is_refused() {
    let mut host = Host::new(&json!({}));
    host.driver.configure(None);
    host.send(1, bare("GET", "/healthz"));
    assert_eq!(host.fates[&1], Fate::Replied(Reason::Internal));
    assert_eq!(statuses(&mut host, 1), ["500"]);
    host.tick();
    assert!(host.calls.is_empty());
    assert!(host.driver.forged_trailers(["x-auth-request-user"].into_iter()).is_empty());
}

#[test]
fn a_request_whose_headers_cannot_be_read_or_edited_does_not_go_on() {
    let mut host = Host::ready(&json!({"access": [{"allow": "public"}]}));
    host.tell(|driver, outside| driver.on_request(1, None, outside));
    assert_eq!(host.fates[&1], Fate::Replied(Reason::Internal));
    host.works = false;
    host.send(2, page("/a"));
    assert_eq!(host.fates[&2], Fate::Replied(Reason::Internal));
    host.works = true;
    host.send(3, page("/a"));
    assert_eq!(host.fates[&3], Fate::Forwarded);
}

#[test]
fn outside_hosts_nothing_is_done() {
    let mut host = Host::new(&json!({"hosts": ["other.example.com"]}));
    host.send(1, page("/a"));
    assert_eq!(host.fates[&1], Fate::Ignored);
}

#[test]
fn a_tick_that_could_not_be_set_is_set_with_the_next_one() {
    let mut host = Host::new(&json!({}));
    host.tick();
    host.provider_answers();
    host.works = false;
    host.send(1, page("/a"));
    assert_eq!(host.tick, Some(limits::BUSY_TICK));
    host.works = true;
    host.send(2, page("/a"));
    assert_eq!(host.tick, Some(limits::URGENT_TICK));
}

#[test]
fn a_tick_begins_so_many_calls_and_no_more() {
    let extra =
        json!({"session": {"refresh": true}, "access": [{"match": {"paths": ["/x"]}, "allow": "public"}]});
    let mut host = Host::ready(&extra);
    host.world.become_ready();
    // People whose access tokens all run out soon.
    let mut browsers = vec![];
    for _ in 0..20 {
        host.world.browser = Browser::default();
        host.world.now = host.world.now.plus(1);
        assert_eq!(host.world.sign_in("/").status, 302);
        browsers.push(host.world.browser.clone());
    }
    host.world.now = host.world.now.plus(570);
    for (stream, browser) in (0..).zip(browsers) {
        host.world.browser = browser;
        host.send(stream, page("/a"));
    }
    assert_eq!(host.driver.waiting(), 20);
    host.tick();
    assert_eq!(host.calls.len(), limits::MAX_CALLS_IN_A_TICK);
    host.tick();
    assert_eq!(host.calls.len(), 2 * limits::MAX_CALLS_IN_A_TICK);
}

//! One run: the workers' drivers, a browser and a clock. It sends events and does what the drivers want, as the
//! filter's host does; `acts` says which.

use std::collections::BTreeSet;
use std::mem;

use vestibule::config;
use vestibule::driver::{CallToken, Caller, Continuation, Driver, Effect, Outside, StreamId, limits};
use vestibule::engine::{Engine, ProviderEvent, Request};
use vestibule::inputs::Timestamp;
use vestibule::oidc::{Answer, HttpCall};
use vestibule::page::{self, Reason, Reply};
use vestibule_testing::{ISSUER, TestEntropy, TestShared, configuration};

use super::asked::Asked;
use super::browser::{Browser, host_name};
use super::known::{Known, WORKERS};
use super::laws;
use super::refresh;
use super::settings::Setting;
use super::sign_ins::{Redeeming, Started};
use super::streams::{Call, State, Stream};
use crate::reached::Reached;

#[derive(Debug)]
pub(super) struct World {
    pub(super) known: Known,
    pub(super) reached: Reached,
    pub(super) entropy: TestEntropy,
    pub(super) browser: Browser,
    /// With which the provider signs.
    pub(super) key: usize,
    /// Whether the application takes its time.
    pub(super) is_slow: bool,
    pub(super) streams: Vec<Stream>,
    pub(super) calls: Vec<Call>,
    drivers: [Driver; WORKERS],
    shared: TestShared,
    last_stream: StreamId,
    last_call: CallToken,
    /// The answer that the root context has just been given.
    answered: Option<Answered>,
}

/// An answer for everybody, as the provider meant it.
#[derive(Debug, Default)]
pub(super) struct Answered {
    /// Of a refresh.
    pub(super) told: Option<refresh::Told>,
    /// The provider's present key, where it is in the set.
    pub(super) key: Option<usize>,
    /// When the call was made.
    asked_at: Timestamp,
}

impl World {
    pub(super) fn new(setting: Setting) -> Self {
        let mut world = Self {
            known: Known::new(setting),
            reached: Reached::default(),
            entropy: TestEntropy::default(),
            browser: Browser::default(),
            key: 0,
            is_slow: false,
            streams: vec![],
            calls: vec![],
            drivers: Default::default(),
            shared: TestShared::default(),
            last_stream: 0,
            last_call: 0,
            answered: None,
        };
        (0..WORKERS).for_each(|worker| world.start(worker));
        world
    }

    /// A worker begins, perhaps anew: whatever was on its way there is lost.
    pub(super) fn start(&mut self, worker: usize) {
        self.known.worker = worker;
        self.known.served[worker] = None;
        self.known.refreshes.forget(Some(worker));
        self.known.redeemed.retain(|(own, _)| *own != worker);
        self.streams.retain(|stream| stream.worker != worker);
        self.calls.retain(|call| call.worker != worker);
        self.drivers[worker] = Driver::default();
        self.drivers[worker].configure(Some(engine(&self.known.setting)));
        self.perform();
    }

    pub(super) fn send(&mut self, headers: Vec<(String, Vec<u8>)>) -> StreamId {
        self.last_stream += 1;
        let (id, worker) = (self.last_stream, self.known.worker);
        let asked = Asked::new(headers.clone());
        let state = State::Undecided;
        self.streams.push(Stream { id, worker, asked, redeeming: None, state, hides_query: false });
        self.tell(|driver, inputs| driver.on_request(id, Request::of(&headers), inputs));
        self.perform();
        id
    }

    /// `redeeming` is what the provider has told by this answer.
    pub(super) fn answer_stream(
        &mut self,
        call: &Call,
        id: StreamId,
        answer: &Answer,
        redeeming: Option<Redeeming>,
    ) {
        let stream = self.stream(id);
        stream.redeeming = redeeming;
        stream.state = State::Undecided;
        let state = stream.asked.parameter("state").expect("only callbacks make calls");
        if call.call.path.ends_with("/v1/token") && says_nothing_about_the_code(answer) {
            self.known.redeemed.remove(&(call.worker, state));
        }
        self.answer(call, answer);
    }

    pub(super) fn answer_root(&mut self, call: &Call, answer: &Answer, answered: Answered) {
        self.answered = Some(Answered { asked_at: call.at, ..answered });
        self.answer(call, answer);
        self.answered = None;
    }

    fn answer(&mut self, call: &Call, answer: &Answer) {
        self.known.worker = call.worker;
        assert_eq!(self.drivers[call.worker].caller(call.token), Some(call.caller));
        self.tell(|driver, inputs| driver.on_answer(call.token, answer, inputs));
        self.perform();
    }

    pub(super) fn tick(&mut self) {
        self.tell(Driver::on_tick);
        self.perform();
        let (worker, now) = (self.known.worker, self.known.now);
        // There are never more than one callback decides.
        for stream in self.streams.iter().filter(|stream| stream.worker == worker) {
            if let State::Waits { until } = stream.state {
                assert!(
                    now < until && until <= now.plus(limits::MAX_WAIT),
                    "it waits all the same: {stream:?}"
                );
            }
        }
    }

    /// A stream goes away, decided or not.
    pub(super) fn leave(&mut self, id: StreamId) {
        let Some(at) = self.streams.iter().position(|stream| stream.id == id) else { return };
        let stream = self.streams.remove(at);
        self.known.worker = stream.worker;
        self.reached.count_if(!stream.is_decided(), "left");
        self.calls.retain(|call| call.caller != Caller::Stream(id));
        self.drivers[stream.worker].on_stream_gone(id);
        self.perform();
    }

    /// The application answers a request, and the browser takes what comes with it.
    pub(super) fn respond(&mut self, id: StreamId) {
        let stream = self.stream(id);
        let authority = stream.asked.authority().to_owned();
        let State::Forwarded(forwarded) = mem::replace(&mut stream.state, State::Over) else {
            panic!("nobody has it: {stream:?}");
        };
        let (worker, now) = (stream.worker, self.known.now);
        let edits = self.drivers[worker].on_response(id, || now);
        self.reached.count_if(forwarded.at != now && edits.is_empty(), "withheld_cookies");
        if let Some((session, set_cookies)) = laws::response(&forwarded, &edits, now) {
            self.reached.count("renewed_cookies");
            self.known.ledger.add(session, &set_cookies);
            self.browser.keep(&set_cookies, &authority, &self.known.setting);
        }
        assert!(self.drivers[worker].on_response(id, || now).is_empty(), "a cookie comes twice");
    }

    fn tell(&mut self, event: impl FnOnce(&mut Driver, &mut Outside<'_>)) {
        let outside = &mut Outside {
            now: self.known.now,
            milliseconds: self.known.now.0 * 1000,
            entropy: &mut self.entropy,
            shared: &mut self.shared,
            source: &mut || None,
        };
        event(&mut self.drivers[self.known.worker], outside);
    }

    fn stream(&mut self, id: StreamId) -> &mut Stream {
        self.streams.iter_mut().find(|stream| stream.id == id).expect("a stream that is there")
    }

    /// Does what the driver of the worker wants; then looks who waits, and whose streams are over.
    fn perform(&mut self) {
        let worker = self.known.worker;
        while let Some(effect) = self.drivers[worker].next_effect() {
            if *super::TRACES {
                println!("  => {effect:?}");
            }
            self.follow(effect);
        }
        self.note_who_waits();
        let calls = self.calls.iter().filter(|call| call.worker == worker).count();
        assert_eq!(self.drivers[worker].calls(), calls);
        while let Some(over) = self.streams.iter().find(|stream| matches!(stream.state, State::Over)) {
            let id = over.id;
            self.leave(id);
        }
    }

    /// Judges an effect and goes on with it as the host and the browser do.
    fn follow(&mut self, effect: Effect) {
        match effect {
            Effect::Ignore(id) => {
                let stream = self.decide(id, State::Over);
                let acts = self.known.setting.acts_on(self.streams[stream].asked.authority());
                assert_eq!(acts, Ok(None), "let through undecided: {}", self.streams[stream].asked);
            }
            Effect::Forward(id, edits, _, verdict) => {
                let stream = self.decide(id, State::Over);
                let asked = &self.streams[stream].asked;
                let forwarded = laws::forward(&self.known, asked, &edits, &verdict);
                self.reached.count_if(forwarded.tells_who, "forwarded_with_session");
                self.streams[stream].state = State::Forwarded(Box::new(forwarded));
                if !self.is_slow {
                    self.respond(id);
                }
            }
            Effect::Reply(id, reply, verdict) => {
                let stream = self.decide(id, State::Over);
                let Stream { worker, asked, .. } = &self.streams[stream];
                let request = Request::of(&asked.headers);
                let now = self.known.now;
                let report = self.drivers[*worker].report(&reply, verdict.as_ref(), request.as_ref(), now);
                laws::report(&report, asked);
                self.reply(stream, &reply);
            }
            Effect::HideQuery(id) => self.stream(id).hides_query = true,
            Effect::Call(call, then) => self.call(call, then),
            Effect::Tick(period) => assert!(limits::URGENT_TICK <= period && period <= limits::IDLE_TICK),
            Effect::Event(event) => self.event(&event),
            Effect::Log(line) => laws::line(&line),
        }
    }

    /// The place of a stream that is decided now, and never was before.
    fn decide(&mut self, id: StreamId, state: State) -> usize {
        let at = self.streams.iter().position(|stream| stream.id == id).expect("a stream that is there");
        let stream = &mut self.streams[at];
        assert!(matches!(stream.state, State::Undecided | State::Waits { .. }), "decided twice: {stream:?}");
        if let State::Waits { until } = stream.state {
            self.reached.count_if(until <= self.known.now, "gave_up");
        }
        stream.state = state;
        at
    }

    fn reply(&mut self, stream: usize, reply: &Reply) {
        let Stream { asked, redeeming, .. } = &self.streams[stream];
        let rendered = page::render(reply);
        let begun = laws::reply(&self.known, asked, reply, &rendered, redeeming.as_ref());
        let set_cookies = laws::set_cookies(&rendered);
        let host = host_name(asked.authority());
        let cookies = asked.cookies();
        let alive = self.known.ledger.alive(&cookies, &host, &self.known.setting, self.known.now);
        let has_ended = alive.iter().any(|session| self.known.has_ended(session, &cookies, &host));
        self.reached.count_if(has_ended, "brought_an_ended_session");
        if reply.reason == Reason::SignedOut {
            self.reached.count("signed_out");
            let ended: BTreeSet<_> = alive.iter().filter_map(|session| session.sign_in).collect();
            // Where it could be one of several, nobody but the filter knows which.
            if let (Some(ended), 1) = (ended.first(), ended.len()) {
                self.known.marks.add(&set_cookies, &host, *ended, self.known.now);
            }
        }
        let is_new = redeeming.is_some();
        self.reached.count_if(is_new && !begun.is_empty(), "signed_in");
        self.reached.count_if(!is_new && !begun.is_empty(), "renewed_by_an_endpoint");
        begun.into_iter().for_each(|session| self.known.ledger.add(session, &set_cookies));
        self.browser.keep(&set_cookies, asked.authority(), &self.known.setting);
        if let Some(started) = started(&self.known, laws::location(&rendered), asked, &set_cookies) {
            self.reached.count("sign_ins_begun");
            self.known.started.push(started);
        }
    }

    fn call(&mut self, call: HttpCall, then: Continuation) {
        laws::call(&call, &self.known.setting);
        self.last_call += 1;
        let (worker, token, caller, at) = (self.known.worker, self.last_call, then.caller(), self.known.now);
        match &then {
            Continuation::OfStream(id, calling, _) => {
                let hides_query = calling.hides_query();
                let at = self.decide(*id, State::Calls);
                let known = &self.known;
                let stream = &mut self.streams[at];
                if stream.redeeming.is_none() {
                    stream.redeeming = laws::redemption(known, &stream.asked, &call);
                    let state = stream.asked.parameter("state").expect("a state");
                    assert!(self.known.redeemed.insert((worker, state)), "one state buys two calls");
                }
                let (known, stream) = (&self.known, &mut self.streams[at]);
                if let Some(told) = stream.redeeming.as_mut().and_then(|redeeming| redeeming.told.as_mut()) {
                    assert!(known.is_honest(told), "userinfo by a token that does not verify");
                    told.verified = true;
                    self.reached.count("userinfo_asked");
                }
                assert!(stream.redeeming.is_some(), "a call without a sign-in");
                assert!(hides_query && stream.hides_query, "the code gets into the access log");
            }
            Continuation::OfRoot(_) => {
                // What came of the answer before, this one says.
                self.answered = None;
                if call.path.ends_with("/v1/token") {
                    self.known.refreshes.call(&call, worker, !self.entropy.dry, at);
                }
            }
        }
        self.drivers[worker].on_call_made(token, then, self.known.now.0 * 1000);
        self.calls.push(Call { worker, token, caller, call, at });
    }

    fn event(&mut self, event: &ProviderEvent) {
        laws::event(event);
        let by_itself = self.answered.is_none();
        let Answered { told, key, asked_at } = self.answered.take().unwrap_or_default();
        let Known { refreshes, worker, now, .. } = &mut self.known;
        if let Some(told) = told {
            let refreshed = matches!(event, ProviderEvent::Refreshed { .. });
            refreshes.came_to(told, refreshed, *worker, !self.entropy.dry, *now);
        }
        match event {
            ProviderEvent::Ready if by_itself => {
                self.reached.count("taken_keys");
                self.known.taken();
            }
            ProviderEvent::Ready => {
                let key = key.expect("ready without a key");
                self.known.fetched(key, asked_at, !self.entropy.dry);
            }
            ProviderEvent::Refreshed { .. } => self.reached.count("refreshed"),
            ProviderEvent::RefreshFailed(_) => self.reached.count("refresh_failed"),
            ProviderEvent::Revoked => self.reached.count("revoked"),
            ProviderEvent::Failed(_) => self.reached.count("discovery_failed"),
            ProviderEvent::IssuerReady(_)
            | ProviderEvent::IssuerFailed(..)
            | ProviderEvent::NotShared
            | ProviderEvent::IssuerNotShared(_)
            | ProviderEvent::HalfWay => {}
        }
    }

    /// Whoever was not decided and has no call waits.
    fn note_who_waits(&mut self) {
        let Known { worker, now, started, .. } = &self.known;
        let mut waiting = 0;
        for stream in self.streams.iter_mut().filter(|stream| stream.worker == *worker) {
            if let State::Undecided = stream.state {
                stream.state = State::Waits { until: now.plus(limits::MAX_WAIT) };
                let has_honest_code = stream.asked.has_honest_code(started);
                assert!(stream.hides_query || !has_honest_code, "the code gets into the access log");
                self.reached.count("waited");
                self.reached.count_if(stream.redeeming.is_some(), "waited_for_keys");
            }
            waiting += usize::from(matches!(stream.state, State::Waits { .. }));
        }
        assert_eq!(self.drivers[*worker].waiting(), waiting, "somebody is lost, or waits unseen");
    }
}

/// Then the same address works once more.
fn says_nothing_about_the_code(answer: &Answer) -> bool {
    match answer {
        Answer::Nothing => true,
        Answer::Response { status, .. } => *status == 429 || *status >= 500,
        Answer::TooLarge => false,
    }
}

/// The sign-in that begins by a redirect to the provider.
fn started(known: &Known, location: Option<&str>, asked: &Asked, set_cookies: &[String]) -> Option<Started> {
    let location = location.filter(|url| url.starts_with(&format!("{ISSUER}/v1/authorize?")))?;
    let url = url::Url::parse(location).expect("a URL");
    let get = |name: &str| {
        let mut values = url.query_pairs().filter(|(own, _)| own == name);
        let value = values.next().unwrap_or_else(|| panic!("no {name}")).1.into_owned();
        assert!(values.next().is_none(), "{name} twice");
        value
    };
    assert_eq!((&*get("response_type"), &*get("code_challenge_method")), ("code", "S256"));
    assert_eq!(get("code_challenge").len(), 43);
    let (state, nonce) = (get("state"), get("nonce"));
    let again = |started: &Started| started.state == state || started.nonce == nonce;
    assert!(!known.started.iter().any(again), "a state or nonce comes twice");
    assert!(state.len() <= 512, "{state}");
    let bindings: Vec<&str> = set_cookies.iter().filter_map(|cookie| laws::binding(cookie)).collect();
    let [binding] = bindings[..] else { panic!("bound to {bindings:?}") };
    let (host, binding) = (host_name(asked.authority()), binding.to_owned());
    Some(Started { state, nonce, host, binding, at: known.now })
}

fn engine(setting: &Setting) -> Engine {
    let configuration = configuration(&setting.json).to_string();
    let config = config::load(configuration.as_bytes(), &|_| None).unwrap_or_else(|error| panic!("{error}"));
    Engine::new(config).expect("there is a secret")
}

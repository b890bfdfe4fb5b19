//! One run: an engine, browsers, a provider and a clock.

use vestibule::config;
use vestibule::engine::{Engine, Pending, ProviderEvent, Request, Step};
use vestibule::inputs::{Inputs, Room, Timestamp};
use vestibule::oidc::{Answer, HttpCall};
use vestibule::page::Reason;
use vestibule_testing::{ISSUER, TestEntropy, TestShared, configuration};

use super::answers::{self, GOOD_FOR, Person};
use super::browser::{Browser, host_name};
use super::laws::{self, Asked};
use super::ledger::{Honest, Ledger};
use super::refresh::{self, Refreshes, TokenNumber};
use super::requests;
use super::script::{Act, Answered, Ask, ComeBack};
use super::settings::Setting;
use crate::support::NOW;

const MAX_WAITING: usize = 8;

#[derive(Debug)]
pub(super) struct World {
    pub(super) setting: Setting,
    pub(super) now: Timestamp,
    pub(super) ledger: Ledger,
    pub(super) started: Vec<Started>,
    pub(super) refreshes: Refreshes,
    /// Which one acts.
    pub(super) worker: usize,
    workers: [Worker; 2],
    shared: TestShared,
    pub(super) entropy: TestEntropy,
    pub(super) browser: Browser,
    pub(super) waiting: Vec<Waiting>,
    /// With which the provider signs.
    key: usize,
}

#[derive(Debug)]
struct Worker {
    engine: Engine,
    /// The key in the set that it was given last.
    served: Option<usize>,
}

/// A sign-in that the filter began.
#[derive(Clone, Debug)]
pub(super) struct Started {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) host: String,
    pub(super) at: Timestamp,
}

#[derive(Debug)]
pub(super) struct Waiting {
    worker: usize,
    pending: Pending,
    calls: Option<HttpCall>,
    asked: Asked,
    redeeming: Option<Redeeming>,
}

/// A callback on its way to a session, and what the provider said so far.
#[derive(Clone, Debug)]
pub(super) struct Redeeming {
    pub(super) nonce: String,
    pub(super) told: Option<Told>,
}

#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) person: Person,
    /// Every answer so far was correct.
    honest: bool,
    key: usize,
    at: Timestamp,
    pub(super) userinfo_asked: bool,
    refresh_token: TokenNumber,
    /// The ID token was good when userinfo were asked, and is not looked at again.
    verified: bool,
}

impl World {
    pub(super) fn new(setting: Setting) -> Self {
        Self {
            workers: [worker(&setting), worker(&setting)],
            worker: 0,
            refreshes: Refreshes::default(),
            shared: TestShared::default(),
            setting,
            now: NOW,
            ledger: Ledger::default(),
            started: vec![],
            entropy: TestEntropy::default(),
            browser: Browser::default(),
            waiting: vec![],
            key: 0,
        }
    }

    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Ask(ask) => self.ask(&ask),
            Act::ComeBack(back) => self.come_back(&back),
            Act::Answer(answered) => self.answer(&answered),
            Act::Fetch { kind } => {
                self.fetch(kind);
            }
            Act::Resume { which } => {
                if let Some(waiting) = self.take_waiting(which, false) {
                    let step = self.with_inputs(|engine, inputs| engine.resume(waiting.pending, inputs));
                    self.settle(step, waiting.asked, waiting.redeeming);
                }
            }
            Act::GiveUp { which } => {
                if let Some(waiting) = self.take_waiting(which, false) {
                    let reason = Reason::ProviderNotReady;
                    let step =
                        self.with_inputs(|engine, inputs| engine.give_up(waiting.pending, reason, inputs));
                    assert!(matches!(step, Step::Reply(_) | Step::Forward(_)), "it waits all the same");
                    self.settle(step, waiting.asked, None);
                }
            }
            Act::Wait { seconds } => self.now = self.now.plus(u64::from(seconds)),
            Act::GoBack { seconds } => {
                self.now = Timestamp(NOW.0.max(self.now.0 - u64::from(seconds)));
                self.refreshes.forget(None);
            }
            Act::Restart => {
                self.workers[self.worker] = worker(&self.setting);
                self.waiting.retain(|waiting| waiting.worker != self.worker);
                self.refreshes.forget(Some(self.worker));
            }
            Act::Switch => self.worker = 1 - self.worker,
            Act::Entropy { dry } => self.entropy.dry = dry,
            Act::RotateKey => self.key = (self.key + 1) % 3,
        }
    }

    pub(super) fn ask(&mut self, ask: &Ask) {
        let mut headers = requests::headers(ask, self.setting.home);
        let host = requests::host(ask.host, self.setting.home);
        if let Some(cookies) = self.browser.header(&ask.cookies, host) {
            headers.push(("cookie".to_owned(), cookies));
        }
        self.send(headers);
    }

    pub(super) fn come_back(&mut self, back: &ComeBack) {
        let Some(started) = self.started.iter().rev().nth(usize::from(back.login % 4)).cloned() else {
            return;
        };
        let host =
            if back.host >= 32 { &*started.host } else { requests::host(back.host, self.setting.home) };
        let mut headers = requests::callback(back.response, &started.state, host);
        if let Some(cookies) = self.browser.header(&back.cookies, host) {
            headers.push(("cookie".to_owned(), cookies));
        }
        self.send(headers);
    }

    fn send(&mut self, headers: Vec<(String, Vec<u8>)>) {
        let asked = Asked::new(headers.clone());
        let step = self.on_request(headers);
        self.settle(step, asked, None);
    }

    pub(super) fn on_request(&mut self, headers: Vec<(String, Vec<u8>)>) -> Step {
        self.with_inputs(|engine, inputs| engine.on_request(Request::new(headers), inputs))
    }

    fn with_inputs<T>(&mut self, act: impl FnOnce(&mut Engine, &mut Inputs<'_>) -> T) -> T {
        let room = Some(Room::for_one_call());
        let inputs =
            &mut Inputs { now: self.now, entropy: &mut self.entropy, shared: &mut self.shared, room };
        act(&mut self.workers[self.worker].engine, inputs)
    }

    fn take_waiting(&mut self, which: u8, calls: bool) -> Option<Waiting> {
        let fitting: Vec<_> =
            (0..self.waiting.len()).filter(|at| self.waiting[*at].calls.is_some() == calls).collect();
        let at = *fitting.get(usize::from(which) % fitting.len().max(1))?;
        let waiting = self.waiting.remove(at);
        self.worker = waiting.worker;
        Some(waiting)
    }

    pub(super) fn answer(&mut self, answered: &Answered) {
        let Some(waiting) = self.take_waiting(answered.which, true) else { return };
        let mut redeeming = waiting.redeeming.expect("only callbacks make calls");
        let call = waiting.calls.expect("it was taken for its call");
        let answer = if call.path.ends_with("/v1/token") {
            let key = if answered.key < 240 { self.key } else { usize::from(answered.key) % 3 };
            let person = answers::person(answered.person);
            let in_finance = person.is_in_finance(false);
            let refresh_token = self.refreshes.issue(&person, &redeeming.nonce, in_finance, self.now);
            let name = refresh::name(refresh_token);
            let (answer, honest) = answers::tokens(answered, key, &redeeming.nonce, &name, self.now);
            let (at, userinfo_asked) = (self.now, false);
            redeeming.told =
                Some(Told { person, honest, key, at, userinfo_asked, refresh_token, verified: false });
            answer
        } else {
            let told = redeeming.told.as_mut().expect("tokens come first");
            let (answer, honest) = answers::userinfo(answered, &told.person);
            // A reset is asked again; what counts is the answer after it.
            let reset = matches!(answered.fault % 8, 3 | 5);
            told.honest &= honest || reset;
            told.userinfo_asked = honest;
            self.refreshes.correct(told.refresh_token, told.person.is_in_finance(honest));
            answer
        };
        let step = self.with_inputs(|engine, inputs| engine.on_answer(waiting.pending, &answer, inputs));
        self.settle(step, waiting.asked, Some(redeeming));
    }

    /// The root context's turn: a call, and whatever follows from its answer at once.
    pub(super) fn fetch(&mut self, kind: u8) {
        let mut due = self.with_inputs(Engine::poll);
        let mut kind = kind;
        let mut told = None;
        while let Some((call, provider_call)) = due {
            laws::call(&call, &self.setting);
            let mut present = None;
            let answer = match call.path.rsplit('/').next() {
                Some("openid-configuration") => answers::metadata(kind),
                Some("token") => {
                    let answer;
                    (answer, told) = self.refreshes.answer(&call, kind, self.key, self.worker, self.now);
                    answer
                }
                Some("userinfo") => {
                    let answer;
                    (answer, told) = self.refreshes.userinfo(&call, kind);
                    answer
                }
                Some("revoke") => Answer::Nothing,
                _ => {
                    let (answer, is_there) = answers::keys(kind, self.key);
                    present = is_there.then_some(self.key);
                    answer
                }
            };
            let (event, next) =
                self.with_inputs(|engine, inputs| engine.on_provider_answer(provider_call, &answer, inputs));
            let Worker { served, .. } = &mut self.workers[self.worker];
            match &event {
                ProviderEvent::Ready => {
                    assert!(present.is_some(), "ready without a key");
                    *served = present;
                }
                ProviderEvent::Failed(what) | ProviderEvent::RefreshFailed(what) => {
                    assert!(what.len() < 200 && !what.contains(|c: char| c.is_control()), "{what:?}");
                }
                _ => {}
            }
            if let Some(told) = told.take_if(|_| next.is_none() && event != ProviderEvent::Refreshed) {
                self.refreshes.doubt(told);
            }
            due = next;
            kind /= 8;
        }
    }

    /// Judges a step and goes on with it as the host and the browser do.
    fn settle(&mut self, step: Step, asked: Asked, redeeming: Option<Redeeming>) {
        if *super::TRACES {
            println!("  {asked}\n  => {step:?}");
        }
        match step {
            Step::Ignore => {
                let acts = self.setting.acts_on(asked.authority());
                assert_eq!(acts, Ok(None), "let through undecided: {asked}");
            }
            Step::Forward(edits) => {
                if let Some(renewed) = laws::forward(self, &asked, &edits) {
                    let (session, set_cookies) = renewed;
                    self.ledger.add(session, &set_cookies);
                    self.browser.keep(&set_cookies, asked.authority(), &self.setting);
                }
            }
            Step::Reply(reply) => {
                let begun = laws::reply(self, &asked, &reply, redeeming.as_ref());
                let set_cookies = laws::set_cookies(&reply);
                if let Some(session) = begun {
                    self.ledger.add(session, &set_cookies);
                }
                self.browser.keep(&set_cookies, asked.authority(), &self.setting);
                self.note_start(&reply, &asked);
            }
            Step::Call(call, pending) => {
                laws::call(&call, &self.setting);
                let mut redeeming = redeeming.or_else(|| laws::redemption(self, &asked, &call));
                if let Some(told) = redeeming.as_mut().and_then(|redeeming| redeeming.told.as_mut()) {
                    assert!(self.is_honest(told), "userinfo by a token that does not verify");
                    told.verified = true;
                }
                assert!(redeeming.is_some(), "a call without a sign-in");
                assert!(pending.hides_query(), "the code gets into the access log");
                let worker = self.worker;
                self.wait(Waiting { worker, pending, calls: Some(call), asked, redeeming });
            }
            Step::Park(pending) => {
                assert!(
                    pending.hides_query() || !asked.has_honest_code(self),
                    "the code gets into the access log"
                );
                let worker = self.worker;
                self.wait(Waiting { worker, pending, calls: None, asked, redeeming });
            }
        }
    }

    fn wait(&mut self, waiting: Waiting) {
        // The oldest have gone away.
        if self.waiting.len() == MAX_WAITING {
            self.waiting.remove(0);
        }
        self.waiting.push(waiting);
    }

    fn note_start(&mut self, reply: &vestibule::page::LocalReply, asked: &Asked) {
        let Some(location) = laws::location(reply) else { return };
        if !location.starts_with(&format!("{ISSUER}/v1/authorize?")) {
            return;
        }
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
        assert!(!self.started.iter().any(again), "a state or nonce comes twice");
        self.started.push(Started { state, nonce, host: host_name(asked.authority()), at: self.now });
    }

    /// Whether what the provider said makes for a session now.
    pub(super) fn is_honest(&self, told: &Told) -> bool {
        let verifies =
            self.workers[self.worker].served == Some(told.key) && self.now.0 < told.at.0 + GOOD_FOR;
        told.honest && (told.verified || verifies)
    }

    pub(super) fn begun(&self, told: &Told, scope: String) -> Honest {
        let in_finance = told.person.is_in_finance(told.userinfo_asked);
        let refresh_token = self.setting.refresh.then_some(told.refresh_token);
        Honest::new(told.person.sub, in_finance, self.now, scope, refresh_token)
    }
}

fn worker(setting: &Setting) -> Worker {
    let configuration = configuration(&setting.json).to_string();
    let config = config::load(configuration.as_bytes(), &|_| None).unwrap_or_else(|error| panic!("{error}"));
    Worker { engine: Engine::new(config).expect("there is a secret"), served: None }
}

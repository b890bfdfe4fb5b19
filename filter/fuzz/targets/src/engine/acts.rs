//! What happens in a run: each act of the script, as events for a driver; and the provider's answers.

use vestibule::driver::{Caller, StreamId};
use vestibule::inputs::Timestamp;
use vestibule::oidc::Answer;

use super::answers;
use super::person;
use super::refresh_token;
use super::requests;
use super::script::{Act, Answered, Ask, ComeBack};
use super::sign_ins::{Redeeming, Told};
use super::streams::{Call, State};
use super::world::{self, World};
use crate::support::NOW;

/// So many undecided streams at once.
const MAX_UNDECIDED: usize = 8;
/// So many requests at once that the application has not answered.
const MAX_UNANSWERED: usize = 4;

impl World {
    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Ask(ask) => {
                self.ask(&ask);
            }
            Act::ComeBack(back) => self.come_back(&back),
            Act::Answer(answered) => self.answer_one(&answered),
            Act::Fetch { kind } => self.fetch(kind),
            Act::Tick { after } => {
                self.wait(u64::from(after % 16));
                self.tick();
            }
            Act::Leave { which } => {
                let undecided: Vec<StreamId> = self.undecided();
                if let Some(id) = pick(&undecided, which) {
                    self.leave(*id);
                }
            }
            Act::Wait { seconds } => self.wait(u64::from(seconds)),
            Act::GoBack { seconds } => {
                self.known.now = Timestamp(NOW.0.max(self.known.now.0 - u64::from(seconds)));
                self.known.refreshes.forget(None);
            }
            Act::Restart => self.start(self.known.worker),
            Act::Switch => self.known.worker = 1 - self.known.worker,
            Act::Entropy { dry } => self.entropy.dry = dry,
            Act::RotateKey => self.key = (self.key + 1) % 3,
            Act::Slow { is_slow } => self.is_slow = is_slow,
            Act::Respond => {
                if let Some(id) = self.unanswered().first() {
                    self.respond(*id);
                    self.leave(*id);
                }
            }
        }
    }

    pub(super) fn wait(&mut self, seconds: u64) {
        self.known.now = self.known.now.plus(seconds);
    }

    pub(super) fn ask(&mut self, ask: &Ask) -> StreamId {
        let home = self.known.setting.home;
        let mut headers = requests::headers(ask, home);
        let host = requests::host(ask.host, home);
        if let Some(cookies) = self.browser.header(&ask.cookies, host) {
            headers.push(("cookie".to_owned(), cookies));
        }
        let id = self.send(headers);
        self.let_go();
        id
    }

    pub(super) fn come_back(&mut self, back: &ComeBack) {
        let Some(started) = self.known.started.iter().rev().nth(usize::from(back.login % 4)).cloned() else {
            return;
        };
        let host =
            if back.host >= 32 { &*started.host } else { requests::host(back.host, self.known.setting.home) };
        let mut headers = requests::callback(back.response, &started.state, host);
        if let Some(cookies) = self.browser.header(&back.cookies, host) {
            headers.push(("cookie".to_owned(), cookies));
        }
        self.send(headers);
        self.let_go();
    }

    /// The provider answers a stream's call.
    pub(super) fn answer_one(&mut self, answered: &Answered) {
        let of_streams: Vec<_> =
            (0..self.calls.len()).filter(|at| matches!(self.calls[*at].caller, Caller::Stream(_))).collect();
        let Some(at) = pick(&of_streams, answered.which) else { return };
        let call = self.calls.remove(*at);
        let Caller::Stream(id) = call.caller else { return };
        let stream =
            self.streams.iter().find(|stream| stream.id == id).expect("its call is forgotten with it");
        let mut redeeming = stream.redeeming.clone().expect("only callbacks make calls");
        let answer = if call.call.path.ends_with("/v1/token") {
            self.tokens(answered, &mut redeeming)
        } else {
            self.userinfo(answered, &mut redeeming)
        };
        self.answer_stream(&call, id, &answer, Some(redeeming));
    }

    fn tokens(&mut self, answered: &Answered, redeeming: &mut Redeeming) -> Answer {
        let now = self.known.now;
        let key = if answered.key < 240 { self.key } else { usize::from(answered.key) % 3 };
        let person = person::person(answered.person);
        let in_finance = person.is_in_finance(false);
        let refresh_token = self.known.refreshes.issue(&person, &redeeming.nonce, in_finance, now);
        let name = refresh_token::name(refresh_token);
        let (answer, honest) = answers::tokens(answered, key, &redeeming.nonce, &name, now);
        let (at, userinfo_asked, verified) = (now, false, false);
        redeeming.told = Some(Told { person, honest, key, at, userinfo_asked, refresh_token, verified });
        answer
    }

    fn userinfo(&mut self, answered: &Answered, redeeming: &mut Redeeming) -> Answer {
        let told = redeeming.told.as_mut().expect("tokens come first");
        let (answer, honest) = answers::userinfo(answered, &told.person);
        // A reset is asked again; what counts is the answer after it.
        let reset = matches!(answered.fault % 8, 3 | 5);
        told.honest &= honest || reset;
        told.userinfo_asked = honest;
        self.known.refreshes.correct(told.refresh_token, told.person.is_in_finance(honest));
        answer
    }

    /// The root context's turn: a call, and whatever follows from its answer at once.
    pub(super) fn fetch(&mut self, kind: u8) {
        if self.root_call().is_none() {
            self.tick();
        }
        let Some(at) = self.root_call() else { return };
        let mut call = self.calls.remove(at);
        let mut kind = kind;
        loop {
            let token = call.token;
            let before = self.calls.last().map(|call| call.token);
            let (answer, answered) = self.for_everybody(&call, kind);
            self.answer_root(&call, &answer, answered);
            let is_new =
                |call: &Call| call.caller == Caller::Root && Some(call.token) > before.max(Some(token));
            let Some(at) = self.calls.iter().position(is_new) else { return };
            // One more for the same.
            call = self.calls.remove(at);
            kind /= 8;
        }
    }

    /// The oldest call for everybody that is under way in this worker.
    pub(super) fn root_call(&self) -> Option<usize> {
        let worker = self.known.worker;
        self.calls.iter().position(|call| call.worker == worker && call.caller == Caller::Root)
    }

    fn for_everybody(&mut self, call: &Call, kind: u8) -> (Answer, world::Answered) {
        let (key, worker, now) = (self.key, self.known.worker, self.known.now);
        let mut answered = world::Answered::default();
        if call.call.path.ends_with("/v1/token") {
            self.known.refreshes.over(&call.call, worker);
        }
        // Envoy has given it up.
        if call.at <= now && now.since(call.at) > call.call.timeout.as_secs() {
            return (Answer::Nothing, answered);
        }
        let answer = match call.call.path.rsplit('/').next() {
            Some("openid-configuration") => answers::metadata(kind),
            Some("token") => {
                let (answer, told) = self.known.refreshes.answer(&call.call, kind, key, worker, now);
                answered.told = told;
                answer
            }
            Some("userinfo") => {
                let (answer, told) = self.known.refreshes.userinfo(&call.call, kind);
                answered.told = told;
                answer
            }
            Some("revoke") => Answer::Nothing,
            _ => {
                let (answer, is_there) = answers::keys(kind, key);
                answered.key = is_there.then_some(key);
                answer
            }
        };
        (answer, answered)
    }

    pub(super) fn undecided(&self) -> Vec<StreamId> {
        let undecided = self.streams.iter().filter(|stream| !stream.is_decided());
        undecided.map(|stream| stream.id).collect()
    }

    pub(super) fn unanswered(&self) -> Vec<StreamId> {
        let unanswered = self.streams.iter().filter(|stream| matches!(stream.state, State::Forwarded(_)));
        unanswered.map(|stream| stream.id).collect()
    }

    /// The oldest have gone away.
    fn let_go(&mut self) {
        let worker = self.known.worker;
        for (ids, most) in [(self.undecided(), MAX_UNDECIDED), (self.unanswered(), MAX_UNANSWERED)] {
            let surplus = ids.len().saturating_sub(most);
            ids.iter().take(surplus).for_each(|id| self.leave(*id));
        }
        self.known.worker = worker;
    }
}

fn pick<T>(from: &[T], which: u8) -> Option<&T> {
    from.get(usize::from(which) % from.len().max(1))
}

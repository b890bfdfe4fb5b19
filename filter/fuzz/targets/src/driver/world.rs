//! One run: a driver, and what it may rely on and must keep to. Events go in, effects come out and are done as the
//! filter's host does them; each of them is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::time::Duration;

use vestibule::access::Verdict;
use vestibule::driver::{CallToken, Caller, Continuation, Driver, Effect, Outside, StreamId, limits};
use vestibule::engine::{Engine, HeaderEdit, ProviderEvent, Request, Step};
use vestibule::inputs::{Calls, Inputs, Spending, Spent, Timestamp};
use vestibule::oidc::{Answer, HttpCall};
use vestibule::page::{self, LocalReply, Reason};
use vestibule_testing::{HOST, TestEntropy, TestShared};

use super::expenses::{self, Expenses};
use super::messages::{page_headers, set_cookies, told};
use super::provider;
use super::script::Failing;
use super::settings::Setting;
use super::streams::{Call, FailingShared, Login, State, Stream};
use crate::reached::Reached;
use crate::support::{NOW, header_of};

#[derive(Debug)]
pub(super) struct World {
    pub(super) setting: Setting,
    pub(super) reached: Reached,
    pub(super) now: Timestamp,
    pub(super) failing: Failing,
    pub(super) driver: Driver,
    pub(super) streams: BTreeMap<StreamId, Stream>,
    pub(super) calls: BTreeMap<CallToken, Call>,
    /// Calls that were answered, or whose stream has gone.
    pub(super) spent: Vec<CallToken>,
    /// The ids of streams that have gone, for those that come.
    free_ids: BTreeSet<StreamId>,
    /// Sign-ins under way, and sessions: whose, and their cookies.
    pub(super) logins: Vec<Login>,
    pub(super) sessions: Vec<(&'static str, String)>,
    /// Until somebody has looked at it.
    pub(super) last_reply: Option<LocalReply>,
    /// How many streams there were.
    pub(super) sent: u32,
    entropy: TestEntropy,
    shared: FailingShared,
    /// Without refreshes, and nothing of the run: it tells whose a cookie is.
    judge: Option<Engine>,
    waiting: usize,
    must_be_refused: usize,
    /// The period of the ticks; none where the last could not be set.
    period: Option<Duration>,
    /// Whose events these are: Envoy names their source.
    active: Option<StreamId>,
    /// Whose call is being answered.
    answered: Option<StreamId>,
    expenses: Expenses,
    last_stream: StreamId,
    last_call: CallToken,
}

impl World {
    pub(super) fn new(setting: Setting) -> Self {
        let mut world = Self {
            judge: setting.without_refreshes().engine(),
            reached: Reached::default(),
            now: NOW,
            failing: Failing::default(),
            driver: Driver::default(),
            streams: BTreeMap::new(),
            calls: BTreeMap::new(),
            spent: vec![],
            free_ids: BTreeSet::new(),
            logins: vec![],
            sessions: vec![],
            last_reply: None,
            sent: 0,
            entropy: TestEntropy::default(),
            shared: FailingShared::default(),
            waiting: 0,
            must_be_refused: 0,
            period: None,
            active: None,
            answered: None,
            expenses: Expenses::default(),
            // The root context has the first id.
            last_stream: 1,
            last_call: 0,
            setting,
        };
        world.driver.configure(world.setting.engine());
        world.perform();
        world
    }

    pub(super) fn fail(&mut self, failing: Failing) {
        self.failing = failing;
        self.entropy.dry = failing.entropy;
        self.shared.set(failing);
    }

    /// A stream comes; without headers where the host could not read them.
    pub(super) fn send(
        &mut self,
        path: &'static str,
        headers: Option<Vec<(String, Vec<u8>)>>,
        brings: Option<&'static str>,
    ) -> StreamId {
        let id = match self.free_ids.pop_first() {
            Some(id) => {
                self.reached.count("ids_reused");
                id
            }
            None => {
                self.last_stream += 1;
                self.last_stream
            }
        };
        self.sent += 1;
        let is_readable = headers.is_some();
        self.streams.insert(id, Stream { path, brings, state: State::Undecided });
        self.active = Some(id);
        self.tell(|driver, inputs| {
            driver.on_request(id, headers.and_then(|headers| Request::of(&headers)), inputs)
        });
        self.active = None;
        let decided = self.perform();
        assert!(decided <= 1, "a request decides about others");
        self.note_if_it_waits(id);
        assert!(is_readable || !self.streams.get(&id).is_some_and(|stream| stream.is_on_its_way()));
        id
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.expenses.pass(seconds);
        self.now = self.now.plus(seconds);
    }

    pub(super) fn answer(&mut self, token: CallToken, answer: &Answer) {
        let Some(call) = self.calls.remove(&token) else { return };
        self.spent.push(token);
        assert_eq!(self.driver.caller(token), Some(call.caller));
        if let Caller::Stream(id) = call.caller {
            let stream = self.streams.get_mut(&id).expect("its call is forgotten with it");
            assert_eq!(stream.state, State::Calls);
            stream.state = State::Undecided;
            self.answered = Some(id);
        }
        self.tell(|driver, inputs| driver.on_answer(token, answer, inputs));
        let decided = self.perform();
        self.answered = None;
        match call.caller {
            Caller::Stream(id) => {
                self.note_if_it_waits(id);
                assert!(decided <= 1, "an answer decides about others");
            }
            Caller::Root => assert!(decided <= limits::MAX_DECIDED_AT_ONCE, "a crowd in one callback"),
        }
        self.assert_whole();
    }

    /// For which nobody waits.
    pub(super) fn answer_again(&mut self, token: CallToken, answer: &Answer) {
        assert_eq!(self.driver.caller(token), None);
        let before = (self.driver.waiting(), self.driver.calls());
        self.tell(|driver, inputs| driver.on_answer(token, answer, inputs));
        let after = (self.driver.waiting(), self.driver.calls());
        assert!(self.driver.next_effect().is_none() && before == after, "an answer counts twice");
        self.reached.count("answered_again");
    }

    pub(super) fn tick(&mut self) {
        let (calls, waiting, overdue) = (self.calls_of_root().len(), self.waiting, self.overdue());
        self.tell(Driver::on_tick);
        let decided = self.perform();
        assert!(decided <= limits::MAX_DECIDED_AT_ONCE, "a crowd in one callback");
        let begun = self.calls_of_root().len() - calls;
        assert!(begun <= limits::MAX_CALLS_IN_A_TICK, "a crowd of calls in one tick");
        let due = overdue.min(limits::MAX_DECIDED_AT_ONCE);
        assert!(waiting - self.waiting >= due, "somebody waits beyond the limit");
        assert!(self.failing.ticks || self.period.is_some(), "no tick will come");
        self.assert_whole();
    }

    /// A stream goes away, decided or not.
    pub(super) fn leave(&mut self, id: StreamId) {
        let Some(stream) = self.streams.remove(&id) else { return };
        self.waiting -= usize::from(matches!(stream.state, State::Waits { .. }));
        self.reached.count_if(stream.is_on_its_way(), "left");
        let own = |call: &Call| call.caller == Caller::Stream(id);
        let forgotten: Vec<_> =
            self.calls.iter().filter(|(_, call)| own(call)).map(|(token, _)| *token).collect();
        for token in forgotten {
            self.calls.remove(&token);
            self.spent.push(token);
        }
        self.driver.on_stream_gone(id);
        assert!(self.driver.on_response(id, || self.now).is_empty(), "a cookie for a stream that has gone");
        self.free_ids.insert(id);
        self.assert_limits();
    }

    /// The application answers, or something is asked that was never forwarded.
    pub(super) fn respond(&mut self, id: StreamId) {
        let edits = self.driver.on_response(id, || self.now);
        let stream = self.streams.get(&id);
        let Some(Stream { state: State::Forwarded { at }, brings, .. }) = stream else {
            assert!(set_cookies(&edits).is_empty(), "a cookie for another response: {stream:?}");
            return;
        };
        let is_young = *at <= self.now && self.now.since(*at) <= limits::MAX_EDIT_AGE;
        assert!(is_young || edits.is_empty(), "a cookie comes too late");
        self.reached.count_if(!edits.is_empty(), "renewed_cookies");
        self.reached.count_if(!is_young, "withheld_cookies");
        let set_cookies = set_cookies(&edits);
        if !set_cookies.is_empty() {
            let brings = *brings;
            let at = *at;
            let cookies = header_of(&set_cookies);
            let whose = self.whose(&cookies, at);
            assert!(whose.is_some() && whose.as_deref() == brings, "{brings:?} gets a cookie of {whose:?}");
            if cookies.contains("vestibule_t") {
                self.sessions.extend(brings.map(|sub| (sub, cookies)));
            }
        }
        assert!(self.driver.on_response(id, || self.now).is_empty(), "a cookie comes twice");
    }

    /// How many wait beyond the limit, or would for longer than anybody may: the clock was set back.
    fn overdue(&self) -> usize {
        let (now, latest) = (self.now, self.now.plus(limits::MAX_WAIT));
        let is_overdue = |state| matches!(state, State::Waits { until } if until <= now || until > latest);
        self.streams.values().filter(|stream| is_overdue(stream.state)).count()
    }

    /// Who is signed in by these cookies.
    fn whose(&mut self, cookies: &str, now: Timestamp) -> Option<String> {
        let inputs = &mut Inputs {
            now,
            entropy: &mut TestEntropy::after(1 << 32),
            shared: &mut TestShared::default(),
            calls: &mut NoCalls,
        };
        let judge = self.judge.as_mut().expect("nobody is signed in without an engine");
        match judge
            .on_request(Request::of(&page_headers(HOST, "/optional/x", Some(cookies))).unwrap(), inputs)
        {
            Step::Forward(edits, _) => told(&edits.request),
            other => panic!("a cookie that leads nowhere: {other:?}"),
        }
    }

    fn tell(&mut self, event: impl FnOnce(&mut Driver, &mut Outside<'_>)) {
        let active = self.active;
        let source = &mut || active.and_then(expenses::source);
        let outside = &mut Outside {
            now: self.now,
            milliseconds: self.now.0 * 1000,
            entropy: &mut self.entropy,
            shared: &mut self.shared,
            source,
        };
        event(&mut self.driver, outside);
    }

    /// Does what the driver wants. How many streams were decided, or answered with a call.
    fn perform(&mut self) -> usize {
        let mut decided = 0;
        let mut over = vec![];
        while let Some(effect) = self.driver.next_effect() {
            if *super::TRACES {
                println!("  => {effect:?}");
            }
            match effect {
                Effect::Ignore(id) => {
                    decided += 1;
                    assert_eq!(self.decide(id, State::Over), "/elsewhere", "let through undecided");
                    over.push(id);
                }
                Effect::Forward(id, edits, _, verdict) => {
                    decided += 1;
                    self.forward(id, &edits, &verdict);
                }
                Effect::Reply(id, reply, _) => {
                    let is_refused = self.streams.get(&id).is_some_and(|s| s.state == State::MustBeRefused);
                    decided += usize::from(!is_refused);
                    self.must_be_refused -= usize::from(is_refused);
                    self.reached.count_if(is_refused, "refused_after_all");
                    self.reached.count_if(reply.reason == Reason::Overloaded, "overloaded");
                    if reply.reason == Reason::SignedIn {
                        self.expenses.sign_in(id);
                    }
                    self.decide(id, State::Over);
                    self.last_reply = Some(page::render(&reply));
                    over.push(id);
                }
                Effect::HideQuery(id) => assert!(self.streams.contains_key(&id), "it has gone"),
                Effect::Call(call, then) => self.call(call, then),
                Effect::Tick(period) => {
                    assert!([limits::URGENT_TICK, limits::BUSY_TICK, limits::IDLE_TICK].contains(&period));
                    self.period = if self.failing.ticks { None } else { Some(period) };
                    if self.failing.ticks {
                        self.driver.on_tick_not_set();
                    }
                }
                Effect::Event(event) => {
                    self.reached.count_if(matches!(event, ProviderEvent::Refreshed { .. }), "refreshed");
                    self.reached.count_if(event == ProviderEvent::Revoked, "revoked");
                    self.reached.count_if(event == ProviderEvent::Ready, "ready");
                }
                Effect::Log(line) => assert!(line.text.contains(" left_out="), "{line:?}"),
            }
            if !self.failing.ends_late {
                mem::take(&mut over).into_iter().for_each(|id| self.leave(id));
            }
        }
        over.into_iter().for_each(|id| self.leave(id));
        assert_eq!(self.must_be_refused, 0, "a request whose headers could not be changed is not answered");
        self.assert_limits();
        decided
    }

    fn forward(&mut self, id: StreamId, edits: &[HeaderEdit], verdict: &Verdict) {
        let at = self.now;
        if self.failing.edits {
            self.decide(id, State::MustBeRefused);
            self.must_be_refused += 1;
            self.driver.on_edits_not_made(id);
            let edits = self.driver.on_response(id, || at);
            assert!(set_cookies(&edits).is_empty(), "a cookie for a request that was refused");
            return;
        }
        let path = self.decide(id, State::Forwarded { at });
        assert!(verdict.permits(), "forwarded against the verdict: {verdict:?}");
        let brings = self.streams.get(&id).and_then(|stream| stream.brings);
        let told = told(edits);
        assert!(told.is_none() || told.as_deref() == brings, "{brings:?} is taken for {told:?}");
        let is_open = path.starts_with("/public/") || path.starts_with("/optional/");
        assert!(is_open || told.is_some(), "{path} without a session");
        assert!(!path.starts_with("/never/"), "open to nobody");
        assert!(!path.starts_with("/oauth2/"), "an endpoint is forwarded");
        assert!(!path.starts_with("/finance/") || told.as_deref().is_some_and(provider::is_in_finance));
        self.reached.count("forwarded");
        self.reached.count_if(told.is_some(), "forwarded_with_session");
    }

    /// A stream is decided now, and never was before. Its path.
    fn decide(&mut self, id: StreamId, state: State) -> &'static str {
        let now = self.now;
        let stream = self.streams.get_mut(&id).expect("a stream that is there");
        let is_refused = stream.state == State::MustBeRefused && state == State::Over;
        let is_waiting = matches!(stream.state, State::Waits { .. });
        assert!(is_refused || is_waiting || stream.state == State::Undecided, "decided twice: {stream:?}");
        if let State::Waits { until } = stream.state {
            self.reached.count_if(until <= now, "gave_up");
            self.waiting -= 1;
        }
        stream.state = state;
        stream.path
    }

    fn call(&mut self, call: HttpCall, then: Continuation) {
        let caller = then.caller();
        if let Caller::Stream(id) = caller {
            let of_streams = self.calls.len() - self.calls_of_root().len();
            assert!(of_streams < limits::MAX_CALLS, "too many calls");
            self.decide(id, State::Calls);
            if call.path.ends_with("/token") {
                self.expenses.call(id, Spending::Redemption);
            } else if call.path.ends_with("/par") && self.answered != Some(id) {
                // After a reset it comes again, unpaid.
                self.expenses.call(id, Spending::Push);
            }
        }
        if self.failing.calls {
            self.reached.count("calls_not_made");
            if let Caller::Stream(id) = caller {
                self.streams.get_mut(&id).expect("it was there just now").state = State::Undecided;
            }
            self.tell(|driver, inputs| driver.on_call_not_made(then, inputs));
            return;
        }
        self.last_call += 1;
        self.driver.on_call_made(self.last_call, then, self.now.0 * 1000);
        self.calls.insert(self.last_call, Call { caller, call, is_lost: false });
    }

    /// Whoever was not decided and has no call waits.
    fn note_if_it_waits(&mut self, id: StreamId) {
        let until = self.now.plus(limits::MAX_WAIT);
        if let Some(stream) = self.streams.get_mut(&id)
            && stream.state == State::Undecided
        {
            stream.state = State::Waits { until };
            self.waiting += 1;
            self.reached.count("waited");
            assert!(self.failing.ticks || self.period.is_some(), "no tick will come");
        }
        self.assert_whole();
    }

    pub(super) fn calls_of_root(&self) -> Vec<CallToken> {
        let of_root = self.calls.iter().filter(|(_, call)| call.caller == Caller::Root);
        of_root.map(|(token, _)| *token).collect()
    }

    fn assert_limits(&mut self) {
        assert!(self.driver.waiting() <= limits::MAX_WAITING, "too many wait");
        if self.calls.len() > limits::MAX_ROOT_CALLS {
            let of_root = self.calls_of_root().len();
            assert!(of_root <= limits::MAX_ROOT_CALLS, "too many calls for everybody");
            assert!(self.calls.len() - of_root <= limits::MAX_CALLS, "too many calls");
        }
        self.reached.note("waiting", self.driver.waiting());
        self.reached.note("calls", self.driver.calls());
    }

    /// Between two events: what the driver holds is what there is.
    pub(super) fn assert_whole(&self) {
        assert_eq!(self.driver.waiting(), self.waiting, "somebody is lost, or waits unseen");
        assert_eq!(self.driver.calls(), self.calls.len(), "room is lost, or given twice");
        let is_soon = self.period.is_none_or(|period| period <= limits::BUSY_TICK);
        assert!(self.waiting == 0 || is_soon, "somebody waits, and nobody looks after them");
    }
}

/// Whoever looks at a session makes no call.
struct NoCalls;

impl Calls for NoCalls {
    fn have_room(&mut self) -> bool {
        false
    }

    fn source(&mut self) -> Option<std::net::IpAddr> {
        None
    }

    fn pay(&mut self, _: Spending, _: u32) -> Option<Spent> {
        None
    }

    fn give_back(&mut self, _: Spent) {}
}

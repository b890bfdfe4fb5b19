//! What one worker holds: the engine, who waits, and which call belongs to whom.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use proxy_wasm::types::LogLevel;

use super::hostcalls::{self, SharedData, SystemEntropy};
use super::reporter::{self, Counters};
use crate::engine::{Edits, Engine, HeaderEdit, Pending, ProviderCall, Step};
use crate::inputs::{Inputs, Room, Timestamp};
use crate::oidc::{Answer, HttpCall};
use crate::page::{Audience, LocalReply, Reason};

/// Streams that one worker lets wait at once; the next ones are told to come back.
const MAX_PARKED: usize = 1000;
/// Of these, so many are decided in one callback.
const MAX_DECIDED_AT_ONCE: usize = 20;
/// A stream waits for so long. Seconds.
const MAX_WAIT: u64 = 10;

/// Calls for everybody that one tick may begin.
const MAX_CALLS_AT_ONCE: usize = 8;
/// While somebody waits who can be decided or whose call can be made.
const URGENT_TICK: Duration = Duration::from_millis(5);
/// While somebody waits or the provider is not known.
const BUSY_TICK: Duration = Duration::from_millis(20);
/// Otherwise: counters are flushed, and a rotated key is noticed.
const IDLE_TICK: Duration = Duration::from_millis(500);

/// Calls for streams that may be under way at once in one worker: whoever asks for more sign-ins than that is
/// told to come back, and Envoy's own limit leaves room for everybody's calls.
const MAX_CALLS: usize = 200;
/// How long a cookie waits for the application's response. Seconds.
const MAX_EDIT_AGE: u64 = 5;

/// The context id of a stream.
pub(super) type StreamId = u32;
type CallToken = u32;

/// Shared by the contexts of one plugin in one worker. Every method borrows it briefly.
#[derive(Clone)]
pub(super) struct Worker(Rc<RefCell<Held>>);

struct Held {
    /// The id of the root context.
    root: u32,
    tick: Duration,
    shared: SharedData,
    /// None where the plugin cannot work: every request is refused then.
    engine: Option<Engine>,
    parked: BTreeMap<StreamId, Parked>,
    /// Those of them for whom something has changed.
    to_decide: BTreeSet<StreamId>,
    calls: BTreeMap<CallToken, Call>,
    response_edits: BTreeMap<StreamId, (Vec<HeaderEdit>, Timestamp)>,
    counters: Counters,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    GoesOn,
    Waits,
    /// Outside `hosts`.
    NotOurs,
}

struct Parked {
    pending: Pending,
    deadline: Timestamp,
}

enum Call {
    ForStream(StreamId, Box<Pending>),
    ForProvider(ProviderCall),
}

impl Worker {
    pub(super) fn new(root: u32) -> Self {
        Self(Rc::new(RefCell::new(Held {
            root,
            tick: Duration::ZERO,
            shared: SharedData { prefix: String::new() },
            engine: None,
            parked: BTreeMap::new(),
            to_decide: BTreeSet::new(),
            calls: BTreeMap::new(),
            response_edits: BTreeMap::new(),
            counters: Counters::default(),
        })))
    }

    pub(super) fn configure(&self, engine: Option<Engine>) {
        let mut held = self.0.borrow_mut();
        held.shared.prefix = engine.as_ref().map(Engine::shared_prefix).unwrap_or_default();
        held.engine = engine;
        held.tick_every(BUSY_TICK);
    }

    /// Decides a new request.
    pub(super) fn on_request(&self, stream: StreamId) -> Verdict {
        let request = hostcalls::request();
        let step = match request {
            Some(request) => self.with_engine(|engine, inputs| engine.on_request(request, inputs)),
            None => refusal(),
        };
        if matches!(step, Step::Ignore) {
            return Verdict::NotOurs;
        }
        if self.apply(stream, step) { Verdict::GoesOn } else { Verdict::Waits }
    }

    /// Takes the trailers away that the client may not send.
    pub(super) fn on_trailers(&self) {
        let held = self.0.borrow();
        if let Some(engine) = &held.engine {
            let names = hostcalls::trailers();
            let forged: Vec<_> = engine.forged_trailers(names.iter().map(String::as_str)).collect();
            hostcalls::remove_trailers(&forged);
        }
    }

    /// The edits for the application's response. One that took its time gets none: meanwhile the person may have
    /// signed out, and a cookie would sign them in again.
    pub(super) fn take_response_edits(&self, stream: StreamId) -> Option<Vec<HeaderEdit>> {
        let (edits, since) = self.0.borrow_mut().response_edits.remove(&stream)?;
        (hostcalls::now().since(since) <= MAX_EDIT_AGE).then_some(edits)
    }

    /// The stream is gone, and whatever it waited for is of no use to anyone.
    pub(super) fn forget(&self, stream: StreamId) {
        let mut held = self.0.borrow_mut();
        held.parked.remove(&stream);
        held.response_edits.remove(&stream);
        held.calls.retain(|_, call| !matches!(call, Call::ForStream(own, _) if *own == stream));
    }

    /// Goes on with the answer to a call, in whichever context it arrives.
    pub(super) fn on_answer(&self, token: CallToken, num_headers: usize, body_size: usize) {
        let Some(call) = self.0.borrow_mut().calls.remove(&token) else { return };
        match call {
            Call::ForProvider(call) => {
                let answer = hostcalls::answer(num_headers, body_size);
                self.on_provider_answer(call, &answer);
            }
            Call::ForStream(stream, pending) => {
                // The answer belongs to the stream, also where the root context made the call for it.
                if !hostcalls::enter(stream) {
                    return;
                }
                let answer = hostcalls::answer(num_headers, body_size);
                let step = self.with_engine(|engine, inputs| engine.on_answer(*pending, &answer, inputs));
                self.apply_later(stream, step);
            }
        }
    }

    /// Does what is due by now, and sets the time of the next tick.
    pub(super) fn on_tick(&self) {
        self.0.borrow_mut().counters.flush();
        for _ in 0..MAX_CALLS_AT_ONCE {
            let Some((call, provider_call)) = self.poll() else { break };
            self.call_for_provider(&call, provider_call);
        }
        self.look_who_may_go_on();
        self.decide_parked();
        let mut held = self.0.borrow_mut();
        let period = if !held.to_decide.is_empty() {
            URGENT_TICK
        } else if !held.parked.is_empty() || held.engine.as_ref().is_some_and(Engine::is_fetching) {
            BUSY_TICK
        } else {
            IDLE_TICK
        };
        held.tick_every(period);
    }

    fn poll(&self) -> Option<(HttpCall, ProviderCall)> {
        self.0.borrow_mut().with_engine(Engine::poll)?
    }

    fn call_for_provider(&self, call: &HttpCall, provider_call: ProviderCall) {
        match dispatch(call) {
            Some(token) => {
                self.0.borrow_mut().calls.insert(token, Call::ForProvider(provider_call));
            }
            None => self.on_provider_answer(provider_call, &Answer::Nothing),
        }
    }

    fn on_provider_answer(&self, call: ProviderCall, answer: &Answer) {
        let took =
            self.0.borrow_mut().with_engine(|engine, inputs| engine.on_provider_answer(call, answer, inputs));
        let Some((event, next)) = took else { return };
        self.0.borrow_mut().counters.count_event(&event);
        reporter::report_event(&event);
        if let Some((call, provider_call)) = next {
            self.call_for_provider(&call, provider_call);
        }
        self.look_who_may_go_on();
        self.decide_parked();
    }

    fn look_who_may_go_on(&self) {
        let Held { engine, parked, to_decide, .. } = &mut *self.0.borrow_mut();
        let Some(engine) = engine else { return };
        if !parked.is_empty() {
            let now = hostcalls::now();
            let ready = parked.iter().filter(|(_, parked)| engine.may_go_on(&parked.pending, now));
            to_decide.extend(ready.map(|(stream, _)| *stream));
        }
    }

    /// Decides some of those who wait: after an event anew, after their time for good.
    ///
    /// Envoy gives the answers when the callback is over, each inside the end of the one before, on one
    /// stack: a crowd that was answered in one callback would end the VM.
    fn decide_parked(&self) {
        for _ in 0..MAX_DECIDED_AT_ONCE {
            let Some((stream, Parked { pending, deadline })) = self.take_parked() else { return };
            if !hostcalls::enter(stream) {
                continue;
            }
            let step = self.with_engine(|engine, inputs| {
                if deadline <= inputs.now {
                    engine.give_up(pending, Reason::ProviderNotReady, inputs)
                } else {
                    engine.resume(pending, inputs)
                }
            });
            match step {
                // Whoever waits on does so until the first deadline.
                Step::Park(pending) => {
                    self.0.borrow_mut().parked.insert(stream, Parked { pending, deadline });
                }
                step => self.apply_later(stream, step),
            }
        }
    }

    /// Somebody who waits and should not any more.
    fn take_parked(&self) -> Option<(StreamId, Parked)> {
        let mut held = self.0.borrow_mut();
        if held.parked.is_empty() {
            held.to_decide.clear();
            return None;
        }
        while let Some(stream) = held.to_decide.pop_first() {
            if let Some(parked) = held.parked.remove(&stream) {
                return Some((stream, parked));
            }
        }
        let now = hostcalls::now();
        let overdue =
            held.parked.iter().find(|(_, parked)| parked.deadline <= now).map(|(stream, _)| *stream)?;
        held.parked.remove_entry(&overdue)
    }

    fn with_engine(&self, act: impl FnOnce(&mut Engine, &mut Inputs<'_>) -> Step) -> Step {
        self.0.borrow_mut().with_engine(act).unwrap_or_else(refusal)
    }

    /// Does what was decided about a stream that was paused earlier, which is the active one.
    fn apply_later(&self, stream: StreamId, step: Step) {
        if self.apply(stream, step) && hostcalls::resume_request().is_err() {
            reporter::log(LogLevel::Error, "a stream could not be resumed");
        }
    }

    /// Does what was decided about the active stream; true where it may go on now.
    fn apply(&self, stream: StreamId, mut step: Step) -> bool {
        loop {
            match step {
                Step::Ignore => return true,
                Step::Forward(edits) => {
                    if self.forward(stream, edits) {
                        return true;
                    }
                    step = refusal();
                }
                Step::Reply(reply) => {
                    self.reply(stream, &reply);
                    return false;
                }
                Step::Call(call, pending) => match self.call(stream, &call, pending) {
                    None => return false,
                    Some(next) => step = next,
                },
                Step::Park(pending) => match self.park(stream, pending) {
                    None => return false,
                    Some(next) => step = next,
                },
            }
        }
    }

    /// False where an edit failed: a forged header may have stayed, so the request must not go on.
    fn forward(&self, stream: StreamId, edits: Edits) -> bool {
        if hostcalls::edit_request(&edits.request).is_err() {
            return false;
        }
        if !edits.response.is_empty() {
            self.0.borrow_mut().response_edits.insert(stream, (edits.response, hostcalls::now()));
        }
        true
    }

    fn reply(&self, stream: StreamId, reply: &LocalReply) {
        self.0.borrow_mut().response_edits.remove(&stream);
        self.0.borrow_mut().counters.count(reply.reason);
        reporter::report(reply);
        if reply.hides_query {
            let _ = hostcalls::hide_query();
        }
        if hostcalls::send(reply).is_err() {
            reporter::log(LogLevel::Error, "an answer could not be sent");
        }
    }

    fn call(&self, stream: StreamId, call: &HttpCall, pending: Pending) -> Option<Step> {
        hide_query_of(&pending);
        if self.0.borrow().calls.len() >= MAX_CALLS {
            return Some(
                self.with_engine(|engine, inputs| engine.give_up(pending, Reason::Overloaded, inputs)),
            );
        }
        match dispatch(call) {
            Some(token) => {
                self.0.borrow_mut().calls.insert(token, Call::ForStream(stream, Box::new(pending)));
                None
            }
            None => {
                Some(self.with_engine(|engine, inputs| engine.on_answer(pending, &Answer::Nothing, inputs)))
            }
        }
    }

    fn park(&self, stream: StreamId, pending: Pending) -> Option<Step> {
        hide_query_of(&pending);
        let mut held = self.0.borrow_mut();
        if held.parked.len() >= MAX_PARKED {
            let give_up = |engine: &mut Engine, inputs: &mut Inputs<'_>| {
                engine.give_up(pending, Reason::Overloaded, inputs)
            };
            return Some(held.with_engine(give_up).unwrap_or_else(refusal));
        }
        let deadline = hostcalls::now().plus(MAX_WAIT);
        held.parked.insert(stream, Parked { pending, deadline });
        // Whatever it waits for is the root context's business, and soon: the clock is set for it.
        if held.tick != URGENT_TICK && hostcalls::enter(held.root) {
            held.tick_every(URGENT_TICK);
            hostcalls::enter(stream);
        }
        None
    }
}

impl Held {
    fn with_engine<T>(&mut self, act: impl FnOnce(&mut Engine, &mut Inputs<'_>) -> T) -> Option<T> {
        let room = (self.calls.len() < MAX_CALLS).then(Room::for_one_call);
        let Self { engine, shared, .. } = self;
        let inputs = &mut Inputs { now: hostcalls::now(), entropy: &mut SystemEntropy, shared, room };
        Some(act(engine.as_mut()?, inputs))
    }

    /// In the root context.
    fn tick_every(&mut self, period: Duration) {
        if self.tick != period && hostcalls::tick_every(period) {
            self.tick = period;
        }
    }
}

fn hide_query_of(pending: &Pending) {
    if pending.hides_query() {
        let _ = hostcalls::hide_query();
    }
}

fn dispatch(call: &HttpCall) -> Option<u32> {
    hostcalls::call(call)
        .inspect_err(|_| {
            let cluster = &call.cluster;
            reporter::log(
                LogLevel::Error,
                &format!("no call to cluster \"{cluster}\": does it exist, and has it an endpoint? See provider.cluster and provider.clusters"),
            );
        })
        .ok()
}

/// For what cannot be decided.
fn refusal() -> Step {
    Step::Reply(Box::new(LocalReply::explain(Reason::Internal, Audience::Program, &[])))
}

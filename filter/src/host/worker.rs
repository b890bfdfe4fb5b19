//! One worker, shared by its root context and its streams: hostcalls become events of the [`Driver`], and its effects
//! become hostcalls. Nothing here decides.
//!
//! No borrow of it is held while a hostcall runs that could call back into the filter.

use std::cell::RefCell;
use std::rc::Rc;

use proxy_wasm::types::LogLevel;

use super::hostcalls::{self, SharedData, SystemEntropy};
use super::metrics::Metrics;
use super::reporter;
use crate::driver::{CallToken, Caller, Continuation, Driver, Effect, Outside, StreamId, Verdict};
use crate::engine::{Engine, HeaderEdit};
use crate::oidc::HttpCall;
use crate::page::{self, Reply};

#[derive(Clone)]
pub(super) struct Worker(Rc<RefCell<Held>>);

struct Held {
    /// The id of the root context.
    root: ContextId,
    driver: Driver,
    shared: SharedData,
    metrics: Metrics,
}

type ContextId = u32;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    GoesOn,
    /// It is answered, or waits.
    Stays,
    /// Outside `hosts`.
    NotOurs,
}

impl Worker {
    pub(super) fn new(root: ContextId) -> Self {
        Self(Rc::new(RefCell::new(Held {
            root,
            driver: Driver::default(),
            shared: SharedData { prefix: String::new() },
            metrics: Metrics::default(),
        })))
    }

    pub(super) fn configure(&self, engine: Option<Engine>) {
        self.0.borrow_mut().shared.prefix = engine.as_ref().map(Engine::shared_prefix).unwrap_or_default();
        self.0.borrow_mut().driver.configure(engine);
        // So that every series exists from the start.
        let keys = self.0.borrow().driver.session_keys();
        self.0.borrow_mut().metrics.define(keys);
        let root = self.0.borrow().root;
        self.perform(root, None);
    }

    pub(super) fn on_request(&self, stream: StreamId) -> Fate {
        let request = hostcalls::request();
        self.0.borrow_mut().tell(|driver, outside| driver.on_request(stream, request, outside));
        self.perform(stream, Some(stream))
    }

    /// Whether the trailers may go on: those that must not are removed.
    pub(super) fn on_trailers(&self) -> bool {
        let Some(trailers) = hostcalls::trailers() else { return false };
        let names = trailers.iter().map(|(name, _)| name);
        hostcalls::remove_trailers(&self.0.borrow().driver.forged_trailers(names)).is_ok()
    }

    /// The edits for the application's response.
    pub(super) fn on_response(&self, stream: StreamId) -> Vec<HeaderEdit> {
        self.0.borrow_mut().driver.on_response(stream, hostcalls::now)
    }

    pub(super) fn on_stream_gone(&self, stream: StreamId) {
        self.0.borrow_mut().driver.on_stream_gone(stream);
    }

    /// `active` is the context in which the answer arrives; it belongs to the one for which the call was made.
    pub(super) fn on_answer(
        &self,
        mut active: ContextId,
        call: CallToken,
        num_headers: usize,
        body_size: usize,
    ) {
        let Some(caller) = self.0.borrow().driver.caller(call) else { return };
        if !self.enter(&mut active, caller) {
            if let Caller::Stream(stream) = caller {
                self.on_stream_gone(stream);
            }
            return;
        }
        let answer = hostcalls::answer(num_headers, body_size);
        self.0.borrow_mut().tell(|driver, outside| driver.on_answer(call, &answer, outside));
        self.perform(active, None);
    }

    pub(super) fn on_tick(&self) {
        let root = {
            let held = &mut *self.0.borrow_mut();
            held.tell(Driver::on_tick);
            held.metrics.tell(&held.driver.take_metrics());
            held.root
        };
        self.perform(root, None);
    }

    /// The instance ends: it is told, and what was counted is not lost.
    pub(super) fn on_end(&self) {
        let held = &mut *self.0.borrow_mut();
        held.tell(Driver::on_end);
        held.metrics.tell(&held.driver.take_metrics());
    }

    /// Does what the driver wants, in a callback of the context `own`. The fate of the stream whose request headers the
    /// callback brings is its return value; every other stream is resumed.
    fn perform(&self, own: ContextId, deciding: Option<StreamId>) -> Fate {
        let mut active = own;
        let mut fate = Fate::Stays;
        while let Some(effect) = self.next_effect() {
            match effect {
                Effect::Ignore(stream) if deciding == Some(stream) => fate = Fate::NotOurs,
                Effect::Ignore(stream) => {
                    if self.enter(&mut active, Caller::Stream(stream)) {
                        resume();
                    }
                }
                Effect::Forward(stream, edits, state, _) => {
                    if self.enter(&mut active, Caller::Stream(stream)) {
                        if hostcalls::edit_request(&edits).is_err() || hostcalls::set_state(&state).is_err() {
                            self.0.borrow_mut().driver.on_edits_not_made(stream);
                        } else if deciding == Some(stream) {
                            fate = Fate::GoesOn;
                        } else {
                            resume();
                        }
                    }
                }
                Effect::Reply(stream, mut reply, verdict) => {
                    if self.enter(&mut active, Caller::Stream(stream)) {
                        self.reply(&mut reply, verdict.as_ref());
                    }
                }
                Effect::HideQuery(stream) => {
                    if self.enter(&mut active, Caller::Stream(stream)) {
                        let _ = hostcalls::hide_query();
                    }
                }
                Effect::Call(call, then) => self.call(&mut active, &call, then),
                Effect::Tick(period) => {
                    if !self.enter(&mut active, Caller::Root) || !hostcalls::tick_every(period) {
                        self.0.borrow_mut().driver.on_tick_not_set();
                    }
                }
                Effect::Event(event) => {
                    let line = self.0.borrow_mut().driver.report_event(&event, hostcalls::now());
                    line.iter().for_each(reporter::report);
                }
                Effect::Log(line) => reporter::report(&line),
            }
        }
        if active != own {
            hostcalls::enter(own);
        }
        fate
    }

    fn next_effect(&self) -> Option<Effect> {
        self.0.borrow_mut().driver.next_effect()
    }

    fn reply(&self, reply: &mut Reply, verdict: Option<&Verdict>) {
        let request = hostcalls::request();
        let report = self.0.borrow_mut().driver.report(reply, verdict, request.as_ref(), hostcalls::now());
        report.line.iter().for_each(reporter::report);
        reply.incident = report.request_id;
        if reply.hides_query {
            let _ = hostcalls::hide_query();
        }
        // It is for logs alone: the request goes no further.
        let _ = hostcalls::set_state(&reply.filter_state);
        if hostcalls::send(&page::render(reply), &report.details).is_err() {
            reporter::log(LogLevel::Error, "an answer could not be sent");
        }
    }

    fn call(&self, active: &mut ContextId, call: &HttpCall, then: Continuation) {
        let made = if self.enter(active, then.caller()) { dispatch(call) } else { None };
        let held = &mut *self.0.borrow_mut();
        match made {
            Some(token) => held.driver.on_call_made(token, then, hostcalls::milliseconds()),
            None => held.tell(|driver, outside| driver.on_call_not_made(then, outside)),
        }
    }

    /// Makes the caller's context the one that the next hostcalls are about; false where it is gone.
    fn enter(&self, active: &mut ContextId, caller: Caller) -> bool {
        let wanted = match caller {
            Caller::Stream(stream) => stream,
            Caller::Root => self.0.borrow().root,
        };
        let entered = *active == wanted || hostcalls::enter(wanted);
        if entered {
            *active = wanted;
        }
        entered
    }
}

impl Held {
    /// An event that may ask for the time, randomness and shared data.
    fn tell<T>(&mut self, event: impl FnOnce(&mut Driver, &mut Outside<'_>) -> T) -> T {
        let Self { driver, shared, .. } = self;
        let (now, milliseconds) = hostcalls::now_and_milliseconds();
        let outside = &mut Outside {
            now,
            milliseconds,
            entropy: &mut SystemEntropy,
            shared,
            source: &mut hostcalls::source_address,
        };
        event(driver, outside)
    }
}

fn resume() {
    if hostcalls::resume_request().is_err() {
        reporter::log(LogLevel::Error, "a stream could not be resumed");
    }
}

fn dispatch(call: &HttpCall) -> Option<CallToken> {
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

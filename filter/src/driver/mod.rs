//! Who waits and until when, whose call is under way, what there is room for, when the next tick is due.
//!
//! The [`engine`](crate::engine) knows what one request means; the driver knows all that are on their way in one worker.
//! Events go in, one method each; [`Effect`]s come out, as values, by [`Driver::next_effect`]. It makes no hostcall and
//! reads no clock, so that it is tested and fuzzed as it ships. What an effect could not do is an event again.
//!
//! The limits are in [`limits`], each with its reason. What holds, whatever comes:
//!
//! * A stream gets one decision: it goes on, or it is answered, or it waits, until its deadline at the latest.
//! * A stream that has gone is forgotten, and gets nothing any more.
//! * No more calls are under way, and no more streams wait, than the limits say; and what a stranger can cause is paid
//!   for first, out of a budget.
//! * An application's response gets a cookie only while it is young enough.

mod bucket;
mod budget;
mod calls;
mod effect;
mod ids;
pub mod limits;
mod outside;
pub mod report;
mod response_edits;
mod told;
mod waiting;

use std::collections::VecDeque;
use std::time::Duration;

use crate::engine::{Due, Engine, HeaderEdit, Request, Step};
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::Answer;
use crate::page::{Reader, Reason, Reply};
use budget::Budget;
use calls::Calls;
pub use calls::{Caller, Continuation};
pub use effect::Effect;
pub use ids::{CallToken, StreamId};
use outside::Leave;
pub use outside::Outside;
use report::Reporter;
use report::metrics::{Answered, Counter};
use response_edits::ResponseEdits;
use waiting::Waiting;

pub use crate::access::Verdict;
pub use crate::web::header_block::HeaderBlock;
pub use crate::web::path::without_query;

/// All that is on its way in one worker.
#[derive(Debug, Default)]
pub struct Driver {
    /// None where the plugin cannot work: every request is refused then.
    engine: Option<(Engine, Budget)>,
    waiting: Waiting,
    calls: Calls,
    response_edits: ResponseEdits,
    reporter: Reporter,
    /// The period of the ticks; zero before there is one.
    tick: Duration,
    effects: VecDeque<Effect>,
}

impl Driver {
    /// A configuration was loaded, or (`None`) cannot work.
    pub fn configure(&mut self, engine: Option<Engine>) {
        self.engine = engine.map(|engine| {
            let budget = Budget::new(engine.budget());
            (engine, budget)
        });
        self.tick_every(limits::BUSY_TICK);
    }

    /// What is to be done next; to be asked after each event until there is nothing.
    pub fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// A stream has brought the headers of its request; `None` where the host could not read them.
    pub fn on_request(&mut self, stream: StreamId, request: Option<Request>, outside: &mut Outside<'_>) {
        let step = match request {
            Some(request) => self.ask(outside, |engine, inputs| engine.on_request(request, inputs)),
            None => None,
        };
        self.follow(stream, step, None, outside);
    }

    /// A stream of the filter's has brought trailers: those of them that must not go on.
    pub fn forged_trailers<'t, N: AsRef<[u8]> + ?Sized + 't>(
        &'t self,
        names: impl Iterator<Item = &'t N>,
    ) -> Vec<&'t N> {
        self.engine.as_ref().map(|(engine, _)| engine.forged_trailers(names).collect()).unwrap_or_default()
    }

    /// The application answers: the edits for its response's headers. Mostly there are none, and nobody asks for the time.
    pub fn on_response(&mut self, stream: StreamId, now: impl FnOnce() -> Timestamp) -> Vec<HeaderEdit> {
        self.response_edits.take(stream, now)
    }

    /// The stream is gone, and whatever it waited for is of no use to anyone.
    pub fn on_stream_gone(&mut self, stream: StreamId) {
        self.waiting.forget(stream);
        self.response_edits.forget(stream);
        if let Some(endpoint) = self.calls.forget(stream) {
            self.reporter.counts.add(Counter::ProviderRequest(endpoint, Answered::Abandoned), 1);
        }
    }

    /// On whose behalf a call was made: in whose context its answer is to be read. `None` where nobody waits for it.
    #[must_use]
    pub fn caller(&self, call: CallToken) -> Option<Caller> {
        self.calls.caller(call)
    }

    /// A call was answered.
    pub fn on_answer(&mut self, call: CallToken, answer: &Answer, outside: &mut Outside<'_>) {
        let Some((then, made_at)) = self.calls.answered(call) else { return };
        let (endpoint, counts) = (then.endpoint(), &mut self.reporter.counts);
        counts.add(Counter::ProviderRequest(endpoint, Answered::of(answer)), 1);
        counts.took(endpoint, outside.milliseconds.saturating_sub(made_at));
        let caller = then.caller();
        self.go_on(then, answer, outside);
        if caller == Caller::Root {
            self.decide_waiting(outside);
        }
    }

    /// The call of an [`Effect::Call`] is under way, under this number, since `made_at` (milliseconds since the epoch).
    pub fn on_call_made(&mut self, call: CallToken, then: Continuation, made_at: u64) {
        self.calls.made(call, then, made_at);
    }

    /// The call of an [`Effect::Call`] could not be made. Whoever waited for it is decided by the next tick: the callback
    /// that wanted the call has decided as many as it may.
    pub fn on_call_not_made(&mut self, then: Continuation, outside: &mut Outside<'_>) {
        self.calls.not_made(then.caller());
        self.reporter.counts.add(Counter::ProviderRequest(then.endpoint(), Answered::NotMade), 1);
        self.go_on(then, &Answer::Nothing, outside);
    }

    /// The edits of an [`Effect::Forward`] could not be made: a forged header may have stayed, so the request must not
    /// go on.
    pub fn on_edits_not_made(&mut self, stream: StreamId) {
        self.response_edits.forget(stream);
        let reply = refusal();
        self.reporter.counts.replied(reply.reason, &[]);
        self.effects.push_back(Effect::Reply(stream, Box::new(reply), None));
    }

    /// The period of an [`Effect::Tick`] could not be set.
    pub fn on_tick_not_set(&mut self) {
        self.tick = Duration::ZERO;
    }

    /// Does what is due by now, and sets the time of the next tick.
    pub fn on_tick(&mut self, outside: &mut Outside<'_>) {
        for _ in 0..limits::MAX_CALLS_IN_A_TICK {
            if !self.calls.have_room_for_root() {
                break;
            }
            let Some(due) = self.ask(outside, Engine::poll).flatten() else { break };
            self.follow_due(due);
        }
        self.decide_waiting(outside);
        if let Some(line) = self.reporter.owed(outside.now) {
            self.effects.push_back(Effect::Log(line));
        }
        self.tell_gauges(outside);
        let is_fetching = self.engine.as_ref().is_some_and(|(engine, _)| engine.is_fetching());
        self.tick_every(if self.waiting.has_decidable() {
            limits::URGENT_TICK
        } else if !self.waiting.is_empty() || is_fetching {
            limits::BUSY_TICK
        } else {
            limits::IDLE_TICK
        });
    }

    /// How many streams wait for what the root context fetches.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many calls are under way whose answer goes on with something.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// How many calls are under way whose streams have gone. They count until they time out: whoever hangs up gives the
    /// provider no rest.
    #[must_use]
    pub fn calls_left_behind(&self) -> usize {
        self.calls.left_behind()
    }

    fn go_on(&mut self, then: Continuation, answer: &Answer, outside: &mut Outside<'_>) {
        match then {
            Continuation::OfStream(stream, calling, _) => {
                let step = self.ask(outside, |engine, inputs| engine.on_answer(calling, answer, inputs));
                self.follow(stream, step, None, outside);
            }
            Continuation::OfRoot(call) => {
                if let Some(due) =
                    self.ask(outside, |engine, inputs| engine.on_provider_answer(call, answer, inputs))
                {
                    self.follow_due(due);
                }
            }
        }
    }

    fn follow_due(&mut self, due: Due) {
        match due {
            Due::Call(call, provider_call) => {
                self.calls.expect(Caller::Root);
                self.effects.push_back(Effect::Call(call, Continuation::OfRoot(provider_call)));
            }
            Due::Event(event) => {
                self.count_event(&event);
                self.effects.push_back(Effect::Event(event));
            }
        }
    }

    /// Decides some of those who wait: after a change anew, after their time for good.
    ///
    /// Envoy gives the answers when the callback is over, each inside the end of the one before, on one stack: a crowd
    /// that was answered in one callback would end the VM.
    fn decide_waiting(&mut self, outside: &mut Outside<'_>) {
        let Outside { now, milliseconds, .. } = *outside;
        if let Some((engine, _)) = &self.engine {
            self.waiting.look_who_may_go_on(|parked| engine.may_go_on(parked, now));
        }
        for _ in 0..limits::MAX_DECIDED_AT_ONCE {
            let Some((stream, parked, deadline, source)) = self.waiting.take_decidable(now) else { return };
            // Who asked was noted when the stream began to wait.
            let Outside { entropy, shared, .. } = outside;
            let outside = &mut Outside {
                now,
                milliseconds,
                entropy: &mut **entropy,
                shared: &mut **shared,
                source: &mut || source,
            };
            let step = self.ask(outside, |engine, inputs| {
                if limits::is_over(deadline, now) {
                    engine.give_up(parked, Reason::ProviderNotReady, inputs)
                } else {
                    engine.resume(parked, inputs)
                }
            });
            self.follow(stream, step, Some(deadline), outside);
        }
    }

    /// Asks the engine, with leave to make calls where there is room for them.
    fn ask<T>(
        &mut self,
        outside: &mut Outside<'_>,
        act: impl FnOnce(&mut Engine, &mut Inputs<'_>) -> T,
    ) -> Option<T> {
        let Outside { now, entropy, shared, source, .. } = outside;
        let has_room = self.calls.have_room(*now);
        let (engine, budget) = self.engine.as_mut()?;
        let mut leave = Leave { budget, has_room, source: &mut **source, now: *now, refused: None };
        let calls = &mut leave;
        let acted =
            act(engine, &mut Inputs { now: *now, entropy: &mut **entropy, shared: &mut **shared, calls });
        if let Some(what) = leave.refused {
            self.reporter.counts.add(Counter::BudgetRefused(what), 1);
        }
        Some(acted)
    }

    /// Does what was decided about a stream; where nothing could be decided, it is refused. Whoever waits on does so
    /// until the first deadline.
    fn follow(
        &mut self,
        stream: StreamId,
        step: Option<Step>,
        deadline: Option<Timestamp>,
        outside: &mut Outside<'_>,
    ) {
        let effect = match step {
            Some(Step::Ignore) => Effect::Ignore(stream),
            Some(Step::Forward(edits, verdict)) => {
                self.response_edits.keep(stream, edits.response, outside.now);
                self.reporter.counts.forwarded(&verdict.judgement);
                Effect::Forward(stream, edits.request, edits.filter_state, verdict)
            }
            Some(Step::Reply(reply, verdict)) => {
                self.keep_status(stream, &reply, outside.now);
                self.reporter.counts.replied(reply.reason, &reply.left_out);
                Effect::Reply(stream, reply, verdict)
            }
            Some(Step::Call(call, calling)) => {
                if calling.hides_query() {
                    self.effects.push_back(Effect::HideQuery(stream));
                }
                self.calls.expect(Caller::Stream(stream));
                // A call that is answered in the second in which it times out is still under way.
                let until = outside.now.plus(call.timeout.as_secs()).plus(1);
                Effect::Call(call, Continuation::OfStream(stream, calling, until))
            }
            Some(Step::Park(parked)) => {
                if parked.hides_query() {
                    self.effects.push_back(Effect::HideQuery(stream));
                }
                if !self.waiting.has_room_for(&parked) {
                    let step = self
                        .ask(outside, |engine, inputs| engine.give_up(parked, Reason::Overloaded, inputs));
                    return self.follow_at_once(stream, step, outside);
                }
                if deadline.is_none() {
                    self.reporter.counts.add(Counter::Parked(parked.waits_for()), 1);
                }
                let deadline = deadline.unwrap_or(outside.now.plus(limits::MAX_WAIT));
                self.waiting.add(stream, parked, deadline, (outside.source)());
                // Whatever it waits for is the root context's business, and soon: the clock is set for it.
                return self.tick_every(limits::URGENT_TICK);
            }
            None => {
                let reply = refusal();
                self.reporter.counts.replied(reply.reason, &[]);
                self.keep_status(stream, &reply, outside.now);
                Effect::Reply(stream, Box::new(reply), None)
            }
        };
        self.effects.push_back(effect);
    }

    /// As [`Driver::follow`], for whoever cannot wait.
    fn follow_at_once(&mut self, stream: StreamId, step: Option<Step>, outside: &mut Outside<'_>) {
        let step = step.filter(|step| !matches!(step, Step::Park(_)));
        self.follow(stream, step, None, outside);
    }

    /// Where the HTTP status of an answer counts it is set once more, when the answer passes as a response: Envoy has made
    /// 200 of it for gRPC by then.
    fn keep_status(&mut self, stream: StreamId, reply: &Reply, now: Timestamp) {
        self.response_edits.forget(stream);
        if reply.keeps_status {
            let status = reply.status().to_string().into_bytes();
            self.response_edits.keep(stream, vec![HeaderEdit::set(":status", status)], now);
        }
    }

    fn tick_every(&mut self, period: Duration) {
        if self.tick != period {
            self.tick = period;
            self.effects.push_back(Effect::Tick(period));
        }
    }
}

/// For what cannot be decided.
fn refusal() -> Reply {
    Reply::explain(Reason::Internal, Reader::Program).keeping_status()
}

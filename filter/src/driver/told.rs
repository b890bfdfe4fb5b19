//! What the driver tells operators: the reports of its answers and events, and what it has counted.

use super::report::Report;
use super::report::metrics::{Counter, Gauge, GaugeChange, Pending, Refreshed};
use super::{Driver, Outside};
use crate::access::Verdict;
use crate::engine::{Openings, ProviderEvent, Request};
use crate::inputs::Timestamp;
use crate::page::{LogLine, Reply};

impl Driver {
    /// How many secrets open sessions: each has counters of its own.
    #[must_use]
    pub fn session_keys(&self) -> usize {
        self.engine.as_ref().map_or(0, |(engine, _)| engine.session_keys())
    }

    /// What goes with the answer of an [`Effect::Reply`]: `request` is what it answers, as the host still has it.
    pub fn report(
        &mut self,
        reply: &Reply,
        verdict: Option<&Verdict>,
        request: Option<&Request>,
        now: Timestamp,
    ) -> Report {
        self.reporter.of_reply(reply, verdict, request, now)
    }

    /// The line in the log for an [`Effect::Event`].
    pub fn report_event(&mut self, event: &ProviderEvent, now: Timestamp) -> Option<LogLine> {
        self.reporter.of_event(event, now)
    }

    /// What was counted since this was asked last; by tick.
    pub fn take_metrics(&mut self) -> Pending {
        if let Some((engine, _)) = &mut self.engine {
            for (key, Openings { cached, anew }) in engine.take_openings() {
                self.reporter.counts.add(Counter::SessionOpened(key, true), cached);
                self.reporter.counts.add(Counter::SessionOpened(key, false), anew);
            }
        }
        self.reporter.counts.take()
    }

    /// The instance ends, in an orderly way: it is not ready any more. The change of the gauge is in
    /// [`Driver::take_metrics`].
    pub fn on_end(&mut self, outside: &mut Outside<'_>) {
        self.call_the_roll(false, outside);
    }

    pub(super) fn count_event(&mut self, event: &ProviderEvent) {
        let counts = &mut self.reporter.counts;
        match event {
            ProviderEvent::Refreshed { surplus } => {
                counts.add(Counter::Refresh(Refreshed::Renewed), 1);
                counts.left_out(surplus.iter().flat_map(|surplus| surplus.left_out.names()));
            }
            ProviderEvent::RefreshFailed(failure) => {
                let came = if failure.ends_the_session { Refreshed::Ended } else { Refreshed::Failed };
                counts.add(Counter::Refresh(came), 1);
            }
            _ => {}
        }
    }

    pub(super) fn tell_gauges(&mut self, outside: &mut Outside<'_>) {
        let Some((engine, _)) = &mut self.engine else { return };
        if let Some(fetched) = engine.take_fetched() {
            let counts = &mut self.reporter.counts;
            counts.gauge(GaugeChange::To(Gauge::MetadataFetched, fetched.metadata_at));
            counts.gauge(GaugeChange::To(Gauge::KeysFetched, fetched.keys_at));
        }
        let is_ready = engine.is_ready();
        self.call_the_roll(is_ready, outside);
    }

    fn call_the_roll(&mut self, is_ready: bool, outside: &mut Outside<'_>) {
        let change =
            self.ask(outside, |engine, inputs| engine.call_the_roll(is_ready, inputs)).unwrap_or_default();
        if change != 0 {
            self.reporter.counts.gauge(GaugeChange::By(Gauge::Ready, change));
        }
    }
}

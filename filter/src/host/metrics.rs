//! Counters, gauges and histograms in Envoy. What cannot be told is lost, and nothing depends on it.

use std::collections::BTreeMap;

use proxy_wasm::hostcalls;
use proxy_wasm::types::MetricType;

use crate::driver::report::metrics::{Counter, Gauge, GaugeChange, Pending, duration_name};
use crate::oidc::endpoint::ProviderEndpoint;

/// By which Envoy knows a series.
type MetricId = u32;

#[derive(Default)]
pub(super) struct Metrics {
    counters: BTreeMap<Counter, MetricId>,
    durations: BTreeMap<ProviderEndpoint, MetricId>,
    gauges: Vec<(Gauge, MetricId)>,
}

impl Metrics {
    /// Every series, with so many session secrets.
    pub(super) fn define(&mut self, keys: usize) {
        let counter = |counter: Counter| Some((counter, define(MetricType::Counter, &counter.name())?));
        self.counters = Counter::all(keys).into_iter().filter_map(counter).collect();
        let duration = |of| Some((of, define(MetricType::Histogram, &duration_name(of))?));
        self.durations = ProviderEndpoint::ALL.into_iter().filter_map(duration).collect();
        let gauge = |gauge: Gauge| Some((gauge, define(MetricType::Gauge, gauge.name())?));
        self.gauges = Gauge::ALL.into_iter().filter_map(gauge).collect();
    }

    pub(super) fn tell(&self, Pending { counts, durations, gauges }: &Pending) {
        for (counter, count) in counts {
            if let (Some(id), Ok(count)) = (self.counters.get(counter), i64::try_from(*count)) {
                let _ = hostcalls::increment_metric(*id, count);
            }
        }
        for (endpoint, milliseconds) in durations {
            if let Some(id) = self.durations.get(endpoint) {
                let _ = hostcalls::record_metric(*id, *milliseconds);
            }
        }
        for change in gauges {
            let _ = match *change {
                GaugeChange::By(gauge, change) => {
                    self.gauge(gauge).map(|id| hostcalls::increment_metric(id, not_below_zero(id, change)))
                }
                GaugeChange::To(gauge, time) => {
                    self.gauge(gauge).map(|id| hostcalls::record_metric(id, time.0))
                }
            };
        }
    }

    fn gauge(&self, gauge: Gauge) -> Option<MetricId> {
        self.gauges.iter().find_map(|(own, id)| (*own == gauge).then_some(*id))
    }
}

fn define(kind: MetricType, name: &str) -> Option<MetricId> {
    hostcalls::define_metric(kind, name).ok()
}

/// A gauge of Envoy has no sign: less than nothing would be very much.
fn not_below_zero(gauge: MetricId, change: i64) -> i64 {
    let now = hostcalls::get_metric(gauge).ok().and_then(|now| i64::try_from(now).ok()).unwrap_or_default();
    change.max(now.saturating_neg())
}

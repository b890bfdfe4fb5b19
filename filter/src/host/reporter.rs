//! What the operator sees: one line in Envoy's log and one counter for each reason. Nothing that goes
//! through here holds a code, a token, a cookie or a state (law 8).

use std::collections::BTreeMap;

use proxy_wasm::hostcalls;
use proxy_wasm::types::{LogLevel, MetricType};

use crate::page::{LogLine, Severity};

/// Counters are kept here and flushed by tick: a hostcall for each request would cost more than the request.
#[derive(Default)]
pub(super) struct Counters {
    /// By code.
    pending: BTreeMap<&'static str, i64>,
    metrics: BTreeMap<&'static str, u32>,
}

impl Counters {
    pub(super) fn count(&mut self, code: &'static str) {
        let count = self.pending.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn flush(&mut self) {
        for (code, count) in std::mem::take(&mut self.pending) {
            let metric = match self.metrics.get(code) {
                Some(metric) => *metric,
                None => {
                    let name = format!("vestibule.replies.{code}");
                    let Ok(metric) = hostcalls::define_metric(MetricType::Counter, &name) else { continue };
                    self.metrics.insert(code, metric);
                    metric
                }
            };
            let _ = hostcalls::increment_metric(metric, count);
        }
    }
}

pub(super) fn report(line: &LogLine) {
    let level = match line.severity {
        Severity::Everyday => LogLevel::Debug,
        Severity::Notable => LogLevel::Info,
        Severity::Trouble => LogLevel::Warn,
    };
    log(level, &line.text);
}

pub(super) fn log(level: LogLevel, line: &str) {
    let _ = hostcalls::log(level, &format!("vestibule: {line}"));
}

//! What the operator sees: one line in Envoy's log and one counter for each reason. Nothing that goes
//! through here holds a code, a token, a cookie or a state (law 8).

use std::collections::BTreeMap;
use std::fmt::Display;

use proxy_wasm::hostcalls;
use proxy_wasm::types::{LogLevel, MetricType};

use crate::engine::ProviderEvent;
use crate::page::{Reason, Reply};

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

    pub(super) fn count_event(&mut self, event: &ProviderEvent) {
        if let Some(code) = event.code() {
            self.count(code);
        }
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

pub(super) fn report(reply: &Reply) {
    let level = match reply.reason {
        _ if reply.is_trouble() => LogLevel::Warn,
        // Everyday answers; a crawler alone would fill the log with them.
        Reason::NotSignedIn | Reason::SignInStarted | Reason::SignInPage | Reason::Status => LogLevel::Debug,
        _ => LogLevel::Info,
    };
    let detail = reply.detail.as_deref().map(|detail| format!(" detail=\"{detail}\"")).unwrap_or_default();
    log(level, &format!("reason={} status={}{detail}", reply.reason.code(), reply.status()));
}

pub(super) fn report_event(event: &ProviderEvent) {
    let warn = |what: &dyn Display| {
        let code = event.code().unwrap_or_default();
        log(LogLevel::Warn, &format!("reason={code} detail=\"{what}\""));
    };
    match event {
        ProviderEvent::HalfWay => {}
        ProviderEvent::Ready => log(LogLevel::Info, "provider ready"),
        ProviderEvent::Failed(error) => warn(error),
        ProviderEvent::Refreshed => log(LogLevel::Debug, "reason=refreshed"),
        ProviderEvent::RefreshFailed(error) => warn(error),
        ProviderEvent::Revoked => log(LogLevel::Debug, "a refresh token was revoked"),
    }
}

pub(super) fn log(level: LogLevel, line: &str) {
    let _ = hostcalls::log(level, &format!("vestibule: {line}"));
}

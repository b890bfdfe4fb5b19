//! What the operator sees: one line in Envoy's log and one counter for each reason. Nothing that goes
//! through here holds a code, a token, a cookie or a state (law 8).

use std::collections::BTreeMap;

use proxy_wasm::hostcalls;
use proxy_wasm::types::{LogLevel, MetricType};

use crate::engine::ProviderEvent;
use crate::page::{LocalReply, Reason};

/// Counters are kept here and flushed by tick: a hostcall for each request would cost more than the request.
#[derive(Default)]
pub(super) struct Counters {
    pending: BTreeMap<Reason, i64>,
    metrics: BTreeMap<Reason, u32>,
}

impl Counters {
    pub(super) fn count(&mut self, reason: Reason) {
        let count = self.pending.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn count_event(&mut self, event: &ProviderEvent) {
        match event {
            ProviderEvent::Failed(_) => self.count(Reason::ProviderNotReady),
            ProviderEvent::Refreshed => self.count(Reason::Refreshed),
            ProviderEvent::RefreshFailed(_) => self.count(Reason::RefreshFailed),
            ProviderEvent::HalfWay | ProviderEvent::Ready | ProviderEvent::Revoked => {}
        }
    }

    pub(super) fn flush(&mut self) {
        for (reason, count) in std::mem::take(&mut self.pending) {
            let metric = match self.metrics.get(&reason) {
                Some(metric) => *metric,
                None => {
                    let name = format!("vestibule.replies.{}", reason.code());
                    let Ok(metric) = hostcalls::define_metric(MetricType::Counter, &name) else { continue };
                    self.metrics.insert(reason, metric);
                    metric
                }
            };
            let _ = hostcalls::increment_metric(metric, count);
        }
    }
}

pub(super) fn report(reply: &LocalReply) {
    let level = match reply.reason {
        reason if reason.is_trouble() => LogLevel::Warn,
        // Everyday answers; a crawler alone would fill the log with them.
        Reason::NotSignedIn | Reason::SignInStarted | Reason::SignInPage | Reason::Status => LogLevel::Debug,
        _ => LogLevel::Info,
    };
    let detail = reply.detail.as_deref().map(|detail| format!(" detail=\"{detail}\"")).unwrap_or_default();
    log(level, &format!("reason={} status={}{detail}", reply.reason.code(), reply.status));
}

pub(super) fn report_event(event: &ProviderEvent) {
    let warn = |reason: Reason, what: &str| {
        log(LogLevel::Warn, &format!("reason={} detail=\"{what}\"", reason.code()));
    };
    match event {
        ProviderEvent::HalfWay => {}
        ProviderEvent::Ready => log(LogLevel::Info, "provider ready"),
        ProviderEvent::Failed(what) => warn(Reason::ProviderNotReady, what),
        ProviderEvent::Refreshed => log(LogLevel::Debug, "reason=refreshed"),
        ProviderEvent::RefreshFailed(what) => warn(Reason::RefreshFailed, what),
        ProviderEvent::Revoked => log(LogLevel::Debug, "a refresh token was revoked"),
    }
}

pub(super) fn log(level: LogLevel, line: &str) {
    let _ = hostcalls::log(level, &format!("vestibule: {line}"));
}

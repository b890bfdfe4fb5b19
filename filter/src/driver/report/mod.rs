//! What the operator sees of what was decided: lines in the log, response code details, counters. Nothing in here holds a
//! code, a token, a cookie or a state (law 8), and nothing that a client sends adds a series, a byte outside the alphabet
//! or a line without bound.

mod details;
mod log_budget;
pub mod metrics;

use crate::access::Verdict;
use crate::engine::{ProviderEvent, Request};
use crate::inputs::Timestamp;
use crate::page::{LogLine, Reply, Severity};
use crate::upstream::Rule;
use log_budget::LogBudget;
use metrics::{Counter, Counts};

/// What goes with an answer of the filter.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// For Envoy's log; none where there were too many of its kind.
    pub line: Option<LogLine>,
    /// For `%RESPONSE_CODE_DETAILS%`: `vestibule_<reason>{<rule>,<cause>}`, of `[a-z0-9_{}\[\],.]`.
    pub details: String,
    /// Envoy's `x-request-id`, by which the person, the access log and the log of the filter speak of the same request.
    pub request_id: Option<String>,
}

/// Counters, and how much of the log is left.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    pub(super) counts: Counts,
    log_budget: LogBudget,
}

impl Reporter {
    /// `request` is read anew where there is an answer: nothing of it is kept for a request that goes on.
    pub(super) fn of_reply(
        &mut self,
        reply: &Reply,
        verdict: Option<&Verdict>,
        request: Option<&Request>,
        now: Timestamp,
    ) -> Report {
        let request_id = request.and_then(request_id);
        let line = reply.log_line(|line| asked(line, verdict, request, request_id.as_deref()));
        Report { line: self.admit(line, now), details: details::of(reply, verdict), request_id }
    }

    pub(super) fn of_event(&mut self, event: &ProviderEvent, now: Timestamp) -> Option<LogLine> {
        event.log_line().and_then(|line| self.admit(line, now))
    }

    /// What was left out, where there is room to say so now.
    pub(super) fn owed(&mut self, now: Timestamp) -> Option<LogLine> {
        let (code, left_out) = self.log_budget.owed(now)?;
        Some(LogLine::of(Severity::Trouble, code).word("left_out", Some(left_out)))
    }

    fn admit(&mut self, line: LogLine, now: Timestamp) -> Option<LogLine> {
        let (Some(code), Severity::Trouble | Severity::Notable) = (line.code, line.severity) else {
            // At a level that is switched on for a while.
            return Some(line);
        };
        if let Some(left_out) = self.log_budget.admit(code, now) {
            return Some(line.word("left_out", (left_out > 0).then_some(left_out)));
        }
        self.counts.add(Counter::LogLinesLeftOut, 1);
        None
    }
}

fn asked(
    line: LogLine,
    verdict: Option<&Verdict>,
    request: Option<&Request>,
    request_id: Option<&str>,
) -> LogLine {
    let only = |name| request.and_then(|request| request.only(name));
    line.word("rule", verdict.map(|verdict| Rule(verdict.rule)))
        .text("missing", verdict.and_then(Verdict::missing).as_deref())
        .bytes("method", only(":method"))
        .bytes("host", only(":authority").map(without_userinfo))
        .bytes("path", request.and_then(Request::path).map(without_parameters))
        .word("request_id", request_id)
}

/// `user:password@` belongs in no log.
fn without_userinfo(authority: &[u8]) -> &[u8] {
    authority.rsplit(|byte| *byte == b'@').next().unwrap_or_default()
}

/// What looks like a query in another spelling, such as one that was encoded twice, may hold a code.
fn without_parameters(path: &[u8]) -> &[u8] {
    let begins = |rest: &[u8]| {
        let encoded = || [b"%3f", b"%3b", b"%23"].iter().any(|octet| starts_with(rest, octet));
        matches!(rest.first(), Some(b';' | b'#')) || encoded()
    };
    let names_values =
        |rest: &[u8]| rest.contains(&b'=') || rest.windows(3).any(|part| starts_with(part, b"%3d"));
    let cut = (0..path.len()).find(|at| path.get(*at..).is_some_and(begins));
    match cut.and_then(|at| path.split_at_checked(at)) {
        Some((before, rest)) if names_values(rest) => before,
        _ => path,
    }
}

fn starts_with(text: &[u8], octet: &[u8; 3]) -> bool {
    text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(octet))
}

/// Where Envoy trusts the client it may be the client's own: of a few characters only, and not long.
fn request_id(request: &Request) -> Option<String> {
    const MAX: usize = 64;
    let id = request.only("x-request-id")?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let id = Some(id).filter(|id| !id.is_empty() && id.len() <= MAX && id.iter().all(is_plain))?;
    String::from_utf8(id.to_vec()).ok()
}

#[cfg(test)]
mod tests;

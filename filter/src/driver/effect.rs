//! What the host is to do, as values.

use std::time::Duration;

use super::calls::Continuation;
use super::ids::StreamId;
use crate::access::Verdict;
use crate::engine::{HeaderEdit, ProviderEvent};
use crate::oidc::HttpCall;
use crate::page::{LogLine, Reply};
use crate::upstream::FilterState;

/// One thing to do, in its order.
#[derive(Debug)]
pub enum Effect {
    /// None of the filter's business, trailers included: the stream goes on as it came.
    Ignore(StreamId),
    /// The stream goes on, after these edits of its headers and with this filter state. Where one of them fails,
    /// [`super::Driver::on_edits_not_made`].
    Forward(StreamId, Vec<HeaderEdit>, FilterState, Verdict),
    /// The stream is answered, with the filter state of the reply where it can be set, and with what
    /// [`super::Driver::report`] says.
    Reply(StreamId, Box<Reply>, Option<Verdict>),
    /// The stream's `:path` loses its query ([`super::without_query`]), so that access logs do not hold the code.
    HideQuery(StreamId),
    /// A call, in the context of whoever continues it. Then [`super::Driver::on_call_made`] or
    /// [`super::Driver::on_call_not_made`].
    Call(HttpCall, Continuation),
    /// The root context ticks with this period. Where that fails, [`super::Driver::on_tick_not_set`].
    Tick(Duration),
    /// Something to log: [`super::Driver::report_event`].
    Event(ProviderEvent),
    /// Likewise, as it stands.
    Log(LogLine),
}

//! The context of one HTTP stream.

use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, LogLevel};

use super::worker::{Fate, Worker};
use super::{hostcalls, reporter};
use crate::driver::StreamId;

pub(super) struct Stream {
    id: StreamId,
    worker: Worker,
    /// Whether the filter acts on this request: not outside `hosts`.
    is_ours: bool,
}

impl Stream {
    pub(super) fn new(id: StreamId, worker: Worker) -> Self {
        Self { id, worker, is_ours: true }
    }
}

impl Context for Stream {
    fn on_http_call_response(&mut self, token: u32, num_headers: usize, body_size: usize, _: usize) {
        self.worker.on_answer(self.id, token, num_headers, body_size);
    }
}

/// When the stream has gone the SDK drops its context (`proxy_on_delete`). `proxy_on_done` comes just before, and would cost
/// each request one more call into the VM.
impl Drop for Stream {
    fn drop(&mut self) {
        self.worker.on_stream_gone(self.id);
    }
}

impl HttpContext for Stream {
    /// `Pause` also holds the body back, so nothing of a request reaches the application before it is decided.
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let fate = self.worker.on_request(self.id);
        // Where it is worst: everything has been decided and done, but Envoy does not know yet.
        #[cfg(feature = "crash-on-request")]
        super::crash::where_asked();
        self.is_ours = fate != Fate::NotOurs;
        match fate {
            Fate::GoesOn | Fate::NotOurs => Action::Continue,
            Fate::Stays => Action::Pause,
        }
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        // Those that could not be read or removed stay here, and the request does not end for the application.
        if self.is_ours && !self.worker.on_trailers() { Action::Pause } else { Action::Continue }
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        let edits = self.worker.on_response(self.id);
        if hostcalls::edit_response(&edits).is_err() {
            reporter::log(LogLevel::Warn, "a response header could not be set");
        }
        Action::Continue
    }
}

//! The context of one HTTP stream.

use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, LogLevel};

use super::worker::{StreamId, Worker};
use super::{hostcalls, reporter};

pub(super) struct Stream {
    id: StreamId,
    worker: Worker,
}

impl Stream {
    pub(super) fn new(id: StreamId, worker: Worker) -> Self {
        Self { id, worker }
    }
}

impl Context for Stream {
    fn on_http_call_response(&mut self, token: u32, num_headers: usize, body_size: usize, _: usize) {
        self.worker.on_answer(token, num_headers, body_size);
    }

    fn on_done(&mut self) -> bool {
        self.worker.forget(self.id);
        true
    }
}

impl HttpContext for Stream {
    /// `Pause` also holds the body back, so nothing of a request reaches the application before it is decided.
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        if self.worker.on_request(self.id) { Action::Continue } else { Action::Pause }
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        if let Some(edits) = self.worker.take_response_edits(self.id)
            && hostcalls::edit_response(&edits).is_err()
        {
            reporter::log(LogLevel::Warn, "a response header could not be set");
        }
        Action::Continue
    }
}

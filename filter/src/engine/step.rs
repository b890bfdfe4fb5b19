//! What the engine wants done: it forwards, answers, calls or waits by returning a value.

use super::waiting::{Calling, Parked};
use crate::access::Verdict;
use crate::oidc::HttpCall;
use crate::page::Reply;

/// What is to be done with a request.
#[derive(Debug)]
pub enum Step {
    /// Outside `hosts`: none of the filter's business, trailers included.
    Ignore,
    /// Let it through, with these edits: so a rule has decided.
    Forward(Edits, Verdict),
    /// Answer it here; with the verdict, where a rule has decided.
    Reply(Box<Reply>, Option<Verdict>),
    /// Ask the provider; the answer continues `Calling`.
    Call(HttpCall, Calling),
    /// Wait for what the root context fetches.
    Park(Parked),
}

impl Step {
    /// By something else than a rule.
    pub(super) fn reply(reply: Reply) -> Self {
        Self::Reply(Box::new(reply), None)
    }
}

/// Changes to headers. The response half is for the application's response, and for no other.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Before the application sees the request, in their order.
    pub request: Vec<HeaderEdit>,
    /// Before the browser sees the application's response.
    pub response: Vec<HeaderEdit>,
}

impl Edits {
    /// Cookies for the browser. A response that sets one is nobody else's, so no cache may keep it.
    pub(super) fn set_cookies(&mut self, cookies: Vec<String>) {
        if cookies.is_empty() {
            return;
        }
        let set = |cookie| HeaderEdit::Append("set-cookie".to_owned(), cookie);
        self.response.extend(cookies.into_iter().map(set));
        self.response.push(HeaderEdit::Set("cache-control".to_owned(), b"no-store".to_vec()));
    }
}

/// A change to the headers of one message. Names are in lower case, or as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderEdit {
    /// All values of this name.
    Remove(String),
    /// This one value in place of all others.
    Set(String, Vec<u8>),
    /// One more value.
    Append(String, String),
}

//! What the engine wants done: it forwards, answers, calls or waits by returning a value.

use std::rc::Rc;

use super::waiting::{Calling, Parked};
use crate::access::Verdict;
use crate::oidc::HttpCall;
use crate::page::Reply;
use crate::upstream::FilterState;

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

/// Changes to one request and its response. The response half is for the application's response, and for no other.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Before the application sees the request, in their order.
    pub request: Vec<HeaderEdit>,
    /// Before the browser sees the application's response.
    pub response: Vec<HeaderEdit>,
    /// For access logs, and for filters behind this one.
    pub filter_state: FilterState,
}

impl Edits {
    /// Headers for the application, of which none is there any more.
    pub(super) fn tell<'h>(&mut self, headers: impl IntoIterator<Item = &'h (Rc<str>, Rc<[u8]>)>) {
        let add = |(name, value): &(Rc<str>, Rc<[u8]>)| HeaderEdit::Add(Rc::clone(name), Rc::clone(value));
        self.request.extend(headers.into_iter().map(add));
    }

    /// Cookies for the browser. A response that sets one is nobody else's, so no cache may keep it.
    pub(super) fn set_cookies(&mut self, cookies: Vec<String>) {
        if cookies.is_empty() {
            return;
        }
        self.response.extend(cookies.into_iter().map(|cookie| HeaderEdit::add("set-cookie", cookie)));
        self.response.push(HeaderEdit::set("cache-control", *b"no-store"));
    }
}

/// A change to the headers of one message. Names are in lower case, or as they came. What is made once for many requests
/// is shared by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderEdit {
    /// All values of this name.
    Remove(Vec<u8>),
    /// This one value in place of all others.
    Set(Rc<str>, Rc<[u8]>),
    /// One more value. Where there is none, Envoy has less to do than for [`Self::Set`].
    Add(Rc<str>, Rc<[u8]>),
}

impl HeaderEdit {
    pub(crate) fn set(name: &str, value: impl Into<Vec<u8>>) -> Self {
        Self::Set(name.into(), value.into().into())
    }

    pub(super) fn add(name: &str, value: impl Into<Vec<u8>>) -> Self {
        Self::Add(name.into(), value.into().into())
    }
}

//! Decisions as values.

use crate::oidc::token::TokenResponse;
use crate::oidc::{HttpCall, VerifiedClaims};
use crate::page::LocalReply;
use crate::session::PendingLogin;
use crate::session::refresh::RefreshKey;

/// What is to be done with a request.
#[derive(Debug)]
pub enum Step {
    /// Outside `hosts`: none of the filter's business, trailers included.
    Ignore,
    /// Let it through, with these edits.
    Forward(Edits),
    /// Answer it here.
    Reply(Box<LocalReply>),
    /// Ask the provider; the answer continues `Pending`.
    Call(HttpCall, Pending),
    /// Wait for what the root context fetches.
    Park(Pending),
}

impl Step {
    pub(super) fn reply(reply: LocalReply) -> Self {
        Self::Reply(Box::new(reply))
    }
}

/// Changes to headers. The response half is for the application's response, and for no other.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Edits {
    pub request: Vec<HeaderEdit>,
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderEdit {
    /// All values of this name.
    Remove(String),
    /// This one value in place of all others.
    Set(String, Vec<u8>),
    /// One more value.
    Append(String, String),
}

/// The headers of a request, pseudo-headers included, in the order in which they came.
#[derive(Clone)]
pub struct Request(Vec<(String, Vec<u8>)>);

crate::redacted::redacted!(Request);

impl Request {
    #[must_use]
    pub fn new(headers: Vec<(String, Vec<u8>)>) -> Self {
        Self(headers)
    }

    /// Names and values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// All values under a name in lower case.
    pub fn all<'s, 'n>(&'s self, name: &'n str) -> impl Iterator<Item = &'s [u8]> + use<'s, 'n> {
        self.headers().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// As much of a callback as its end needs: where it came to, and which of our cookies the browser has. The
    /// rest may be large, and many wait at once.
    pub(super) fn for_its_end(&self, cookies: Vec<u8>) -> Self {
        const KEPT: [&str; 4] = [":method", ":authority", ":scheme", "x-forwarded-proto"];
        let mut kept: Vec<_> =
            self.0.iter().filter(|(name, _)| KEPT.contains(&name.as_str())).cloned().collect();
        kept.push((":path".to_owned(), b"/".to_vec()));
        kept.push(("cookie".to_owned(), cookies));
        Self(kept)
    }

    /// The value under a name in lower case, if there is exactly one.
    #[must_use]
    pub fn only(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.all(name);
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }
}

/// A request that waits. Whoever holds it may continue it once.
#[derive(Debug)]
pub struct Pending(pub(super) State);

#[derive(Debug)]
pub(super) enum State {
    /// Nothing was decided: the provider is not ready.
    Undecided(Request, Query),
    /// The authorization request is being pushed, perhaps for the second time.
    Push(Push, Repeated),
    /// The session's access token is being renewed.
    Refreshing(Request, RefreshKey),
    /// The code is being redeemed.
    Code(Redemption),
    /// The keys are being fetched anew; after so many fetches they were too old.
    Keys(Redemption, TokenResponse, u64),
    /// The userinfo are being fetched, perhaps for the second time.
    Userinfo(Redemption, TokenResponse, VerifiedClaims, Repeated),
}

/// Whether the query of the request must not get into an access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Query {
    HoldsCode,
    MayBeSeen,
}

/// Whether a call has been repeated already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    No,
    Yes,
}

/// A sign-in that begins by a pushed authorization request. Its cookies are set once that has succeeded.
pub(super) struct Push {
    pub(super) request: Request,
    pub(super) login: PendingLogin,
    pub(super) cookies: Vec<String>,
}

crate::redacted::redacted!(Push);

/// A callback whose state was right.
#[derive(Debug)]
pub(super) struct Redemption {
    pub(super) request: Request,
    pub(super) login: PendingLogin,
}

impl Pending {
    /// Whether `:path` must lose its query at once: it holds a code, and the browser may go away, which
    /// writes the access log, before there is an answer.
    #[must_use]
    pub fn hides_query(&self) -> bool {
        match &self.0 {
            State::Undecided(_, query) => *query == Query::HoldsCode,
            // It is the application's own.
            State::Push(..) | State::Refreshing(..) => false,
            State::Code(_) | State::Keys(..) | State::Userinfo(..) => true,
        }
    }
}

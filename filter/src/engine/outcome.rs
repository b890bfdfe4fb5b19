//! What a machine makes of a request, before the request itself is moved into it.

use super::discovery::Discovery;
use super::headers::Request;
use super::issuers::{TokenKeys, WhichIssuer};
use super::parts::Parts;
use super::step::Step;
use super::waiting::{Parked, Query, WaitFor};
use crate::access::Verdict;
use crate::page::{Cause, Challenge, Presentation, Reader, Reason, Reply};
use crate::session::shared_refresh::RefreshKey;
use crate::session::{Session, SignInId};
use crate::upstream::{FilterState, PersonHeaders, Rule, identity};

#[derive(Debug)]
pub(super) enum Outcome {
    /// Whatever the request still held is not needed any more.
    Step(Step),
    /// Wait until the provider is known, then decide anew.
    WaitForProvider(Query),
    /// Wait until the access token has been renewed, then decide anew.
    WaitForRefresh(RefreshKey),
    /// Wait for the keys of the issuer of a bearer token, then decide anew.
    WaitForTokenKeys(WhichIssuer, TokenKeys),
}

impl Outcome {
    /// Where the provider is not known: a moment's patience, or a page with a link to try again where the provider
    /// was just found away.
    pub(super) fn wait(discovery: &Discovery, reader: Reader, query: Query) -> Self {
        if discovery.is_failing() {
            Reply::explain(Reason::ProviderNotReady, reader).with_cause(Cause::NoAnswer).hiding_query().into()
        } else {
            Self::WaitForProvider(query)
        }
    }

    /// Cookies for the browser, where there is an answer that can carry them.
    pub(super) fn with_cookies(self, cookies: Vec<String>) -> Self {
        self.replying(|reply| reply.with_cookies(cookies))
    }

    /// Whether there is an answer already.
    pub(super) fn is_reply(&self) -> bool {
        matches!(self, Self::Step(Step::Reply(..)))
    }

    /// Shows its page so, where it is one.
    pub(super) fn shown_by(self, presentation: impl FnOnce() -> Presentation) -> Self {
        match self {
            Self::Step(step) => Self::Step(step.shown_by(presentation)),
            other => other,
        }
    }

    /// Takes the query out of access logs, where there is an answer.
    pub(super) fn hiding_query(self) -> Self {
        self.replying(Reply::hiding_query)
    }

    /// Says what to bring, where there is an answer.
    pub(super) fn challenging(self, challenge: Challenge) -> Self {
        self.replying(|reply| reply.with_challenge(challenge))
    }

    /// Keeps the HTTP status of the answer, where there is one: see [`Reply::keeps_status`].
    pub(super) fn keeping_status(self) -> Self {
        self.replying(Reply::keeping_status)
    }

    /// Puts the rule by which it came to this, and whom it is about, into the filter state, as far as it is wanted.
    pub(super) fn about(self, person: &PersonHeaders, verdict: &Verdict) -> Self {
        let state = person.filter_state(Rule(verdict.rule));
        self.stating(|| state)
    }

    /// Names the session, and the person as the log may have them, where there is an answer.
    pub(super) fn of_session(self, parts: &Parts, session: &Session) -> Self {
        self.replying(|reply| {
            // A sign-in that this answer begins is another one.
            let reply =
                if reply.sign_in_id.is_none() { reply.of_sign_in(SignInId::of(session.id)) } else { reply };
            reply.naming_in_log(parts.in_log(&session.person))
        })
    }

    /// Puts the rule into the filter state, where nobody is known.
    pub(super) fn stating_the_rule(self) -> Self {
        let verdict = match &self {
            Self::Step(Step::Forward(_, verdict) | Step::Reply(_, Some(verdict))) => verdict,
            _ => return self,
        };
        let rule = Rule(verdict.rule);
        self.stating(|| {
            identity::filter_state(None).into_iter().chain([identity::rule_state(rule)]).collect()
        })
    }

    /// What has been said stays.
    fn stating(mut self, state: impl FnOnce() -> FilterState) -> Self {
        let place = match &mut self {
            Self::Step(Step::Forward(edits, _)) => &mut edits.filter_state,
            Self::Step(Step::Reply(reply, _)) => &mut reply.filter_state,
            _ => return self,
        };
        if place.is_empty() {
            *place = state();
        }
        self
    }

    fn replying(self, change: impl FnOnce(Reply) -> Reply) -> Self {
        match self {
            Self::Step(Step::Reply(reply, verdict)) => {
                Self::Step(Step::Reply(Box::new(change(*reply)), verdict))
            }
            other => other,
        }
    }

    /// The rule by which it came to this, where there is an answer that can carry it.
    pub(super) fn by(self, verdict: Verdict) -> Self {
        match self {
            Self::Step(Step::Reply(reply, _)) => Self::Step(Step::Reply(reply, Some(verdict))),
            other => other,
        }
    }

    /// With the request that waits, where it does.
    pub(super) fn of(self, request: Request) -> Step {
        match self {
            Self::Step(step) => step,
            Self::WaitForProvider(query) => Step::Park(Parked(WaitFor::Provider(request, query))),
            Self::WaitForTokenKeys(issuer, keys) => {
                Step::Park(Parked(WaitFor::TokenKeys(request, issuer, keys)))
            }
            Self::WaitForRefresh(key) => Step::Park(Parked(WaitFor::Refresh(request, key))),
        }
    }
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::Step(Step::reply(reply))
    }
}

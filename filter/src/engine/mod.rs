//! What a request means: every transition of a sign-in, a session and their ends, as values.
//!
//! # Theory of operation
//!
//! An [`Engine`] is one configuration at work in one worker. It is asked five things, and answers each with a value;
//! time, randomness, shared data and leave to make a call are arguments ([`Inputs`]).
//!
//! * [`Engine::on_request`]: what is to be done with a request? A [`Step`].
//! * [`Engine::on_answer`]: the call of a [`Step::Call`] was answered. What now? A `Step`.
//! * [`Engine::resume`], [`Engine::give_up`]: the request of a [`Step::Park`] may go on, or has waited for too long.
//!   What now? A `Step`. ([`Engine::may_go_on`] tells whether it is worth while to ask.)
//! * [`Engine::poll`]: which call for everybody is due? [`Due`].
//! * [`Engine::on_provider_answer`]: that call was answered. What follows? One more call, or an event: [`Due`].
//!
//! A request on its way, each box a machine in a file of its own:
//!
//! ```text
//!                    on_request                     Step::Forward   Step::Reply
//!                        │                                ▲              ▲
//!                   ┌────▼────┐  a rule lets it pass      │              │
//!        ┌─────────►│ request ├───────────────────────────┘              │
//!        │          └─┬─┬─┬───┘  refused                                 │
//!        │            │ │ └──────────────────────────────────────────────┤
//!        │            │ │ own path  ┌───────────┐ sign_out, auth, ...    │
//!        │            │ └──────────►│ endpoints ├────────────────────────┤
//!        │            │             └──┬──────┬─┘                        │
//!        │            │ no session     │start │callback                  │
//!        │            ▼                ▼      ▼                          │
//!        │         ┌─────────────────────┐ ┌──────────┐ denied           │
//!        │         │ sign_in             │ │ callback ├──────────────────┤
//!        │         │  302, or Call(Push) │ │Call(Code)│                  │
//!        │         └──┬──────────────────┘ └────┬─────┘                  │
//!        │            │ on_answer(Push): 302    │ on_answer(Code)        │
//!        │            └─────────────────────────┼───────────────────────►│
//!        │                                 ┌────▼─────┐ session, or page │
//!        │                                 │ exchange ├─────────────────►│
//!        │                                 └─┬──────┬─┘                  │
//!        │             an unknown key        │      │ a missing claim    │
//!        │             Park(Keys) ◄──────────┘      └──► Call(Userinfo)  │
//!        │             resume ──► exchange               on_answer ──► exchange
//!        │
//!        │ resume: decided anew
//!        └── Park(Provider): metadata or keys are not known yet
//!        └── Park(Refresh):  the access token runs out, and `refresh` renews it for everybody who waits
//! ```
//!
//! What may be relied on:
//!
//! * A waiting request is a value ([`Calling`] or [`Parked`]) that is moved into its continuation: nothing is continued
//!   twice, and neither kind can be continued as the other.
//! * Only `Step::Forward` lets a request reach the application, and it carries the verdict of the rule that let it; and
//!   outside `hosts`, where nothing is protected, `Step::Ignore`.
//! * A code is redeemed at most once for each callback, and never again after an answer; whatever ends a sign-in is a
//!   page or a redirect that starts nothing by itself. So nothing here can loop.
//! * Whoever signs or calls asks for leave first, and pays where a stranger can cause it ([`crate::inputs::Calls`]).
//! * Refresh, metadata and keys are fetched for everybody by [`Engine::poll`]; whoever needs them parks. `exchange` serves
//!   a code and a refresh alike.
//! * One instance fetches for all in an Envoy, where shared data work: `refresh` and `shared_place` say who. Nothing depends
//!   on it: whoever waits for another does so until a lease runs out, and what others have fetched is read and validated as
//!   an answer of the provider is.
//!
//! The machines are functions over `parts`; they share leaves (`incoming`, `outcome`, `waiting`, `links`, `person`,
//! `client_refused`) and call each other in the direction of the picture only.

mod bearer;
mod callback;
mod causes;
mod client_refused;
mod discovery;
mod endpoints;
mod event;
mod exchange;
mod fetches;
mod freshness;
mod headers;
mod incoming;
mod issuers;
mod links;
mod outcome;
mod parts;
mod person;
mod redeemed;
mod refresh;
mod refresh_memory;
mod refusal;
mod request;
mod revocation;
mod revocation_memory;
mod roll_call;
mod shared_place;
mod shown;
mod sign_in;
mod sign_out;
mod start;
mod step;
mod token_memory;
pub mod told;
mod waiting;
mod whole_session;

pub use crate::session::Openings;
pub use discovery::FetchedAt;
pub use event::{ClaimsError, DiscoveryError, ProviderEvent, RefreshError, RefreshFailure};
pub use headers::Request;
pub use step::{Edits, HeaderEdit, Step};
pub use waiting::{Awaited, Calling, Parked};

use crate::config::{self, Config};
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::endpoint::ProviderEndpoint;
use crate::oidc::{Answer, HttpCall};
use crate::page::{Cause, Reason, Reply};
use fetches::{FetchDue, IssuerFetch};
use freshness::Patience;
use parts::Parts;
use refresh::{Refresh, Refreshing};
use waiting::{CallFor, WaitFor};

/// One configuration at work in one worker.
#[derive(Debug)]
pub struct Engine(Parts);

/// A call that the root context makes for everybody; given back with its answer.
#[derive(Debug)]
pub struct ProviderCall(Purpose);

#[derive(Debug)]
enum Purpose {
    Fetch(IssuerFetch),
    Refresh(Box<Refreshing>),
    Revocation,
}

impl ProviderCall {
    /// Which endpoint is asked.
    #[must_use]
    pub fn endpoint(&self) -> ProviderEndpoint {
        match &self.0 {
            Purpose::Fetch(fetch) => fetch.endpoint(),
            Purpose::Refresh(refreshing) => refreshing.endpoint(),
            Purpose::Revocation => ProviderEndpoint::Revocation,
        }
    }
}

/// What is due for everybody.
#[derive(Debug)]
pub enum Due {
    /// A call by the root context.
    Call(HttpCall, ProviderCall),
    /// Nothing to call for: something has ended by itself.
    Event(ProviderEvent),
}

impl Engine {
    /// `None` where no keys can be derived, which a validated configuration rules out.
    #[must_use]
    pub fn new(config: Config) -> Option<Self> {
        Parts::new(config).map(Self)
    }

    /// Decides a request from its headers.
    pub fn on_request(&mut self, request: Request, inputs: &mut Inputs<'_>) -> Step {
        request::decide(&mut self.0, request, Patience::MayWait, inputs)
    }

    /// Which of a request's trailers must not go on: applications may take them for headers (RFC 9110 §6.5.1).
    pub fn forged_trailers<'t, N: AsRef<[u8]> + ?Sized + 't>(
        &'t self,
        names: impl Iterator<Item = &'t N>,
    ) -> impl Iterator<Item = &'t N> {
        names.filter(|name| self.0.removal.is_forged(name))
    }

    /// Goes on with the answer to a [`Step::Call`].
    pub fn on_answer(&mut self, calling: Calling, answer: &Answer, inputs: &mut Inputs<'_>) -> Step {
        let Self(parts) = self;
        let presentation = shown::presentation_of(&calling);
        let step = match *calling.0 {
            CallFor::Push(push, repeated) => sign_in::on_push_answer(parts, push, repeated, answer, inputs),
            CallFor::Code(redemption) => callback::on_token_answer(parts, redemption, answer, inputs),
            CallFor::Userinfo(redemption, awaits) => {
                callback::on_userinfo_answer(parts, redemption, awaits, answer, inputs)
            }
        };
        step.shown_by(|| presentation)
    }

    /// Whether anything has changed for a parked request, so that it is worth while to [`Engine::resume`] it.
    #[must_use]
    pub fn may_go_on(&self, parked: &Parked, now: Timestamp) -> bool {
        let Self(parts) = self;
        match &parked.0 {
            WaitFor::Provider(..) => parts.discovery.provider().is_some() || parts.discovery.is_failing(),
            WaitFor::Keys(waits) => waits.1.is_over(&parts.discovery),
            WaitFor::Refresh(_, key) => parts.refreshes.is_settled(*key, now),
            WaitFor::TokenKeys(_, issuer, keys) => {
                parts.known_discovery_of(*issuer).is_none_or(|discovery| keys.are_settled(discovery))
            }
        }
    }

    /// Decides a parked request anew.
    pub fn resume(&mut self, parked: Parked, inputs: &mut Inputs<'_>) -> Step {
        let Self(parts) = self;
        match parked.0 {
            WaitFor::Provider(request, _)
            | WaitFor::Refresh(request, _)
            | WaitFor::TokenKeys(request, ..) => request::decide(parts, request, Patience::MayWait, inputs),
            WaitFor::Keys(waits) => {
                let (redemption, awaits) = *waits;
                let presentation = redemption.shown.clone();
                callback::on_keys_fetched(parts, redemption, awaits, inputs).shown_by(|| presentation)
            }
        }
    }

    /// Decides a parked request that has waited for too long, or for which there is no room. Whoever waits for a
    /// refresh goes on without it; everybody else is answered.
    pub fn give_up(&mut self, parked: Parked, reason: Reason, inputs: &mut Inputs<'_>) -> Step {
        let Self(parts) = self;
        match parked.0 {
            WaitFor::Refresh(request, _) => request::decide(parts, request, Patience::IsOver, inputs),
            WaitFor::Provider(request, _) | WaitFor::TokenKeys(request, ..) => {
                let mut reply = Reply::explain(reason, incoming::reader(&request)).hiding_query();
                reply.cause = (reason == Reason::Overloaded).then_some(Cause::WaitingFull);
                Step::reply(reply).shown_by(|| shown::presentation(parts, &request))
            }
            WaitFor::Keys(waits) => callback::out_of_time(parts, &waits.0).shown_by(|| waits.0.shown.clone()),
        }
    }

    /// The next call to the provider by the root context, where one is due. What has changed for those who wait,
    /// [`Engine::may_go_on`] tells.
    pub fn poll(&mut self, inputs: &mut Inputs<'_>) -> Option<Due> {
        let Self(parts) = self;
        match fetches::poll(parts, inputs) {
            Some(FetchDue::Call(call, fetch)) => {
                return Some(Due::Call(call, ProviderCall(Purpose::Fetch(fetch))));
            }
            Some(FetchDue::Event(event)) => return Some(Due::Event(event)),
            None => {}
        }
        match refresh::poll(parts, inputs) {
            Some(Refresh::Call(call, refreshing)) => {
                return Some(Due::Call(call, ProviderCall(Purpose::Refresh(refreshing))));
            }
            Some(Refresh::Event(event)) => return Some(Due::Event(event)),
            None => {}
        }
        Some(Due::Call(revocation::poll(parts, inputs)?, ProviderCall(Purpose::Revocation)))
    }

    /// Takes the answer to such a call; perhaps there is one more to make at once.
    pub fn on_provider_answer(
        &mut self,
        call: ProviderCall,
        answer: &Answer,
        inputs: &mut Inputs<'_>,
    ) -> Due {
        let Self(parts) = self;
        match call.0 {
            Purpose::Fetch(fetch) => Due::Event(fetches::on_answer(parts, fetch, answer, inputs)),
            Purpose::Refresh(refreshing) => match refresh::on_answer(parts, refreshing, answer, inputs) {
                Refresh::Event(event) => Due::Event(event),
                Refresh::Call(call, refreshing) => {
                    Due::Call(call, ProviderCall(Purpose::Refresh(refreshing)))
                }
            },
            Purpose::Revocation => Due::Event(ProviderEvent::Revoked),
        }
    }

    /// What strangers may cause, as configured.
    #[must_use]
    pub fn budget(&self) -> config::Budget {
        self.0.config.budget
    }

    /// How many secrets open sessions.
    #[must_use]
    pub fn session_keys(&self) -> usize {
        self.0.config.session.secrets.len()
    }

    /// How many sessions were opened since this was asked last, by the place of the secret.
    pub fn take_openings(&mut self) -> impl Iterator<Item = (usize, Openings)> {
        self.0.vault.take_openings()
    }

    /// Whether metadata and keys of the provider that signs people in are known.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.discovery.provider().is_some()
    }

    /// When this instance has fetched metadata and keys itself, where that is new.
    pub fn take_fetched(&mut self) -> Option<FetchedAt> {
        self.0.discovery.take_fetched()
    }

    /// Tells the other instances whether this one is ready, from time to time. What the gauge of those that are has to
    /// change by.
    pub fn call_the_roll(&mut self, is_ready: bool, inputs: &mut Inputs<'_>) -> i64 {
        let Parts { roll_call, vault, .. } = &mut self.0;
        roll_call.answer(vault, is_ready, inputs)
    }

    /// What the names of this engine's shared data begin with.
    #[must_use]
    pub fn shared_prefix(&self) -> String {
        self.0.vault.scopes().shared_prefix()
    }

    /// Whether a call to the provider is due soon: somebody may be waiting for it.
    #[must_use]
    pub fn is_fetching(&self) -> bool {
        let Self(parts) = self;
        parts.discovery.is_fetching()
            || parts.issuers.is_fetching()
            || parts.refreshes.is_busy()
            || !parts.revocations.is_empty()
    }
}

//! Every transition, and nothing else: what happens to a request, and what the provider's answers change.
//!
//! The engine decides and the host does. A decision is a [`Step`]; what must wait is a [`Pending`], which is
//! moved into the call that continues it and so cannot be continued twice. Time and randomness are arguments.

mod callback;
mod endpoints;
mod freshness;
mod incoming;
mod person;
mod ready;
mod refresh;
mod refreshes;
mod request;
mod sign_in;
mod sign_out;
mod step;
pub mod told;

use std::collections::VecDeque;
use std::rc::Rc;

pub use step::{Edits, HeaderEdit, Pending, Request, Step};

use crate::access::Policy;
use crate::config::{Config, HostPattern, RedirectDomain, RedirectHost, RedirectPort};
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::{Answer, HttpCall};
use crate::page::{Audience, LocalReply, Reason};
use crate::session::cache::OpenedCache;
use crate::session::scope::Scopes;
use crate::session::{Sealer, Session, Tokens};
use crate::upstream::{Removal, WantedTokens};
use freshness::Patience;
use ready::{Discovery, Fetch};
use refresh::{AwaitsKeys, Refreshed, Refreshing};
use refreshes::Refreshes;
use step::State;

/// One configuration at work in one worker.
#[derive(Debug)]
pub struct Engine {
    config: Rc<Config>,
    policy: Rc<Policy>,
    sealer: Rc<Sealer>,
    scopes: Rc<Scopes>,
    discovery: Discovery,
    sessions: OpenedCache<Opened>,
    tokens: OpenedCache<Tokens>,
    refreshes: Refreshes,
    awaiting_keys: Vec<AwaitsKeys>,
    /// Calls that end a refresh token at the provider; nobody waits for their answers.
    revocations: VecDeque<HttpCall>,
    removal: Removal,
    wanted_tokens: WantedTokens,
    /// Where `?rd=` may lead beside the own host.
    redirect_domains: Vec<RedirectDomain>,
}

/// An opened session cookie, with the headers that it becomes.
#[derive(Debug)]
struct Opened {
    session: Session,
    headers: Vec<(String, String)>,
}

/// A call that the root context makes for everybody; given back with its answer.
#[derive(Debug)]
pub struct ProviderCall(Purpose);

#[derive(Debug)]
enum Purpose {
    Fetch(Fetch),
    Refresh(Box<Refreshing>),
    Revocation,
}

/// What an answer to such a call changed. The operator's log has it.
#[derive(Debug, PartialEq, Eq)]
pub enum ProviderEvent {
    /// Half the way: more calls follow.
    HalfWay,
    Ready,
    /// The provider's metadata or keys could not be had. Of plain words.
    Failed(String),
    Refreshed,
    /// Of plain words.
    RefreshFailed(String),
    Revoked,
}

impl Engine {
    /// `None` where no keys can be derived, which a validated configuration rules out.
    #[must_use]
    pub fn new(config: Config) -> Option<Self> {
        let sealer = Sealer::new(&config.session.secrets)?;
        let scopes = Scopes::new(&config.session.cookie, config.provider.issuer.as_str(), &config.client.id);
        Some(Self {
            policy: Rc::new(Policy::compile(&config.access)),
            sealer: Rc::new(sealer),
            scopes: Rc::new(scopes),
            discovery: Discovery::default(),
            sessions: OpenedCache::default(),
            tokens: OpenedCache::default(),
            refreshes: Refreshes::default(),
            awaiting_keys: Vec::new(),
            revocations: VecDeque::new(),
            removal: Removal::new(&config.upstream),
            wanted_tokens: WantedTokens::of(&config.upstream),
            redirect_domains: redirect_domains(&config),
            config: Rc::new(config),
        })
    }

    /// Decides a request from its headers.
    pub fn on_request(&mut self, request: Request, inputs: &mut Inputs<'_>) -> Step {
        self.decide(request, Patience::MayWait, inputs)
    }

    /// Which of a request's trailers must not go on: applications may take them for headers (RFC 9110 §6.5.1).
    pub fn forged_trailers<'t>(
        &'t self,
        names: impl Iterator<Item = &'t str>,
    ) -> impl Iterator<Item = &'t str> {
        names.filter(|name| self.removal.is_forged(name))
    }

    /// Goes on with the answer to a [`Step::Call`].
    pub fn on_answer(&mut self, pending: Pending, answer: &Answer, inputs: &mut Inputs<'_>) -> Step {
        match pending.0 {
            State::Push(push, repeated) => self.on_push_answer(push, repeated, answer, inputs),
            State::Code(redemption) => self.on_token_answer(redemption, answer, inputs),
            State::Userinfo(redemption, tokens, verified, repeated) => {
                self.on_userinfo_answer(redemption, tokens, verified, repeated, answer, inputs)
            }
            // Nothing was asked for these; whoever answers them is mistaken.
            State::Undecided(..) | State::Refreshing(..) | State::Keys(..) => {
                Step::reply(LocalReply::explain(Reason::Internal, Audience::Program, &[]))
            }
        }
    }

    /// Decides a parked request anew, after a [`ProviderEvent`].
    pub fn resume(&mut self, pending: Pending, inputs: &mut Inputs<'_>) -> Step {
        match pending.0 {
            State::Undecided(request, _) | State::Refreshing(request, _) => {
                self.decide(request, Patience::MayWait, inputs)
            }
            State::Keys(redemption, tokens, fetches) => {
                self.on_keys_fetched(redemption, tokens, fetches, inputs)
            }
            State::Push(..) | State::Code(_) | State::Userinfo(..) => {
                Step::reply(LocalReply::explain(Reason::Internal, Audience::Program, &[]))
            }
        }
    }

    /// Whether anything has changed for a parked request, so that it is worth while to [`Engine::resume`] it.
    #[must_use]
    pub fn may_go_on(&self, pending: &Pending, now: Timestamp) -> bool {
        match &pending.0 {
            State::Undecided(..) => self.discovery.provider().is_some() || self.discovery.is_failing(),
            State::Keys(_, _, fetches) => self.discovery.key_fetches() != *fetches,
            State::Refreshing(_, key) => self.is_settled(*key, now),
            State::Push(..) | State::Code(_) | State::Userinfo(..) => false,
        }
    }

    /// Decides a parked request that has waited for too long, or for which there is no room. Whoever waits for a
    /// refresh goes on without it; everybody else is answered.
    pub fn give_up(&mut self, pending: Pending, reason: Reason, inputs: &mut Inputs<'_>) -> Step {
        match pending.0 {
            State::Refreshing(request, _) => self.decide(request, Patience::IsOver, inputs),
            State::Undecided(request, _) | State::Push(step::Push { request, .. }, _) => {
                let reply = LocalReply::explain(reason, incoming::audience(&request), &[]);
                Step::reply(reply.hiding_query())
            }
            // The code has been used: a page that tried again by itself would use it again.
            State::Code(redemption) | State::Keys(redemption, ..) | State::Userinfo(redemption, ..) => {
                self.out_of_time(&redemption)
            }
        }
    }

    /// The next call to the provider by the root context, where one is due. What has changed for those who wait,
    /// [`Engine::may_go_on`] tells.
    pub fn poll(&mut self, inputs: &mut Inputs<'_>) -> Option<(HttpCall, ProviderCall)> {
        if let Some((call, fetch)) = self.discovery.poll(&self.config.provider, inputs.now) {
            return Some((call, ProviderCall(Purpose::Fetch(fetch))));
        }
        if let Some((call, refreshing)) = self.poll_refresh(inputs) {
            return Some((call, ProviderCall(Purpose::Refresh(refreshing))));
        }
        Some((self.revocations.pop_front()?, ProviderCall(Purpose::Revocation)))
    }

    /// Takes the answer to such a call; perhaps there is one more to make at once.
    pub fn on_provider_answer(
        &mut self,
        call: ProviderCall,
        answer: &Answer,
        inputs: &mut Inputs<'_>,
    ) -> (ProviderEvent, Option<(HttpCall, ProviderCall)>) {
        match call.0 {
            Purpose::Fetch(fetch) => {
                (self.discovery.on_answer(fetch, answer, &self.config.provider, inputs.now), None)
            }
            Purpose::Refresh(refreshing) => match self.on_refresh_answer(refreshing, answer, inputs) {
                Refreshed::Done => (ProviderEvent::Refreshed, None),
                Refreshed::Later => (ProviderEvent::HalfWay, None),
                Refreshed::Failed(what) => (ProviderEvent::RefreshFailed(what), None),
                Refreshed::Again(call, refreshing) => {
                    (ProviderEvent::HalfWay, Some((call, ProviderCall(Purpose::Refresh(refreshing)))))
                }
            },
            Purpose::Revocation => (ProviderEvent::Revoked, None),
        }
    }

    /// What the names of this engine's shared data begin with.
    #[must_use]
    pub fn shared_prefix(&self) -> String {
        self.scopes.shared_prefix()
    }

    /// Whether a call to the provider is due soon: somebody may be waiting for it.
    #[must_use]
    pub fn is_fetching(&self) -> bool {
        self.discovery.is_fetching()
            || !self.awaiting_keys.is_empty()
            || self.refreshes.are_wanted()
            || !self.revocations.is_empty()
    }
}

/// The configured ones; and where one host signs people in for all below a cookie domain, that domain, whose
/// every host gets the session cookie anyway.
fn redirect_domains(config: &Config) -> Vec<RedirectDomain> {
    let mut domains = config.paths.allowed_redirect_domains.clone();
    if let Some(redirect_uri) = &config.paths.redirect_uri
        && let Some(domain) =
            crate::web::host::longest_domain(&config.session.cookie.domains, redirect_uri.host())
    {
        let host = RedirectHost::Domain(domain.to_owned());
        // Cookies know no ports.
        domains.push(RedirectDomain { host, port: RedirectPort::Any });
    }
    domains
}

/// Whether the filter acts on this host at all.
fn acts_on(hosts: Option<&[HostPattern]>, host: &str) -> bool {
    hosts.is_none_or(|hosts| hosts.iter().any(|pattern| crate::web::host::matches(pattern, host)))
}

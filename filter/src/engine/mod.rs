//! Every transition, and nothing else: what happens to a request, and what the provider's answers change.
//!
//! The engine decides and the host does. A decision is a [`Step`]; what must wait is a [`Pending`], which is
//! moved into the call that continues it and so cannot be continued twice. Time and randomness are arguments.

mod callback;
mod endpoints;
mod incoming;
mod person;
mod ready;
mod request;
mod sign_in;
mod sign_out;
mod step;

use std::rc::Rc;

pub use ready::{ProviderCall, ProviderEvent};
pub use step::{Edits, HeaderEdit, Pending, Request, Step};

use crate::config::{Config, HostPattern, RedirectDomain, RedirectHost, RedirectPort};
use crate::inputs::{Entropy, Inputs, Timestamp};
use crate::oidc::{Answer, HttpCall};
use crate::page::{Audience, LocalReply, Reason};
use crate::session::cache::OpenedCache;
use crate::session::scope::Scopes;
use crate::session::{Sealer, Session, Tokens};
use ready::Discovery;
use step::State;

/// One configuration at work in one worker.
#[derive(Debug)]
pub struct Engine {
    config: Rc<Config>,
    sealer: Rc<Sealer>,
    scopes: Rc<Scopes>,
    discovery: Discovery,
    sessions: OpenedCache<Opened>,
    tokens: OpenedCache<Tokens>,
    /// Never passed on from outside, on any route. In lower case, with hyphens.
    stripped_headers: Vec<String>,
    /// Where `?rd=` may lead beside the own host.
    redirect_domains: Vec<RedirectDomain>,
}

/// An opened session cookie, with the headers that it becomes.
#[derive(Debug)]
struct Opened {
    session: Session,
    headers: Vec<(String, String)>,
}

impl Engine {
    /// `None` where no keys can be derived, which a validated configuration rules out.
    #[must_use]
    pub fn new(config: Config) -> Option<Self> {
        let sealer = Sealer::new(&config.session.secrets)?;
        let scopes = Scopes::new(&config.session.cookie, config.provider.issuer.as_str(), &config.client.id);
        Some(Self {
            sealer: Rc::new(sealer),
            scopes: Rc::new(scopes),
            discovery: Discovery::default(),
            sessions: OpenedCache::default(),
            tokens: OpenedCache::default(),
            stripped_headers: request::stripped_headers(&config.upstream),
            redirect_domains: redirect_domains(&config),
            config: Rc::new(config),
        })
    }

    /// Decides a request from its headers.
    pub fn on_request(&mut self, request: Request, now: Timestamp, entropy: &mut dyn Entropy) -> Step {
        self.decide(request, &mut Inputs { now, entropy })
    }

    /// Goes on with the answer to a [`Step::Call`].
    pub fn on_answer(
        &mut self,
        pending: Pending,
        answer: &Answer,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Step {
        let inputs = &mut Inputs { now, entropy };
        match pending.0 {
            State::Push(push, repeated) => self.on_push_answer(push, repeated, answer, inputs),
            State::Code(redemption) => self.on_token_answer(redemption, answer, inputs),
            State::Userinfo(redemption, tokens, verified, repeated) => {
                self.on_userinfo_answer(redemption, tokens, verified, repeated, answer, inputs)
            }
            // Nothing was asked for these; whoever answers them is mistaken.
            State::Undecided(..) | State::Keys(..) => {
                Step::reply(LocalReply::explain(Reason::Internal, Audience::Program, &[]))
            }
        }
    }

    /// Decides a parked request anew, after a [`ProviderEvent`].
    pub fn resume(&mut self, pending: Pending, now: Timestamp, entropy: &mut dyn Entropy) -> Step {
        let inputs = &mut Inputs { now, entropy };
        match pending.0 {
            State::Undecided(request, _) => self.decide(request, inputs),
            State::Keys(redemption, tokens, fetches) => {
                self.on_keys_fetched(redemption, tokens, fetches, inputs)
            }
            State::Push(..) | State::Code(_) | State::Userinfo(..) => {
                Step::reply(LocalReply::explain(Reason::Internal, Audience::Program, &[]))
            }
        }
    }

    /// Answers a parked request that has waited for too long, or for which there is no room.
    pub fn give_up(&mut self, pending: &Pending, reason: Reason) -> Step {
        let audience = incoming::audience(pending.request());
        Step::reply(LocalReply::explain(reason, audience, &[]).hiding_query())
    }

    /// The next call to the provider on everybody's behalf, where one is due. One is under way at a time.
    pub fn poll(&mut self, now: Timestamp) -> Option<(HttpCall, ProviderCall)> {
        self.discovery.poll(&self.config.provider, now)
    }

    /// Takes the answer to such a call. After every event the parked requests are decided anew.
    pub fn on_provider_answer(
        &mut self,
        call: ProviderCall,
        answer: &Answer,
        now: Timestamp,
    ) -> ProviderEvent {
        self.discovery.on_answer(call, answer, &self.config.provider, now)
    }

    /// Whether a call to the provider is due soon: somebody may be waiting for it.
    #[must_use]
    pub fn is_fetching(&self) -> bool {
        self.discovery.is_fetching()
    }
}

/// The configured ones; and where one host signs people in for all below a cookie domain, that domain, whose
/// every host gets the session cookie anyway.
fn redirect_domains(config: &Config) -> Vec<RedirectDomain> {
    let mut domains = config.paths.allowed_redirect_domains.clone();
    if let Some(redirect_uri) = &config.paths.redirect_uri
        && let Some(domain) =
            crate::access::host::longest_domain(&config.session.cookie.domains, redirect_uri.host())
    {
        let host = RedirectHost::Domain(domain.to_owned());
        domains.push(RedirectDomain { host, port: RedirectPort::Absent });
    }
    domains
}

/// Whether the filter acts on this host at all.
fn acts_on(hosts: Option<&[HostPattern]>, host: &str) -> bool {
    hosts.is_none_or(|hosts| hosts.iter().any(|pattern| crate::access::host::matches(pattern, host)))
}

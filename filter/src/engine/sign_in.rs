//! The way to the provider: authorization request, state cookie, 302.

use std::rc::Rc;

use super::incoming::Incoming;
use super::request::Outcome;
use super::step::{Pending, Push, Query, Repeated, State, Step};
use super::{Engine, Inputs};
use crate::config::HttpUrl;
use crate::oidc::authorization_request::{self, Parameters};
use crate::oidc::pushed_authorization_request::{self, PushError, RequestUri};
use crate::oidc::{Answer, HttpCall, RelyingParty};
use crate::page::{Audience, LocalReply, Reason};
use crate::session::{PendingLogin, SealError};
use crate::web::host::longest_domain;

impl Engine {
    /// Sends the browser to the provider; it comes back to `original_url`.
    pub(super) fn start_sign_in(
        &mut self,
        incoming: &Incoming<'_>,
        original_url: String,
        inputs: &mut Inputs<'_>,
    ) -> Outcome {
        let elsewhere = self.config.paths.redirect_uri.as_ref().filter(|uri| uri.host() != incoming.host());
        if let Some(redirect_uri) = elsewhere {
            return self.start_elsewhere(incoming, redirect_uri, &original_url).into();
        }
        let Some(provider) = self.discovery.provider().cloned() else {
            return self.wait(incoming, Query::MayBeSeen);
        };
        let config = Rc::clone(&self.config);
        let relying_party = provider.relying_party(&config);
        let is_pushed = pushed_authorization_request::is_wanted(&relying_party);
        // Asked before an assertion is signed.
        if is_pushed && inputs.room.take().is_none() {
            return LocalReply::explain(Reason::Overloaded, incoming.audience(), &[]).into();
        }
        let scopes = Rc::clone(&self.scopes);
        let scope = incoming.scope(&scopes);
        let begin = |inputs: &mut Inputs<'_>| {
            let login = PendingLogin::begin(original_url, inputs.now, inputs.entropy)?;
            let jar = incoming.jar();
            let cookies = login.set_cookies(&self.sealer, &scope, &jar, inputs.now, inputs.entropy)?;
            Ok::<_, SealError>((login, cookies))
        };
        let Ok((login, cookies)) = begin(inputs) else {
            return LocalReply::explain(Reason::NoEntropy, incoming.audience(), &[]).into();
        };
        if is_pushed {
            return match self.push(incoming, &login, &relying_party, inputs) {
                Ok(call) => Outcome::Push(login, cookies, call),
                Err(reply) => (*reply).into(),
            };
        }
        let location = self.with_parameters(incoming, &login, |parameters| {
            authorization_request::url(&relying_party, parameters)
        });
        LocalReply::redirect(location, Reason::SignInStarted).with_cookies(cookies).into()
    }

    /// What is particular to this sign-in.
    fn with_parameters<T>(
        &self,
        incoming: &Incoming<'_>,
        login: &PendingLogin,
        then: impl FnOnce(&Parameters<'_>) -> T,
    ) -> T {
        then(&Parameters {
            redirect_uri: &self.redirect_uri(incoming),
            state: &login.state(),
            nonce: &login.nonce(),
            code_verifier: &login.code_verifier(),
        })
    }

    /// The call that pushes the authorization request of `login`; else the answer.
    fn push(
        &self,
        incoming: &Incoming<'_>,
        login: &PendingLogin,
        relying_party: &RelyingParty<'_>,
        inputs: &mut Inputs<'_>,
    ) -> Result<HttpCall, Box<LocalReply>> {
        let Some(endpoint) = &relying_party.metadata.pushed_authorization_request_endpoint else {
            return Err(Box::new(self.not_pushed(incoming.audience(), login, &PushError::NoEndpoint)));
        };
        self.with_parameters(incoming, login, |parameters| {
            pushed_authorization_request::call(relying_party, endpoint, parameters, inputs)
        })
        .map_err(|_| Box::new(LocalReply::explain(Reason::NoEntropy, incoming.audience(), &[])))
    }

    /// The pushed request was answered: on to the provider, with the reference to it.
    pub(super) fn on_push_answer(
        &mut self,
        push: Push,
        repeated: Repeated,
        answer: &Answer,
        inputs: &mut Inputs<'_>,
    ) -> Step {
        let (Some(provider), Ok(incoming)) =
            (self.discovery.provider().cloned(), Incoming::parse(&push.request))
        else {
            return Step::reply(LocalReply::explain(Reason::Internal, Audience::Program, &[]));
        };
        if answer.looks_reset() && repeated == Repeated::No {
            // Made anew: an assertion is good once, and the provider may have seen the first.
            return match self.push(&incoming, &push.login, &provider.relying_party(&self.config), inputs) {
                Ok(call) => Step::Call(call, Pending(State::Push(push, Repeated::Yes))),
                Err(reply) => Step::Reply(reply),
            };
        }
        Step::reply(match RequestUri::read(answer) {
            Ok(request_uri) => {
                let location = request_uri.url(&provider.relying_party(&self.config));
                LocalReply::redirect(location, Reason::SignInStarted).with_cookies(push.cookies)
            }
            Err(error) => self.not_pushed(incoming.audience(), &push.login, &error),
        })
    }

    /// A page with a button that begins the sign-in anew: by itself it would ask the provider for ever.
    fn not_pushed(&self, audience: Audience, login: &PendingLogin, error: &PushError) -> LocalReply {
        let button = self.sign_in_button(&login.original_url);
        LocalReply::explain(Reason::ParFailed, audience, &[button]).with_detail(error.to_string())
    }

    /// Not ready: a moment's patience, or a page that tries again where the provider was just found away.
    pub(super) fn wait(&self, incoming: &Incoming<'_>, query: Query) -> Outcome {
        if self.discovery.is_failing() {
            LocalReply::explain(Reason::ProviderNotReady, incoming.audience(), &[]).hiding_query().into()
        } else {
            Outcome::Undecided(query)
        }
    }

    /// The one registered redirect URI is on another host: the sign-in begins there.
    fn start_elsewhere(
        &self,
        incoming: &Incoming<'_>,
        redirect_uri: &HttpUrl,
        original_url: &str,
    ) -> LocalReply {
        // The session that begins there must be good here, or this would begin anew for ever.
        let domains = &self.config.session.cookie.domains;
        let shared = longest_domain(domains, incoming.host());
        if shared.is_none() || shared != longest_domain(domains, redirect_uri.host()) {
            return LocalReply::explain(Reason::HostNotCovered, incoming.audience(), &[]);
        }
        let wanted = if original_url.starts_with('/') {
            format!("{}{original_url}", incoming.origin(&self.config))
        } else {
            original_url.to_owned()
        };
        let start = self.sign_in_button(&wanted).href;
        let location = format!("{}://{}{start}", redirect_uri.scheme(), redirect_uri.authority());
        LocalReply::redirect(location, Reason::SignInStarted)
    }

    /// Where the provider sends the browser back to: configured, or on the request's own origin.
    pub(super) fn redirect_uri(&self, incoming: &Incoming<'_>) -> String {
        match &self.config.paths.redirect_uri {
            Some(uri) => uri.as_str().to_owned(),
            None => format!("{}{}/callback", incoming.origin(&self.config), self.config.paths.prefix),
        }
    }
}

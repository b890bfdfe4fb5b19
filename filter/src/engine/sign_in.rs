//! The way to the provider: authorization request, state cookie, 302.

use std::rc::Rc;

use super::incoming::Incoming;
use super::request::Outcome;
use super::step::Query;
use super::{Engine, Inputs};
use crate::access::host::longest_domain;
use crate::config::HttpUrl;
use crate::oidc::authorization_request::{self, Parameters};
use crate::page::{LocalReply, Reason};
use crate::session::{PendingLogin, SealError};

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
        let parameters = Parameters {
            redirect_uri: &self.redirect_uri(incoming),
            state: &login.state(),
            nonce: &login.nonce(),
            code_verifier: &login.code_verifier(),
        };
        let location = authorization_request::url(&provider.metadata, &self.config.client, &parameters);
        LocalReply::redirect(location, Reason::SignInStarted).with_cookies(cookies).into()
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

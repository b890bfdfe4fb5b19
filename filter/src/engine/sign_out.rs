//! Signing out: here at once, and at the provider where it can be asked.

use std::rc::Rc;

use super::incoming::Incoming;
use super::{Engine, Inputs};
use crate::oidc::logout;
use crate::page::{Audience, LocalReply, Reason};
use crate::session::{CookieJar, Purpose, Scope, cookie};

impl Engine {
    pub(super) fn sign_out(&mut self, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> LocalReply {
        if incoming.is_cross_site_subrequest() {
            return LocalReply::explain(Reason::CrossSite, incoming.audience(), &[]);
        }
        let scopes = Rc::clone(&self.scopes);
        let scope = incoming.scope(&scopes);
        let jar = incoming.jar();
        let location = self
            .at_the_provider(incoming, &jar, &scope, inputs)
            .or_else(|| self.wanted_redirect(incoming))
            .unwrap_or_else(|| format!("{}/signed_out", self.config.paths.prefix));
        let cookies = [scope.session_cookie(), scope.tokens_cookie()]
            .into_iter()
            .flat_map(|name| cookie::expire_chunked(name, &scope, &jar));
        LocalReply::redirect(location, Reason::SignedOut).with_cookies(cookies)
    }

    /// The provider's logout, which needs the ID token as a hint. `rd` rides along sealed in `state`.
    fn at_the_provider(
        &mut self,
        incoming: &Incoming<'_>,
        jar: &CookieJar<'_>,
        scope: &Scope<'_>,
        inputs: &mut Inputs<'_>,
    ) -> Option<String> {
        let provider = self.discovery.provider().cloned()?;
        let endpoint = provider.metadata.end_session_endpoint.as_ref()?;
        let opened = self.session(jar, scope, inputs.now)?;
        let id_token = self.tokens(&opened.session, jar, scope)?.id_token()?;
        let signed_out = format!("{}{}/signed_out", incoming.origin(&self.config), self.config.paths.prefix);
        let state = self.wanted_redirect(incoming).and_then(|wanted| {
            let owner = scope.host_owner();
            self.sealer.seal(Purpose::SignedOut, &owner, wanted.as_bytes(), inputs.entropy).ok()
        });
        Some(logout::url(endpoint, &self.config.client.id, &id_token, &signed_out, state.as_deref()))
    }

    /// Where the provider sends the browser after its logout.
    pub(super) fn signed_out(&self, incoming: &Incoming<'_>) -> LocalReply {
        let scope = incoming.scope(&self.scopes);
        let wanted = incoming
            .query_parameter("state")
            .and_then(|state| self.sealer.open(Purpose::SignedOut, &scope.host_owner(), state.as_bytes()));
        let location =
            wanted.and_then(|wanted| incoming.safe_redirect(&wanted, &self.config, &self.redirect_domains));
        match location {
            Some(location) => LocalReply::redirect(location, Reason::SignedOut),
            None => LocalReply::explain(Reason::SignedOut, Audience::Person, &[self.sign_in_button("/")]),
        }
        .hiding_query()
    }
}

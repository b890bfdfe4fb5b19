//! Signing out: here at once, and at the provider where it can be asked.

use std::rc::Rc;

use super::incoming::Incoming;
use super::{Engine, Inputs};
use crate::oidc::{logout, token};
use crate::page::{Audience, LocalReply, Reason};
use crate::session::{CookieJar, Purpose, Scope, cookie};

/// Revocations that wait for the root context; more are left to the refresh tokens' own end.
const MAX_REVOCATIONS: usize = 100;

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
        self.revoke(&jar, &scope, inputs);
        LocalReply::redirect(location, Reason::SignedOut).with_cookies(expired_cookies(&scope, &jar))
    }

    /// Ends the refresh token at the provider (RFC 7009), by a call of the root context: whoever signs out does
    /// not wait for it.
    fn revoke(&mut self, jar: &CookieJar<'_>, scope: &Scope<'_>, inputs: &mut Inputs<'_>) {
        let Some(provider) = self.discovery.provider().cloned() else { return };
        let Some(endpoint) = &provider.metadata.revocation_endpoint else { return };
        let Some(opened) = self.session(jar, scope, inputs.now) else { return };
        let Some(tokens) = self.tokens(&opened.session, jar, scope) else { return };
        if let Some(refresh_token) = tokens.refresh_token()
            && self.revocations.len() < MAX_REVOCATIONS
        {
            let relying_party = provider.relying_party(&self.config);
            let call = token::revoke(&relying_party, endpoint, refresh_token, inputs);
            self.revocations.extend(call.ok());
        }
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
        let relying_party = provider.relying_party(&self.config);
        Some(logout::url(&relying_party, endpoint, &id_token, &signed_out, state.as_deref()))
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

/// Takes session and tokens out of the browser.
pub(super) fn expired_cookies(scope: &Scope<'_>, jar: &CookieJar<'_>) -> Vec<String> {
    let names = [scope.session_cookie(), scope.tokens_cookie()];
    names.into_iter().flat_map(|name| cookie::expire_chunked(name, scope, jar)).collect()
}

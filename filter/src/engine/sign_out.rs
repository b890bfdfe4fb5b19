//! Signing out: here at once, and at the provider where it can be asked.

use super::incoming::Incoming;
use super::parts::Parts;
use crate::inputs::Inputs;
use crate::oidc::{logout, token};
use crate::page::{Reader, Reason, Reply};
use crate::session::Browser;

/// Revocations that wait for the root context; more are left to the refresh tokens' own end.
const MAX_REVOCATIONS: usize = 100;

/// Takes the session out of the browser, and sends it on to the provider's logout.
pub(super) fn sign_out(parts: &mut Parts, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> Reply {
    if incoming.is_cross_site_subrequest() {
        return Reply::explain(Reason::CrossSite, incoming.reader());
    }
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    let location = at_the_provider(parts, incoming, &browser, inputs)
        .or_else(|| parts.wanted_redirect(incoming))
        .unwrap_or_else(|| parts.links.signed_out());
    revoke(parts, &browser, inputs);
    Reply::redirect(location, Reason::SignedOut).with_cookies(parts.vault.expire(&browser))
}

/// Where the provider sends the browser after its logout.
pub(super) fn signed_out(parts: &Parts, incoming: &Incoming<'_>) -> Reply {
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    let wanted = incoming
        .query_parameter("state")
        .and_then(|state| parts.vault.open_signed_out(&state, &browser))
        .and_then(|wanted| parts.safe_redirect(incoming, &wanted));
    match wanted {
        Some(location) => Reply::redirect(location, Reason::SignedOut),
        None => Reply::explain(Reason::SignedOut, Reader::Person).with_link(parts.links.sign_in("/")),
    }
    .hiding_query()
}

/// Ends the refresh token at the provider (RFC 7009), by a call of the root context: whoever signs out does not wait
/// for it.
fn revoke(parts: &mut Parts, browser: &Browser<'_>, inputs: &mut Inputs<'_>) {
    let Some(provider) = parts.discovery.provider().cloned() else { return };
    let Some(endpoint) = &provider.metadata.revocation_endpoint else { return };
    let Some(opened) = parts.identity(browser, inputs.now) else { return };
    let Some(tokens) = parts.vault.tokens(&opened.session, browser) else { return };
    if let Some(refresh_token) = tokens.refresh_token()
        && parts.revocations.len() < MAX_REVOCATIONS
    {
        let call = token::revoke(&provider.relying_party(&parts.config), endpoint, refresh_token, inputs);
        parts.revocations.extend(call.ok());
    }
}

/// The provider's logout, which needs the ID token as a hint. `rd` rides along sealed in `state`.
fn at_the_provider(
    parts: &mut Parts,
    incoming: &Incoming<'_>,
    browser: &Browser<'_>,
    inputs: &mut Inputs<'_>,
) -> Option<String> {
    let provider = parts.discovery.provider().cloned()?;
    let endpoint = provider.metadata.end_session_endpoint.as_ref()?;
    let opened = parts.identity(browser, inputs.now)?;
    let id_token = parts.vault.tokens(&opened.session, browser)?.id_token()?;
    let signed_out = format!("{}{}", incoming.origin(&parts.config), parts.links.signed_out());
    let state = parts
        .wanted_redirect(incoming)
        .and_then(|wanted| parts.vault.seal_signed_out(&wanted, browser, inputs.entropy));
    let relying_party = provider.relying_party(&parts.config);
    Some(logout::url(&relying_party, endpoint, &id_token, &signed_out, state.as_deref()))
}

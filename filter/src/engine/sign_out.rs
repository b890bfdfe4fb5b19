//! Signing out: here at once, and at the provider where it can be asked.

use super::incoming::Incoming;
use super::parts::Parts;
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::logout;
use crate::page::{Reader, Reason, Reply};
use crate::session::Browser;

/// Takes the session out of the browser, and sends it on to the provider's logout.
pub(super) fn sign_out(parts: &mut Parts, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> Reply {
    if incoming.is_cross_site_subrequest() {
        return Reply::explain(Reason::CrossSite, incoming.reader());
    }
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    let opened = parts.identity(&browser, inputs.now);
    let tokens = opened.as_ref().and_then(|opened| parts.tokens(&opened.session, &browser));
    // From its own cookie, or from the tokens where the application gets it.
    let id_token = opened.as_ref().and_then(|opened| {
        let own = parts.vault.id_token(&opened.session, &browser);
        own.or_else(|| tokens.as_ref()?.tokens.id_token())
    });
    let location = at_the_provider(parts, incoming, id_token.as_deref(), &browser, inputs)
        .or_else(|| parts.wanted_redirect(incoming))
        .unwrap_or_else(|| parts.links.signed_out());
    let cookies = match &opened {
        Some(opened) => parts.vault.sign_out(&opened.session, &browser, inputs),
        None => parts.vault.expire(&browser),
    };
    if let Some((opened, tokens)) = opened.zip(tokens) {
        parts.revocations.end(&opened.session, &tokens.tokens);
    }
    Reply::redirect(location, Reason::SignedOut).with_cookies(cookies)
}

/// Where the provider sends the browser after its logout.
pub(super) fn signed_out(parts: &Parts, incoming: &Incoming<'_>, now: Timestamp) -> Reply {
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
    // An answer that was under way may have come back before the browser.
    .with_cookies(parts.vault.expire_again(&browser, now))
    .hiding_query()
}

/// The provider's logout, which needs the ID token as a hint. `rd` rides along sealed in `state`.
fn at_the_provider(
    parts: &Parts,
    incoming: &Incoming<'_>,
    id_token: Option<&str>,
    browser: &Browser<'_>,
    inputs: &mut Inputs<'_>,
) -> Option<String> {
    let provider = parts.discovery.provider()?;
    let endpoint = provider.metadata.end_session_endpoint.as_ref()?;
    let id_token = id_token?;
    let signed_out = format!("{}{}", incoming.origin(&parts.config), parts.links.signed_out());
    let state = parts
        .wanted_redirect(incoming)
        .and_then(|wanted| parts.vault.seal_signed_out(&wanted, browser, inputs.entropy));
    let relying_party = provider.relying_party(&parts.config);
    Some(logout::url(&relying_party, endpoint, id_token, &signed_out, state.as_deref()))
}

//! Signing out: here at once, and at the provider where it can be asked.

use serde_json::json;

use super::incoming::{Cause, Incoming};
use super::parts::Parts;
use crate::config::{HttpUrl, SignOut};
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::logout;
use crate::page::{Reader, Reason, Reply};
use crate::session::Browser;

/// Takes the session out of the browser, and sends it on to the provider's logout.
pub(super) fn sign_out(parts: &mut Parts, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> Reply {
    match incoming.cause(&parts.config) {
        Cause::Person => {}
        // It may be a portal, or somebody who plays a trick: the person says.
        Cause::LinkOfAnotherSite => {
            let link = parts.links.sign_out_to(parts.wanted_redirect(incoming).as_deref());
            return Reply::explain(Reason::SignOutPage, Reader::Person).with_link(link);
        }
        Cause::AnotherSite => return Reply::explain(Reason::CrossSite, incoming.reader()),
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
    let at_the_provider = at_the_provider(parts, incoming, id_token.as_deref(), &browser, inputs);
    let cookies = match &opened {
        Some(opened) => parts.vault.sign_out(&opened.session, &browser, inputs),
        None => parts.vault.expire(&browser),
    };
    if let Some((opened, tokens)) = opened.zip(tokens) {
        parts.revocations.end(&opened.session, &tokens.tokens);
    }
    let (location, detail) = match at_the_provider {
        Ok(location) => (location, None),
        Err(why) => (after_sign_out(parts, incoming), Some(why)),
    };
    let reply = if incoming.is_get() || incoming.reader() == Reader::Person {
        Reply::redirect(location, Reason::SignedOut)
    } else {
        // A script cannot follow a redirect to the provider, but can send its window there.
        Reply::json(json!({ "location": location }), Reason::SignedOut)
    };
    let reply = reply.with_cookies(cookies);
    match detail {
        Some(why) => reply.with_detail(why),
        None => reply,
    }
}

/// Where the provider sends the browser after its logout, or where a sign-out ends that was here only.
pub(super) fn signed_out(parts: &Parts, incoming: &Incoming<'_>, now: Timestamp) -> Reply {
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    // It comes back from the provider, and from nobody else.
    let came_back =
        incoming.query_parameter("state").and_then(|state| parts.vault.open_signed_out(&state, &browser));
    let wanted = came_back.as_ref().and_then(|wanted| parts.safe_redirect(incoming, wanted));
    let reply = match (wanted, came_back) {
        (Some(location), _) => Reply::redirect(location, Reason::SignedOut),
        (None, Some(_)) => {
            Reply::explain(Reason::SignedOut, Reader::Person).with_link(parts.links.sign_in("/"))
        }
        (None, None) => Reply::explain(Reason::SignedOutHere, Reader::Person)
            .with_link(parts.links.sign_in("/"))
            .with_link(parts.links.another_account("/")),
    };
    // An answer that was under way may have come back before the browser.
    reply.with_cookies(parts.vault.expire_again(&browser, now)).hiding_query()
}

/// The place that was asked for, else the configured one, else the page that says what has ended.
fn after_sign_out(parts: &Parts, incoming: &Incoming<'_>) -> String {
    let configured =
        || parts.config.paths.post_logout_redirect_uri.as_ref().map(|uri| uri.as_str().to_owned());
    parts.wanted_redirect(incoming).or_else(configured).unwrap_or_else(|| parts.links.signed_out())
}

/// The provider's logout, which needs the ID token as a hint. What comes back in `state` is sealed, with `rd` in it.
///
/// # Errors
/// Why the provider is not asked, for the operator.
fn at_the_provider(
    parts: &Parts,
    incoming: &Incoming<'_>,
    id_token: Option<&str>,
    browser: &Browser<'_>,
    inputs: &mut Inputs<'_>,
) -> Result<String, &'static str> {
    if parts.config.paths.sign_out == SignOut::Local {
        return Err("here only, as paths.sign_out says");
    }
    let provider = parts.discovery.provider().ok_or("here only: the provider is not known")?;
    let endpoint = provider.metadata.end_session_endpoint.as_ref();
    let endpoint = endpoint.ok_or("here only: the provider has no end_session_endpoint")?;
    let id_token = id_token.ok_or("here only: there is no session, or no ID token of it")?;
    let relying_party = provider.relying_party(&parts.config);
    let url = |uri: &str, state: Option<&str>| logout::url(&relying_party, endpoint, id_token, uri, state);
    if let Some(elsewhere) = parts.config.paths.post_logout_redirect_uri.as_ref().map(HttpUrl::as_str) {
        return Ok(url(elsewhere, None));
    }
    let wanted = parts.wanted_redirect(incoming).unwrap_or_default();
    let state = parts.vault.seal_signed_out(&wanted, browser, inputs.entropy);
    let signed_out = format!("{}{}", incoming.origin(&parts.config), parts.links.signed_out());
    Ok(url(&signed_out, state.as_deref()))
}

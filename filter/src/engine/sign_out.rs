//! Signing out: here at once, and at the provider where it can be asked.

use serde_json::json;

use super::incoming::{Cause, Incoming};
use super::links::Links;
use super::parts::{Opened, Parts};
use super::shown;
use crate::config::{HttpUrl, SignOut};
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::logout;
use crate::page::{Reader, Reason, Reply};
use crate::session::Browser;

/// Takes the session out of the browser, and sends it on to the provider's logout.
pub(super) fn sign_out(parts: &mut Parts, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> Reply {
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    let sealed = incoming.query_parameter("logout").filter(|_| incoming.is_get());
    if let Some(logout) = sealed.and_then(|sealed| parts.vault.open_logout(&sealed, &browser, inputs.now)) {
        // A script of this origin has signed out, and has sent its window here.
        return Reply::redirect(logout, Reason::SignedOut).hiding_query();
    }
    match incoming.cause(&parts.config) {
        Cause::Person => {}
        // It may be a portal, or somebody who plays a trick: the person says.
        Cause::LinkOfAnotherSite => {
            let opened = parts.identity(&browser, inputs.now);
            return ask(parts, incoming, opened.as_deref());
        }
        Cause::AnotherSite => return Reply::explain(Reason::CrossSite, incoming.reader()),
    }
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
    let is_script = !incoming.is_get() && incoming.reader() != Reader::Person;
    let reply = match at_the_provider {
        Ok(logout) if is_script => match parts.vault.seal_logout(logout, &browser, inputs) {
            Some(sealed) => told(parts.links.logout(&sealed)),
            None => Reply::explain(Reason::NoEntropy, Reader::Program),
        },
        Ok(logout) => Reply::redirect(logout, Reason::SignedOut),
        Err(why) => {
            let location = after_sign_out(parts, incoming);
            let reply = if is_script { told(location) } else { Reply::redirect(location, Reason::SignedOut) };
            reply.with_detail(why)
        }
    };
    reply.with_cookies(cookies)
}

/// A script cannot follow a redirect to the provider, but can send its window somewhere. It must not read the address of the
/// provider's logout, in which the ID token stands.
fn told(location: String) -> Reply {
    Reply::json(json!({ "location": location }), Reason::SignedOut)
}

/// A page with a button.
fn ask(parts: &Parts, incoming: &Incoming<'_>, opened: Option<&Opened>) -> Reply {
    let link = parts.links.sign_out_to(parts.wanted_redirect(incoming).as_deref());
    let reply = Reply::explain(Reason::SignOutPage, Reader::Person).with_link(link);
    match opened {
        Some(opened) => reply.about_person(shown::name(&opened.session.person)),
        None => reply,
    }
}

/// Where the provider sends the browser after its logout, or where a sign-out ends that was here only.
pub(super) fn signed_out(parts: &mut Parts, incoming: &Incoming<'_>, now: Timestamp) -> Reply {
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    if let Some(opened) = parts.identity(&browser, now) {
        // Somebody's link: nothing has ended.
        return ask(parts, incoming, Some(&opened)).hiding_query();
    }
    // It comes back from the provider, and from nobody else.
    let came_back =
        incoming.query_parameter("state").and_then(|state| parts.vault.open_signed_out(&state, &browser));
    let wanted = came_back.as_ref().and_then(|wanted| parts.safe_redirect(incoming, wanted));
    let reply = match (wanted, came_back) {
        (Some(location), _) => Reply::redirect(location, Reason::SignedOut),
        (None, Some(_)) => {
            Reply::explain(Reason::SignedOut, Reader::Person).with_link(parts.links.sign_in("/"))
        }
        (None, None) => {
            let page = Reply::explain(Reason::SignedOutHere, Reader::Person);
            let page = match parts.wanted_redirect(incoming) {
                Some(wanted) => page.with_link(Links::onward(wanted)),
                None => page,
            };
            page.with_link(parts.links.sign_in("/")).with_link(parts.links.another_account("/"))
        }
    };
    // An answer that was under way may have come back before the browser.
    reply.with_cookies(parts.vault.expire_again(&browser, now)).hiding_query()
}

/// Where a sign-out ends that was here only. Where the operator wants no more, at the place that was asked for or configured;
/// where the provider should have been asked, at the page that says that its session goes on.
fn after_sign_out(parts: &Parts, incoming: &Incoming<'_>) -> String {
    let wanted = parts.wanted_redirect(incoming);
    match parts.config.paths.sign_out {
        SignOut::Provider => parts.links.signed_out_here(wanted.as_deref()),
        SignOut::Local => {
            let configured = parts.config.paths.post_logout_redirect_uri.as_ref();
            let configured = configured.map(|uri| uri.as_str().to_owned());
            wanted.or(configured).unwrap_or_else(|| parts.links.signed_out())
        }
    }
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

//! The way to the provider: sealed state, binding, authorization request (pushed, where so configured), 302. Where one host
//! signs people in for others, first to that host.

use super::causes::Caused as _;
use super::client_refused::client_refused;
use super::exchange::Repeated;
use super::incoming::Incoming;
use super::links::Asked;
use super::outcome::Outcome;
use super::parts::Parts;
use super::shown;
use super::step::Step;
use super::waiting::{CallFor, Calling, Push, Query};
use crate::config::{Authentication, HttpUrl};
use crate::inputs::{Inputs, NoEntropy, Spending};
use crate::oidc::authorization_request::{self, Parameters, Prompt};
use crate::oidc::pushed_authorization_request::{self, PushError, RequestUri};
use crate::oidc::{Answer, HttpCall, RelyingParty};
use crate::page::{Cause, Reason, Reply};
use crate::session::Browser;
use crate::session::pending_login::{self, Begun};
use crate::web::host::longest_domain;

/// What a sign-in is to bring.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Where it ends.
    pub(super) original_url: String,
    pub(super) prompt: Option<Prompt>,
    /// Who the person may be, as a link says.
    pub(super) login_hint: Option<String>,
    /// What a rule asks of it.
    pub(super) authentication: Option<Authentication>,
}

/// Sends the browser to the provider; it comes back to where it wanted to go.
pub(super) fn start(
    parts: &Parts,
    incoming: &Incoming<'_>,
    browser: &Browser<'_>,
    wanted: Wanted,
    inputs: &mut Inputs<'_>,
) -> Outcome {
    let config = &parts.config;
    let elsewhere = config.paths.redirect_uri.as_ref().filter(|uri| uri.host() != incoming.host());
    if let Some(redirect_uri) = elsewhere {
        return start_elsewhere(parts, incoming, redirect_uri, wanted, inputs).into();
    }
    let reader = incoming.reader();
    let Some(provider) = parts.discovery.provider() else {
        return Outcome::wait(&parts.discovery, reader, Query::MayBeSeen);
    };
    let relying_party = provider.relying_party(config);
    let is_pushed = pushed_authorization_request::is_wanted(&relying_party);
    // Asked before an assertion is signed.
    if is_pushed && inputs.calls.pay(Spending::Push, config.client.auth.tokens()).is_none() {
        return Reply::explain(Reason::Overloaded, reader).with_cause(Cause::Budget).into();
    }
    let Wanted { original_url, prompt, login_hint, authentication } = wanted;
    let login = pending_login::Wanted { original_url: &original_url, authentication };
    let Ok(begun) = parts.vault.begin_login(login, browser, inputs) else {
        return Reply::explain(Reason::NoEntropy, reader).into();
    };
    let redirect_uri = incoming.redirect_uri(config, &parts.links);
    if is_pushed {
        let shown = shown::presentation(parts, incoming.request);
        let push = Push { reader, redirect_uri, begun, prompt, login_hint, shown };
        return Outcome::Step(send(parts, &relying_party, push, Repeated::No, inputs));
    }
    let asked = Asked { prompt, login_hint: login_hint.as_deref(), step_up: None };
    let location = with_parameters(&begun, &redirect_uri, asked, |parameters| {
        authorization_request::url(&relying_party, parameters)
    });
    started(location, begun).into()
}

/// On to the provider.
fn started(location: String, begun: Begun) -> Reply {
    Reply::redirect(location, Reason::SignInStarted)
        .of_sign_in(begun.login.sign_in_id())
        .with_cookies(begun.cookies)
}

/// In place of a sign-in that the browser would not keep: a page that ends the round.
pub(super) fn not_kept(parts: &Parts, incoming: &Incoming<'_>, original_url: &str) -> Reply {
    parts.links.unauthenticated(Reason::CookieNotKept, incoming.reader(), original_url)
}

/// The pushed request was answered: on to the provider, with the reference to it.
pub(super) fn on_push_answer(
    parts: &Parts,
    push: Push,
    repeated: Repeated,
    answer: &Answer,
    inputs: &mut Inputs<'_>,
) -> Step {
    let Some(provider) = parts.discovery.provider() else {
        return Step::reply(Reply::explain(Reason::Internal, push.reader));
    };
    let relying_party = provider.relying_party(&parts.config);
    if answer.looks_reset() && repeated == Repeated::No && inputs.calls.have_room() {
        // Made anew: an assertion is good once, and the provider may have seen the first.
        return send(parts, &relying_party, push, Repeated::Yes, inputs);
    }
    Step::reply(match RequestUri::read(answer) {
        Ok(request_uri) => started(request_uri.url(&relying_party), push.begun),
        Err(error) => not_pushed(parts, &push, &error),
    })
}

/// Pushes the authorization request.
fn send(
    parts: &Parts,
    relying_party: &RelyingParty<'_>,
    push: Push,
    repeated: Repeated,
    inputs: &mut Inputs<'_>,
) -> Step {
    let Some(endpoint) = &relying_party.metadata.pushed_authorization_request_endpoint else {
        return Step::reply(not_pushed(parts, &push, &PushError::NoEndpoint));
    };
    let asked = Asked { prompt: push.prompt, login_hint: push.login_hint.as_deref(), step_up: None };
    let call: Result<HttpCall, NoEntropy> =
        with_parameters(&push.begun, &push.redirect_uri, asked, |parameters| {
            pushed_authorization_request::call(relying_party, endpoint, parameters, inputs)
        });
    match call {
        Ok(call) => Step::Call(call, Calling::new(CallFor::Push(push, repeated))),
        Err(NoEntropy) => Step::reply(Reply::explain(Reason::NoEntropy, push.reader)),
    }
}

/// A page with a link that begins the sign-in anew: by itself it would ask the provider for ever.
fn not_pushed(parts: &Parts, push: &Push, error: &PushError) -> Reply {
    let reply = if error.is_about_the_client() {
        client_refused(push.reader, error)
    } else {
        Reply::explain(Reason::ParFailed, push.reader)
            .with_link(parts.links.sign_in(&push.begun.login.original_url))
            .with_detail(error.to_string())
    };
    error.told_in(reply).of_sign_in(push.begun.login.sign_in_id())
}

/// What is particular to this sign-in.
fn with_parameters<T>(
    begun: &Begun,
    redirect_uri: &str,
    asked: Asked<'_>,
    then: impl FnOnce(&Parameters<'_>) -> T,
) -> T {
    then(&Parameters {
        redirect_uri,
        state: &begun.state,
        nonce: &begun.login.nonce(),
        code_verifier: &begun.login.code_verifier(),
        prompt: asked.prompt,
        login_hint: asked.login_hint,
        authentication: begun.login.authentication.as_ref(),
    })
}

/// The one registered redirect URI is on another host: the sign-in begins there.
fn start_elsewhere(
    parts: &Parts,
    incoming: &Incoming<'_>,
    redirect_uri: &HttpUrl,
    wanted: Wanted,
    inputs: &mut Inputs<'_>,
) -> Reply {
    // The session that begins there must be good here, or this would begin anew for ever.
    let domains = &parts.config.session.cookie.domains;
    let shared = longest_domain(domains, incoming.host());
    if shared.is_none() || shared != longest_domain(domains, redirect_uri.host()) {
        return Reply::explain(Reason::HostNotCovered, incoming.reader());
    }
    let Wanted { original_url, prompt, login_hint, authentication } = wanted;
    let original_url = if original_url.starts_with('/') {
        format!("{}{original_url}", incoming.origin(&parts.config))
    } else {
        original_url
    };
    let step_up = authentication.map(|wanted| parts.vault.seal_step_up(wanted, inputs));
    if step_up == Some(None) {
        return Reply::explain(Reason::NoEntropy, incoming.reader());
    }
    let step_up = step_up.flatten();
    let start = parts.links.start(
        &original_url,
        Asked { prompt, login_hint: login_hint.as_deref(), step_up: step_up.as_deref() },
    );
    let location = format!("{}://{}{start}", redirect_uri.scheme(), redirect_uri.authority());
    Reply::redirect(location, Reason::SignInElsewhere)
}

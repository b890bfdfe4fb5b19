//! The way back: authorization response, token, ID token, userinfo, session. A callback never starts a new sign-in by
//! itself, so there is nothing in it that could loop.

use std::fmt::Display;

use super::causes::{self, Caused as _};
use super::client_refused::client_refused;
use super::exchange::{AwaitsKeys, AwaitsUserinfo, Exchange, ExchangeError, Exchanged, Grant, Progress};
use super::incoming::Incoming;
use super::outcome::Outcome;
use super::parts::Parts;
use super::person;
use super::shown;
use super::step::Step;
use super::waiting::{CallFor, Calling, Parked, Query, Redemption, WaitFor};
use crate::config::{Authenticated, Authentication, SameSite};
use crate::inputs::{Inputs, Spending, Spent, Timestamp};
use crate::oidc::authorization_response::{AuthorizationResponse, CodeOrError};
use crate::oidc::http_call::AnswerError;
use crate::oidc::token::{self, TokenError, TokenResponse};
use crate::oidc::{Answer, VerifiedClaims};
use crate::page::{Cause, Label, Link, Reader, Reason, Reply};
use crate::session::pending_login::Found;
use crate::session::session::Renewal;
use crate::session::{Browser, Session, Surplus, Tokens};

/// An authorization response has come: its code is redeemed, or its error becomes a page.
pub(super) fn callback(parts: &mut Parts, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> Outcome {
    let query = incoming.path.query().unwrap_or_default();
    let Ok(response) = AuthorizationResponse::parse(query) else {
        return failed(parts, Reason::ResponseInvalid, "/").into();
    };
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    // Law 4: nothing is believed before the state has opened and its binding was found.
    let mut login = match parts.vault.login(&response.state, &browser, inputs.now) {
        Some(Found::Ours(login)) => login,
        Some(Found::NotOurs { is_too_old, login }) => {
            let original_url = allowed(parts, incoming, &login.original_url);
            let cause = if is_too_old { Cause::Expired } else { Cause::AnotherBrowser };
            let reply = not_redeemed(parts, &original_url, cause, &browser, inputs);
            return reply.of_sign_in(login.sign_in_id()).into();
        }
        None => return not_redeemed(parts, "/", Cause::StateUnreadable, &browser, inputs).into(),
    };
    login.original_url = allowed(parts, incoming, &login.original_url);
    let sign_in_id = login.sign_in_id();
    if parts.redeemed.has(&login.login_id()) {
        let reply = not_redeemed(parts, &login.original_url, Cause::Used, &browser, inputs);
        return reply.of_sign_in(sign_in_id).into();
    }
    let Some(provider) = parts.discovery.provider().cloned() else {
        return Outcome::wait(&parts.discovery, incoming.reader(), Query::HoldsCode);
    };
    let issuer = parts.config.provider.issuer.as_str();
    if !response.is_from(issuer, provider.metadata.iss_parameter_supported) {
        return failed(parts, Reason::ResponseIssuer, &login.original_url).of_sign_in(sign_in_id).into();
    }
    let code = match response.code_or_error {
        CodeOrError::Code(code) => code,
        CodeOrError::Error(error, description) => {
            let reply = denied(parts, &error, description.as_deref(), &login.original_url);
            return reply.of_sign_in(sign_in_id).into();
        }
    };
    // Asked before an assertion is signed. Nothing is burned: the same URL works a moment later.
    let Some(spent) = inputs.calls.pay(Spending::Redemption, parts.config.client.auth.tokens()) else {
        let reply = Reply::explain(Reason::Overloaded, Reader::Person).with_cause(Cause::Budget);
        return reply.of_sign_in(sign_in_id).hiding_query().into();
    };
    let redirect_uri = incoming.redirect_uri(&parts.config, &parts.links);
    let relying_party = provider.relying_party(&parts.config);
    match token::redeem_code(&relying_party, &code, &redirect_uri, &login.code_verifier(), inputs) {
        Ok(call) => {
            parts.redeemed.mark(login.login_id(), inputs.now);
            let shown = shown::presentation(parts, incoming.request);
            let redemption = Redemption { login, browser: browser.remember(), spent, shown };
            Outcome::Step(Step::Call(call, Calling::new(CallFor::Code(redemption))))
        }
        Err(_) => failed(parts, Reason::NoEntropy, &login.original_url).of_sign_in(sign_in_id).into(),
    }
}

/// The token endpoint has answered.
pub(super) fn on_token_answer(
    parts: &mut Parts,
    redemption: Redemption,
    answer: &Answer,
    inputs: &mut Inputs<'_>,
) -> Step {
    let grant = Grant::Code { nonce: redemption.login.nonce() };
    match Exchange::read(grant, answer, inputs.now) {
        Ok(exchange) => {
            let progress = exchange.verify(&mut parts.terms(inputs.now));
            go_on(parts, redemption, progress, inputs)
        }
        Err(error) => {
            let page = no_tokens(parts, &error, &redemption.login.original_url);
            if is_no_answer(&error) {
                // Loading the page again may redeem the code, and leads to the same place.
                parts.redeemed.free(&redemption.login.login_id());
                return Step::reply(page.of_sign_in(redemption.login.sign_in_id()));
            }
            end(parts, &redemption, page)
        }
    }
}

/// After a fetch of the keys, whatever came of it.
pub(super) fn on_keys_fetched(
    parts: &mut Parts,
    redemption: Redemption,
    awaits: AwaitsKeys,
    inputs: &mut Inputs<'_>,
) -> Step {
    if !awaits.is_over(&parts.discovery) {
        return Step::Park(Parked(WaitFor::Keys(Box::new((redemption, awaits)))));
    }
    let progress = awaits.go_on(&mut parts.terms(inputs.now));
    go_on(parts, redemption, progress, inputs)
}

/// The userinfo endpoint has answered.
pub(super) fn on_userinfo_answer(
    parts: &mut Parts,
    redemption: Redemption,
    awaits: AwaitsUserinfo,
    answer: &Answer,
    inputs: &mut Inputs<'_>,
) -> Step {
    let progress = awaits.go_on(answer, &parts.terms(inputs.now));
    go_on(parts, redemption, progress, inputs)
}

/// Too many at once, or the keys did not come in time. The code has been used: a page that tried again by itself would
/// use it again.
pub(super) fn out_of_time(parts: &Parts, redemption: &Redemption) -> Step {
    let page = failed(parts, Reason::TokenUnreachable, &redemption.login.original_url)
        .with_detail("the sign-in took too long here");
    end(parts, redemption, page)
}

fn go_on(parts: &mut Parts, redemption: Redemption, progress: Progress, inputs: &mut Inputs<'_>) -> Step {
    let failure = |reason, error: &dyn Display| {
        failed(parts, reason, &redemption.login.original_url).with_detail(error.to_string())
    };
    let page = match progress {
        Progress::Done(Exchanged { tokens, verified: Some(verified) }) => {
            return sign_in(parts, redemption, &tokens, &verified, inputs);
        }
        Progress::Keys(awaits) => return Step::Park(Parked(WaitFor::Keys(Box::new((redemption, awaits))))),
        Progress::Userinfo(call, awaits) => {
            if !inputs.calls.have_room() {
                let page = failed(parts, Reason::TokenUnreachable, &redemption.login.original_url);
                return end(parts, &redemption, page.with_detail("no room for the call to userinfo"));
            }
            return Step::Call(call, Calling::new(CallFor::Userinfo(redemption, awaits)));
        }
        Progress::Failed(ExchangeError::IdToken(error), _) => {
            error.told_in(failure(Reason::IdTokenInvalid, &error))
        }
        Progress::Failed(ExchangeError::Userinfo(error), _) => {
            error.told_in(failure(Reason::UserinfoFailed, &error))
        }
        Progress::Failed(ExchangeError::ProviderUnknown, _)
        | Progress::Done(Exchanged { verified: None, .. }) => {
            failed(parts, Reason::Internal, &redemption.login.original_url)
        }
    };
    end(parts, &redemption, page)
}

/// Everything holds: the session begins.
fn sign_in(
    parts: &Parts,
    redemption: Redemption,
    tokens: &TokenResponse,
    verified: &VerifiedClaims,
    inputs: &mut Inputs<'_>,
) -> Step {
    let Begun { person, cookies, surplus, who } =
        match begin_session(parts, &redemption, tokens, verified, inputs) {
            Ok(begun) => begun,
            Err(reason) => {
                return end(parts, &redemption, failed(parts, reason, &redemption.login.original_url));
            }
        };
    let original_url = redemption.login.original_url.clone();
    let reason = if surplus.is_some() { Reason::SessionTrimmed } else { Reason::SignedIn };
    let unmet = unmet(redemption.login.authentication.as_ref(), verified, inputs.now);
    let mut reply = match parts.config.session.cookie.same_site {
        // The session is kept. A redirect would ask the provider for the same again, for ever.
        _ if let Some(reason) = unmet => {
            let again = Link { label: Label::TryAgain, href: original_url };
            Reply::explain(reason, Reader::Person).with_link(again).about_person(&who)
        }
        // The browser would not send the new cookie along with a redirect that began at the provider.
        SameSite::Strict => Reply::onward(original_url, reason),
        SameSite::Lax | SameSite::None => Reply::redirect(original_url, reason),
    };
    if let Some(surplus) = surplus {
        reply = reply.with_detail(surplus.to_string());
    } else if parts.config.session.refresh && tokens.refresh_token.is_none() {
        // OIDC Core §11: many providers give one only after a consent that was asked for.
        reply = reply.with_detail(
            "no refresh token came, so nothing is renewed; some want authorization_params: {prompt: consent}, and Google \
             {access_type: offline, prompt: consent}",
        );
    }
    reply.left_out = surplus.map(|surplus| surplus.left_out.names().collect()).unwrap_or_default();
    let step = end(parts, &redemption, reply.naming_in_log(person).with_cookies(cookies));
    // A sign-in that was pushed has paid twice.
    let pushed = Spent { what: Spending::Push, ..redemption.spent.clone() };
    inputs.calls.give_back(pushed);
    inputs.calls.give_back(redemption.spent);
    step
}

/// Which wish of a rule the sign-in has not met. Providers ignore a class that they cannot reach.
fn unmet(wanted: Option<&Authentication>, verified: &VerifiedClaims, now: Timestamp) -> Option<Reason> {
    let age = verified.auth_time.map(|time| now.since(time));
    let how = Authenticated { acr: verified.acr.as_deref(), age };
    let wanted = wanted?;
    if !wanted.accepts_acr(&how) {
        Some(Reason::AcrNotReached)
    } else if !wanted.accepts_age(&how) {
        Some(Reason::SignInTooOld)
    } else {
        None
    }
}

/// A session that begins.
struct Begun {
    /// As the log may name them.
    person: Option<String>,
    cookies: Vec<String>,
    /// What of it did not fit.
    surplus: Option<Surplus>,
    /// By what the person knows the account.
    who: String,
}

/// The cookies of a new session, or the reason why there can be none.
fn begin_session(
    parts: &Parts,
    redemption: &Redemption,
    tokens: &TokenResponse,
    verified: &VerifiedClaims,
    inputs: &mut Inputs<'_>,
) -> Result<Begun, Reason> {
    let (mut drawn, mut jitter) = ([0; 10], [0]);
    inputs.entropy.fill(&mut drawn).map_err(|_| Reason::NoEntropy)?;
    inputs.entropy.fill(&mut jitter).map_err(|_| Reason::NoEntropy)?;
    let [jitter] = jitter;
    let id = redemption.login.sign_in_id().session(drawn);
    let person = person::of(verified, &parts.config, &parts.policy);
    let who = shown::name(&person).to_owned();
    let ends_at = tokens.access_token_expires_at;
    let (acr, auth_time) = authentication_to_keep(parts, redemption.login.authentication.as_ref(), verified);
    let session = Session::begin(id, person, inputs.now, &parts.config.session).authenticated(acr, auth_time);
    let id_token = tokens.id_token.as_ref().map(|id_token| id_token.as_str());
    let kept = Tokens::new(id, id_token, Some(&tokens.access_token), ends_at);
    let (session, kept) = match &tokens.refresh_token {
        Some(refresh_token) if parts.config.session.refresh => (
            session.with_renewal(Some(Renewal::plan(inputs.now, ends_at, jitter))),
            kept.renewable(refresh_token, &redemption.login.nonce()),
        ),
        _ => (session, kept),
    };
    let kept = parts.fit(session, kept).map_err(|_| Reason::SessionTooLarge)?;
    let scopes = parts.vault.scopes();
    let browser = redemption.browser.recall(&scopes);
    let mut cookies = parts.vault.keep(&kept, &browser, inputs).ok_or(Reason::NoEntropy)?;
    cookies.extend(parts.vault.keep_id_token(&kept, &browser, inputs).ok_or(Reason::NoEntropy)?);
    cookies.extend(parts.vault.expire_bindings(&browser));
    let person = parts.in_log(&kept.session.person);
    Ok(Begun { person, cookies, surplus: kept.surplus, who })
}

/// Of how the person signed in, what the rules of this host, or of the one that sent them here, look at.
fn authentication_to_keep(
    parts: &Parts,
    wanted: Option<&Authentication>,
    verified: &VerifiedClaims,
) -> (Option<String>, Option<Timestamp>) {
    let wanted_acr = wanted.and_then(|wanted| wanted.acr.as_ref());
    let looks_at =
        |acr: &String| parts.policy.names_acr(acr) || wanted_acr.is_some_and(|wanted| wanted.contains(acr));
    let looks_at_time = parts.policy.needs_auth_time() || wanted.is_some_and(|it| it.max_age.is_some());
    (verified.acr.clone().filter(looks_at), verified.auth_time.filter(|_| looks_at_time))
}

/// Where a sign-in was to lead, if that is still allowed: what was sealed may be older than the configuration.
fn allowed(parts: &Parts, incoming: &Incoming<'_>, original_url: &str) -> String {
    parts.safe_redirect(incoming, original_url.as_bytes()).unwrap_or_else(|| "/".to_owned())
}

/// Not a sign-in of this browser, or one that took too long, or whose code has been used here. Mostly the page was reloaded
/// or another tab was faster, and the person is signed in.
fn not_redeemed(
    parts: &mut Parts,
    original_url: &str,
    cause: Cause,
    browser: &Browser<'_>,
    inputs: &Inputs<'_>,
) -> Reply {
    let reply = if parts.session(browser, inputs.now).is_ok() {
        Reply::redirect(original_url.to_owned(), Reason::AlreadySignedIn).hiding_query()
    } else {
        failed(parts, Reason::SignInUnknown, original_url)
    };
    reply.with_cause(cause)
}

/// Whether nothing was said about the code: no connection, no answer, or one that speaks of the provider's own trouble.
fn is_no_answer(error: &TokenError) -> bool {
    match error {
        TokenError::RateLimited | TokenError::Answer(AnswerError::Nothing | AnswerError::Status(500..)) => {
            true
        }
        TokenError::Refused { .. }
        | TokenError::RefusedOtherwise { .. }
        | TokenError::Answer(_)
        | TokenError::Missing(_) => false,
    }
}

fn no_tokens(parts: &Parts, error: &TokenError, original_url: &str) -> Reply {
    if error.is_about_the_client() {
        return error.told_in(client_refused(Reader::Person, error));
    }
    let reason = match error {
        error if is_no_answer(error) => Reason::TokenUnreachable,
        TokenError::Refused { .. } | TokenError::RefusedOtherwise { .. } => Reason::TokenRefused,
        TokenError::RateLimited | TokenError::Answer(_) | TokenError::Missing(_) => Reason::TokenInvalid,
    };
    error.told_in(failed(parts, reason, original_url).with_detail(error.to_string()))
}

/// The provider remembers who they are, so that the same way would lead to the same answer: another account is offered.
fn denied(parts: &Parts, error: &str, description: Option<&str>, original_url: &str) -> Reply {
    let reason = match error {
        "access_denied" | "user_canceled_request" | "unmet_authentication_requirements" => {
            Reason::ProviderDenied
        }
        _ => Reason::ProviderError,
    };
    let (cause, said) = causes::of_authorization_response(error, description);
    failed(parts, reason, original_url)
        .with_link(parts.links.another_account(original_url))
        .with_cause(cause)
        .with_provider_said(said)
}

/// A page that ends a sign-in, with a link that begins another to the same place.
fn failed(parts: &Parts, reason: Reason, original_url: &str) -> Reply {
    Reply::explain(reason, Reader::Person).with_link(parts.links.sign_in(original_url)).hiding_query()
}

/// The answer to a callback whose code has been used: what was kept for it has served.
fn end(parts: &Parts, redemption: &Redemption, reply: Reply) -> Step {
    let scopes = parts.vault.scopes();
    let browser = redemption.browser.recall(&scopes);
    let reply = reply.of_sign_in(redemption.login.sign_in_id());
    Step::reply(reply.with_cookies(redemption.login.expire_deep_link(&browser)).hiding_query())
}

//! The way back: authorization response, token, ID token, userinfo, session. A callback never starts a new sign-in by
//! itself, so there is nothing in it that could loop.

use minicbor::bytes::ByteArray;

use super::client_refused::client_refused;
use super::exchange::{AwaitsKeys, AwaitsUserinfo, Exchange, ExchangeError, Exchanged, Grant, Progress};
use super::incoming::Incoming;
use super::outcome::Outcome;
use super::parts::Parts;
use super::person;
use super::step::Step;
use super::waiting::{CallFor, Calling, Parked, Query, Redemption, WaitFor};
use crate::config::SameSite;
use crate::inputs::{Inputs, Spending, Spent};
use crate::oidc::authorization_response::{AuthorizationResponse, CodeOrError};
use crate::oidc::http_call::AnswerError;
use crate::oidc::token::{self, TokenError, TokenResponse};
use crate::oidc::{Answer, VerifiedClaims};
use crate::page::{Reader, Reason, Reply};
use crate::session::session::Renewal;
use crate::session::{Browser, PendingLogin, Session, Tokens};

/// An authorization response has come: its code is redeemed, or its error becomes a page.
pub(super) fn callback(parts: &mut Parts, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> Outcome {
    let query = incoming.path.query().unwrap_or_default();
    let Ok(response) = AuthorizationResponse::parse(query) else {
        return failed(parts, Reason::ResponseInvalid).into();
    };
    let scopes = parts.vault.scopes();
    let browser = incoming.browser(&scopes);
    // Law 4: the state is compared before anything else is believed.
    let Some(login) = parts.vault.login(&response.state, &browser, inputs.now) else {
        return unknown_sign_in(parts, &browser, inputs).into();
    };
    if parts.redeemed.has(&login.login_id()) {
        return redeemed_already(parts, &login, &browser, inputs).into();
    }
    let Some(provider) = parts.discovery.provider().cloned() else {
        return Outcome::wait(&parts.discovery, incoming.reader(), Query::HoldsCode);
    };
    let issuer = parts.config.provider.issuer.as_str();
    if !response.is_from(issuer, provider.metadata.iss_parameter_supported) {
        return ended(parts, &login, &browser, failed(parts, Reason::ResponseIssuer)).into();
    }
    let code = match response.code_or_error {
        CodeOrError::Code(code) => code,
        CodeOrError::Error(error) => {
            return ended(parts, &login, &browser, denied(parts, &login, &error)).into();
        }
    };
    // Asked before an assertion is signed. Nothing is burned: the same URL works a moment later.
    let Some(spent) = inputs.calls.pay(Spending::Redemption, parts.config.client.auth.tokens()) else {
        return Reply::explain(Reason::Overloaded, Reader::Person).hiding_query().into();
    };
    let redirect_uri = incoming.redirect_uri(&parts.config, &parts.links);
    let relying_party = provider.relying_party(&parts.config);
    match token::redeem_code(&relying_party, &code, &redirect_uri, &login.code_verifier(), inputs) {
        Ok(call) => {
            parts.redeemed.mark(login.login_id(), inputs.now);
            let redemption = Redemption { login, browser: browser.remember(), spent };
            Outcome::Step(Step::Call(call, Calling::new(CallFor::Code(redemption))))
        }
        Err(_) => ended(parts, &login, &browser, failed(parts, Reason::NoEntropy)).into(),
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
            if is_no_answer(&error) {
                parts.redeemed.free(&redemption.login.login_id());
            }
            end(parts, &redemption, no_tokens(parts, &error))
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
    let page = failed(parts, Reason::TokenUnreachable).with_detail("the sign-in took too long here");
    end(parts, redemption, page)
}

fn go_on(parts: &mut Parts, redemption: Redemption, progress: Progress, inputs: &mut Inputs<'_>) -> Step {
    let (reason, detail) = match progress {
        Progress::Done(Exchanged { tokens, verified: Some(verified) }) => {
            return sign_in(parts, redemption, &tokens, &verified, inputs);
        }
        Progress::Keys(awaits) => return Step::Park(Parked(WaitFor::Keys(Box::new((redemption, awaits))))),
        Progress::Userinfo(call, awaits) => {
            if !inputs.calls.have_room() {
                let page = failed(parts, Reason::TokenUnreachable);
                return end(parts, &redemption, page.with_detail("no room for the call to userinfo"));
            }
            return Step::Call(call, Calling::new(CallFor::Userinfo(redemption, awaits)));
        }
        Progress::Failed(ExchangeError::IdToken(error), _) => {
            (Reason::IdTokenInvalid, Some(error.to_string()))
        }
        Progress::Failed(ExchangeError::Userinfo(error), _) => {
            (Reason::UserinfoFailed, Some(error.to_string()))
        }
        Progress::Failed(ExchangeError::ProviderUnknown, _)
        | Progress::Done(Exchanged { verified: None, .. }) => (Reason::Internal, None),
    };
    let mut page = failed(parts, reason);
    page.detail = detail;
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
    let cookies = match begin_session(parts, &redemption, tokens, verified, inputs) {
        Ok(cookies) => cookies,
        Err(reason) => return end(parts, &redemption, failed(parts, reason)),
    };
    let original_url = redemption.login.original_url.clone();
    let mut reply = match parts.config.session.cookie.same_site {
        // The browser would not send the new cookie along with a redirect that began at the provider.
        SameSite::Strict => Reply::onward(original_url, Reason::SignedIn),
        SameSite::Lax | SameSite::None => Reply::redirect(original_url, Reason::SignedIn),
    };
    if parts.config.session.refresh && tokens.refresh_token.is_none() {
        // OIDC Core §11: many providers give one only after a consent that was asked for.
        reply = reply.with_detail(
            "no refresh token came, so nothing is renewed; some want authorization_params: {prompt: consent}",
        );
    }
    let step = end(parts, &redemption, reply.with_cookies(cookies));
    // A sign-in that was pushed has paid twice.
    let pushed = Spent { what: Spending::Push, ..redemption.spent.clone() };
    inputs.calls.give_back(pushed);
    inputs.calls.give_back(redemption.spent);
    step
}

/// The cookies of a new session, or the reason why there can be none.
fn begin_session(
    parts: &Parts,
    redemption: &Redemption,
    tokens: &TokenResponse,
    verified: &VerifiedClaims,
    inputs: &mut Inputs<'_>,
) -> Result<Vec<String>, Reason> {
    let mut id = [0; 16];
    let mut jitter = [0];
    inputs.entropy.fill(&mut id).map_err(|_| Reason::NoEntropy)?;
    inputs.entropy.fill(&mut jitter).map_err(|_| Reason::NoEntropy)?;
    let [jitter] = jitter;
    let id = ByteArray::from(id);
    let person = person::of(verified, &parts.config);
    let ends_at = tokens.access_token_expires_at;
    let session = Session::begin(id, person, inputs.now, &parts.config.session);
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
    parts.vault.keep(&kept, &redemption.browser.recall(&scopes), inputs).ok_or(Reason::NoEntropy)
}

/// A sign-in of this browser whose code has been used here: mostly the page was reloaded, and the person is signed in.
fn redeemed_already(
    parts: &mut Parts,
    login: &PendingLogin,
    browser: &Browser<'_>,
    inputs: &Inputs<'_>,
) -> Reply {
    if parts.session(browser, inputs.now).is_ok() {
        return Reply::redirect(login.original_url.clone(), Reason::SignedIn).hiding_query();
    }
    let link = parts.links.sign_in(&login.original_url);
    Reply::explain(Reason::SignInUnknown, Reader::Person).with_link(link).hiding_query()
}

/// No sign-in of this browser: perhaps the page was reloaded, and the person is signed in by now.
fn unknown_sign_in(parts: &mut Parts, browser: &Browser<'_>, inputs: &Inputs<'_>) -> Reply {
    if parts.session(browser, inputs.now).is_ok() {
        return Reply::redirect("/".to_owned(), Reason::SignedIn).hiding_query();
    }
    failed(parts, Reason::SignInUnknown)
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

fn no_tokens(parts: &Parts, error: &TokenError) -> Reply {
    if error.is_about_the_client() {
        return client_refused(Reader::Person, error);
    }
    let reason = match error {
        error if is_no_answer(error) => Reason::TokenUnreachable,
        TokenError::Refused { .. } | TokenError::RefusedOtherwise { .. } => Reason::TokenRefused,
        TokenError::RateLimited | TokenError::Answer(_) | TokenError::Missing(_) => Reason::TokenInvalid,
    };
    failed(parts, reason).with_detail(error.to_string())
}

/// The provider remembers who they are, so that the same way would lead to the same answer: another account is offered.
fn denied(parts: &Parts, login: &PendingLogin, error: &str) -> Reply {
    let reason = match error {
        "access_denied" | "user_canceled_request" | "unmet_authentication_requirements" => {
            Reason::ProviderDenied
        }
        _ => Reason::ProviderError,
    };
    let detail = token::plain_code(error).unwrap_or_else(|| "an error code of odd characters".to_owned());
    let (links, wanted) = (&parts.links, &login.original_url);
    Reply::explain(reason, Reader::Person)
        .with_link(links.sign_in(wanted))
        .with_link(links.another_account(wanted))
        .with_detail(detail)
}

/// A page that ends a sign-in, with a link that begins another.
fn failed(parts: &Parts, reason: Reason) -> Reply {
    Reply::explain(reason, Reader::Person).with_link(parts.links.sign_in("/")).hiding_query()
}

/// The answer to a callback that has waited: its state cookie has served.
fn end(parts: &Parts, redemption: &Redemption, reply: Reply) -> Step {
    let scopes = parts.vault.scopes();
    Step::reply(ended(parts, &redemption.login, &redemption.browser.recall(&scopes), reply))
}

fn ended(parts: &Parts, login: &PendingLogin, browser: &Browser<'_>, reply: Reply) -> Reply {
    reply.with_cookies([parts.vault.expire_login(login, browser)]).hiding_query()
}

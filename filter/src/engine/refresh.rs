//! Renewing an access token, and with it what is known of the person, without the person noticing.
//!
//! One refresh token is used once in one Envoy. Requests that need it wait; the root context makes the call,
//! for an answer to a call of a stream would be lost with the browser, and the rotated token with it. Workers
//! agree through a shared slot: whoever writes a lease into it makes the call, the others read what came of it.

use super::event::{ClaimsError, ProviderEvent, RefreshError, RefreshFailure};
use super::exchange::{AwaitsUserinfo, Exchange, ExchangeError, Exchanged, Grant, Progress};
use super::parts::Parts;
use super::person;
use super::refresh_memory::Work;
use super::refusal::{Meaning, meaning};
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::endpoint::ProviderEndpoint;
use crate::oidc::token::{self, TokenResponse};
use crate::oidc::{Answer, HttpCall};
use crate::session::fit::Kept;
use crate::session::session::{PersonClaims, Renewal};
use crate::session::shared_refresh::{RefreshKey, RefreshResult, Renewed, Slot};
use crate::session::{SignInId, Tokens};

/// Beyond a call's own time-out, until a lease is taken from a worker that was lost. Seconds.
const LEASE_MARGIN: u64 = 5;
/// The pause after a failure doubles up to this. Seconds.
const LONGEST_PAUSE: u64 = 60;
/// A refresh whose claims could not be had is repeated after this. Seconds.
const SOON: u64 = 60;

/// A refresh whose call is under way.
#[derive(Debug)]
pub(super) struct Refreshing {
    work: Work,
    asked: Asked,
}

#[derive(Debug)]
enum Asked {
    Token,
    Userinfo(AwaitsUserinfo),
}

impl Refreshing {
    pub(super) fn endpoint(&self) -> ProviderEndpoint {
        match self.asked {
            Asked::Token => ProviderEndpoint::Token,
            Asked::Userinfo(_) => ProviderEndpoint::Userinfo,
        }
    }
}

/// How far a refresh has come.
#[derive(Debug)]
pub(super) enum Refresh {
    /// It has ended, or waits for something that others fetch.
    Event(ProviderEvent),
    /// One more call.
    Call(HttpCall, Box<Refreshing>),
}

/// The next thing that this worker should do about refreshes, if there is one; settles those that others have made.
pub(super) fn poll(parts: &mut Parts, inputs: &mut Inputs<'_>) -> Option<Refresh> {
    parts.discovery.provider()?;
    if let Some(went_on) = go_on_with_keys(parts, inputs) {
        return Some(went_on);
    }
    let wanted: Vec<RefreshKey> = parts.refreshes.wanted().collect();
    for key in wanted {
        match lease(parts, key, inputs) {
            Lease::Ours => {
                if let Some(work) = parts.refreshes.begin(key) {
                    return Some(begin(parts, work, inputs));
                }
            }
            Lease::Settled(result, at) => parts.refreshes.settle(key, result, at, 0),
            Lease::Others => {}
        }
    }
    None
}

/// Takes the answer to a refresh's call.
pub(super) fn on_answer(
    parts: &mut Parts,
    refreshing: Box<Refreshing>,
    answer: &Answer,
    inputs: &mut Inputs<'_>,
) -> Refresh {
    let Refreshing { work, asked } = *refreshing;
    match asked {
        Asked::Token => on_tokens(parts, work, answer, inputs),
        Asked::Userinfo(awaits) => {
            let progress = awaits.go_on(answer, &parts.terms(inputs.now));
            go_on(parts, work, progress, inputs)
        }
    }
}

/// What came of asking the other workers, by the shared slot, who makes the call.
enum Lease {
    Ours,
    Others,
    Settled(RefreshResult, Timestamp),
}

fn lease(parts: &Parts, key: RefreshKey, inputs: &mut Inputs<'_>) -> Lease {
    let now = inputs.now;
    let value = inputs.shared.read(key.slot());
    match parts.vault.open_slot(&value.bytes) {
        Some(Slot::Settled { key: theirs, at, result })
            if theirs == key && result.counts(Timestamp(at), now) =>
        {
            return Lease::Settled(result, Timestamp(at));
        }
        Some(Slot::Lease { key: theirs, until }) if now < Timestamp(until) => {
            // A slot that another refresh holds is no reason to wait for it.
            return if theirs == key { Lease::Others } else { Lease::Ours };
        }
        _ => {}
    }
    if write_lease(parts, key, value.mark, inputs) { Lease::Ours } else { Lease::Others }
}

/// Each call of a refresh begins the lease anew: nobody is to take it from a worker that goes on.
fn extend_lease(parts: &Parts, key: RefreshKey, inputs: &mut Inputs<'_>) {
    let value = inputs.shared.read(key.slot());
    if matches!(parts.vault.open_slot(&value.bytes), Some(Slot::Lease { key: of, .. }) if of == key) {
        write_lease(parts, key, value.mark, inputs);
    }
}

/// False where another worker has written meanwhile. Without randomness there is no lease, and each worker is on its own.
fn write_lease(parts: &Parts, key: RefreshKey, mark: u32, inputs: &mut Inputs<'_>) -> bool {
    let until = inputs.now.plus(parts.config.provider.timeout.as_secs().saturating_add(LEASE_MARGIN));
    let lease = Slot::Lease { key, until: until.0 };
    let Some(bytes) = parts.vault.seal_slot(&lease, inputs.entropy) else { return true };
    inputs.shared.write(key.slot(), &bytes, mark)
}

fn begin(parts: &mut Parts, work: Work, inputs: &mut Inputs<'_>) -> Refresh {
    let Some(provider) = parts.discovery.provider() else {
        return failed(parts, &work, RefreshError::ProviderUnknown, 0, inputs);
    };
    let refresh_token = work.tokens.refresh_token().unwrap_or_default();
    match token::refresh(&provider.relying_party(&parts.config), refresh_token, inputs) {
        Ok(call) => Refresh::Call(call, Box::new(Refreshing { work, asked: Asked::Token })),
        Err(error) => failed(parts, &work, error.into(), 0, inputs),
    }
}

fn on_tokens(parts: &mut Parts, work: Work, answer: &Answer, inputs: &mut Inputs<'_>) -> Refresh {
    let grant =
        Grant::RefreshToken { nonce: work.tokens.nonce().to_owned(), sub: work.session.person.sub.clone() };
    match Exchange::read(grant, answer, inputs.now) {
        Ok(exchange) => {
            let progress = exchange.verify(&mut parts.terms(inputs.now));
            go_on(parts, work, progress, inputs)
        }
        Err(error) => {
            let wanted = answer.retry_after(inputs.now).unwrap_or_default();
            failed(parts, &work, error.into(), wanted, inputs)
        }
    }
}

/// One of those whose keys have been fetched meanwhile.
fn go_on_with_keys(parts: &mut Parts, inputs: &mut Inputs<'_>) -> Option<Refresh> {
    let Parts { refreshes, discovery, .. } = parts;
    let at = refreshes.awaiting_keys.iter().position(|(_, awaits)| awaits.is_over(discovery))?;
    let (work, awaits) = refreshes.awaiting_keys.swap_remove(at);
    let progress = awaits.go_on(&mut parts.terms(inputs.now));
    Some(go_on(parts, work, progress, inputs))
}

fn go_on(parts: &mut Parts, work: Work, progress: Progress, inputs: &mut Inputs<'_>) -> Refresh {
    match progress {
        Progress::Done(Exchanged { tokens, verified }) => {
            // Nothing new was said of the person: the claims stay as they were.
            let person = verified.map_or_else(
                || work.session.person.clone(),
                |verified| person::of(&verified, &parts.config, &parts.policy),
            );
            renewed(parts, &work, &tokens, Ok(person), inputs)
        }
        Progress::Keys(awaits) => {
            extend_lease(parts, work.key, inputs);
            parts.refreshes.awaiting_keys.push((work, awaits));
            Refresh::Event(ProviderEvent::HalfWay)
        }
        Progress::Userinfo(call, awaits) => {
            extend_lease(parts, work.key, inputs);
            Refresh::Call(call, Box::new(Refreshing { work, asked: Asked::Userinfo(awaits) }))
        }
        Progress::Failed(ExchangeError::IdToken(error), mut tokens) if error.may_be_of_newer_keys() => {
            // What cannot be verified is not believed.
            tokens.id_token = None;
            without_claims(parts, &work, &tokens, ClaimsError::IdToken(error), inputs)
        }
        Progress::Failed(ExchangeError::IdToken(error), _) => {
            failed(parts, &work, RefreshError::IdToken(error), 0, inputs)
        }
        Progress::Failed(ExchangeError::Userinfo(error), tokens) => {
            without_claims(parts, &work, &tokens, ClaimsError::Userinfo(error), inputs)
        }
        Progress::Failed(ExchangeError::ProviderUnknown, _) => {
            failed(parts, &work, RefreshError::ProviderUnknown, 0, inputs)
        }
    }
}

/// The tokens came, and the claims did not. Where that is not about the person, the rotated refresh token is kept, the
/// claims stay as they were, and all of it is tried again soon.
fn without_claims(
    parts: &mut Parts,
    work: &Work,
    tokens: &TokenResponse,
    error: ClaimsError,
    inputs: &mut Inputs<'_>,
) -> Refresh {
    match meaning(&RefreshError::Claims(error)) {
        Meaning::AboutThePerson => failed(parts, work, RefreshError::Claims(error), 0, inputs),
        Meaning::Passing | Meaning::Unclear => renewed(parts, work, tokens, Err(error), inputs),
    }
}

/// The tokens are new. Without new claims the old ones stay, and are asked for again soon.
fn renewed(
    parts: &mut Parts,
    work: &Work,
    tokens: &TokenResponse,
    person: Result<PersonClaims, ClaimsError>,
    inputs: &mut Inputs<'_>,
) -> Refresh {
    let mut jitter = [0];
    let _ = inputs.entropy.fill(&mut jitter);
    let [jitter] = jitter;
    let renewal = Renewal::plan(inputs.now, tokens.access_token_expires_at, jitter);
    let renewal = if person.is_ok() { renewal } else { renewal.postponed(inputs.now.plus(SOON)) };
    let kept = renewed_tokens(work, tokens);
    let (person, event) = match person {
        Ok(person) => {
            let session = work.session.renewed(person.clone(), renewal, inputs.now);
            let event = match parts.fit(session, kept.clone()) {
                Ok(Kept { surplus, .. }) => ProviderEvent::Refreshed { surplus },
                Err(too_large) => failure(parts, work, too_large.into(), Meaning::Passing),
            };
            (person, event)
        }
        Err(error) => {
            let event = failure(parts, work, RefreshError::Claims(error), Meaning::Passing);
            (work.session.person.clone(), event)
        }
    };
    let result = RefreshResult::Renewed(Box::new(Renewed { person, tokens: kept, renewal }));
    settle(parts, work.key, result, 0, inputs);
    Refresh::Event(event)
}

/// What did not come anew stays (RFC 6749 §6, OIDC Core §12.2).
fn renewed_tokens(work: &Work, tokens: &TokenResponse) -> Tokens {
    let id_token = tokens.id_token.as_ref().map(|token| token.as_str().to_owned());
    let refresh_token = tokens.refresh_token.as_deref().or(work.tokens.refresh_token()).unwrap_or_default();
    Tokens::new(
        work.session.id,
        id_token.or_else(|| work.tokens.id_token()).as_deref(),
        Some(&tokens.access_token),
        tokens.access_token_expires_at,
    )
    .renewable(refresh_token, work.tokens.nonce())
}

/// Nothing came. The session ends with its access token, or it goes on, and the refresh is tried again, ever later, not
/// before `wanted` seconds.
fn failed(
    parts: &mut Parts,
    work: &Work,
    error: RefreshError,
    wanted: u64,
    inputs: &mut Inputs<'_>,
) -> Refresh {
    let now = inputs.now;
    let pause = 1u64.checked_shl(work.failures).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
    let later = now.plus(pause.max(wanted));
    let ends_at = work.session.renewal.map_or(now, Renewal::ends_at);
    let meaning = match meaning(&error) {
        Meaning::Unclear if ends_at <= now => Meaning::AboutThePerson,
        meaning => meaning,
    };
    let result = match meaning {
        Meaning::AboutThePerson => RefreshResult::Refused,
        // Asked once more as soon as the answer decides.
        Meaning::Unclear => RefreshResult::TryLater { at: later.min(ends_at).0 },
        Meaning::Passing => RefreshResult::TryLater { at: later.0 },
    };
    settle(parts, work.key, result, work.failures.saturating_add(1), inputs);
    Refresh::Event(failure(parts, work, error, meaning))
}

fn failure(parts: &Parts, work: &Work, error: RefreshError, meaning: Meaning) -> ProviderEvent {
    ProviderEvent::RefreshFailed(RefreshFailure {
        error,
        ends_the_session: meaning == Meaning::AboutThePerson,
        sign_in_id: SignInId::of(work.session.id),
        person: parts.in_log(&work.session.person),
    })
}

/// What came of a refresh, for this worker and the others.
pub(super) fn settle(
    parts: &mut Parts,
    key: RefreshKey,
    result: RefreshResult,
    failures: u32,
    inputs: &mut Inputs<'_>,
) {
    let slot = Slot::Settled { key, at: inputs.now.0, result: result.clone() };
    if let Some(bytes) = parts.vault.seal_slot(&slot, inputs.entropy) {
        // The lease is ours; whoever wrote since has lost it to the clock, and one of both results counts.
        let mark = inputs.shared.read(key.slot()).mark;
        inputs.shared.write(key.slot(), &bytes, mark);
    }
    parts.refreshes.settle(key, result, inputs.now, failures);
}

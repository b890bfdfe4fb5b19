//! Renewing an access token, and with it what is known of the person, without the person noticing.
//!
//! One refresh token is used once in one Envoy. Requests that need it wait; the root context makes the call,
//! for an answer to a call of a stream would be lost with the browser, and the rotated token with it. Workers
//! agree through a shared slot: whoever writes a lease into it makes the call, the others read what came of it.

use super::ready::Provider;
use super::refreshes::Work;
use super::{Engine, Inputs, person};
use crate::config::Config;
use crate::inputs::{NoEntropy, Timestamp};
use crate::oidc::id_token::{Expected, Nonce};
use crate::oidc::token::{self, TokenError, TokenResponse};
use crate::oidc::{Answer, HttpCall, IdTokenError, VerifiedClaims, userinfo};
use crate::session::Tokens;
use crate::session::refresh::{Outcome, RefreshKey, Renewed, Slot};
use crate::session::session::{PersonClaims, Renewal};

/// Beyond the call's own time-out, until a lease is taken from a worker that was lost. Seconds.
const LEASE_MARGIN: u64 = 5;
/// The pause after a failure doubles up to this. Seconds.
const LONGEST_PAUSE: u64 = 60;
/// A refresh whose userinfo could not be had is repeated after this. Seconds.
const SOON: u64 = 60;

/// A refresh whose call is under way.
#[derive(Debug)]
pub(super) struct Refreshing {
    key: RefreshKey,
    work: Work,
    step: RefreshStep,
}

#[derive(Debug)]
enum RefreshStep {
    Token,
    Userinfo(TokenResponse, VerifiedClaims),
}

/// A refresh whose ID token names a key that is being fetched.
#[derive(Debug)]
pub(super) struct AwaitsKeys {
    key: RefreshKey,
    work: Work,
    response: TokenResponse,
    /// After so many fetches the keys were too old.
    fetches: u64,
}

impl Engine {
    /// The next refresh that this worker should make, if there is one; settles those that others have made.
    pub(super) fn poll_refresh(&mut self, inputs: &mut Inputs<'_>) -> Option<(HttpCall, Box<Refreshing>)> {
        let provider = self.discovery.provider().cloned()?;
        if let Some(again) = self.go_on_with_keys(&provider, inputs) {
            return Some(again);
        }
        let wanted: Vec<RefreshKey> = self.refreshes.wanted().collect();
        for key in wanted {
            match self.claim(key, inputs) {
                Claim::Mine => {
                    let Some(work) = self.refreshes.begin(key) else { continue };
                    let refresh_token = work.tokens.refresh_token().unwrap_or_default();
                    let called = token::refresh(&provider.relying_party(&self.config), refresh_token, inputs);
                    let Ok(call) = called else {
                        self.failed_refresh(key, &work, NoEntropy.to_string(), 0, inputs);
                        continue;
                    };
                    let refreshing = Refreshing { key, work, step: RefreshStep::Token };
                    return Some((call, Box::new(refreshing)));
                }
                Claim::Settled(outcome, at) => self.refreshes.settle(key, outcome, at, 0),
                Claim::Others => {}
            }
        }
        None
    }

    /// Asks the other workers, by the shared slot, who makes the call.
    fn claim(&self, key: RefreshKey, inputs: &mut Inputs<'_>) -> Claim {
        let now = inputs.now;
        let value = inputs.shared.read(key.slot());
        let owner = self.scopes.shared_owner();
        match Slot::open(&value.bytes, &self.sealer, &owner) {
            Some(Slot::Settled { key: theirs, at, outcome })
                if theirs == key && outcome.counts(Timestamp(at), now) =>
            {
                return Claim::Settled(outcome, Timestamp(at));
            }
            Some(Slot::Lease { key: theirs, until }) if now < Timestamp(until) => {
                // A slot that another refresh holds is no reason to wait for it.
                return if theirs == key { Claim::Others } else { Claim::Mine };
            }
            _ => {}
        }
        let until = now.plus(self.config.provider.timeout.as_secs().saturating_add(LEASE_MARGIN));
        let lease = Slot::Lease { key, until: until.0 };
        let Some(bytes) = lease.seal(&self.sealer, &owner, inputs.entropy) else { return Claim::Mine };
        if inputs.shared.write(key.slot(), &bytes, value.mark) { Claim::Mine } else { Claim::Others }
    }

    /// Takes the answer to a refresh: done, or one more call.
    pub(super) fn on_refresh_answer(
        &mut self,
        refreshing: Box<Refreshing>,
        answer: &Answer,
        inputs: &mut Inputs<'_>,
    ) -> Refreshed {
        let Refreshing { key, work, step } = *refreshing;
        let Some(provider) = self.discovery.provider().cloned() else {
            let what = "the provider is not known".to_owned();
            return self.failed_refresh(key, &work, what, 0, inputs);
        };
        match step {
            RefreshStep::Token => self.on_refresh_tokens(key, work, answer, &provider, inputs),
            RefreshStep::Userinfo(response, mut verified) => {
                let person = match userinfo::merge(&mut verified, answer) {
                    Ok(()) => Some(person::of(&verified, &self.config)),
                    Err(_) => None,
                };
                self.renewed(key, &work, &response, person, inputs)
            }
        }
    }

    fn on_refresh_tokens(
        &mut self,
        key: RefreshKey,
        work: Work,
        answer: &Answer,
        provider: &Provider,
        inputs: &mut Inputs<'_>,
    ) -> Refreshed {
        let response = match TokenResponse::read(answer, inputs.now) {
            Ok(response) => response,
            Err(error) if is_final(&error) => {
                self.settle(key, Outcome::Refused, 0, inputs);
                return Refreshed::Failed(error.to_string());
            }
            Err(error) => {
                let wanted = answer.retry_after(inputs.now).unwrap_or_default();
                return self.failed_refresh(key, &work, error.to_string(), wanted, inputs);
            }
        };
        self.on_refresh_response(key, work, response, MayFetchKeys::Yes, provider, inputs)
    }

    /// Those whose keys have been fetched meanwhile. The next call of one of them, if it needs one.
    fn go_on_with_keys(
        &mut self,
        provider: &Provider,
        inputs: &mut Inputs<'_>,
    ) -> Option<(HttpCall, Box<Refreshing>)> {
        let fetched = self.discovery.key_fetches();
        while let Some(at) = self.awaiting_keys.iter().position(|waiting| waiting.fetches != fetched) {
            let AwaitsKeys { key, work, response, .. } = self.awaiting_keys.swap_remove(at);
            let refreshed = self.on_refresh_response(key, work, response, MayFetchKeys::No, provider, inputs);
            if let Refreshed::Again(call, refreshing) = refreshed {
                return Some((call, refreshing));
            }
        }
        None
    }

    fn on_refresh_response(
        &mut self,
        key: RefreshKey,
        work: Work,
        mut response: TokenResponse,
        may_fetch_keys: MayFetchKeys,
        provider: &Provider,
        inputs: &mut Inputs<'_>,
    ) -> Refreshed {
        let verified = match verify(&response, &work, provider, &self.config, inputs.now) {
            Ok(verified) => verified,
            // The keys may have been rotated: one fetch, as at sign-in.
            Err(IdTokenError::UnknownKey)
                if may_fetch_keys == MayFetchKeys::Yes && self.discovery.want_keys(inputs.now) =>
            {
                let fetches = self.discovery.key_fetches();
                self.awaiting_keys.push(AwaitsKeys { key, work, response, fetches });
                return Refreshed::Later;
            }
            // Not the person's fault: the rotated refresh token is kept, the claims stay as they were, and all of it is
            // tried again soon. What cannot be verified is not believed.
            Err(IdTokenError::UnknownKey) => {
                response.id_token = None;
                return self.renewed(key, &work, &response, None, inputs);
            }
            Err(error) => {
                self.settle(key, Outcome::Refused, 0, inputs);
                return Refreshed::Failed(error.to_string());
            }
        };
        match &provider.metadata.userinfo_endpoint {
            Some(endpoint) if person::lacks_claims(&verified.claims, &self.config, &self.policy) => {
                let call =
                    userinfo::call(&provider.relying_party(&self.config), endpoint, &response.access_token);
                let step = RefreshStep::Userinfo(response, verified);
                Refreshed::Again(call, Box::new(Refreshing { key, work, step }))
            }
            // Neither an ID token nor userinfo: nothing new is known of the person.
            _ if response.id_token.is_none() => {
                let person = work.session.person.clone();
                self.renewed(key, &work, &response, Some(person), inputs)
            }
            _ => {
                let person = person::of(&verified, &self.config);
                self.renewed(key, &work, &response, Some(person), inputs)
            }
        }
    }

    /// The tokens are new. Without `person` the claims are still the old ones, and will be asked for again soon.
    fn renewed(
        &mut self,
        key: RefreshKey,
        work: &Work,
        response: &TokenResponse,
        person: Option<PersonClaims>,
        inputs: &mut Inputs<'_>,
    ) -> Refreshed {
        let mut jitter = [0];
        let _ = inputs.entropy.fill(&mut jitter);
        let [jitter] = jitter;
        let renewal = Renewal::plan(inputs.now, response.access_token_expires_at, jitter);
        let complete = person.is_some();
        let renewal = if complete { renewal } else { renewal.postponed(inputs.now.plus(SOON)) };
        let id_token = response.id_token.as_ref().map(|token| token.as_str().to_owned());
        let tokens = Tokens::new(
            work.session.id,
            id_token.or_else(|| work.tokens.id_token()).as_deref(),
            Some(&response.access_token),
            response.access_token_expires_at,
        );
        let old = work.tokens.refresh_token().unwrap_or_default();
        let tokens = tokens.renewable(response.refresh_token.as_deref().unwrap_or(old), work.tokens.nonce());
        let person = person.unwrap_or_else(|| work.session.person.clone());
        let outcome = Outcome::Renewed(Box::new(Renewed { person, tokens, renewal }));
        self.settle(key, outcome, 0, inputs);
        if complete {
            Refreshed::Done
        } else {
            Refreshed::Failed("the claims could not be read anew".to_owned())
        }
    }

    /// The provider is away: the session goes on, and the refresh is tried again, ever later.
    fn failed_refresh(
        &mut self,
        key: RefreshKey,
        work: &Work,
        what: String,
        wanted_pause: u64,
        inputs: &mut Inputs<'_>,
    ) -> Refreshed {
        let pause = 1u64.checked_shl(work.failures).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        let outcome = Outcome::TryLater { at: inputs.now.plus(pause.max(wanted_pause)).0 };
        self.settle(key, outcome, work.failures.saturating_add(1), inputs);
        Refreshed::Failed(what)
    }

    fn settle(&mut self, key: RefreshKey, outcome: Outcome, failures: u32, inputs: &mut Inputs<'_>) {
        let slot = Slot::Settled { key, at: inputs.now.0, outcome: outcome.clone() };
        let owner = self.scopes.shared_owner();
        if let Some(bytes) = slot.seal(&self.sealer, &owner, inputs.entropy) {
            // The lease is ours; whoever wrote since has lost it to the clock, and one of both results counts.
            let mark = inputs.shared.read(key.slot()).mark;
            inputs.shared.write(key.slot(), &bytes, mark);
        }
        self.refreshes.settle(key, outcome, inputs.now, failures);
    }
}

/// What an answer to a refresh led to.
pub(super) enum Refreshed {
    Done,
    Again(HttpCall, Box<Refreshing>),
    /// When the keys have been fetched.
    Later,
    /// Of plain words.
    Failed(String),
}

/// Whether an unknown `kid` may make for a fetch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MayFetchKeys {
    Yes,
    No,
}

enum Claim {
    Mine,
    Others,
    Settled(Outcome, Timestamp),
}

/// The claims of a refresh's ID token, or the old subject's, to which userinfo may add.
fn verify(
    response: &TokenResponse,
    work: &Work,
    provider: &Provider,
    config: &Config,
    now: Timestamp,
) -> Result<VerifiedClaims, IdTokenError> {
    let sub = &work.session.person.sub;
    let Some(id_token) = &response.id_token else {
        return Ok(VerifiedClaims { sub: sub.clone(), claims: crate::oidc::Claims::new() });
    };
    let expected = Expected {
        issuer: config.provider.issuer.as_str(),
        client_id: &config.client.id,
        nonce: Nonce::IsOrAbsent(work.tokens.nonce()),
        access_token: &response.access_token,
        now,
    };
    let verified = id_token.verify(&provider.keys, &expected)?;
    // OIDC Core §12.2: it is about the same person.
    if verified.sub == *sub { Ok(verified) } else { Err(IdTokenError::Subject) }
}

/// Whether the refresh token is spent: RFC 6749 §5.2. Everything else may be a passing trouble.
fn is_final(error: &TokenError) -> bool {
    matches!(error, TokenError::Refused { code } if code == "invalid_grant")
}

//! From the token endpoint's answer to verified claims: one machine for a code's redemption and for a refresh. The ID
//! token is verified, perhaps after a fetch of the keys; then userinfo are asked for claims that it lacks.
//!
//! What differs is in [`Grant`]. What follows from a failure is for the callers.

use super::discovery::{Discovery, FetchOutcome, KnownProvider, WantedKeys};
use super::person::NeededClaims;
use crate::config::Config;
use crate::inputs::Timestamp;
use crate::oidc::id_token::{Expected, Nonce};
use crate::oidc::token::{TokenError, TokenResponse};
use crate::oidc::userinfo::UserinfoError;
use crate::oidc::{Answer, Claims, HttpCall, IdTokenError, VerifiedClaims, userinfo};

/// What was presented to the token endpoint, and what the ID token must agree with.
#[derive(Clone)]
pub(super) enum Grant {
    /// A code: an ID token must come, with this nonce.
    Code { nonce: String },
    /// A refresh token: an ID token may come (OIDC Core §12.2), about the same person, with the sign-in's nonce or none.
    RefreshToken { nonce: String, sub: String },
}

crate::redacted::redacted!(Grant);

/// Tokens that came and have not been verified.
#[derive(Debug)]
pub(super) struct Exchange {
    grant: Grant,
    tokens: TokenResponse,
}

/// What an exchange may reach for.
pub(super) struct Terms<'a> {
    pub(super) config: &'a Config,
    pub(super) needed: &'a NeededClaims,
    pub(super) discovery: &'a mut Discovery,
    pub(super) now: Timestamp,
}

/// How far an exchange has come.
#[derive(Debug)]
pub(super) enum Progress {
    Done(Exchanged),
    /// The ID token names a key that is being fetched.
    Keys(AwaitsKeys),
    /// Userinfo are to be asked.
    Userinfo(HttpCall, AwaitsUserinfo),
    /// With the tokens, which may be of use all the same.
    Failed(ExchangeError, TokenResponse),
}

/// Tokens with what has been verified of them.
#[derive(Debug)]
pub(super) struct Exchanged {
    pub(super) tokens: TokenResponse,
    /// `None` where nothing new was said: after a refresh without an ID token, at a provider without userinfo.
    pub(super) verified: Option<VerifiedClaims>,
}

/// An exchange that goes on when the keys have been fetched.
#[derive(Debug)]
pub(super) struct AwaitsKeys {
    exchange: Exchange,
    fetch: WantedKeys,
}

/// An exchange that goes on with the answer of the userinfo endpoint.
#[derive(Debug)]
pub(super) struct AwaitsUserinfo {
    tokens: TokenResponse,
    verified: VerifiedClaims,
    repeated: Repeated,
}

/// The rule that an answer broke.
#[derive(Debug)]
pub(super) enum ExchangeError {
    /// Nobody knows the provider any more.
    ProviderUnknown,
    IdToken(IdTokenError),
    Userinfo(UserinfoError),
}

impl Exchange {
    /// Reads the token endpoint's answer.
    ///
    /// # Errors
    /// [`TokenError`] says why it brings no tokens.
    pub(super) fn read(grant: Grant, answer: &Answer, now: Timestamp) -> Result<Self, TokenError> {
        let tokens = TokenResponse::read(answer, now)?;
        if let Grant::Code { .. } = grant {
            tokens.require_id_token()?;
        }
        Ok(Self { grant, tokens })
    }

    /// Verifies what came.
    pub(super) fn verify(self, terms: &mut Terms<'_>) -> Progress {
        self.go_on(MayFetchKeys::Yes, terms)
    }

    fn go_on(self, may_fetch_keys: MayFetchKeys, terms: &mut Terms<'_>) -> Progress {
        let Some(provider) = terms.discovery.provider().cloned() else {
            return Progress::Failed(ExchangeError::ProviderUnknown, self.tokens);
        };
        match self.verified(&provider, terms) {
            Ok(verified) => after_id_token(self.tokens, verified, &provider, terms),
            // The keys may have been rotated: one fetch, by the root context, for everybody who waits.
            Err(error) if error.may_be_of_newer_keys() && may_fetch_keys == MayFetchKeys::Yes => {
                Progress::Keys(AwaitsKeys { exchange: self, fetch: terms.discovery.want_keys(terms.now) })
            }
            Err(error) => Progress::Failed(ExchangeError::IdToken(error), self.tokens),
        }
    }

    /// The claims of the ID token; after a refresh without one, the old subject, to which userinfo may add.
    fn verified(&self, provider: &KnownProvider, terms: &Terms<'_>) -> Result<VerifiedClaims, IdTokenError> {
        let Some(id_token) = &self.tokens.id_token else {
            return match &self.grant {
                Grant::RefreshToken { sub, .. } => {
                    Ok(VerifiedClaims { sub: sub.clone(), claims: Claims::new(), acr: None, auth_time: None })
                }
                // [`Exchange::read`] takes none without one.
                Grant::Code { .. } => Err(IdTokenError::Malformed),
            };
        };
        let expected = Expected {
            issuer: terms.config.provider.issuer.as_str(),
            client_id: &terms.config.client.id,
            nonce: match &self.grant {
                Grant::Code { nonce } => Nonce::Is(nonce),
                Grant::RefreshToken { nonce, .. } => Nonce::IsOrAbsent(nonce),
            },
            access_token: &self.tokens.access_token,
            max_age: match &self.grant {
                Grant::Code { .. } => terms.config.client.max_age,
                // A refresh asks nothing of the person.
                Grant::RefreshToken { .. } => None,
            },
            now: terms.now,
        };
        let verified = id_token.verify(&provider.keys, &expected)?;
        match &self.grant {
            // OIDC Core §12.2: it is about the same person.
            Grant::RefreshToken { sub, .. } if verified.sub != *sub => Err(IdTokenError::AnotherSubject),
            Grant::RefreshToken { .. } | Grant::Code { .. } => Ok(verified),
        }
    }
}

/// Asks userinfo where a claim is missing that the rules or the application need.
fn after_id_token(
    tokens: TokenResponse,
    verified: VerifiedClaims,
    provider: &KnownProvider,
    terms: &Terms<'_>,
) -> Progress {
    match &provider.metadata.userinfo_endpoint {
        Some(endpoint) if terms.needed.are_missing_in(&verified.claims) => {
            let relying_party = provider.relying_party(terms.config);
            let call = userinfo::call(&relying_party, endpoint, &tokens.access_token);
            Progress::Userinfo(call, AwaitsUserinfo { tokens, verified, repeated: Repeated::No })
        }
        _ => {
            let said_something = tokens.id_token.is_some();
            Progress::Done(Exchanged { tokens, verified: said_something.then_some(verified) })
        }
    }
}

impl AwaitsKeys {
    /// Whether there is nothing to wait for any more. A sign-in waits for keys. A refresh does not wait for a provider that
    /// is away: its new refresh token is known to nobody else yet.
    pub(super) fn is_over(&self, discovery: &Discovery) -> bool {
        match discovery.outcome_of(self.fetch) {
            FetchOutcome::Pending => false,
            FetchOutcome::FailedOnce => matches!(self.exchange.grant, Grant::RefreshToken { .. }),
            FetchOutcome::Came | FetchOutcome::CameEarlier | FetchOutcome::Failing => true,
        }
    }

    /// What the tokens hold. Bytes.
    pub(super) fn size(&self) -> usize {
        let TokenResponse { id_token, access_token, refresh_token, .. } = &self.exchange.tokens;
        let id_token = id_token.as_ref().map_or(0, |token| token.as_str().len());
        let refresh_token = refresh_token.as_ref().map_or(0, String::len);
        id_token.saturating_add(access_token.len()).saturating_add(refresh_token)
    }

    /// After the fetch; there is no second one, unless another has asked for these keys before they were wanted.
    pub(super) fn go_on(self, terms: &mut Terms<'_>) -> Progress {
        let may_fetch_keys = match terms.discovery.outcome_of(self.fetch) {
            FetchOutcome::CameEarlier => MayFetchKeys::Yes,
            FetchOutcome::Pending | FetchOutcome::Came | FetchOutcome::FailedOnce | FetchOutcome::Failing => {
                MayFetchKeys::No
            }
        };
        self.exchange.go_on(may_fetch_keys, terms)
    }
}

impl AwaitsUserinfo {
    /// With the answer. A call that was reset is made once more: a stale keep-alive connection looks like that.
    pub(super) fn go_on(self, answer: &Answer, terms: &Terms<'_>) -> Progress {
        let Self { tokens, mut verified, repeated } = self;
        if answer.looks_reset()
            && repeated == Repeated::No
            && let Some(provider) = terms.discovery.provider()
            && let Some(endpoint) = &provider.metadata.userinfo_endpoint
        {
            let relying_party = provider.relying_party(terms.config);
            let call = userinfo::call(&relying_party, endpoint, &tokens.access_token);
            return Progress::Userinfo(call, Self { tokens, verified, repeated: Repeated::Yes });
        }
        match userinfo::merge(&mut verified, answer) {
            Ok(()) => Progress::Done(Exchanged { tokens, verified: Some(verified) }),
            Err(error) => Progress::Failed(ExchangeError::Userinfo(error), tokens),
        }
    }
}

/// Whether a call has been repeated already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    No,
    Yes,
}

/// Whether an unknown `kid` may make for a fetch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MayFetchKeys {
    Yes,
    No,
}

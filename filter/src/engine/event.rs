//! What the answers to calls for everybody change: for the operator's log and counters.

use std::fmt::Display;

use super::causes::{Caused, bare, of_answer, status_of};
use crate::inputs::NoEntropy;
use crate::oidc::IdTokenError;
use crate::oidc::endpoint::ProviderEndpoint;
use crate::oidc::http_call::AnswerError;
use crate::oidc::jwks::JwksError;
use crate::oidc::provider::MetadataError;
use crate::oidc::token::TokenError;
use crate::oidc::userinfo::UserinfoError;
use crate::page::{Cause, LogLine, ProviderSaid, Reason, Severity};
use crate::session::fit::TooLarge;
use crate::session::{SignInId, Surplus};

/// What the log says once.
const NOT_SHARED: &str =
    "metadata and keys are too large to be shared, so each worker fetches them for itself";

/// What the answer to a [`super::ProviderCall`] changed.
#[derive(Debug, PartialEq, Eq)]
pub enum ProviderEvent {
    /// Half the way: more calls follow.
    HalfWay,
    /// Metadata and keys are there, for the first time or anew.
    Ready,
    /// The provider's metadata or keys could not be had. What was good last stays good.
    Failed(DiscoveryError),
    /// They are too large for the workers to share: each fetches for itself.
    NotShared,
    /// The same of a further issuer.
    IssuerNotShared(String),
    /// The keys of a further issuer are there.
    IssuerReady(String),
    /// They could not be had.
    IssuerFailed(String, DiscoveryError),
    /// An access token was renewed, and the claims with it.
    Refreshed {
        /// What of it does not fit into the browser.
        surplus: Option<Surplus>,
    },
    /// One was not, or not the claims with it.
    RefreshFailed(RefreshFailure),
    /// The provider was told that a refresh token has ended; whether it listened is its own affair (RFC 7009 §2.2).
    Revoked,
}

/// A refresh that failed.
#[derive(Debug, PartialEq, Eq)]
pub struct RefreshFailure {
    /// Why.
    pub error: RefreshError,
    /// Whether the provider said no to the person, so that the session ends with its access token. Else it goes on, and the
    /// refresh is tried again.
    pub ends_the_session: bool,
    /// By which the log knows the sign-in.
    pub sign_in_id: SignInId,
    /// Whom it is about, as the log may name them.
    pub person: Option<String>,
}

impl ProviderEvent {
    /// The same of a further issuer.
    pub(super) fn of_issuer(self, name: &str) -> Self {
        match self {
            Self::Ready => Self::IssuerReady(name.to_owned()),
            Self::Failed(error) => Self::IssuerFailed(name.to_owned(), error),
            Self::NotShared => Self::IssuerNotShared(name.to_owned()),
            other => other,
        }
    }

    /// Their codes, beside those of [`Reason::ALL`].
    pub const CODES: [&'static str; 2] = ["refreshed", "refresh_failed"];

    /// The code in the log and in the metric `vestibule.replies.<code>`; none for what is not counted.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        let [refreshed, refresh_failed] = Self::CODES;
        match self {
            Self::Failed(_) | Self::IssuerFailed(..) => Some(Reason::ProviderNotReady.code()),
            Self::Refreshed { surplus: None } => Some(refreshed),
            Self::Refreshed { surplus: Some(_) } => Some(Reason::SessionTrimmed.code()),
            Self::RefreshFailed(_) => Some(refresh_failed),
            Self::HalfWay
            | Self::Ready
            | Self::NotShared
            | Self::IssuerReady(_)
            | Self::IssuerNotShared(_)
            | Self::Revoked => None,
        }
    }

    /// The line in the log; none for half the way.
    #[must_use]
    pub fn log_line(&self) -> Option<LogLine> {
        let notable = |text: String| Some(LogLine::plain(Severity::Notable, text));
        match self {
            Self::HalfWay => None,
            Self::Ready => notable("provider ready".to_owned()),
            Self::NotShared => notable(format!("provider: {NOT_SHARED}")),
            Self::IssuerReady(name) => notable(format!("issuer {name} ready")),
            Self::IssuerNotShared(name) => notable(format!("issuer {name}: {NOT_SHARED}")),
            Self::Revoked => {
                Some(LogLine::plain(Severity::Everyday, "a refresh token was revoked".to_owned()))
            }
            Self::Failed(error) => Some(self.trouble(&error, Some(error))),
            Self::IssuerFailed(name, error) => {
                Some(self.trouble(&format_args!("issuer {name}: {error}"), Some(error)))
            }
            Self::Refreshed { surplus: None } => {
                Some(LogLine::of(Severity::Everyday, self.code().unwrap_or_default()))
            }
            Self::Refreshed { surplus: Some(surplus) } => Some(self.trouble(surplus, None)),
            Self::RefreshFailed(RefreshFailure { error, ends_the_session, sign_in_id, person }) => {
                let line = self
                    .trouble(error, Some(error))
                    .word("sign_in", Some(sign_in_id))
                    .text("person", person.as_deref());
                Some(line.word("session", ends_the_session.then_some("ends")))
            }
        }
    }

    fn trouble(&self, what: &dyn Display, caused: Option<&dyn Caused>) -> LogLine {
        LogLine::of(Severity::Trouble, self.code().unwrap_or_default())
            .word("cause", caused.and_then(Caused::cause).map(Cause::word))
            .provider(caused.and_then(Caused::provider_said).as_ref())
            .text("detail", Some(&what.to_string()))
    }
}

/// Why the provider is not known, or not known better.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// The discovery document (OIDC Discovery 1.0 §4).
    #[error("provider metadata: {0}")]
    Metadata(#[from] MetadataError),
    /// What lies at `jwks_uri`.
    #[error("JWK set: {0}")]
    JwkSet(#[from] JwksError),
}

/// Why an access token was not renewed, or not the claims with it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// Metadata or keys are missing.
    #[error("the provider is not known")]
    ProviderUnknown,
    /// The client could not authenticate.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The token endpoint gave no tokens.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The new ID token does not hold (OIDC Core §12.2).
    #[error(transparent)]
    IdToken(IdTokenError),
    /// What came is more than a browser keeps: it goes on with the old cookies, for as long as they count.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The tokens are new and the claims are still the old ones.
    #[error("the claims could not be read anew: {0}")]
    Claims(#[from] ClaimsError),
}

/// Why claims are the old ones; they are asked for again soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// The key set does not say who has signed the ID token, also after a fetch.
    #[error(transparent)]
    IdToken(IdTokenError),
    /// The userinfo endpoint did not say them.
    #[error(transparent)]
    Userinfo(UserinfoError),
}

impl Caused for DiscoveryError {
    fn cause(&self) -> Option<Cause> {
        Some(match self {
            Self::Metadata(MetadataError::Answer(error)) | Self::JwkSet(JwksError::Answer(error)) => {
                of_answer(*error)
            }
            Self::Metadata(_) | Self::JwkSet(_) => Cause::BadAnswer,
        })
    }

    fn provider_said(&self) -> Option<ProviderSaid> {
        let status = |error: Option<AnswerError>| error.map_or(Some(200), status_of);
        Some(match self {
            Self::Metadata(error) => {
                let answer = if let MetadataError::Answer(error) = error { Some(*error) } else { None };
                bare(ProviderEndpoint::Metadata.name(), status(answer))
            }
            Self::JwkSet(error) => {
                let answer = if let JwksError::Answer(error) = error { Some(*error) } else { None };
                bare(ProviderEndpoint::Keys.name(), status(answer))
            }
        })
    }
}

impl Caused for RefreshError {
    fn cause(&self) -> Option<Cause> {
        match self {
            Self::ProviderUnknown | Self::NoEntropy(_) | Self::TooLarge(_) => None,
            Self::Token(error) => error.cause(),
            Self::IdToken(error) | Self::Claims(ClaimsError::IdToken(error)) => error.cause(),
            Self::Claims(ClaimsError::Userinfo(error)) => error.cause(),
        }
    }

    fn provider_said(&self) -> Option<ProviderSaid> {
        match self {
            Self::ProviderUnknown | Self::NoEntropy(_) | Self::TooLarge(_) => None,
            Self::Token(error) => error.provider_said(),
            Self::IdToken(_) | Self::Claims(ClaimsError::IdToken(_)) => None,
            Self::Claims(ClaimsError::Userinfo(error)) => error.provider_said(),
        }
    }
}

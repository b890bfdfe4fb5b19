//! What the answers to calls for everybody change: for the operator's log and counters.

use crate::inputs::NoEntropy;
use crate::oidc::IdTokenError;
use crate::oidc::jwks::JwksError;
use crate::oidc::provider::MetadataError;
use crate::oidc::token::TokenError;
use crate::oidc::userinfo::UserinfoError;
use crate::page::Reason;

/// What the answer to a [`super::ProviderCall`] changed.
#[derive(Debug, PartialEq, Eq)]
pub enum ProviderEvent {
    /// Half the way: more calls follow.
    HalfWay,
    Ready,
    /// The provider's metadata or keys could not be had. What was good last stays good.
    Failed(DiscoveryError),
    Refreshed,
    RefreshFailed(RefreshError),
    Revoked,
}

impl ProviderEvent {
    /// Their codes, beside those of [`Reason::ALL`].
    pub const CODES: [&'static str; 2] = ["refreshed", "refresh_failed"];

    /// The code in the log and in the metric `vestibule.replies.<code>`; none for what is not counted.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        let [refreshed, refresh_failed] = Self::CODES;
        match self {
            Self::Failed(_) => Some(Reason::ProviderNotReady.code()),
            Self::Refreshed => Some(refreshed),
            Self::RefreshFailed(_) => Some(refresh_failed),
            Self::HalfWay | Self::Ready | Self::Revoked => None,
        }
    }
}

/// Why the provider is not known, or not known better.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    #[error("provider metadata: {0}")]
    Metadata(#[from] MetadataError),
    #[error("JWK set: {0}")]
    JwkSet(#[from] JwksError),
}

/// Why an access token was not renewed, or not the claims with it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    #[error("the provider is not known")]
    ProviderUnknown,
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    IdToken(IdTokenError),
    /// The tokens are new and the claims are still the old ones.
    #[error("the claims could not be read anew")]
    Claims(ClaimsError),
}

/// Why claims are the old ones; they are asked for again soon.
#[derive(Debug, PartialEq, Eq)]
pub enum ClaimsError {
    /// The ID token is signed by a key that is not in the set, also after a fetch.
    UnknownKey,
    Userinfo(UserinfoError),
}

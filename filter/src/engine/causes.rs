//! What went wrong, as the log and the metrics have it: one cause for each error, and what the provider said.

use crate::oidc::endpoint::ProviderEndpoint;
use crate::oidc::http_call::AnswerError;
use crate::oidc::pushed_authorization_request::PushError;
use crate::oidc::token::{TokenError, plain_code};
use crate::oidc::userinfo::UserinfoError;
use crate::oidc::{IdTokenError, said};
use crate::page::{Cause, ProviderSaid, Reply};

/// An error that has a cause, and perhaps an answer of the provider behind it.
pub(super) trait Caused {
    fn cause(&self) -> Option<Cause>;

    fn provider_said(&self) -> Option<ProviderSaid> {
        None
    }

    /// Says both in the log.
    fn told_in(&self, mut reply: Reply) -> Reply
    where
        Self: Sized,
    {
        reply.cause = self.cause();
        reply.provider_said = self.provider_said();
        reply
    }
}

impl Caused for TokenError {
    fn cause(&self) -> Option<Cause> {
        Some(match self {
            Self::Refused { code, .. } => Cause::of_oauth_error(code),
            Self::RefusedOtherwise { .. } => Cause::OtherError,
            Self::RateLimited => Cause::RateLimited,
            Self::Answer(error) => of_answer(*error),
            Self::Missing(_) => Cause::BadAnswer,
        })
    }

    fn provider_said(&self) -> Option<ProviderSaid> {
        let endpoint = ProviderEndpoint::Token.name();
        Some(match self {
            Self::Refused { code, status, description }
            | Self::RefusedOtherwise { code, status, description } => ProviderSaid {
                endpoint,
                status: Some(*status),
                error: Some(code.clone()),
                description: description.clone(),
            },
            Self::RateLimited => bare(endpoint, Some(429)),
            Self::Answer(error) => bare(endpoint, status_of(*error)),
            Self::Missing(_) => bare(endpoint, Some(200)),
        })
    }
}

impl Caused for PushError {
    fn cause(&self) -> Option<Cause> {
        match self {
            Self::NoEndpoint => None,
            Self::Refused { code, .. } => Some(Cause::of_oauth_error(code)),
            Self::Answer(error) => Some(of_answer(*error)),
            Self::RequestUri => Some(Cause::BadAnswer),
        }
    }

    fn provider_said(&self) -> Option<ProviderSaid> {
        let endpoint = ProviderEndpoint::PushedAuthorizationRequest.name();
        match self {
            Self::NoEndpoint => None,
            Self::Refused { code, status, description } => Some(ProviderSaid {
                endpoint,
                status: Some(*status),
                error: Some(code.clone()),
                description: description.clone(),
            }),
            Self::Answer(error) => Some(bare(endpoint, status_of(*error))),
            Self::RequestUri => Some(bare(endpoint, Some(201))),
        }
    }
}

impl Caused for UserinfoError {
    fn cause(&self) -> Option<Cause> {
        Some(match self {
            Self::Answer(error) => of_answer(*error),
            Self::Subject => Cause::Subject,
        })
    }

    fn provider_said(&self) -> Option<ProviderSaid> {
        Some(match self {
            Self::Answer(error) => bare(ProviderEndpoint::Userinfo.name(), status_of(*error)),
            Self::Subject => bare(ProviderEndpoint::Userinfo.name(), Some(200)),
        })
    }
}

impl Caused for IdTokenError {
    fn cause(&self) -> Option<Cause> {
        Some(match self {
            Self::Malformed => Cause::Malformed,
            Self::Algorithm => Cause::Algorithm,
            Self::UnknownKey => Cause::UnknownKey,
            Self::AmbiguousKey => Cause::AmbiguousKey,
            Self::Signature => Cause::Signature,
            Self::Issuer => Cause::Issuer,
            Self::Audience => Cause::Audience,
            Self::Expired => Cause::Expired,
            Self::IssuedAt => Cause::IssuedAt,
            Self::Nonce => Cause::Nonce,
            Self::AtHash => Cause::AtHash,
            Self::AuthTime => Cause::AuthTime,
            Self::Subject | Self::AnotherSubject => Cause::Subject,
        })
    }
}

/// An error that the provider has sent the browser back with (RFC 6749 §4.1.2.1).
pub(super) fn of_authorization_response(error: &str, description: Option<&str>) -> (Cause, ProviderSaid) {
    let error_code = plain_code(error).unwrap_or_else(|| "an error code of odd characters".to_owned());
    let said = ProviderSaid {
        endpoint: "authorization",
        status: None,
        error: Some(error_code),
        description: description.and_then(said::for_log),
    };
    (Cause::of_oauth_error(error), said)
}

pub(super) fn bare(endpoint: &'static str, status: Option<u16>) -> ProviderSaid {
    ProviderSaid { endpoint, status, error: None, description: None }
}

pub(super) fn status_of(error: AnswerError) -> Option<u16> {
    match error {
        AnswerError::Status(status) => Some(status),
        AnswerError::NotJson => Some(200),
        AnswerError::Nothing | AnswerError::TooLarge => None,
    }
}

pub(super) fn of_answer(error: AnswerError) -> Cause {
    match error {
        AnswerError::Nothing | AnswerError::Status(500..) => Cause::NoAnswer,
        AnswerError::Status(429) => Cause::RateLimited,
        AnswerError::Status(_) | AnswerError::TooLarge | AnswerError::NotJson => Cause::BadAnswer,
    }
}

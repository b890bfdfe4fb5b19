//! What it means for a session that its refresh brought nothing, or no claims: has the provider said something about the
//! person, or is something broken?

use super::event::{ClaimsError, RefreshError};
use crate::oidc::IdTokenError;
use crate::oidc::http_call::AnswerError;
use crate::oidc::token::TokenError;
use crate::oidc::userinfo::UserinfoError;

/// What a session learns from a refresh that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is about the person, or about this sign-in: the session ends with its access token.
    AboutThePerson,
    /// It may be. It counts as about the person once the access token has run out; until then it is tried again.
    Unclear,
    /// A passing trouble: the session goes on, and it is tried again.
    Passing,
}

/// The one place that decides it.
pub(super) fn meaning(error: &RefreshError) -> Meaning {
    match error {
        RefreshError::ProviderUnknown | RefreshError::NoEntropy(_) | RefreshError::TooLarge(_) => {
            Meaning::Passing
        }
        RefreshError::Token(error) => of_token_error(error),
        RefreshError::IdToken(error) | RefreshError::Claims(ClaimsError::IdToken(error)) => {
            of_id_token_error(*error)
        }
        RefreshError::Claims(ClaimsError::Userinfo(error)) => of_userinfo_error(*error),
    }
}

fn of_token_error(error: &TokenError) -> Meaning {
    match error {
        TokenError::Refused { code, status, .. } => of_code(code, *status),
        TokenError::RefusedOtherwise { .. }
        | TokenError::RateLimited
        | TokenError::Answer(_)
        | TokenError::Missing(_) => Meaning::Passing,
    }
}

/// Codes of RFC 6749 §5.2 and §4.1.2.1 and of OIDC Core §3.1.2.6, which providers give here too.
fn of_code(code: &str, status: u16) -> Meaning {
    match code {
        "invalid_grant"
        | "access_denied"
        | "interaction_required"
        | "login_required"
        | "consent_required" => Meaning::AboutThePerson,
        "invalid_client"
        | "unauthorized_client"
        | "invalid_scope"
        | "temporarily_unavailable"
        | "server_error" => Meaning::Passing,
        _ if status == 400 => Meaning::Unclear,
        _ => Meaning::Passing,
    }
}

/// An ID token that does not hold is believed in nothing, and that the person is still who they were is a part of it.
fn of_id_token_error(error: IdTokenError) -> Meaning {
    if error.may_be_of_newer_keys() { Meaning::Passing } else { Meaning::AboutThePerson }
}

fn of_userinfo_error(error: UserinfoError) -> Meaning {
    match error {
        // RFC 6750 §3.1: the access token, which came a moment ago, counts no more.
        UserinfoError::Subject | UserinfoError::Answer(AnswerError::Status(401 | 403)) => {
            Meaning::AboutThePerson
        }
        UserinfoError::Answer(_) => Meaning::Passing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::NoEntropy;

    fn refused(code: &str, status: u16) -> RefreshError {
        TokenError::Refused { code: code.to_owned(), status, description: None }.into()
    }

    fn answered(error: AnswerError) -> RefreshError {
        TokenError::Answer(error).into()
    }

    fn userinfo(error: UserinfoError) -> RefreshError {
        ClaimsError::Userinfo(error).into()
    }

    #[test]
    fn each_failure_means_one_thing() {
        use Meaning::{AboutThePerson, Passing, Unclear};
        let status = |status| UserinfoError::Answer(AnswerError::Status(status));
        let other =
            || TokenError::RefusedOtherwise { code: "E0000011".to_owned(), status: 401, description: None };
        for (error, wanted) in [
            (refused("invalid_grant", 400), AboutThePerson),
            (refused("invalid_grant", 401), AboutThePerson),
            (refused("access_denied", 400), AboutThePerson),
            (refused("access_denied", 403), AboutThePerson),
            (refused("interaction_required", 400), AboutThePerson),
            (refused("login_required", 400), AboutThePerson),
            (refused("consent_required", 400), AboutThePerson),
            (refused("invalid_client", 401), Passing),
            (refused("invalid_client", 400), Passing),
            (refused("unauthorized_client", 400), Passing),
            (refused("invalid_scope", 400), Passing),
            (refused("temporarily_unavailable", 400), Passing),
            (refused("server_error", 400), Passing),
            (refused("invalid_request", 400), Unclear),
            (refused("unsupported_grant_type", 400), Unclear),
            (refused("user_suspended", 400), Unclear),
            // Codes are compared as they are.
            (refused("Invalid_Grant", 400), Unclear),
            (refused("user_suspended", 401), Passing),
            (refused("user_suspended", 404), Passing),
            (other().into(), Passing),
            (TokenError::RateLimited.into(), Passing),
            (TokenError::Missing("access_token").into(), Passing),
            (answered(AnswerError::Nothing), Passing),
            (answered(AnswerError::TooLarge), Passing),
            (answered(AnswerError::NotJson), Passing),
            (answered(AnswerError::Status(400)), Passing),
            (answered(AnswerError::Status(403)), Passing),
            (answered(AnswerError::Status(503)), Passing),
            (RefreshError::ProviderUnknown, Passing),
            (NoEntropy.into(), Passing),
            (RefreshError::IdToken(IdTokenError::AnotherSubject), AboutThePerson),
            (RefreshError::IdToken(IdTokenError::Signature), AboutThePerson),
            (RefreshError::IdToken(IdTokenError::Nonce), AboutThePerson),
            (ClaimsError::IdToken(IdTokenError::UnknownKey).into(), Passing),
            (ClaimsError::IdToken(IdTokenError::AmbiguousKey).into(), Passing),
            (userinfo(UserinfoError::Subject), AboutThePerson),
            (userinfo(status(401)), AboutThePerson),
            (userinfo(status(403)), AboutThePerson),
            (userinfo(status(400)), Passing),
            (userinfo(status(429)), Passing),
            (userinfo(status(503)), Passing),
            (userinfo(UserinfoError::Answer(AnswerError::Nothing)), Passing),
            (userinfo(UserinfoError::Answer(AnswerError::NotJson)), Passing),
        ] {
            assert_eq!(meaning(&error), wanted, "{error:?}");
        }
    }
}

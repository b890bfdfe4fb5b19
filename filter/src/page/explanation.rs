//! What a person is told for each reason, in English, and the status of the answer. No word tells a secret or a detail of
//! the system.

use super::Reason;

/// The words of one page, or of one JSON answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Of the answer (RFC 9110 §15).
    pub status: u16,
    /// The heading; empty where nobody sees a page.
    pub title: &'static str,
    /// One sentence for whoever reads it.
    pub what_happened: &'static str,
    /// What helps, where something does.
    pub what_to_do: &'static str,
}

/// The same without the status, in any language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words<'a> {
    pub(super) title: &'a str,
    pub(super) what_happened: &'a str,
    pub(super) what_to_do: &'a str,
}

pub(super) fn english(reason: Reason) -> Words<'static> {
    let Explanation { status: _, title, what_happened, what_to_do } = explanation(reason);
    Words { title, what_happened, what_to_do }
}

/// The words for `reason`.
#[must_use]
pub fn explanation(reason: Reason) -> Explanation {
    match reason {
        Reason::SignInStarted => explain(302, "Signing in", "", ""),
        Reason::SignInElsewhere | Reason::AlreadySignedIn => explain(302, "Signing in", "", ""),
        Reason::SignedIn => explain(302, "Signed in", "You are signed in.", ""),
        Reason::SessionTrimmed => explain(302, "Signed in", "You are signed in.", ""),
        Reason::SignedOut => explain(200, "Signed out", "You are signed out of this application.", ""),
        Reason::SignedOutHere => explain(
            200,
            "Signed out",
            "You are signed out of this application.",
            "You may still be signed in at the sign-in service, so that the next sign-in asks for nothing. On a computer \
             that others use, sign out there as well.",
        ),
        Reason::SignOutPage => explain(
            200,
            "Sign out",
            "You are signed in to this application.",
            "If you do not want to sign out, close this page: perhaps another site has sent you here.",
        ),
        Reason::SignInPage => {
            explain(200, "Sign in", "This application is for people who have signed in.", "")
        }
        Reason::Status => explain(200, "", "", ""),
        Reason::NotSignedIn => explain(
            401,
            "Not signed in",
            "This needs a sign-in, and the request carried none that counts. It did not reach the application.",
            "Sign in in a browser, and send once more what you had sent.",
        ),
        Reason::BearerInvalid => explain(
            401,
            "Token not accepted",
            "The bearer token of the request does not count here.",
            "Get a new one from your provider, for this audience.",
        ),
        Reason::InsufficientScope => explain(
            403,
            "Token not sufficient",
            "The bearer token of the request does not allow this.",
            "Ask your provider for a token with the scopes that are named, or for access.",
        ),
        Reason::StepUpNeeded => explain(
            401,
            "Sign in once more",
            "This part of the application needs a stronger or a more recent sign-in than yours.",
            "Sign in in a browser, and send once more what you had sent.",
        ),
        Reason::NotPermitted => explain(
            403,
            "No access",
            "You are signed in, but this part of the application is not open to you.",
            "Ask whoever looks after the application for access, or sign in as somebody else.",
        ),
        Reason::Closed => explain(
            403,
            "No access",
            "This part of the application is open to nobody.",
            "Ask whoever looks after the application.",
        ),
        Reason::HostInvalid => explain(
            400,
            "Bad request",
            "The request names no proper host.",
            "Check the address and try again.",
        ),
        Reason::PathInvalid => {
            explain(400, "Bad request", "The request has no proper path.", "Check the address and try again.")
        }
        Reason::PathAmbiguous => explain(
            400,
            "Bad request",
            "The address can be read in more than one way.",
            "Check the address and try again.",
        ),
        Reason::MethodInvalid => explain(
            400,
            "Bad request",
            "The request's method has a lower-case letter.",
            "Write the method in upper case.",
        ),
        Reason::AuthParameterUnknown => explain(
            400,
            "Bad request",
            "The query asks for something of people that is not known here.",
            "Use allowed_groups, allowed_emails and allowed_email_domains.",
        ),
        Reason::PromptUnknown => explain(
            400,
            "Bad request",
            "The address asks for something of the sign-in that is not known here.",
            "Use prompt=login or prompt=select_account, once.",
        ),
        Reason::LoginHintInvalid => explain(
            400,
            "Bad request",
            "The address says in an odd way who is to sign in.",
            "Use login_hint once, with a short name, or leave it out.",
        ),
        Reason::LoginIssuer => explain(
            400,
            "Bad request",
            "The address is for another sign-in service than that of this application.",
            "Open the application by its own address.",
        ),
        Reason::AuthorizationAmbiguous => {
            explain(400, "Bad request", "The request carries more than one authorization.", "Send one only.")
        }
        Reason::MethodNotAllowed => {
            explain(405, "Bad request", "This address is for reading only.", "Open it in a browser.")
        }
        Reason::CrossSite => explain(
            403,
            "Refused",
            "Another site tried to do this in your name.",
            "Open the application itself and try again.",
        ),
        Reason::HostNotLoopback => explain(
            403,
            "Refused",
            "This application is set up for development on one machine only.",
            "Use it through a loopback address, or ask whoever looks after it.",
        ),
        Reason::HostNotCovered => explain(
            403,
            "Refused",
            "Nobody can sign in to this application under this address.",
            "Use its usual address, or tell whoever looks after it.",
        ),
        Reason::SignInUnknown => explain(
            400,
            "Sign-in not completed",
            "This sign-in took too long, was used already, or was started in another browser.",
            "Sign in again.",
        ),
        Reason::ResponseInvalid => explain(
            400,
            "Sign-in not completed",
            "The sign-in service sent an answer that could not be read.",
            "Sign in again.",
        ),
        Reason::ResponseIssuer => explain(
            400,
            "Sign-in not completed",
            "The answer did not come from the sign-in service of this application.",
            "Sign in again.",
        ),
        Reason::ProviderDenied => explain(
            403,
            "Sign-in refused",
            "The sign-in service did not let you in to this application.",
            "Ask whoever looks after the application whether you are assigned to it, or sign in as somebody else.",
        ),
        Reason::ProviderError => explain(
            502,
            "Sign-in not completed",
            "The sign-in service could not complete the sign-in.",
            "Try again in a moment.",
        ),
        Reason::ParFailed => explain(
            502,
            "Sign-in not started",
            "The sign-in service did not take the sign-in.",
            "Try again in a moment.",
        ),
        Reason::ClientRefused => explain(
            502,
            "Sign-in not set up",
            "The sign-in of this application is not set up correctly, so nobody can sign in to it just now.",
            "Tell whoever looks after the application.",
        ),
        Reason::TokenUnreachable => explain(
            502,
            "Sign-in not completed",
            "The sign-in service did not answer.",
            "Load this page again in a moment, or sign in again.",
        ),
        Reason::TokenRefused => explain(
            502,
            "Sign-in not completed",
            "The sign-in service did not accept the sign-in.",
            "Sign in again.",
        ),
        Reason::TokenInvalid => explain(
            502,
            "Sign-in not completed",
            "The sign-in service sent an answer that could not be read.",
            "Try again in a moment.",
        ),
        Reason::IdTokenInvalid => explain(
            502,
            "Sign-in not completed",
            "What the sign-in service said about you could not be verified.",
            "Sign in again.",
        ),
        Reason::AcrNotReached => explain(
            403,
            "Sign-in not strong enough",
            "This part of the application needs a stronger sign-in, such as one with a second factor. The sign-in \
             service did not do that.",
            "Try again, or ask whoever looks after the application. You are signed in for everything else.",
        ),
        Reason::SignInTooOld => explain(
            403,
            "Sign-in too long ago",
            "This part of the application needs a recent sign-in. The sign-in service did not ask you to sign in again.",
            "Try again, or ask whoever looks after the application. You are signed in for everything else.",
        ),
        Reason::SessionTooLarge => explain(
            502,
            "Sign-in not completed",
            "What the sign-in service says about you is more than a browser keeps.",
            "Tell whoever looks after the application.",
        ),
        Reason::CookieNotKept => explain(
            401,
            "Sign-in not kept",
            "You have just signed in, but your browser does not keep all cookies of this application.",
            "Allow this site to keep cookies, or delete those that it has, and sign in again in a minute. If that does \
             not help, tell whoever looks after the application.",
        ),
        Reason::UserinfoFailed => explain(
            502,
            "Sign-in not completed",
            "The sign-in service did not say who you are.",
            "Try again in a moment.",
        ),
        Reason::ProviderNotReady => explain(
            503,
            "One moment",
            "The sign-in service cannot be reached just now.",
            "Try again in a moment.",
        ),
        Reason::Overloaded => {
            explain(503, "One moment", "Too many people are waiting to sign in.", "Try again in a moment.")
        }
        Reason::NoEntropy => explain(
            500,
            "Something is wrong",
            "A sign-in could not be started safely.",
            "Try again later, or tell whoever looks after the application.",
        ),
        Reason::Internal => explain(
            500,
            "Something is wrong",
            "The request could not be completed.",
            "Try again later, or tell whoever looks after the application.",
        ),
    }
}

fn explain(
    status: u16,
    title: &'static str,
    what_happened: &'static str,
    what_to_do: &'static str,
) -> Explanation {
    Explanation { status, title, what_happened, what_to_do }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_happened_and_what_to_do() {
        for reason in Reason::ALL {
            let explanation = explanation(*reason);
            if explanation.status >= 400 {
                assert!(
                    !explanation.what_happened.is_empty() && !explanation.what_to_do.is_empty(),
                    "{reason:?}"
                );
            }
        }
    }
}

//! Why a request was answered here: the person reads the words, the operator finds the code in the log and
//! in the metrics. No word and no code tells a secret or a detail of the system.

/// What a person is told, and what the answer's status is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The HTTP status.
    pub status: u16,
    /// The heading; empty where nobody sees a page.
    pub title: &'static str,
    /// One sentence for whoever reads it.
    pub what_happened: &'static str,
    /// What helps, where something does.
    pub what_to_do: &'static str,
}

macro_rules! reasons {
    ($($name:ident $code:literal $status:literal $title:literal $what_happened:literal $what_to_do:literal)+) => {
        /// Reason codes. Each is a name in `reason=` of the log and in the metric `vestibule.replies.<code>`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason { $(#[doc = concat!("`", $code, "`: ", $title, ".")] $name),+ }

        impl Reason {
            /// In the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Stable, for logs and metrics: lower case letters and `_`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The same wherever the reason is given.
            #[must_use]
            pub fn explanation(self) -> Explanation {
                match self { $(Self::$name => Explanation {
                    status: $status,
                    title: $title,
                    what_happened: $what_happened,
                    what_to_do: $what_to_do,
                }),+ }
            }
        }
    };
}

reasons! {
    // Everyday answers.
    SignInStarted "sign_in_started" 302 "Signing in" "" ""
    SignedIn "signed_in" 302 "Signed in" "You are signed in." ""
    SignedOut "signed_out" 200 "Signed out" "You are signed out of this application." ""
    SignInPage "sign_in_page" 200 "Sign in" "This application is for people who have signed in." ""
    Status "status" 200 "" "" ""
    NotSignedIn "not_signed_in" 401 "Not signed in"
        "This needs a sign-in, and the request carried none that counts."
        "Open the application in a browser and sign in."
    NotPermitted "not_permitted" 403 "No access"
        "You are signed in, but this part of the application is not open to you."
        "Ask whoever looks after the application for access, or sign in as somebody else."
    Closed "closed" 403 "No access" "This part of the application is open to nobody."
        "Ask whoever looks after the application."

    // Requests that are refused as they stand.
    HostInvalid "host_invalid" 400 "Bad request" "The request names no proper host."
        "Check the address and try again."
    PathInvalid "path_invalid" 400 "Bad request" "The request has no proper path."
        "Check the address and try again."
    PathAmbiguous "path_ambiguous" 400 "Bad request" "The address can be read in more than one way."
        "Check the address and try again."
    MethodInvalid "method_invalid" 400 "Bad request" "The request's method has a lower-case letter."
        "Write the method in upper case."
    AuthorizationAmbiguous "authorization_ambiguous" 400 "Bad request"
        "The request carries more than one authorization." "Send one only."
    MethodNotAllowed "method_not_allowed" 405 "Bad request" "This address is for reading only."
        "Open it in a browser."
    CrossSite "cross_site" 403 "Refused" "Another site tried to do this in your name."
        "Open the application itself and try again."
    HostNotLoopback "host_not_loopback" 403 "Refused"
        "This application is set up for development on one machine only."
        "Use it through a loopback address, or ask whoever looks after it."

    HostNotCovered "host_not_covered" 403 "Refused"
        "Nobody can sign in to this application under this address."
        "Use its usual address, or tell whoever looks after it."

    // Sign-ins that came to nothing.
    SignInUnknown "sign_in_unknown" 400 "Sign-in not completed"
        "This sign-in took too long, was used already, or was started in another browser."
        "Sign in again."
    ResponseInvalid "authorization_response_invalid" 400 "Sign-in not completed"
        "The sign-in service sent an answer that could not be read." "Sign in again."
    ResponseIssuer "authorization_response_issuer" 400 "Sign-in not completed"
        "The answer did not come from the sign-in service of this application." "Sign in again."
    ProviderDenied "provider_denied" 403 "Sign-in refused"
        "The sign-in service did not let you in to this application."
        "Ask whoever looks after the application whether you are assigned to it, or sign in as somebody else."
    ProviderError "provider_error" 502 "Sign-in not completed"
        "The sign-in service could not complete the sign-in." "Try again in a moment."
    ParFailed "par_failed" 502 "Sign-in not started"
        "The sign-in service did not take the sign-in." "Try again in a moment."
    TokenUnreachable "token_unreachable" 502 "Sign-in not completed"
        "The sign-in service did not answer." "Try again in a moment."
    TokenRefused "token_refused" 502 "Sign-in not completed"
        "The sign-in service did not accept the sign-in." "Sign in again."
    TokenInvalid "token_invalid" 502 "Sign-in not completed"
        "The sign-in service sent an answer that could not be read." "Try again in a moment."
    IdTokenInvalid "id_token_invalid" 502 "Sign-in not completed"
        "What the sign-in service said about you could not be verified." "Sign in again."
    SessionTooLarge "session_too_large" 502 "Sign-in not completed"
        "What the sign-in service says about you is more than a browser keeps."
        "Tell whoever looks after the application."
    UserinfoFailed "userinfo_failed" 502 "Sign-in not completed"
        "The sign-in service did not say who you are." "Try again in a moment."

    // Refreshes, of which the person hears nothing.
    Refreshed "refreshed" 200 "" "" ""
    RefreshFailed "refresh_failed" 502 "Not renewed" "The sign-in could not be renewed."
        "It goes on; there is nothing to do."

    // The filter itself.
    ProviderNotReady "provider_not_ready" 503 "One moment"
        "The sign-in service cannot be reached just now."
        "This page tries again by itself."
    Overloaded "overloaded" 503 "One moment" "Too many people are waiting to sign in."
        "This page tries again by itself."
    NoEntropy "no_entropy" 500 "Something is wrong" "A sign-in could not be started safely."
        "Try again later, or tell whoever looks after the application."
    Internal "internal" 500 "Something is wrong" "The request could not be completed."
        "Try again later, or tell whoever looks after the application."
}

impl Reason {
    /// Whether the operator should look at it: the log has it as a warning then.
    #[must_use]
    pub fn is_trouble(self) -> bool {
        self.explanation().status >= 500
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_plain_and_differ() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }

    #[test]
    fn every_error_says_what_happened_and_what_to_do() {
        for reason in Reason::ALL {
            let explanation = reason.explanation();
            if explanation.status >= 400 {
                assert!(
                    !explanation.what_happened.is_empty() && !explanation.what_to_do.is_empty(),
                    "{reason:?}"
                );
            }
        }
    }
}

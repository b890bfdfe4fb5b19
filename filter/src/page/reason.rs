//! Why a request was answered here. The operator finds the code in the log and in the metrics, the person at the end
//! of the page. No code tells a secret or a detail of the system.

macro_rules! reasons {
    ($($name:ident $code:literal)+) => {
        /// Reason codes: `reason=` in the log, a label of the metrics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason { $(#[doc = concat!("Code `", $code, "`.")] $name),+ }

        impl Reason {
            /// In the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Stable, for logs and metrics: lower case letters and `_`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }
    };
}

reasons! {
    // Everyday answers.
    SignInStarted "sign_in_started"
    SignInElsewhere "sign_in_elsewhere"
    SignedIn "signed_in"
    AlreadySignedIn "already_signed_in"
    SessionTrimmed "session_trimmed"
    SignedOut "signed_out"
    SignedOutHere "signed_out_here"
    SignOutPage "sign_out_page"
    SignInPage "sign_in_page"
    Status "status"
    NotSignedIn "not_signed_in"
    BearerInvalid "bearer_invalid"
    InsufficientScope "insufficient_scope"
    StepUpNeeded "step_up_needed"
    NotPermitted "not_permitted"
    Closed "closed"

    // Requests that are refused as they stand.
    HostInvalid "host_invalid"
    PathInvalid "path_invalid"
    PathAmbiguous "path_ambiguous"
    MethodInvalid "method_invalid"
    AuthParameterUnknown "auth_parameter_unknown"
    PromptUnknown "prompt_unknown"
    LoginHintInvalid "login_hint_invalid"
    LoginIssuer "login_issuer"
    AuthorizationAmbiguous "authorization_ambiguous"
    MethodNotAllowed "method_not_allowed"
    CrossSite "cross_site"
    HostNotLoopback "host_not_loopback"
    HostNotCovered "host_not_covered"

    // Sign-ins that came to nothing.
    SignInUnknown "sign_in_unknown"
    ResponseInvalid "authorization_response_invalid"
    ResponseIssuer "authorization_response_issuer"
    ProviderDenied "provider_denied"
    ProviderError "provider_error"
    ParFailed "par_failed"
    ClientRefused "client_refused"
    TokenUnreachable "token_unreachable"
    TokenRefused "token_refused"
    TokenInvalid "token_invalid"
    IdTokenInvalid "id_token_invalid"
    AcrNotReached "acr_not_reached"
    SignInTooOld "sign_in_too_old"
    SessionTooLarge "session_too_large"
    CookieNotKept "cookie_not_kept"
    UserinfoFailed "userinfo_failed"

    // The filter itself.
    ProviderNotReady "provider_not_ready"
    Overloaded "overloaded"
    NoEntropy "no_entropy"
    Internal "internal"
}

impl Reason {
    /// Whether a person may see a page for it: the others are for programs, or lead on at once.
    #[must_use]
    pub fn may_be_a_page(self) -> bool {
        !matches!(
            self,
            Self::SignInStarted
                | Self::SignInElsewhere
                | Self::AlreadySignedIn
                | Self::Status
                | Self::BearerInvalid
                | Self::InsufficientScope
                | Self::AuthParameterUnknown
        )
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
}

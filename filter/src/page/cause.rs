//! More precisely why, where a reason has several causes: a word in the log and in Envoy's response code details. There are
//! so many of them and no more, so that nothing that a client or a provider sends gets there.

macro_rules! causes {
    ($($(#[$about:meta])* $name:ident $word:literal)+) => {
        /// One word of `[a-z0-9_]`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Cause { $($(#[$about])* $name),+ }

        impl Cause {
            /// In the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Stable, for logs.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// The cause of this name.
            fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|cause| cause.word() == word)
            }
        }
    };
}

causes! {
    /// `state` was not sealed here: by other secrets, another client or host, or by nobody.
    StateUnreadable "state_unreadable"
    /// It took too long.
    Expired "expired"
    /// Another browser began the sign-in, or this one lost its cookies.
    AnotherBrowser "another_browser"
    /// The code was used: the page was loaded again, or its address copied.
    Used "used"

    // RFC 6749 §4.1.2.1 and §5.2, OIDC Core §3.1.2.6.
    /// The code or the refresh token does not count.
    InvalidGrant "invalid_grant"
    /// The client did not authenticate.
    InvalidClient "invalid_client"
    /// The client may not do this.
    UnauthorizedClient "unauthorized_client"
    /// Something in the request.
    InvalidRequest "invalid_request"
    /// A scope that the provider does not know.
    InvalidScope "invalid_scope"
    /// The person said no, or may not use the application.
    AccessDenied "access_denied"
    /// Nobody is signed in there.
    LoginRequired "login_required"
    /// The person would have to do something.
    InteractionRequired "interaction_required"
    /// The person would have to agree.
    ConsentRequired "consent_required"
    /// The provider's own trouble.
    TemporarilyUnavailable "temporarily_unavailable"
    /// Likewise.
    ServerError "server_error"
    /// A code that is not in this list: the log has it.
    OtherError "other_error"

    /// The provider limits how often it is asked.
    RateLimited "rate_limited"
    /// No connection, no answer in time, or a status of 500 or more.
    NoAnswer "no_answer"
    /// An answer that could not be used.
    BadAnswer "bad_answer"

    // Of the ID token (OIDC Core §3.1.3.7).
    /// No JWT.
    Malformed "malformed"
    /// An algorithm that does not count.
    Algorithm "algorithm"
    /// A key that the provider's set does not have.
    UnknownKey "unknown_key"
    /// It does not say which key.
    AmbiguousKey "ambiguous_key"
    /// The signature does not fit.
    Signature "signature"
    /// Another issuer.
    Issuer "issuer"
    /// Another audience.
    Audience "audience"
    /// Issued in the future, or the time is missing: look at the clocks.
    IssuedAt "issued_at"
    /// Of another sign-in.
    Nonce "nonce"
    /// Of another access token.
    AtHash "at_hash"
    /// The person authenticated too long ago, or the time is missing.
    AuthTime "auth_time"
    /// It names nobody, or somebody else.
    Subject "subject"

    /// More wait than may.
    WaitingFull "waiting_full"
    /// More sign-ins came to nothing than may, or more calls are under way.
    Budget "budget"
}

impl Cause {
    /// Of an error code of a provider (RFC 6749 §5.2): one of those that are known, or the fact that it is another.
    #[must_use]
    pub fn of_oauth_error(code: &str) -> Self {
        Self::named(code).filter(|cause| OAUTH.contains(cause)).unwrap_or(Self::OtherError)
    }
}

const OAUTH: [Cause; 11] = [
    Cause::InvalidGrant,
    Cause::InvalidClient,
    Cause::UnauthorizedClient,
    Cause::InvalidRequest,
    Cause::InvalidScope,
    Cause::AccessDenied,
    Cause::LoginRequired,
    Cause::InteractionRequired,
    Cause::ConsentRequired,
    Cause::TemporarilyUnavailable,
    Cause::ServerError,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn words_are_plain_and_differ() {
        let words: BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.word()).collect();
        assert_eq!(words.len(), Cause::ALL.len());
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(words.iter().all(|word| word.bytes().all(plain)));
    }

    #[test]
    fn what_a_provider_says_is_one_of_a_few() {
        assert_eq!(Cause::of_oauth_error("invalid_grant"), Cause::InvalidGrant);
        // A cause of another kind.
        for other in ["budget", "user_suspended", "", "invalid_grant\n", "<script>"] {
            assert_eq!(Cause::of_oauth_error(other), Cause::OtherError, "{other}");
        }
    }
}

//! `upstream`: what the application is told.

use crate::jose::PrivateKey;

/// The headers that the application gets. All names are in lower case.
#[derive(Debug)]
pub struct Upstream {
    /// For [`Identity::user_claim`].
    pub user_header: String,
    /// For [`Identity::email_claim`].
    pub email_header: String,
    /// For [`Identity::groups_claim`], joined by commas.
    pub groups_header: String,
    /// For [`Identity::preferred_username_claim`].
    pub preferred_username_header: String,
    /// `x-auth-request-access-token`, where the application gets the access token.
    pub access_token_header: Option<String>,
    /// What stands in `authorization`.
    pub authorization: UpstreamAuthorization,
    /// Header and claim.
    pub claims: Vec<(String, String)>,
    /// Header and token.
    pub tokens: Vec<(String, Token)>,
    /// The filter's own word, signed.
    pub jwt: Option<UpstreamJwt>,
    /// Whether user, groups and rule are put into Envoy's filter state.
    pub filter_state: bool,
}

/// A token of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Of the sign-in or of the last refresh.
    IdToken,
    /// Unless it has run out.
    AccessToken,
}

/// The signed header.
#[derive(Debug)]
pub struct UpstreamJwt {
    /// In lower case.
    pub header: String,
    /// `aud` of it (RFC 7519 §4.1.3).
    pub audience: JwtAudience,
    /// How long it counts. Seconds.
    pub lifetime: u64,
    /// What signs, on P-256; `None`: a key that is derived from the session's secrets.
    pub key: Option<PrivateKey>,
    /// What is published beside it.
    pub other_keys: Vec<PrivateKey>,
}

/// For whom a signed header is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwtAudience {
    /// The host of the request.
    Host,
    /// This text.
    Fixed(String),
}

/// Which token the application gets as `authorization: Bearer` (RFC 6750 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamAuthorization {
    /// The application's own `authorization` header passes untouched.
    None,
    /// The ID token of the sign-in or of the last refresh.
    IdToken,
    /// The access token, unless it has run out.
    AccessToken,
}

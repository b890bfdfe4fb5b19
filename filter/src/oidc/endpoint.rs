//! The endpoints of a provider that the filter asks, by the names that metrics and logs have for them.

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProviderEndpoint {
    /// The discovery document (OIDC Discovery 1.0 §4).
    Metadata,
    /// `jwks_uri`.
    Keys,
    /// RFC 6749 §3.2.
    Token,
    /// OIDC Core §5.3.
    Userinfo,
    /// RFC 9126 §2.
    PushedAuthorizationRequest,
    /// RFC 7009 §2.
    Revocation,
}

impl ProviderEndpoint {
    /// In their order.
    pub const ALL: [Self; 6] = [
        Self::Metadata,
        Self::Keys,
        Self::Token,
        Self::Userinfo,
        Self::PushedAuthorizationRequest,
        Self::Revocation,
    ];

    /// Lower-case letters and `_`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Keys => "keys",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
            Self::PushedAuthorizationRequest => "pushed_authorization_request",
            Self::Revocation => "revocation",
        }
    }
}

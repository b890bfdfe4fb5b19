//! The tokens of a session: in cookies of their own, opened only when they are needed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::{Decode, Encode};

use super::encoding;
use super::session::SessionId;
use super::token_set::TokenSet;
use crate::inputs::Timestamp;

/// What the token endpoint gave.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Tokens {
    /// Of the session they belong to: a token cookie beside another session's identity cookie is ignored.
    #[n(0)]
    pub session: SessionId,
    #[n(1)]
    id_token: Option<CompactToken>,
    #[n(2)]
    access_token: Option<CompactToken>,
    /// Seconds since the epoch; absent where the provider did not say (RFC 6749 §5.1).
    #[n(3)]
    access_token_expires_at: Option<u64>,
    #[n(4)]
    refresh_token: Option<String>,
    /// Of the sign-in: the ID token of a refresh has this one or none (OIDC Core §12.2).
    #[n(5)]
    nonce: Option<String>,
}

/// A token as text, or a JWT as its three decoded parts: a quarter smaller, which pays for the cookie's
/// own base64.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
enum CompactToken {
    #[n(0)]
    Text(#[n(0)] String),
    #[n(1)]
    Jwt(#[n(0)] minicbor::bytes::ByteVec, #[n(1)] minicbor::bytes::ByteVec, #[n(2)] minicbor::bytes::ByteVec),
}

impl Tokens {
    /// Without a refresh token: see [`Tokens::renewable`].
    #[must_use]
    pub fn new(
        session: SessionId,
        id_token: Option<&str>,
        access_token: Option<&str>,
        access_token_expires_at: Option<Timestamp>,
    ) -> Self {
        Self {
            session,
            id_token: id_token.map(CompactToken::new),
            access_token: access_token.map(CompactToken::new),
            access_token_expires_at: access_token_expires_at.map(|at| at.0),
            refresh_token: None,
            nonce: None,
        }
    }

    /// With what a refresh will need.
    #[must_use]
    pub fn renewable(self, refresh_token: &str, nonce: &str) -> Self {
        Self { refresh_token: Some(refresh_token.to_owned()), nonce: Some(nonce.to_owned()), ..self }
    }

    /// For the next refresh; `None`: the session cannot be refreshed.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    /// The sign-in's; empty where there is no refresh.
    #[must_use]
    pub fn nonce(&self) -> &str {
        self.nonce.as_deref().unwrap_or_default()
    }

    /// As text, for the application and `id_token_hint`.
    #[must_use]
    pub fn id_token(&self) -> Option<String> {
        self.id_token.as_ref().map(CompactToken::text)
    }

    /// As text, also where it has run out: see [`Tokens::has_access_token`].
    #[must_use]
    pub fn access_token(&self) -> Option<String> {
        self.access_token.as_ref().map(CompactToken::text)
    }

    /// Whether there is an access token that has not run out.
    #[must_use]
    pub fn has_access_token(&self, now: Timestamp) -> bool {
        self.access_token.is_some() && self.access_token_expires_at.is_none_or(|at| now < Timestamp(at))
    }

    /// Which of them there are.
    #[must_use]
    pub fn kept(&self) -> TokenSet {
        TokenSet { id_token: self.id_token.is_some(), access_token: self.access_token.is_some() }
    }

    /// The ID token alone.
    #[must_use]
    pub fn only_id_token(&self) -> Option<Self> {
        let id_token = Some(self.id_token.clone()?);
        Some(Self { id_token, ..Self::new(self.session, None, None, None) })
    }

    /// For where it does not fit, or nobody needs it on every request.
    #[must_use]
    pub fn without_id_token(&self) -> Self {
        Self { id_token: None, ..self.clone() }
    }

    /// For where it does not fit, or nobody gets it.
    #[must_use]
    pub fn without_access_token(&self) -> Self {
        Self { access_token: None, access_token_expires_at: None, ..self.clone() }
    }

    /// Whether a cookie would hold nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id_token.is_none() && self.access_token.is_none() && self.refresh_token.is_none()
    }

    /// For sealing.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encoding::encode(self)
    }

    /// `None` where they are of another form.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        encoding::decode(bytes)
    }
}

crate::redacted::redacted!(Tokens);

impl CompactToken {
    fn new(token: &str) -> Self {
        let parts: Option<Vec<_>> =
            token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok().map(Into::into)).collect();
        let compact = match parts.and_then(|parts| <[_; 3]>::try_from(parts).ok()) {
            Some([header, payload, signature]) => Self::Jwt(header, payload, signature),
            None => return Self::Text(token.to_owned()),
        };
        // Only where not a byte is lost: a signature covers the text.
        if compact.text() == token { compact } else { Self::Text(token.to_owned()) }
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Jwt(header, payload, signature) => {
                [header, payload, signature].map(|part| URL_SAFE_NO_PAD.encode(part.as_slice())).join(".")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIwMHUxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU";

    fn tokens(id_token: &str) -> Tokens {
        Tokens::new([1; 16].into(), Some(id_token), Some("opaque"), Some(Timestamp(100)))
    }

    #[test]
    fn every_token_comes_back_as_it_was() {
        for token in [JWT, "opaque", "a.b", "a.b.c.d", "..", "e30=.e30.e30", "é.b.c", ""] {
            let back = Tokens::from_bytes(&tokens(token).to_bytes()).unwrap();
            assert_eq!(back.id_token().as_deref(), Some(token));
        }
    }

    #[test]
    fn a_jwt_is_kept_smaller() {
        let part = URL_SAFE_NO_PAD.encode([7; 300]);
        let jwt = format!("{part}.{part}.{part}");
        assert!(tokens(&jwt).to_bytes().len() < jwt.len() * 4 / 5);
    }

    #[test]
    fn an_access_token_that_ran_out_is_not_given() {
        assert_eq!(tokens(JWT).access_token().as_deref(), Some("opaque"));
        assert!(tokens(JWT).has_access_token(Timestamp(99)));
        assert!(!tokens(JWT).has_access_token(Timestamp(100)));
    }

    #[test]
    fn debug_output_shows_no_token() {
        assert!(!format!("{:?}", tokens("opaque")).contains("opaque"));
    }
}

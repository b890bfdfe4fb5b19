//! What a rule asks of the token of an API client.

use super::requirement::has_claim;
use crate::config::Bearer;

/// A verified token, as far as rules look.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `aud`.
    pub audiences: &'a [String],
    /// What it allows.
    pub scopes: &'a [String],
    /// Absent groups are no groups.
    pub groups: &'a [String],
    /// The values that rules name, with their claims, and no others.
    pub claims: &'a [(String, String)],
    /// What it is.
    pub kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Leave to call an API.
    AccessToken,
    /// Who signed in at this application. Only some rules take it.
    OurIdToken,
    /// Who signed in somewhere else. Nobody takes it.
    OtherIdToken,
}

/// What keeps a token out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefused {
    /// The rule does not take tokens of this issuer.
    Issuer,
    /// An ID token where access tokens are wanted, or of another application.
    Kind,
    /// It is for somebody else.
    Audience,
    /// It allows too little.
    Scopes,
    /// It names none of the groups.
    Groups,
    /// It lacks one of the claims.
    Claims,
}

/// Whether one rule takes the token.
pub(super) fn check(wanted: &Bearer, token: &Token<'_>) -> Result<(), TokenRefused> {
    if !takes_issuer(wanted, token.issuer) {
        return Err(TokenRefused::Issuer);
    }
    let is_for_us = match token.kind {
        TokenKind::AccessToken => token.audiences.iter().any(|audience| wanted.audiences.contains(audience)),
        TokenKind::OurIdToken if wanted.id_tokens => true,
        TokenKind::OurIdToken | TokenKind::OtherIdToken => return Err(TokenRefused::Kind),
    };
    if !is_for_us {
        return Err(TokenRefused::Audience);
    }
    let mut scopes = wanted.scopes.iter();
    let has = |scope: &String| token.scopes.contains(scope);
    let allows = if wanted.any_scope { scopes.any(has) } else { scopes.all(has) };
    if !allows && !wanted.scopes.is_empty() {
        return Err(TokenRefused::Scopes);
    }
    let in_a_group = |groups: &Vec<String>| groups.iter().any(|group| token.groups.contains(group));
    if !wanted.groups.as_ref().is_none_or(in_a_group) {
        return Err(TokenRefused::Groups);
    }
    let has_all = wanted.claims.iter().all(|claim| has_claim(token.claims, claim));
    if has_all { Ok(()) } else { Err(TokenRefused::Claims) }
}

pub(super) fn takes_issuer(wanted: &Bearer, issuer: &str) -> bool {
    wanted.issuers.iter().any(|own| own == issuer)
}

//! What fits into a browser and a request: 12 KB of cookies, and an order in which things are let go.

use super::session::Session;
use super::token_set::TokenSet;
use super::tokens::Tokens;

/// All cookies of one session together. Bytes.
const MAX_COOKIES: usize = 12 * 1024;
/// Version, nonce and tag of one sealed value. Bytes.
const SEAL_OVERHEAD: usize = 41;
/// Name and chunk header of each of the few cookies. Bytes.
const COOKIE_OVERHEAD: usize = 256;

/// What is left.
#[derive(Debug)]
pub struct Kept {
    /// Perhaps without groups: see [`PersonClaims::groups_complete`](super::session::PersonClaims::groups_complete). It
    /// says which tokens are kept.
    pub session: Session,
    /// Without what did not fit.
    pub tokens: Tokens,
}

/// More than this cannot be kept in a browser, whatever is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session is too large for a browser")]
pub struct TooLarge;

/// Lets go, as far as needed, of the ID token, then of the access token where the application does not get
/// it, then of the groups that no rule names (`is_named`). What the application was promised goes last.
///
/// # Errors
/// [`TooLarge`] where nothing is left to let go: such a session would be set and never come back whole.
pub fn fit(
    session: Session,
    tokens: Tokens,
    needed: TokenSet,
    is_named: impl Fn(&str) -> bool,
) -> Result<Kept, TooLarge> {
    let mut kept = Kept { session, tokens };
    kept.let_go(needed, is_named);
    kept.session.kept_tokens = kept.tokens.kept();
    if kept.fits() { Ok(kept) } else { Err(TooLarge) }
}

impl Kept {
    fn let_go(&mut self, needed: TokenSet, is_named: impl Fn(&str) -> bool) {
        if !self.fits() && !needed.id_token {
            self.tokens = self.tokens.without_id_token();
        }
        if !self.fits() && !needed.access_token {
            self.tokens = self.tokens.without_access_token();
        }
        if !self.fits() {
            let person = &mut self.session.person;
            person.groups.retain(|group| is_named(group));
            person.groups_complete = false;
        }
        if !self.fits() {
            self.tokens = self.tokens.without_id_token();
        }
        if !self.fits() {
            self.tokens = self.tokens.without_access_token();
        }
    }

    fn fits(&self) -> bool {
        let sealed = |plain: usize| plain.saturating_add(SEAL_OVERHEAD).saturating_mul(4).div_ceil(3);
        let session = sealed(self.session.to_bytes().len());
        let tokens = if self.tokens.is_empty() { 0 } else { sealed(self.tokens.to_bytes().len()) };
        session.saturating_add(tokens).saturating_add(COOKIE_OVERHEAD) <= MAX_COOKIES
    }
}

#[cfg(test)]
mod tests {
    use super::super::session::PersonClaims;
    use super::*;
    use crate::config;
    use crate::inputs::Timestamp;

    const BIG: usize = 5000;

    fn session(groups: &[String]) -> Session {
        let configuration = br#"{"provider": {"issuer": "https://op.example"}, "client": {"id": "app"},
            "session": {"secrets": [{"value": "0123456789abcdef0123456789abcdef"}]}}"#;
        let config = config::load(configuration, &|_| None).unwrap();
        let person =
            PersonClaims { groups: groups.to_vec(), groups_complete: true, ..PersonClaims::default() };
        Session::begin([0; 16].into(), person, Timestamp(0), &config.session)
    }

    fn tokens(id_token: usize, access_token: usize) -> Tokens {
        let text = |length: usize| "x".repeat(length);
        Tokens::new([0; 16].into(), Some(&text(id_token)), Some(&text(access_token)), None)
    }

    /// Whether ID token, access token and all groups are left; and the groups.
    fn left(kept: &Kept) -> (bool, bool, bool, &[String]) {
        let Kept { session, tokens } = kept;
        let access_token = tokens.access_token(Timestamp(0)).is_some();
        assert_eq!(session.kept_tokens, TokenSet { id_token: tokens.id_token().is_some(), access_token });
        (tokens.id_token().is_some(), access_token, session.person.groups_complete, &session.person.groups)
    }

    #[test]
    fn what_nobody_needs_goes_first() {
        let groups = ["named".to_owned(), "y".repeat(BIG)];
        let needed = |id_token, access_token| TokenSet { id_token, access_token };
        let fitted = |id_token, access_token, needed| {
            fit(session(&groups), tokens(id_token, access_token), needed, |group| group == "named")
        };
        let none = needed(false, false);
        assert_eq!(left(&fitted(10, 10, none).unwrap()), (true, true, true, &groups[..]));
        assert_eq!(left(&fitted(BIG, 10, none).unwrap()), (false, true, true, &groups[..]));
        assert_eq!(left(&fitted(BIG, BIG, none).unwrap()), (false, false, true, &groups[..]));
        let id_token = needed(true, false);
        assert_eq!(left(&fitted(BIG, 10, id_token).unwrap()), (true, false, false, &groups[..1]));
        let both = needed(true, true);
        assert_eq!(left(&fitted(BIG, 10, both).unwrap()), (true, true, false, &groups[..1]));
        assert_eq!(left(&fitted(BIG, BIG, both).unwrap()), (false, true, false, &groups[..1]));
        let many = vec!["z".repeat(BIG); 3];
        assert_eq!(fit(session(&many), tokens(1, 1), none, |_| true).map(|_| ()), Err(TooLarge));
    }
}

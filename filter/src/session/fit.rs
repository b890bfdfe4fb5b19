//! What fits into a browser and a request: 12 KB of cookies, and an order in which things are let go.

use super::deflate;
use super::left_out::{LeftOut, Surplus};
use super::seal::SEAL_OVERHEAD;
use super::session::Session;
use super::token_set::TokenSet;
use super::tokens::Tokens;

/// All cookies of one session together. Bytes.
const MAX_COOKIES: usize = 12 * 1024;
/// Name and chunk header of each of the few cookies. Bytes.
const COOKIE_OVERHEAD: usize = 256;

/// What is left.
#[derive(Debug)]
pub struct Kept {
    /// Perhaps without groups: see [`PersonClaims::groups_complete`](super::session::PersonClaims::groups_complete). It
    /// says which tokens are kept.
    pub session: Session,
    /// What is needed with every request.
    pub tokens: Tokens,
    /// The ID token where only signing out needs it, in a cookie of its own.
    pub id_token: Option<Tokens>,
    /// What was let go, if anything was.
    pub surplus: Option<Surplus>,
}

/// More than this cannot be kept in a browser, whatever is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session is too large for a browser")]
pub struct TooLarge;

/// Splits a session by who needs what, and lets go, as far as needed, of the ID token that only signing out needs, then of
/// the groups that no rule names (`is_named`), then of the access token. `promised` are those that the application is to
/// get; an access token that it does not get is not kept at all.
///
/// # Errors
/// [`TooLarge`] where nothing is left to let go: such a session would be set and never come back whole.
pub fn fit(
    session: Session,
    tokens: Tokens,
    promised: TokenSet,
    is_named: impl Fn(&str) -> bool,
) -> Result<Kept, TooLarge> {
    let mut kept = Kept { session, tokens, id_token: None, surplus: None };
    if !promised.id_token {
        kept.id_token = kept.tokens.only_id_token();
        kept.tokens = kept.tokens.without_id_token();
    }
    if !promised.access_token {
        kept.tokens = kept.tokens.without_access_token();
    }
    let size = kept.size();
    let before = kept.session.left_out;
    let left_out = kept.let_go(is_named);
    kept.session.kept_tokens = kept.tokens.kept();
    kept.session.left_out = LeftOut {
        // It was left out at the sign-in, and nothing but a sign-in writes its cookie.
        id_token: left_out.id_token || before.id_token,
        // A person whose groups were left out may be kept as they are.
        groups: left_out.groups || !kept.session.person.groups_complete,
        ..left_out
    };
    kept.surplus = (!left_out.is_nothing()).then_some(Surplus { left_out, size, limit: MAX_COOKIES });
    if kept.fits() { Ok(kept) } else { Err(TooLarge) }
}

impl Kept {
    fn let_go(&mut self, is_named: impl Fn(&str) -> bool) -> LeftOut {
        let mut left_out = LeftOut::default();
        if !self.fits() {
            left_out.id_token = self.id_token.take().is_some();
        }
        if !self.fits() {
            let person = &mut self.session.person;
            person.groups.retain(|group| is_named(group));
            person.groups_complete = false;
            left_out.groups = true;
        }
        if !self.fits() {
            left_out.access_token = self.tokens.kept().access_token;
            self.tokens = self.tokens.without_access_token();
        }
        left_out
    }

    fn fits(&self) -> bool {
        self.size() <= MAX_COOKIES
    }

    /// Of all its cookies together. Bytes.
    fn size(&self) -> usize {
        let sealed = |plain: usize| plain.saturating_add(SEAL_OVERHEAD).saturating_mul(4).div_ceil(3);
        let of_tokens = |tokens: &Tokens| if tokens.is_empty() { 0 } else { sealed(tokens.to_bytes().len()) };
        let parts = [
            sealed(deflate::pack(&self.session.to_bytes()).len()),
            of_tokens(&self.tokens),
            self.id_token.as_ref().map_or(0, of_tokens),
            COOKIE_OVERHEAD,
        ];
        parts.into_iter().fold(0, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::super::session::PersonClaims;
    use super::*;
    use crate::config;
    use crate::inputs::Timestamp;

    const BIG: usize = 5000;

    /// In which nothing repeats, so that it stays as long when it is deflated.
    fn text(length: usize) -> String {
        use base64::Engine as _;
        use sha2::{Digest as _, Sha256};
        let hashes = (0..length.div_ceil(32)).flat_map(|n| Sha256::digest(n.to_be_bytes()));
        let mut text = base64::engine::general_purpose::STANDARD.encode(hashes.collect::<Vec<u8>>());
        text.truncate(length);
        text
    }

    fn session(groups: &[String]) -> Session {
        let configuration = br#"{"provider": {"issuer": "https://op.example"}, "client": {"id": "app"},
            "session": {"secrets": [{"value": "0123456789abcdef0123456789abcdef"}]}}"#;
        let config = config::load(configuration, &|_| None).unwrap();
        let person =
            PersonClaims { groups: groups.to_vec(), groups_complete: true, ..PersonClaims::default() };
        Session::begin([0; 16].into(), person, Timestamp(0), &config.session)
    }

    fn tokens(id_token: usize, access_token: usize) -> Tokens {
        Tokens::new([0; 16].into(), Some(&text(id_token)), Some(&text(access_token)), None)
    }

    /// Whether ID token, access token and all groups are left; and the groups.
    fn left(kept: &Kept) -> (bool, bool, bool, &[String]) {
        let Kept { session, tokens, id_token, surplus } = kept;
        let access_token = tokens.has_access_token(Timestamp(0));
        assert_eq!(session.kept_tokens, TokenSet { id_token: tokens.id_token().is_some(), access_token });
        assert_eq!(surplus.map(|surplus| surplus.left_out).unwrap_or_default(), session.left_out);
        assert!(surplus.is_none_or(|surplus| surplus.size > surplus.limit));
        // In one of the two places.
        let id_tokens = [tokens.id_token(), id_token.as_ref().and_then(Tokens::id_token)];
        assert!(id_tokens.iter().flatten().count() <= 1);
        let id_token = id_tokens.iter().flatten().next().is_some();
        (id_token, access_token, session.person.groups_complete, &session.person.groups)
    }

    #[test]
    fn what_nobody_needs_goes_first() {
        let groups = ["named".to_owned(), text(BIG * 4 / 3)];
        let promised = |id_token, access_token| TokenSet { id_token, access_token };
        let fitted = |id_token, access_token, promised| {
            fit(session(&groups), tokens(id_token, access_token), promised, |group| group == "named")
        };
        let none = promised(false, false);
        assert_eq!(left(&fitted(10, 10, none).unwrap()), (true, false, true, &groups[..]));
        assert_eq!(left(&fitted(BIG, 10, none).unwrap()), (false, false, true, &groups[..]));
        let id_token = promised(true, false);
        assert_eq!(left(&fitted(BIG, 10, id_token).unwrap()), (true, false, false, &groups[..1]));
        let access_token = promised(false, true);
        assert_eq!(left(&fitted(10, BIG, access_token).unwrap()), (false, true, false, &groups[..1]));
        let both = promised(true, true);
        assert_eq!(left(&fitted(BIG, 10, both).unwrap()), (true, true, false, &groups[..1]));
        assert_eq!(left(&fitted(BIG, BIG, both).unwrap()), (true, false, false, &groups[..1]));
        let names = |kept: Kept| kept.session.left_out.names().collect::<Vec<_>>();
        assert_eq!(names(fitted(10, 10, both).unwrap()), [""; 0]);
        assert_eq!(names(fitted(BIG, 10, none).unwrap()), ["id_token"]);
        assert_eq!(names(fitted(BIG, BIG, both).unwrap()), ["groups", "access_token"]);
        // What the application is to get as identity is never left out.
        assert_eq!(fitted(2 * BIG, 10, both).map(|_| ()), Err(TooLarge));
        let many = vec![text(4 * BIG)];
        assert_eq!(fit(session(&many), tokens(1, 1), none, |_| true).map(|_| ()), Err(TooLarge));
    }

    /// A refresh that says nothing of the groups keeps the person, who fits now.
    #[test]
    fn what_was_left_out_is_still_said_after_a_refresh() {
        let groups = ["named".to_owned(), text(BIG * 4 / 3)];
        let none = TokenSet { id_token: false, access_token: false };
        let is_named = |group: &str| group == "named";
        let all = TokenSet { id_token: false, access_token: true };
        let first = fit(session(&groups), tokens(BIG, BIG), all, is_named).unwrap();
        let said = |kept: &Kept| kept.session.left_out.names().collect::<Vec<_>>();
        assert_eq!(said(&first), ["id_token", "groups"]);
        let again = fit(first.session.clone(), tokens(10, 10), none, is_named).unwrap();
        assert_eq!(said(&again), ["id_token", "groups"]);
        assert!(again.surplus.is_none(), "nothing more was let go");
    }

    #[test]
    fn the_id_token_stands_apart_unless_the_application_gets_it() {
        let fitted = |id_token| {
            fit(session(&[]), tokens(10, 10), TokenSet { id_token, access_token: false }, |_| true).unwrap()
        };
        assert!(fitted(true).id_token.is_none() && fitted(true).tokens.id_token().is_some());
        assert!(fitted(false).id_token.is_some() && fitted(false).tokens.is_empty());
    }
}

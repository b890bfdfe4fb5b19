//! By which the log knows a sign-in, from the redirect that begins it to the last line about its session.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::deep_link::LoginId;
use super::session::SessionId;

/// A name in logs, and nowhere else: it opens nothing, and nothing can be found by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInId([u8; 6]);

impl SignInId {
    /// Of a session: the beginning of its id, which is no secret.
    #[must_use]
    pub fn of(session: SessionId) -> Self {
        let [a, b, c, d, e, f, ..] = *session;
        Self([a, b, c, d, e, f])
    }

    /// Of a sign-in, known from its beginning.
    pub(super) fn of_login(login: &LoginId) -> Self {
        let hash = Sha256::new().chain_update("vestibule sign-in").chain_update(login).finalize();
        let mut id = [0; 6];
        id.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = of_hash);
        Self(id)
    }

    /// The id of a session that the sign-in makes. Two workers may redeem two codes for one state, by two people: their
    /// sessions must not be taken for one, so the rest is drawn anew.
    #[must_use]
    pub fn session(self, drawn: [u8; 10]) -> SessionId {
        let mut id = [0; 16];
        id.iter_mut().zip(self.0.into_iter().chain(drawn)).for_each(|(byte, from)| *byte = from);
        id.into()
    }
}

/// 12 hexadecimal digits.
impl fmt::Display for SignInId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_keeps_its_name_and_gives_nothing_away() {
        let (one, other) = (SignInId::of_login(&[1; 24]), SignInId::of_login(&[2; 24]));
        assert_ne!(one, other);
        assert_eq!((SignInId::of(one.session([3; 10])), SignInId::of_login(&[1; 24])), (one, one));
        // Of one sign-in, and not one session.
        assert_ne!(one.session([3; 10]), one.session([4; 10]));
        let name = one.to_string();
        assert!(name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        assert!(!"01".repeat(24).contains(&name));
    }
}

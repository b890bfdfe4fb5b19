//! By which the log knows a sign-in, from the redirect that begins it to the last line about its session.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::deep_link::LoginId;
use super::session::SessionId;

/// A name in logs, and nowhere else: it opens nothing, and nothing can be found by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInId([u8; 6]);

impl SignInId {
    /// Of a session, or of the one that a sign-in is to make: the beginning of its id, which is no secret.
    #[must_use]
    pub fn of(session: SessionId) -> Self {
        let [a, b, c, d, e, f, ..] = *session;
        Self([a, b, c, d, e, f])
    }
}

/// 12 hexadecimal digits.
impl fmt::Display for SignInId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The id of the session that this sign-in makes: known from its beginning, and as random as its nonce.
pub(super) fn session_of(login: &LoginId) -> SessionId {
    let hash = Sha256::new().chain_update("vestibule session").chain_update(login).finalize();
    let mut id = [0; 16];
    id.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = of_hash);
    id.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_keeps_its_name_and_gives_nothing_away() {
        let (one, other) = (session_of(&[1; 24]), session_of(&[2; 24]));
        assert_ne!(SignInId::of(one), SignInId::of(other));
        assert_eq!(SignInId::of(one), SignInId::of(session_of(&[1; 24])));
        let name = SignInId::of(one).to_string();
        assert!(name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        let nonce: String = [1; 24].iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!nonce.contains(&name));
    }
}

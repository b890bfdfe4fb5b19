//! Which tokens there are, without the tokens.

use minicbor::{Decode, Encode};

/// Some of the tokens for which an application may ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct TokenSet {
    /// The ID token of the sign-in or of the last refresh.
    #[n(0)]
    pub id_token: bool,
    /// The access token, whether or not it has run out.
    #[n(1)]
    pub access_token: bool,
}

impl TokenSet {
    /// Whether there is one that is in both.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.id_token && other.id_token || self.access_token && other.access_token
    }
}

//! Sign-ins on their way.

use vestibule::inputs::Timestamp;

use super::person::Person;
use super::refresh_token::TokenNumber;

/// A sign-in that the filter began.
#[derive(Clone, Debug)]
pub(super) struct Started {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) host: String,
    /// What the browser that began it holds.
    pub(super) binding: String,
    pub(super) at: Timestamp,
}

/// A callback on its way to a session, and what the provider said so far.
#[derive(Clone, Debug)]
pub(super) struct Redeeming {
    pub(super) nonce: String,
    pub(super) told: Option<Told>,
}

#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) person: Person,
    /// Every answer so far was correct.
    pub(super) honest: bool,
    /// With which the ID token is signed.
    pub(super) key: usize,
    pub(super) at: Timestamp,
    pub(super) userinfo_asked: bool,
    pub(super) refresh_token: TokenNumber,
    /// The ID token was good when userinfo were asked, and is not looked at again.
    pub(super) verified: bool,
}

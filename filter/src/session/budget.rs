//! What fits into a browser and a request: 12 KB of cookies, and an order in which things go.

use super::session::Session;
use super::tokens::Tokens;
use crate::config::{Access, Config, UpstreamAuthorization};

/// All cookies of one session together. Bytes.
const MAX_COOKIES: usize = 12 * 1024;
/// Version, nonce and tag of one sealed value. Bytes.
const SEAL_OVERHEAD: usize = 41;
/// Name and chunk header of each of the few cookies. Bytes.
const COOKIE_OVERHEAD: usize = 256;

/// What is left after the budget.
#[derive(Debug)]
pub struct Kept {
    /// Perhaps without groups: see [`PersonClaims::groups_complete`](super::PersonClaims::groups_complete).
    pub session: Session,
    /// Without what did not fit.
    pub tokens: Tokens,
}

/// More than this cannot be kept in a browser, whatever is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session is too large for a browser")]
pub struct TooLarge;

/// Lets go, as far as needed, of the ID token, then of the access token where the application does not get
/// it, then of the groups that no rule names. What the application was promised goes last.
///
/// # Errors
/// [`TooLarge`] where nothing is left to let go: such a session would be set and never come back whole.
pub fn fit(session: Session, tokens: Tokens, config: &Config) -> Result<Kept, TooLarge> {
    let mut kept = Kept { session, tokens };
    if kept.fits() {
        return Ok(kept);
    }
    let upstream = &config.upstream;
    let gets_id_token = upstream.authorization == UpstreamAuthorization::IdToken;
    let gets_access_token = upstream.access_token_header.is_some()
        || upstream.authorization == UpstreamAuthorization::AccessToken;
    if !gets_id_token {
        kept.tokens = kept.tokens.without_id_token();
    }
    if !kept.fits() && !gets_access_token {
        kept.tokens = kept.tokens.without_access_token();
    }
    if !kept.fits() {
        let person = &mut kept.session.person;
        person.groups.retain(|group| is_named(config, group));
        person.groups_complete = false;
    }
    if !kept.fits() {
        kept.tokens = kept.tokens.without_id_token();
    }
    if !kept.fits() {
        kept.tokens = kept.tokens.without_access_token();
    }
    if kept.fits() { Ok(kept) } else { Err(TooLarge) }
}

impl Kept {
    fn fits(&self) -> bool {
        let sealed = |plain: usize| plain.saturating_add(SEAL_OVERHEAD).saturating_mul(4).div_ceil(3);
        let session = sealed(self.session.to_bytes().len());
        let tokens = if self.tokens.is_empty() { 0 } else { sealed(self.tokens.to_bytes().len()) };
        session.saturating_add(tokens).saturating_add(COOKIE_OVERHEAD) <= MAX_COOKIES
    }
}

fn is_named(config: &Config, group: &String) -> bool {
    config.access.iter().any(|rule| match &rule.then {
        Access::Require(require) => require.groups.as_ref().is_some_and(|groups| groups.contains(group)),
        Access::Public | Access::Optional | Access::Nobody => false,
    })
}

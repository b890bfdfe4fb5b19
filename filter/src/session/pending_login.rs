//! One sign-in under way, sealed in `state`: the browser carries it to the provider and back, so that parallel tabs do not
//! break each other, and a browser holds no more than a proof that it began them (`binding`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::binding::Binding;
use super::browser::Browser;
use super::cookie::MAX_SIGN_IN_AGE;
pub use super::deep_link::LoginId;
use super::seal::{Purpose, SEAL_OVERHEAD, SealError, Sealer};
use super::sign_in_id::SignInId;
use super::{deep_link, encoding};
use crate::config::Authentication;
use crate::inputs::{Entropy, Timestamp};
use crate::web::path;

/// A sign-in that takes longer begins anew. Seconds.
pub const MAX_AGE: u64 = MAX_SIGN_IN_AGE;
/// Of `state`, whose characters are those of base64url: Okta takes letters, digits and `, . _ -`.
pub const MAX_STATE: usize = 512;
/// What such a state can seal. Bytes.
const MAX_PLAIN: usize = MAX_STATE / 4 * 3 - SEAL_OVERHEAD;

/// What `state` carries.
#[derive(Clone, Encode, Decode)]
pub struct PendingLogin {
    #[n(0)]
    nonce: ByteArray<24>,
    #[n(1)]
    code_verifier: ByteArray<32>,
    #[n(2)]
    binding: Binding,
    /// Seconds since the epoch.
    #[n(3)]
    started_at: u64,
    /// Where the person wanted to go: a path with its query on this host, or a URL in an allowed domain.
    #[n(4)]
    pub original_url: String,
    /// Whether the whole of it is in a cookie of its own.
    #[n(5)]
    has_deep_link: bool,
    /// What a rule asks of this sign-in.
    #[n(6)]
    pub authentication: Option<Authentication>,
}

crate::redacted::redacted!(PendingLogin);

/// What a sign-in is for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Where it ends.
    pub original_url: &'a str,
    /// What a rule asks of it.
    pub authentication: Option<Authentication>,
}

/// A sign-in that begins.
pub struct Begun {
    /// What its state carries.
    pub login: PendingLogin,
    /// The `state` parameter (RFC 6749 §4.1.1), at most [`MAX_STATE`] characters.
    pub state: String,
    /// The `Set-Cookie` values that bind it to the browser.
    pub cookies: Vec<String>,
}

crate::redacted::redacted!(Begun);

/// The sign-in to which an authorization response belongs.
pub enum Found {
    /// In its time, and this browser began it.
    Ours(PendingLogin),
    /// Not to be redeemed.
    NotOurs {
        /// It took too long; else another browser began it.
        is_too_old: bool,
        /// It.
        login: PendingLogin,
    },
}

crate::redacted::redacted!(Found);

impl PendingLogin {
    /// Begins a sign-in. An `original_url` that is too long for `state` goes into a cookie; one that is too
    /// long for that loses its query, then becomes `/`.
    ///
    /// # Errors
    /// [`SealError`] where the system gives no randomness: no sign-in may begin then.
    pub fn begin(
        wanted: Wanted<'_>,
        sealer: &Sealer,
        browser: &Browser<'_>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<Begun, SealError> {
        let Wanted { original_url, authentication } = wanted;
        let (binding, binding_cookie) = Binding::keep(browser, entropy)?;
        let (mut nonce, mut code_verifier) = ([0; 24], [0; 32]);
        entropy.fill(&mut nonce)?;
        entropy.fill(&mut code_verifier)?;
        let mut login = Self {
            nonce: nonce.into(),
            code_verifier: code_verifier.into(),
            binding,
            started_at: now.0,
            original_url: original_url.to_owned(),
            has_deep_link: false,
            authentication,
        };
        let mut cookies = vec![binding_cookie];
        let path = String::from_utf8_lossy(path::without_query(original_url.as_bytes())).into_owned();
        for url in [original_url, &path] {
            url.clone_into(&mut login.original_url);
            if login.fits() {
                break;
            }
            if let Some(kept) = deep_link::keep(&login.login_id(), url, sealer, browser, entropy)? {
                cookies.extend(kept);
                // Counts where that cookie does not come back.
                path.clone_into(&mut login.original_url);
                login.has_deep_link = true;
                break;
            }
        }
        if !login.fits() {
            "/".clone_into(&mut login.original_url);
        }
        let state = sealer.seal(
            Purpose::PendingLogin,
            &browser.scope.host_owner(),
            &encoding::encode(&login),
            entropy,
        )?;
        Ok(Begun { login, state, cookies })
    }

    /// The sign-in to which an authorization response with this `state` belongs, if it was begun at this host.
    #[must_use]
    pub fn find(state: &str, sealer: &Sealer, browser: &Browser<'_>, now: Timestamp) -> Option<Found> {
        let state = Some(state.as_bytes()).filter(|state| state.len() <= MAX_STATE)?;
        let plain = sealer.open(Purpose::PendingLogin, &browser.scope.host_owner(), state)?;
        let mut login = encoding::decode::<Self>(&plain)?;
        if login.has_deep_link
            && let Some(url) = deep_link::find(&login.login_id(), sealer, browser)
        {
            login.original_url = url;
        }
        let is_in_time = now.since(Timestamp(login.started_at)) < MAX_AGE;
        Some(if is_in_time && login.binding.is_held_by(browser) {
            Found::Ours(login)
        } else {
            Found::NotOurs { is_too_old: !is_in_time, login }
        })
    }

    /// What tells this sign-in from every other.
    #[must_use]
    pub fn login_id(&self) -> LoginId {
        *self.nonce
    }

    /// By which the log knows it, and the session that it makes.
    #[must_use]
    pub fn sign_in_id(&self) -> SignInId {
        SignInId::of_login(&self.nonce)
    }

    /// `nonce` of the authorization request (OIDC Core §3.1.2.1): 32 random characters of base64url.
    #[must_use]
    pub fn nonce(&self) -> String {
        URL_SAFE_NO_PAD.encode(*self.nonce)
    }

    /// 43 characters (RFC 7636 §4.1).
    #[must_use]
    pub fn code_verifier(&self) -> String {
        URL_SAFE_NO_PAD.encode(*self.code_verifier)
    }

    /// The `Set-Cookie` value that expires its deep link, where that has a cookie of its own.
    #[must_use]
    pub fn expire_deep_link(&self, browser: &Browser<'_>) -> Option<String> {
        self.has_deep_link.then(|| deep_link::expire(&self.login_id(), browser))
    }

    fn fits(&self) -> bool {
        encoding::encode(self).len() <= MAX_PLAIN
    }
}

#[cfg(test)]
mod tests;

//! The one door to what browsers hold: it opens and seals, remembers what it has opened, and knows which cookies that
//! makes. Nobody else touches a key.

use std::rc::Rc;

use super::browser::Browser;
use super::cache::OpenedCache;
use super::cookie_scope::{CookieAt, CookieScopes};
use super::fit::Kept;
use super::openings::{Openings, OpeningsByKey};
use super::pending_login::{self, PendingLogin};
use super::seal::{Purpose, SealError, Sealer};
use super::session::Session;
use super::shared_issuer::SlotSealer;
use super::shared_refresh::Slot;
use super::shared_roll::Roll;
use super::sign_out_mark::SignOutMark;
use super::tokens::Tokens;
use super::{binding, cookie, deflate, encoding, logout, step_up};
use crate::config::{self, Authentication, Config};
use crate::inputs::{Entropy, Inputs, Timestamp};

/// A worker remembers as many opened sessions as take so much: about 2,000 everyday ones. Bytes.
pub const MAX_SESSIONS: usize = 4 * 1024 * 1024;
/// And as many opened tokens, where the application gets one or a refresh is due: about 1,000. Bytes.
pub const MAX_TOKENS: usize = 8 * 1024 * 1024;

/// Keys, names of cookies and caches of one configuration in one worker. `S` is what its owner keeps beside each opened
/// session, and `T` beside its tokens, so that it is made once.
#[derive(Debug)]
pub struct Vault<S, T> {
    config: Rc<Config>,
    sealer: Sealer,
    scopes: Rc<CookieScopes>,
    sessions: OpenedCache<Opened<S>>,
    tokens: OpenedCache<OpenedTokens<T>>,
    openings: OpeningsByKey,
}

/// An opened session, and what its owner keeps beside it.
#[derive(Debug)]
pub struct Opened<A> {
    /// As it was sealed.
    pub session: Session,
    /// Made once, when it was opened.
    pub attached: A,
    /// The place of the secret that has sealed it.
    pub key: usize,
}

/// Opened tokens, and what their owner keeps beside them.
#[derive(Debug)]
pub struct OpenedTokens<T> {
    /// As they were sealed.
    pub tokens: Rc<Tokens>,
    /// Made once, when they were opened.
    pub attached: T,
}

impl<S, T> Vault<S, T> {
    /// `None` where no keys can be derived, which a validated configuration rules out.
    #[must_use]
    pub fn new(config: Rc<Config>) -> Option<Self> {
        let sealer = Sealer::new(&config.session.secrets)?;
        let scopes = CookieScopes::new(&config);
        Some(Self {
            openings: OpeningsByKey::new(config.session.secrets.len()),
            config,
            sealer,
            scopes: Rc::new(scopes),
            sessions: OpenedCache::new(MAX_SESSIONS),
            tokens: OpenedCache::new(MAX_TOKENS),
        })
    }

    /// What browsers are read by.
    #[must_use]
    pub fn scopes(&self) -> Rc<CookieScopes> {
        Rc::clone(&self.scopes)
    }

    /// The session of the browser: of several cookies the newest that opens and counts, and that the browser has not ended
    /// a moment ago. `attach` makes what is kept beside one that was not opened before, and says what that takes beyond what
    /// was sealed, in bytes.
    pub fn session(
        &mut self,
        browser: &Browser<'_>,
        now: Timestamp,
        attach: impl Fn(&Session) -> (S, usize),
    ) -> Option<Rc<Opened<S>>> {
        let mark = self.mark(browser, now);
        let Self { config, sealer, sessions, openings, .. } = self;
        let owner = browser.scope.owner();
        browser
            .jar
            .assembled(browser.scope.session_cookie())
            .filter_map(|text| {
                let mut was_cached = true;
                let opened = sessions.get_or_open(owner.scope, &text, || {
                    was_cached = false;
                    let (key, packed) = sealer.open_by(Purpose::Session, &owner, &text)?;
                    let plain = deflate::unpack(&packed)?;
                    let session: Session = encoding::decode(&plain)?;
                    let (attached, further) = attach(&session);
                    Some((Opened { session, attached, key }, kept_twice(&plain).saturating_add(further)))
                })?;
                openings.count(opened.key, was_cached);
                Some(opened)
            })
            .filter(|opened| opened.session.is_alive(now, &config.session) && !mark.names(opened.session.id))
            .max_by_key(|opened| opened.session.sealed_at())
    }

    /// How many sessions were opened since this was asked last, by the place of the secret.
    pub fn take_openings(&mut self) -> impl Iterator<Item = (usize, Openings)> {
        self.openings.take()
    }

    /// The tokens of a session, from the cookies beside it. `attach` makes what is kept beside those that were not opened
    /// before.
    pub fn tokens(
        &mut self,
        session: &Session,
        browser: &Browser<'_>,
        attach: impl Fn(&Tokens) -> T,
    ) -> Option<Rc<OpenedTokens<T>>> {
        let Self { sealer, tokens, .. } = self;
        let owner = browser.scope.owner();
        browser
            .jar
            .assembled(browser.scope.tokens_cookie())
            .filter_map(|text| {
                tokens.get_or_open(owner.scope, &text, || {
                    let plain = sealer.open(Purpose::Tokens, &owner, &text)?;
                    let tokens: Tokens = encoding::decode(&plain)?;
                    let attached = attach(&tokens);
                    Some((OpenedTokens { tokens: Rc::new(tokens), attached }, kept_twice(&plain)))
                })
            })
            .find(|opened| opened.tokens.session == session.id)
    }

    /// `Set-Cookie` values that keep a session and its tokens; `None` without randomness.
    #[must_use]
    pub fn keep(&self, kept: &Kept, browser: &Browser<'_>, inputs: &mut Inputs<'_>) -> Option<Vec<String>> {
        let Kept { session, tokens, .. } = kept;
        let scope = &browser.scope;
        let mut cookies = self.keep_session(session, browser, inputs)?;
        if tokens.is_empty() {
            cookies.extend(cookie::expire_chunked(scope.tokens_cookie(), browser));
        } else {
            let mut tag = [0; 3];
            inputs.entropy.fill(&mut tag).ok()?;
            let plain = tokens.to_bytes();
            let sealed = self.sealer.seal(Purpose::Tokens, &scope.owner(), &plain, inputs.entropy).ok()?;
            let max_age = self.max_age(session, inputs.now);
            cookies.extend(cookie::set_chunked(scope.tokens_cookie(), &sealed, tag, max_age, browser)?);
        }
        Some(cookies)
    }

    /// `Set-Cookie` values that keep the ID token which only signing out needs, or that expire what an earlier one has
    /// left; `None` without randomness. At the sign-in only: a hint may have expired.
    #[must_use]
    pub fn keep_id_token(
        &self,
        kept: &Kept,
        browser: &Browser<'_>,
        inputs: &mut Inputs<'_>,
    ) -> Option<Vec<String>> {
        let cookie = browser.scope.id_token_cookie();
        let Some(id_token) = &kept.id_token else { return Some(cookie::expire_chunked(cookie, browser)) };
        let mut tag = [0; 3];
        inputs.entropy.fill(&mut tag).ok()?;
        let owner = browser.scope.owner();
        let sealed = self.sealer.seal(Purpose::IdToken, &owner, &id_token.to_bytes(), inputs.entropy).ok()?;
        cookie::set_chunked(cookie, &sealed, tag, self.max_age(&kept.session, inputs.now), browser)
    }

    /// The ID token that is kept for the provider's logout alone, from its own cookie.
    #[must_use]
    pub fn id_token(&self, session: &Session, browser: &Browser<'_>) -> Option<String> {
        let owner = browser.scope.owner();
        let open =
            |text: &[u8]| encoding::decode::<Tokens>(&self.sealer.open(Purpose::IdToken, &owner, text)?);
        // Never another session's: it would end that one at the provider.
        let mut texts = browser.jar.assembled(browser.scope.id_token_cookie().name);
        let opened = texts.find_map(|text| open(&text).filter(|tokens| tokens.session == session.id));
        opened?.id_token()
    }

    /// `Set-Cookie` values that keep `session` until its end; `None` without randomness.
    #[must_use]
    pub fn keep_session(
        &self,
        session: &Session,
        browser: &Browser<'_>,
        inputs: &mut Inputs<'_>,
    ) -> Option<Vec<String>> {
        let scope = &browser.scope;
        let plain = deflate::pack(&session.to_bytes());
        let sealed = self.sealer.seal(Purpose::Session, &scope.owner(), &plain, inputs.entropy).ok()?;
        let mut tag = [0; 3];
        inputs.entropy.fill(&mut tag).ok()?;
        let max_age = self.max_age(session, inputs.now);
        cookie::set_chunked(scope.session_cookie(), &sealed, tag, max_age, browser)
    }

    /// `Set-Cookie` values that take session and tokens out of the browser.
    #[must_use]
    pub fn expire(&self, browser: &Browser<'_>) -> Vec<String> {
        let scope = &browser.scope;
        let cookies = [scope.session_cookie().into(), scope.tokens_cookie().into(), scope.id_token_cookie()];
        cookies.into_iter().flat_map(|cookie: CookieAt<'_>| cookie::expire_chunked(cookie, browser)).collect()
    }

    /// As [`Vault::expire`], and they mark the browser, so that an answer under way cannot bring this session back. Without
    /// randomness there is no mark.
    #[must_use]
    pub fn sign_out(&self, session: &Session, browser: &Browser<'_>, inputs: &mut Inputs<'_>) -> Vec<String> {
        let mark = self.mark(browser, inputs.now).with(session.id, inputs.now);
        let mut cookies = self.expire(browser);
        cookies.extend(mark.set_cookies(&self.sealer, browser, inputs.entropy).unwrap_or_default());
        cookies
    }

    /// For a browser in which no session counts: as [`Vault::expire`] where it has ended one a moment ago and an answer
    /// under way has brought its cookies back.
    #[must_use]
    pub fn expire_again(&self, browser: &Browser<'_>, now: Timestamp) -> Vec<String> {
        if self.mark(browser, now).is_empty() { vec![] } else { self.expire(browser) }
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// [`SealError`] where the system gives no randomness.
    pub fn begin_login(
        &self,
        wanted: pending_login::Wanted<'_>,
        browser: &Browser<'_>,
        inputs: &mut Inputs<'_>,
    ) -> Result<pending_login::Begun, SealError> {
        PendingLogin::begin(wanted, &self.sealer, browser, inputs.now, inputs.entropy)
    }

    /// Seals what a rule asks of a sign-in, for a link to where sign-ins begin; `None` without randomness.
    #[must_use]
    pub fn seal_step_up(&self, wanted: Authentication, inputs: &mut Inputs<'_>) -> Option<String> {
        step_up::seal(wanted, &self.sealer, &self.scopes.shared_owner(), inputs.now, inputs.entropy)
    }

    /// What [`Vault::seal_step_up`] sealed a moment ago, here or at another host.
    #[must_use]
    pub fn open_step_up(&self, text: &str, now: Timestamp) -> Option<Authentication> {
        step_up::open(text, &self.sealer, &self.scopes.shared_owner(), now)
    }

    /// The sign-in to which an authorization response with this `state` belongs, if it was begun at this host.
    #[must_use]
    pub fn login(&self, state: &str, browser: &Browser<'_>, now: Timestamp) -> Option<pending_login::Found> {
        PendingLogin::find(state, &self.sealer, browser, now)
    }

    /// `Set-Cookie` values that expire all that binds sign-ins to a browser: it has a session now.
    #[must_use]
    pub fn expire_bindings(&self, browser: &Browser<'_>) -> Vec<String> {
        binding::expire_all(browser)
    }

    /// Seals where a person wants to be after the provider's logout, for `state`; `None` without randomness.
    #[must_use]
    pub fn seal_signed_out(
        &self,
        wanted: &str,
        browser: &Browser<'_>,
        entropy: &mut dyn Entropy,
    ) -> Option<String> {
        let owner = browser.scope.host_owner();
        self.sealer.seal(Purpose::SignedOut, &owner, wanted.as_bytes(), entropy).ok()
    }

    /// What [`Vault::seal_signed_out`] sealed for the same host.
    #[must_use]
    pub fn open_signed_out(&self, state: &str, browser: &Browser<'_>) -> Option<Vec<u8>> {
        self.sealer.open(Purpose::SignedOut, &browser.scope.host_owner(), state.as_bytes())
    }

    /// Seals the way to the provider's logout for a script, which may not read it; `None` without randomness.
    #[must_use]
    pub fn seal_logout(&self, url: String, browser: &Browser<'_>, inputs: &mut Inputs<'_>) -> Option<String> {
        logout::seal(url, &self.sealer, &browser.scope.host_owner(), inputs.now, inputs.entropy)
    }

    /// What [`Vault::seal_logout`] sealed for the same host a moment ago.
    #[must_use]
    pub fn open_logout(&self, text: &str, browser: &Browser<'_>, now: Timestamp) -> Option<String> {
        logout::open(text, &self.sealer, &browser.scope.host_owner(), now)
    }

    /// Seals what the workers of one Envoy tell each other; `None` without randomness.
    #[must_use]
    pub fn seal_slot(&self, slot: &Slot, entropy: &mut dyn Entropy) -> Option<Vec<u8>> {
        slot.seal(&self.sealer, &self.scopes.shared_owner(), entropy)
    }

    /// What a worker has sealed by [`Vault::seal_slot`].
    #[must_use]
    pub fn open_slot(&self, bytes: &[u8]) -> Option<Slot> {
        Slot::open(bytes, &self.sealer, &self.scopes.shared_owner())
    }

    /// Of the secret that seals: instances with another one cannot open what these tell each other.
    #[must_use]
    pub fn fingerprint(&self) -> u16 {
        self.sealer.fingerprint()
    }

    /// Seals who of them is ready; `None` without randomness.
    #[must_use]
    pub fn seal_roll(&self, roll: &Roll, entropy: &mut dyn Entropy) -> Option<Vec<u8>> {
        roll.seal(&self.sealer, &self.scopes.shared_owner(), entropy)
    }

    /// What an instance has sealed by [`Vault::seal_roll`].
    #[must_use]
    pub fn open_roll(&self, bytes: &[u8]) -> Option<Roll> {
        Roll::open(bytes, &self.sealer, &self.scopes.shared_owner())
    }

    /// What opens and seals what they tell each other of an issuer.
    #[must_use]
    pub fn issuer_slot(&self, issuer: &config::Provider) -> SlotSealer<'_> {
        SlotSealer::new(&self.sealer, self.scopes.shared_owner(), issuer)
    }

    fn mark(&self, browser: &Browser<'_>, now: Timestamp) -> SignOutMark {
        SignOutMark::find(&self.sealer, &browser.scope, &browser.jar, now)
    }

    fn max_age(&self, session: &Session, now: Timestamp) -> u64 {
        session.expires_at(self.session_config()).since(now)
    }

    fn session_config(&self) -> &config::Session {
        &self.config.session
    }
}

/// What it takes to keep what was sealed, and once more in what is made of it. Bytes.
fn kept_twice(plain: &[u8]) -> usize {
    plain.len().saturating_mul(2)
}

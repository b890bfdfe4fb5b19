//! One sign-in under way, in a state cookie of its own, so that parallel tabs do not break each other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use subtle::ConstantTimeEq as _;

use super::browser::Browser;
use super::cookie_scope::CookieScope;
use super::seal::{Purpose, SealError, Sealer};
use super::{CookieJar, cookie, encoding};
use crate::inputs::{Entropy, Timestamp};

/// A sign-in that takes longer begins anew. Seconds.
pub const MAX_AGE: u64 = 15 * 60;
/// State cookies one browser holds at once; the oldest go first.
const MAX_AT_ONCE: usize = 5;
/// Name and value of one state cookie together. Bytes.
const MAX_COOKIE: usize = 1024;
/// Far more state cookies than we ever set; whoever sends more gets the rest ignored.
const MAX_LOOKED_AT: usize = 20;

/// Which sign-in it is: as hard to guess as its state, which it stands for.
pub type LoginId = [u8; 24];

/// What the state cookie carries.
#[derive(Clone, Encode, Decode)]
pub struct PendingLogin {
    /// In the cookie's name: says which state cookie belongs to which answer. Not a secret.
    #[n(0)]
    id: ByteArray<6>,
    #[n(1)]
    state: ByteArray<24>,
    #[n(2)]
    nonce: ByteArray<24>,
    #[n(3)]
    code_verifier: ByteArray<32>,
    /// Seconds since the epoch.
    #[n(4)]
    started_at: u64,
    /// Where the person wanted to go: a path with its query on this host, or a URL in an allowed domain.
    #[n(5)]
    pub original_url: String,
}

impl PendingLogin {
    /// # Errors
    /// [`crate::inputs::NoEntropy`], as a [`SealError`]: no sign-in may begin without randomness.
    pub fn begin(original_url: String, now: Timestamp, entropy: &mut dyn Entropy) -> Result<Self, SealError> {
        let mut id = [0; 6];
        let mut state = [0; 24];
        let mut nonce = [0; 24];
        let mut code_verifier = [0; 32];
        entropy.fill(&mut id)?;
        entropy.fill(&mut state)?;
        entropy.fill(&mut nonce)?;
        entropy.fill(&mut code_verifier)?;
        Ok(Self {
            id: id.into(),
            state: state.into(),
            nonce: nonce.into(),
            code_verifier: code_verifier.into(),
            started_at: now.0,
            original_url,
        })
    }

    /// What tells this sign-in from every other.
    #[must_use]
    pub fn login_id(&self) -> LoginId {
        *self.state
    }

    /// The `state` parameter: letters, digits and `. _ -` only, as Okta wants it.
    #[must_use]
    pub fn state(&self) -> String {
        format!("{}.{}", self.id(), URL_SAFE_NO_PAD.encode(*self.state))
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

    fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(*self.id)
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        now.since(Timestamp(self.started_at)) < MAX_AGE
    }

    /// The `Set-Cookie` values that keep it, and that expire what is too many or dead. A deep link too long
    /// for its cookie keeps its path and loses its query, then becomes `/`.
    ///
    /// # Errors
    /// [`SealError`] where the system gives no randomness.
    pub fn set_cookies(
        &self,
        sealer: &Sealer,
        browser: &Browser<'_>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<String>, SealError> {
        let Browser { scope, jar } = browser;
        let name = format!("{}{}", scope.login_cookie_prefix(), self.id());
        let mut cookies = expire_surplus(sealer, scope, jar, now);
        let path = self.original_url.split('?').next().unwrap_or_default();
        for url in [self.original_url.as_str(), path, "/"] {
            let shortened = Self { original_url: url.to_owned(), ..self.clone() };
            let plain = encoding::encode(&shortened);
            let sealed = sealer.seal(Purpose::PendingLogin, &scope.host_owner(), &plain, entropy)?;
            if name.len().saturating_add(sealed.len()) < MAX_COOKIE {
                cookies.push(cookie::set_login(&name, &sealed, scope, MAX_AGE));
                return Ok(cookies);
            }
        }
        Err(SealError::TooLong)
    }

    /// The sign-in to which an authorization response with this `state` belongs, if this browser started it
    /// not too long ago.
    #[must_use]
    pub fn find(state: &str, sealer: &Sealer, browser: &Browser<'_>, now: Timestamp) -> Option<Self> {
        let Browser { scope, jar } = browser;
        let (id, _) = state.split_once('.')?;
        jar.beginning_with(scope.login_cookie_prefix())
            .filter(|(own, _)| *own == id)
            .take(MAX_LOOKED_AT)
            .filter_map(|(own, sealed)| open(sealer, scope, own, sealed))
            .find(|login| login.is_alive(now) && bool::from(login.state().as_bytes().ct_eq(state.as_bytes())))
    }

    /// Ends this sign-in: its answer is good for one attempt.
    #[must_use]
    pub fn expire_cookie(&self, scope: &CookieScope<'_>) -> String {
        let name = format!("{}{}", scope.login_cookie_prefix(), self.id());
        cookie::set_login(&name, "", scope, 0)
    }
}

crate::redacted::redacted!(PendingLogin);

/// What is in the state cookie of this id, if it opens.
fn open(sealer: &Sealer, scope: &CookieScope<'_>, id: &str, sealed: &[u8]) -> Option<PendingLogin> {
    let plain = sealer.open(Purpose::PendingLogin, &scope.host_owner(), sealed)?;
    encoding::decode::<PendingLogin>(&plain).filter(|login| login.id() == id)
}

fn expire_surplus(
    sealer: &Sealer,
    scope: &CookieScope<'_>,
    jar: &CookieJar<'_>,
    now: Timestamp,
) -> Vec<String> {
    let mut held: Vec<(&str, u64)> = jar
        .beginning_with(scope.login_cookie_prefix())
        .take(MAX_LOOKED_AT)
        // What does not open, or is too old, counts as the oldest.
        .map(|(id, sealed)| {
            let login = open(sealer, scope, id, sealed).filter(|login| login.is_alive(now));
            (id, login.map_or(0, |login| login.started_at))
        })
        // The name goes back into a header: only one that we could have made.
        .filter(|(id, _)| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)))
        .collect();
    // Times are in seconds; of one second, browsers send the older cookie first (RFC 6265 §5.4).
    held.reverse();
    held.sort_by_key(|(_, started_at)| std::cmp::Reverse(*started_at));
    held.iter()
        .enumerate()
        .filter(|(index, (_, started_at))| *started_at == 0 || index.saturating_add(1) >= MAX_AT_ONCE)
        .map(|(_, (id, _))| cookie::set_login(&format!("{}{id}", scope.login_cookie_prefix()), "", scope, 0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::cookie_scope::testing::scopes;
    use super::*;
    use crate::config::Secret;
    use crate::inputs::testing::Counting;

    const NOW: Timestamp = Timestamp(1_000_000);

    struct Person {
        sealer: Sealer,
        entropy: Counting,
        cookies: Vec<(String, String)>,
    }

    impl Person {
        fn new() -> Self {
            let secret = Secret::new("0123456789abcdef0123456789abcdef".to_owned());
            Self { sealer: Sealer::new(&[secret]).unwrap(), entropy: Counting::default(), cookies: vec![] }
        }

        fn header(&self) -> String {
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
        }

        fn start(&mut self, url: &str, now: Timestamp) -> PendingLogin {
            let scopes = scopes(true);
            let login = PendingLogin::begin(url.to_owned(), now, &mut self.entropy).unwrap();
            let header = self.header();
            let browser = Browser::new(&scopes, "a.example", [header.as_bytes()]);
            let set = login.set_cookies(&self.sealer, &browser, now, &mut self.entropy).unwrap();
            for cookie in set {
                let (pair, rest) = cookie.split_once(';').unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                self.cookies.retain(|(own, _)| own != name);
                if !rest.contains("Max-Age=0") {
                    assert!(pair.len() <= 1024, "{}", pair.len());
                    self.cookies.push((name.to_owned(), value.to_owned()));
                }
            }
            login
        }

        fn find(&self, state: &str, host: &str, now: Timestamp) -> Option<PendingLogin> {
            let scopes = scopes(true);
            let header = self.header();
            let browser = Browser::new(&scopes, host, [header.as_bytes()]);
            PendingLogin::find(state, &self.sealer, &browser, now)
        }
    }

    #[test]
    fn two_tabs_find_their_own_sign_in() {
        let mut browser = Person::new();
        let first = browser.start("/a?b=c", NOW);
        let second = browser.start("/d", NOW);
        assert_eq!(browser.find(&first.state(), "a.example", NOW).unwrap().original_url, "/a?b=c");
        assert_eq!(browser.find(&second.state(), "a.example", NOW).unwrap().original_url, "/d");
    }

    #[test]
    fn another_state_host_browser_or_time_finds_none() {
        let mut browser = Person::new();
        let login = browser.start("/", NOW);
        let mut state = login.state();
        assert!(browser.find(&state, "b.example", NOW).is_none());
        assert!(Person::new().find(&state, "a.example", NOW).is_none());
        assert!(browser.find(&state, "a.example", NOW.plus(MAX_AGE)).is_none());
        let last = state.pop().unwrap();
        assert!(browser.find(&state, "a.example", NOW).is_none());
        state.push(if last == 'A' { 'B' } else { 'A' });
        assert!(browser.find(&state, "a.example", NOW).is_none());
        for odd in ["", ".", "a", "é.é", &"x".repeat(10_000)] {
            assert!(browser.find(odd, "a.example", NOW).is_none());
        }
    }

    #[test]
    fn the_oldest_of_many_go_first() {
        let mut browser = Person::new();
        let logins: Vec<_> = (0..8).map(|n| browser.start("/", NOW.plus(n))).collect();
        assert_eq!(browser.cookies.len(), MAX_AT_ONCE);
        let now = NOW.plus(8);
        assert!(browser.find(&logins[2].state(), "a.example", now).is_none());
        assert!(browser.find(&logins[3].state(), "a.example", now).is_some());
    }

    #[test]
    fn state_cookies_that_do_not_open_are_expired() {
        let mut browser = Person::new();
        browser.cookies.push(("__Host-vestibule_login_old".to_owned(), "rubbish".to_owned()));
        browser.start("/", NOW);
        assert_eq!(browser.cookies.len(), 1);
    }

    #[test]
    fn a_deep_link_that_is_too_long_loses_its_query_then_its_path() {
        let mut browser = Person::new();
        let long = "x".repeat(900);
        let query = browser.start(&format!("/short?{long}"), NOW);
        assert_eq!(browser.find(&query.state(), "a.example", NOW).unwrap().original_url, "/short");
        let path = browser.start(&format!("/{long}"), NOW);
        assert_eq!(browser.find(&path.state(), "a.example", NOW).unwrap().original_url, "/");
    }

    #[test]
    fn the_state_is_of_characters_that_okta_accepts() {
        let login = Person::new().start("/", NOW);
        assert!(login.state().bytes().all(|b| b.is_ascii_alphanumeric() || b",._-".contains(&b)));
        assert_eq!(login.code_verifier().len(), 43);
    }
}

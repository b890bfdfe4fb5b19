//! The mark of a sign-out. An application's response that was under way may set the cookies of the session once more, so
//! for a minute the browser itself says which sessions it has ended.

use minicbor::{Decode, Encode};

use super::browser::Browser;
use super::cookie_scope::CookieScope;
use super::seal::{Purpose, Sealer};
use super::session::SessionId;
use super::{CookieJar, cookie, encoding};
use crate::inputs::{Entropy, Timestamp};

/// Far longer than a cookie waits for the application's response. Seconds.
pub const LIFETIME: u64 = 60;
/// Sign-outs within one lifetime that are remembered; the oldest go first.
const MAX_REMEMBERED: usize = 4;
/// A longer text is none of ours. Bytes.
const MAX_TEXT: usize = 512;

/// The sessions that one browser has ended a moment ago.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct SignOutMark {
    /// The newest is the last.
    #[n(0)]
    ended: Vec<Ended>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Ended {
    #[n(0)]
    session: SessionId,
    /// Seconds since the epoch.
    #[n(1)]
    until: u64,
}

impl SignOutMark {
    /// As the browser brings it, as far as it still counts. Of several, each counts.
    #[must_use]
    pub fn find(sealer: &Sealer, scope: &CookieScope<'_>, jar: &CookieJar<'_>, now: Timestamp) -> Self {
        let opened = jar.assembled(scope.sign_out_cookie()).filter_map(|text| {
            let text = Some(text).filter(|text| text.len() <= MAX_TEXT)?;
            encoding::decode::<Self>(&sealer.open(Purpose::SignOutMark, &scope.owner(), &text)?)
        });
        let ended = opened.flat_map(|mark| mark.ended).filter(|ended| now < Timestamp(ended.until));
        Self { ended: ended.collect() }
    }

    /// Whether the browser has ended this session.
    #[must_use]
    pub fn names(&self, session: SessionId) -> bool {
        self.ended.iter().any(|ended| ended.session == session)
    }

    /// Whether it names nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ended.is_empty()
    }

    /// With one session more.
    #[must_use]
    pub fn with(mut self, session: SessionId, now: Timestamp) -> Self {
        self.ended.push(Ended { session, until: now.plus(LIFETIME).0 });
        let surplus = self.ended.len().saturating_sub(MAX_REMEMBERED);
        self.ended.drain(..surplus);
        self
    }

    /// The `Set-Cookie` values that keep it; `None` without randomness.
    #[must_use]
    pub fn set_cookies(
        &self,
        sealer: &Sealer,
        browser: &Browser<'_>,
        entropy: &mut dyn Entropy,
    ) -> Option<Vec<String>> {
        let mut tag = [0; 3];
        entropy.fill(&mut tag).ok()?;
        let plain = encoding::encode(self);
        let sealed = sealer.seal(Purpose::SignOutMark, &browser.scope.owner(), &plain, entropy).ok()?;
        cookie::set_chunked(browser.scope.sign_out_cookie(), &sealed, tag, LIFETIME, browser)
    }
}

#[cfg(test)]
mod tests {
    use super::super::cookie_scope::testing::scopes;
    use super::*;
    use crate::config::Secret;
    use crate::inputs::testing::{Counting, Dry};

    const NOW: Timestamp = Timestamp(1_000_000);

    fn id(byte: u8) -> SessionId {
        [byte; 16].into()
    }

    fn sealer() -> Sealer {
        Sealer::new(&[Secret::new("0123456789abcdef0123456789abcdef".to_owned())]).unwrap()
    }

    /// The `cookie` header of a browser that got this mark at `a.example`.
    fn brought(mark: &SignOutMark) -> String {
        let scopes = scopes(true);
        let browser = Browser::new(&scopes, "a.example", []);
        let set = mark.set_cookies(&sealer(), &browser, &mut Counting::default());
        let [cookie] = <[String; 1]>::try_from(set.unwrap()).unwrap();
        assert!(cookie.contains("Max-Age=60") && cookie.contains("HttpOnly"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }

    fn found(header: &str, host: &str, now: Timestamp) -> SignOutMark {
        let scopes = scopes(true);
        let jar = CookieJar::parse(&scopes, [header.as_bytes()]);
        SignOutMark::find(&sealer(), &scopes.on(host, None), &jar, now)
    }

    #[test]
    fn a_mark_counts_for_a_minute_at_its_host_and_names_its_session_only() {
        let header = brought(&SignOutMark::default().with(id(1), NOW));
        let mark = found(&header, "a.example", NOW.plus(59));
        assert!(mark.names(id(1)) && !mark.names(id(2)) && !mark.is_empty());
        assert!(found(&header, "a.example", NOW.plus(60)).is_empty());
        assert!(found(&header, "b.example", NOW).is_empty());
    }

    #[test]
    fn a_second_sign_out_does_not_forget_the_first() {
        let first = brought(&SignOutMark::default().with(id(1), NOW));
        let mark = found(&first, "a.example", NOW.plus(30)).with(id(2), NOW.plus(30));
        let second = brought(&mark);
        let mark = found(&second, "a.example", NOW.plus(40));
        assert!(mark.names(id(1)) && mark.names(id(2)));
        // The first is no longer remembered than it would have been.
        let mark = found(&second, "a.example", NOW.plus(60));
        assert!(!mark.names(id(1)) && mark.names(id(2)));
    }

    #[test]
    fn the_oldest_of_many_go_first_and_the_cookie_stays_small() {
        let mark = (0..20).fold(SignOutMark::default(), |mark, n| mark.with(id(n), NOW));
        let header = brought(&mark);
        let mark = found(&header, "a.example", NOW);
        assert!(header.len() < MAX_TEXT && mark.names(id(19)) && mark.names(id(16)) && !mark.names(id(15)));
    }

    #[test]
    fn rubbish_is_no_mark_and_hides_none() {
        let good = brought(&SignOutMark::default().with(id(1), NOW));
        let name = good.split('=').next().unwrap();
        for rubbish in ["", "1AAAA", "1AAAAAQAA", &"A".repeat(5000), &format!("1AAAA{}", "A".repeat(5000))] {
            assert!(found(&format!("{name}={rubbish}"), "a.example", NOW).is_empty(), "{rubbish}");
            let header = format!("{name}={rubbish}; {good}");
            assert!(found(&header, "a.example", NOW).names(id(1)), "{rubbish}");
        }
    }

    #[test]
    fn without_randomness_there_is_none() {
        let scopes = scopes(true);
        let mark = SignOutMark::default().with(id(1), NOW);
        assert_eq!(mark.set_cookies(&sealer(), &Browser::new(&scopes, "a.example", []), &mut Dry), None);
    }
}

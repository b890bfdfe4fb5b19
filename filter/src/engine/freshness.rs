//! The session of a request as it counts now. Where its access token is running out, the request goes on, waits for a
//! refresh, takes what one has brought, or the session ends. Whoever asks for a session asks here, so that the filter's own
//! endpoints say what a request would be told.

use std::rc::Rc;

use super::parts::{Opened, OpenedTokens, Parts};
use super::whole_session::{SignIn, WholeSession};
use crate::inputs::{Inputs, Timestamp};
use crate::session::shared_refresh::{RefreshKey, RefreshResult, Renewed};
use crate::session::{Browser, Session, Tokens};

/// So long after the end of the access token a session goes on whose token cookie is missing, for a browser may lose
/// one cookie of a response. Seconds.
const MISSING_TOKENS_SLACK: u64 = 300;

/// Who is signed in.
pub(super) enum Current {
    /// The person of this session: it is fresh, or cannot be made so.
    Session(WholeSession),
    /// The same, as a refresh has brought it: the browser is to get both.
    Renewed(Rc<Opened>, Rc<OpenedTokens>),
    /// Not known yet: the request waits.
    Wait(RefreshKey),
    /// Nobody.
    Nobody {
        /// Those that take an ended session out of the browser.
        cookies: Vec<String>,
        sign_in: SignIn,
    },
}

/// Whether a request may be made to wait for a refresh. One that has waited long enough goes on as it is:
/// Okta being away never ends a valid session (law 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    MayWait,
    IsOver,
}

/// The browser's session as it counts now.
pub(super) fn current(
    parts: &mut Parts,
    browser: &Browser<'_>,
    patience: Patience,
    now: Timestamp,
) -> Current {
    let whole = match parts.session(browser, now) {
        Ok(whole) => whole,
        Err(sign_in) => return Current::Nobody { cookies: parts.vault.expire_again(browser, now), sign_in },
    };
    let session = &whole.opened.session;
    let refreshes = parts.config.session.refresh;
    let Some(renewal) = session.renewal.filter(|renewal| refreshes && renewal.is_due(now)) else {
        return Current::Session(whole);
    };
    let tokens = parts.tokens(session, browser).map(|opened| Rc::clone(&opened.tokens));
    let Some((tokens, refresh_token)) = tokens.as_ref().and_then(|t| Some((t, t.refresh_token()?))) else {
        // There was a refresh token when this was sealed. Whoever leaves its cookie out does not keep old groups.
        let is_over = renewal.is_over(Timestamp(now.0.saturating_sub(MISSING_TOKENS_SLACK)));
        return if is_over { ended(parts, browser) } else { Current::Session(whole) };
    };
    let key = RefreshKey::of(refresh_token, renewal);
    match parts.refreshes.result(key, now) {
        Some(RefreshResult::Renewed(renewed)) => {
            let Renewed { person, tokens, renewal } = *renewed;
            // A refresh never makes somebody else of a session: how the person signed in would be another's.
            if person.sub != session.person.sub {
                return ended(parts, browser);
            }
            let session = session.renewed(person, renewal, now);
            Current::Renewed(Rc::new(parts.opened(session)), Rc::new(parts.opened_tokens(tokens)))
        }
        // Another replica may have been faster, and the browser may already hold the newer cookie.
        Some(RefreshResult::Refused) if renewal.is_over(now) => ended(parts, browser),
        Some(RefreshResult::Refused | RefreshResult::TryLater { .. }) => Current::Session(whole),
        None if patience == Patience::IsOver || parts.discovery.provider().is_none() => {
            Current::Session(whole)
        }
        None => {
            parts.refreshes.want(key, session.clone(), Rc::clone(tokens), now);
            Current::Wait(key)
        }
    }
}

/// The provider has ended the session, and its access token has run out.
fn ended(parts: &Parts, browser: &Browser<'_>) -> Current {
    Current::Nobody { cookies: parts.vault.expire(browser), sign_in: SignIn::MayBegin }
}

/// What a refresh has brought, as cookies for the browser. None without randomness, or where the new is too large: the
/// old cookies then go on as long as they can.
pub(super) fn handed_over(
    parts: &Parts,
    session: &Session,
    tokens: &Tokens,
    browser: &Browser<'_>,
    inputs: &mut Inputs<'_>,
) -> Vec<String> {
    let kept = parts.fit(session.clone(), tokens.clone()).ok();
    kept.and_then(|kept| parts.vault.keep(&kept, browser, inputs)).unwrap_or_default()
}

//! What a request does about a session whose access token is running out: go on, wait for a refresh, take what one
//! has brought, or end.

use std::rc::Rc;

use super::{Engine, Opened, told};
use crate::inputs::Timestamp;
use crate::session::refresh::{Outcome, RefreshKey, Renewed};
use crate::session::{CookieJar, Scope, Session, Tokens};
use crate::upstream;

/// So long after the end of the access token a session goes on whose token cookie is missing, for a browser may lose
/// one cookie of a response. Seconds.
const MISSING_TOKENS_SLACK: u64 = 300;

/// What a request does about its session.
pub(super) enum Freshness {
    /// It is fresh, or cannot be made so: the request goes on with it.
    AsItIs,
    /// Newer, with its tokens; the browser is to get both.
    Renewed(Session, Rc<Tokens>),
    /// The request waits.
    Wait(RefreshKey),
    /// The provider has ended it, and its access token has run out.
    Ended,
}

/// Whether a request may be made to wait for a refresh. One that has waited long enough goes on as it is:
/// Okta being away never ends a valid session (law 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    MayWait,
    IsOver,
}

impl Engine {
    pub(super) fn freshness(
        &mut self,
        opened: &Opened,
        jar: &CookieJar<'_>,
        scope: &Scope<'_>,
        patience: Patience,
        now: Timestamp,
    ) -> Freshness {
        let session = &opened.session;
        let Some(renewal) = session.renewal.filter(|renewal| renewal.is_due(now)) else {
            return Freshness::AsItIs;
        };
        if !self.config.session.refresh {
            return Freshness::AsItIs;
        }
        let tokens = self.tokens(session, jar, scope);
        let Some((tokens, refresh_token)) = tokens.as_ref().and_then(|t| Some((t, t.refresh_token()?)))
        else {
            // There was a refresh token when this was sealed. Whoever leaves its cookie out does not keep old groups.
            let is_over = renewal.is_over(Timestamp(now.0.saturating_sub(MISSING_TOKENS_SLACK)));
            return if is_over { Freshness::Ended } else { Freshness::AsItIs };
        };
        let key = RefreshKey::of(refresh_token, renewal);
        match self.refreshes.outcome(key, now) {
            Some(Outcome::Renewed(renewed)) => {
                let Renewed { person, tokens, renewal } = *renewed;
                Freshness::Renewed(session.renewed(person, renewal, now), Rc::new(tokens))
            }
            // Another replica may have been faster, and the browser may already hold the newer cookie.
            Some(Outcome::Refused) if renewal.is_over(now) => Freshness::Ended,
            Some(Outcome::Refused | Outcome::TryLater { .. }) => Freshness::AsItIs,
            None if patience == Patience::IsOver || self.discovery.provider().is_none() => Freshness::AsItIs,
            None => {
                let session = session.clone();
                self.refreshes.want(key, session, Rc::clone(tokens), now);
                Freshness::Wait(key)
            }
        }
    }

    /// Whether a request that waits for this refresh has nothing to wait for any more.
    pub(super) fn is_settled(&self, key: RefreshKey, now: Timestamp) -> bool {
        self.refreshes.outcome(key, now).is_some() || !self.refreshes.knows(key)
    }

    /// The headers of a renewed session.
    pub(super) fn opened(&self, session: Session) -> Opened {
        let headers = upstream::identity::of_person(&told::identity(&session.person), &self.config.upstream);
        Opened { session, headers }
    }
}

//! What one worker remembers of refresh tokens that are to be ended: those of people who have signed out.

use std::collections::VecDeque;

use crate::session::session::SessionId;
use crate::session::shared_refresh::RefreshKey;
use crate::session::{Session, Tokens};

/// Refresh tokens that wait for their end; more are left to their own.
const MAX_WAITING: usize = 100;
/// Sign-outs that are remembered, so that a browser that sends one again and again causes one call.
const MAX_REMEMBERED: usize = 100;

/// What there is to be ended.
#[derive(Debug, Default)]
pub(super) struct RevocationMemory {
    pub(super) waiting: VecDeque<Ending>,
    /// The newest is the last.
    signed_out: VecDeque<SessionId>,
}

/// A refresh token, as far as its renewals were followed.
pub(super) struct Ending {
    /// The last is of the newest token.
    pub(super) keys: Vec<RefreshKey>,
    pub(super) newest: String,
}

crate::redacted::redacted!(Ending);

impl RevocationMemory {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The person of this session signs out.
    pub(super) fn end(&mut self, session: &Session, tokens: &Tokens) {
        let Some((refresh_token, renewal)) = tokens.refresh_token().zip(session.renewal) else { return };
        if self.waiting.len() >= MAX_WAITING || self.signed_out.contains(&session.id) {
            return;
        }
        if self.signed_out.len() >= MAX_REMEMBERED {
            self.signed_out.pop_front();
        }
        self.signed_out.push_back(session.id);
        let keys = vec![RefreshKey::of(refresh_token, renewal)];
        self.waiting.push_back(Ending { keys, newest: refresh_token.to_owned() });
    }
}

//! Sessions that are whole: where the application is to get a token that was kept, that token is there. Without it an
//! application would go on for hours with half of what it was promised; so then there is no session.

use std::rc::Rc;

use super::parts::{Opened, OpenedTokens, Parts};
use crate::inputs::Timestamp;
use crate::session::Browser;

/// A browser that has lost the tokens of so young a session does not keep their cookies. Seconds.
const YOUNG: u64 = 60;

/// A session, with its tokens where the application is to get one.
#[derive(Debug)]
pub(super) struct WholeSession {
    pub(super) opened: Rc<Opened>,
    pub(super) tokens: Option<Rc<OpenedTokens>>,
}

/// Whether a browser without a session may be sent to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignIn {
    MayBegin,
    /// It has just signed in and did not keep what it got: another sign-in would end in the same.
    WouldNotBeKept,
}

impl Parts {
    /// The session of the browser, if it is whole.
    pub(super) fn session(&mut self, browser: &Browser<'_>, now: Timestamp) -> Result<WholeSession, SignIn> {
        let opened = self.identity(browser, now).ok_or(SignIn::MayBegin)?;
        if !opened.session.kept_tokens.meets(self.promised_tokens()) {
            return Ok(WholeSession { opened, tokens: None });
        }
        match self.tokens(&opened.session, browser) {
            Some(tokens) => Ok(WholeSession { opened, tokens: Some(tokens) }),
            None if now.since(opened.session.signed_in_at()) < YOUNG => Err(SignIn::WouldNotBeKept),
            None => Err(SignIn::MayBegin),
        }
    }
}

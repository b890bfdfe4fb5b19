//! The streams of a run and the calls that are under way, as Envoy has them.

use vestibule::driver::{CallToken, Caller, StreamId};
use vestibule::inputs::Timestamp;
use vestibule::oidc::HttpCall;

use super::asked::Asked;
use super::laws::Forwarded;
use super::sign_ins::Redeeming;

#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: StreamId,
    pub(super) worker: usize,
    pub(super) asked: Asked,
    pub(super) redeeming: Option<Redeeming>,
    pub(super) state: State,
    pub(super) hides_query: bool,
}

/// What has become of it.
#[derive(Debug)]
pub(super) enum State {
    /// The filter has it in hand.
    Undecided,
    Calls,
    Waits {
        until: Timestamp,
    },
    /// The application has not answered yet.
    Forwarded(Box<Forwarded>),
    /// It is answered, or none of the filter's business.
    Over,
}

impl Stream {
    pub(super) fn is_decided(&self) -> bool {
        matches!(self.state, State::Forwarded(_) | State::Over)
    }
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) worker: usize,
    pub(super) token: CallToken,
    pub(super) caller: Caller,
    pub(super) call: HttpCall,
    pub(super) at: Timestamp,
}

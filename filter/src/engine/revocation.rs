//! The end of a refresh token at the provider (RFC 7009), after its person has signed out: of the newest one that this Envoy
//! knows of. A worker may hold one that the browser has not got yet; while one is being renewed, nobody knows the newest,
//! so it ends when that is over.
//!
//! The calls are the root context's: whoever signs out does not wait for them.

use super::parts::Parts;
use super::refresh;
use super::refresh_memory::Known;
use super::revocation_memory::Ending;
use crate::inputs::{Inputs, Timestamp};
use crate::oidc::{HttpCall, token};
use crate::session::shared_refresh::{RefreshKey, RefreshResult, Slot};

/// Renewals in a row of which one worker may still know: each lasts for a good part of an access token's life.
const MAX_RENEWALS: usize = 16;

/// The next call that is due.
pub(super) fn poll(parts: &mut Parts, inputs: &mut Inputs<'_>) -> Option<HttpCall> {
    let provider = parts.discovery.provider().cloned()?;
    for _ in 0..parts.revocations.waiting.len() {
        let mut ending = parts.revocations.waiting.pop_front()?;
        if follow(parts, &mut ending, inputs) == Followed::UnderWay {
            parts.revocations.waiting.push_back(ending);
            continue;
        }
        // A copy of the cookies is not to be given what was renewed for the person who has left.
        for key in ending.keys {
            refresh::settle(parts, key, RefreshResult::Refused, 0, inputs);
        }
        let relying_party = provider.relying_party(&parts.config);
        if let Some(endpoint) = &provider.metadata.revocation_endpoint
            && let Ok(call) = token::revoke(&relying_party, endpoint, &ending.newest, inputs)
        {
            return Some(call);
        }
    }
    None
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Followed {
    ToTheNewest,
    /// The newest is to come.
    UnderWay,
}

/// Follows a refresh token through its renewals.
fn follow(parts: &Parts, ending: &mut Ending, inputs: &mut Inputs<'_>) -> Followed {
    while let Some(key) = ending.keys.last().copied().filter(|_| ending.keys.len() <= MAX_RENEWALS) {
        match known(parts, key, inputs) {
            Known::Renewed(renewed) => {
                if let Some(refresh_token) = renewed.tokens.refresh_token() {
                    refresh_token.clone_into(&mut ending.newest);
                }
                ending.keys.push(RefreshKey::of(&ending.newest, renewed.renewal));
            }
            Known::UnderWay => return Followed::UnderWay,
            Known::Nothing => break,
        }
    }
    Followed::ToTheNewest
}

/// What this worker knows of a refresh, or another one has told.
fn known(parts: &Parts, key: RefreshKey, inputs: &mut Inputs<'_>) -> Known {
    match parts.refreshes.known(key) {
        Known::Nothing => {}
        known => return known,
    }
    match parts.vault.open_slot(&inputs.shared.read(key.slot()).bytes) {
        Some(Slot::Settled { key: theirs, result: RefreshResult::Renewed(renewed), .. }) if theirs == key => {
            Known::Renewed(renewed)
        }
        Some(Slot::Lease { key: theirs, until }) if theirs == key && inputs.now < Timestamp(until) => {
            Known::UnderWay
        }
        _ => Known::Nothing,
    }
}

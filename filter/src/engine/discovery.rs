//! Getting ready and staying so: provider metadata first, then the keys, then both anew from time to time.
//! What was good last is kept while the provider is away.

use std::rc::Rc;

use super::event::{DiscoveryError, ProviderEvent};
use crate::config::{self, Config};
use crate::inputs::Timestamp;
use crate::jose::JwkSet;
use crate::oidc::http_call::HttpCall;
use crate::oidc::{Answer, ProviderMetadata, RelyingParty, jwks, provider};

/// Metadata and keys are fetched anew after what `cache-control: max-age` says, within these. Seconds.
const FRESH: std::ops::RangeInclusive<u64> = 300..=86_400;
/// Where the provider says nothing of use. Seconds.
const FRESH_BY_DEFAULT: u64 = 3600;
/// ID tokens by unknown keys make for a fetch at most this often. They come from the provider itself, so a new one says
/// that there is a new key set, however lately the last one was fetched. Seconds.
const KEYS_AT_MOST_EVERY: u64 = 1;
/// Tokens of API clients by unknown keys likewise; strangers can make them up. Seconds.
const TOKENS_AT_MOST_EVERY: u64 = 10;
/// The pause after a failure doubles up to this. Seconds.
const LONGEST_PAUSE: u64 = 20;
/// The longest pause that a provider may ask for. Seconds.
const LONGEST_WAIT: u64 = 60;
/// Longer than any call may take: an answer that never came is not waited for. Seconds.
const LOST_AFTER: u64 = 90;

/// A provider that can be used.
#[derive(Clone, Debug)]
pub(super) struct KnownProvider {
    pub(super) metadata: Rc<ProviderMetadata>,
    pub(super) keys: Rc<JwkSet>,
}

impl KnownProvider {
    /// This client at it.
    pub(super) fn relying_party<'a>(&'a self, config: &'a Config) -> RelyingParty<'a> {
        RelyingParty { provider: &config.provider, client: &config.client, metadata: &self.metadata }
    }
}

/// What is being fetched; given back with its answer.
#[derive(Debug)]
pub(super) enum Fetch {
    Metadata,
    /// With the metadata that named the keys' place.
    Keys(Rc<ProviderMetadata>, FetchNumber),
}

/// Fetches of the keys are counted, each from its beginning.
type FetchNumber = u64;

/// A wish for keys that are fetched from now on: fulfilled by a fetch of a higher number.
#[derive(Clone, Copy, Debug)]
pub(super) struct WantedKeys(FetchNumber);

/// What came of a wish for keys.
pub(super) enum FetchOutcome {
    /// The fetch has not ended, or not begun.
    Pending,
    /// Newer keys are there.
    Came,
    /// Not yet: the fetch has failed, and is repeated at once.
    FailedOnce,
    /// Not soon: the provider is away.
    Failing,
}

#[derive(Debug, Default)]
pub(super) struct Discovery {
    provider: Option<KnownProvider>,
    /// Newer metadata, whose keys are not there yet.
    next: Option<Rc<ProviderMetadata>>,
    under_way_since: Option<Timestamp>,
    due_at: Timestamp,
    failures: u32,
    keys_wanted: bool,
    keys_asked_at: Option<Timestamp>,
    /// The last fetch of the keys that has begun, that has ended, and that has brought some.
    keys_begun: FetchNumber,
    keys_ended: FetchNumber,
    keys_came: FetchNumber,
}

impl Discovery {
    pub(super) fn provider(&self) -> Option<&KnownProvider> {
        self.provider.as_ref()
    }

    /// Whether the last attempts failed, so that waiting for the one under way is of little use. One failure is
    /// not enough: it is repeated at once.
    pub(super) fn is_failing(&self) -> bool {
        self.failures > 1
    }

    /// Whether something is missing or wanted, or on its way.
    pub(super) fn is_fetching(&self) -> bool {
        self.provider.is_none() || self.keys_wanted || self.next.is_some() || self.under_way_since.is_some()
    }

    /// Asks for the keys to be fetched anew. One that is under way may be answered by yesterday's keys, and does not count;
    /// one that is wanted already serves this wish too.
    pub(super) fn want_keys(&mut self) -> WantedKeys {
        self.keys_wanted = true;
        WantedKeys(self.keys_begun)
    }

    /// The same for a token that anybody may have made up: at most once in a while. `None`: the keys are as new as they
    /// can be for now. One that is being fetched is waited for.
    pub(super) fn want_keys_for_a_token(&mut self, now: Timestamp) -> Option<WantedKeys> {
        if self.keys_begun > self.keys_ended {
            return Some(WantedKeys(self.keys_begun.saturating_sub(1)));
        }
        let lately = |at: Timestamp| at <= now && now.since(at) < TOKENS_AT_MOST_EVERY;
        (!self.keys_asked_at.is_some_and(lately)).then(|| self.want_keys())
    }

    pub(super) fn outcome_of(&self, WantedKeys(before): WantedKeys) -> FetchOutcome {
        if self.keys_came > before {
            FetchOutcome::Came
        } else if self.keys_ended <= before {
            FetchOutcome::Pending
        } else if self.is_failing() {
            FetchOutcome::Failing
        } else {
            FetchOutcome::FailedOnce
        }
    }

    pub(super) fn poll(&mut self, config: &config::Provider, now: Timestamp) -> Option<(HttpCall, Fetch)> {
        if self.under_way_since.is_some_and(|since| since <= now && now.since(since) < LOST_AFTER) {
            return None;
        }
        let fetch = self.next_fetch(now)?;
        self.under_way_since = Some(now);
        let call = match &fetch {
            Fetch::Metadata => provider::discovery_call(config),
            Fetch::Keys(metadata, number) => {
                self.keys_asked_at = Some(now);
                self.keys_begun = *number;
                self.keys_wanted = false;
                HttpCall::get(&metadata.jwks_uri, config)
            }
        };
        Some((call, fetch))
    }

    fn next_fetch(&self, now: Timestamp) -> Option<Fetch> {
        let keys = |metadata: &Rc<ProviderMetadata>| {
            Fetch::Keys(Rc::clone(metadata), self.keys_begun.saturating_add(1))
        };
        // A time ahead of now is from before the clock was set back.
        let lately = |at: Timestamp| at <= now && now.since(at) < KEYS_AT_MOST_EVERY;
        if self.keys_wanted
            && !self.keys_asked_at.is_some_and(lately)
            && let Some(metadata) = self.next.as_ref().or(self.provider.as_ref().map(|known| &known.metadata))
        {
            return Some(keys(metadata));
        }
        // A time further ahead than any pause is from before the clock was set back.
        let longest = if self.provider.is_none() || self.failures > 0 { LONGEST_WAIT } else { *FRESH.end() };
        let set_back = self.due_at.since(now) > longest;
        if now < self.due_at && !set_back {
            return None;
        }
        Some(self.next.as_ref().map_or(Fetch::Metadata, keys))
    }

    pub(super) fn on_answer(
        &mut self,
        fetch: Fetch,
        answer: &Answer,
        config: &config::Provider,
        now: Timestamp,
    ) -> ProviderEvent {
        self.under_way_since = None;
        match fetch {
            Fetch::Metadata => match ProviderMetadata::read(answer, config) {
                Ok(metadata) => {
                    self.next = Some(Rc::new(metadata));
                    self.due_at = now;
                    ProviderEvent::HalfWay
                }
                Err(error) => self.fail(error.into(), answer, now),
            },
            Fetch::Keys(metadata, number) => {
                self.keys_ended = self.keys_ended.max(number);
                match jwks::read(answer) {
                    Ok(keys) => {
                        self.keys_came = self.keys_came.max(number);
                        self.provider = Some(KnownProvider { metadata, keys: Rc::new(keys) });
                        self.next = None;
                        self.failures = 0;
                        self.due_at = now.plus(fresh_for(answer));
                        ProviderEvent::Ready
                    }
                    Err(error) => self.fail(error.into(), answer, now),
                }
            }
        }
    }

    fn fail(&mut self, error: DiscoveryError, answer: &Answer, now: Timestamp) -> ProviderEvent {
        // The first repetition is at once: a stale connection looks like a failure.
        let pause = match self.failures {
            0 => 0,
            failures => 1u64.checked_shl(failures.saturating_sub(1)).unwrap_or(LONGEST_PAUSE),
        };
        self.failures = self.failures.saturating_add(1);
        let wanted = answer.retry_after(now).unwrap_or_default();
        self.due_at = now.plus(pause.min(LONGEST_PAUSE).max(wanted));
        // Metadata that lead nowhere may have been replaced meanwhile.
        self.next = None;
        ProviderEvent::Failed(error)
    }
}

/// Seconds for which an answer is good. `no-cache` and `no-store`, as Okta may say of its keys, do not make
/// for a fetch at every sign-in: an unknown `kid` does.
fn fresh_for(answer: &Answer) -> u64 {
    answer
        .header("cache-control")
        .and_then(|value| {
            let directive = |part: &str| {
                part.trim().to_ascii_lowercase().strip_prefix("max-age=").and_then(|age| age.parse().ok())
            };
            value.split(',').find_map(directive)
        })
        .unwrap_or(FRESH_BY_DEFAULT)
        .clamp(*FRESH.start(), *FRESH.end())
}

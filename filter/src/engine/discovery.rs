//! Getting ready and staying so: provider metadata first, then the keys, then both anew from time to time.
//! What was good last is kept while the provider is away. What another instance in this Envoy has fetched meanwhile is
//! taken instead, see [`super::shared_place`].

use std::rc::Rc;

use super::event::{DiscoveryError, ProviderEvent};
use super::shared_place::{Need, SharedPlace, Told, Turn, Turns};
use crate::config::{self, Config};
use crate::inputs::{Inputs, Timestamp};
use crate::jose::JwkSet;
use crate::oidc::endpoint::ProviderEndpoint;
use crate::oidc::http_call::HttpCall;
use crate::oidc::{Answer, ProviderMetadata, RelyingParty, jwks, provider};
use crate::session::shared_issuer::Fetched;

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
    /// The metadata as they came, for the others.
    metadata_body: Rc<[u8]>,
    /// When they came; when others have fetched them, about.
    metadata_at: Timestamp,
    /// When the keys were asked for, by whomever.
    asked_at: Timestamp,
}

impl KnownProvider {
    /// This client at it.
    pub(super) fn relying_party<'a>(&'a self, config: &'a Config) -> RelyingParty<'a> {
        RelyingParty { provider: &config.provider, client: &config.client, metadata: &self.metadata }
    }

    /// For the others, with the answer that has brought the keys.
    fn fetched(&self, keys: &Answer, fresh_until: Timestamp) -> Fetched {
        Fetched {
            metadata: self.metadata_body.to_vec(),
            keys: keys.body().to_vec(),
            asked_at: self.asked_at.0,
            fresh_until: fresh_until.0,
        }
    }
}

/// What is being fetched; given back with its answer.
#[derive(Debug)]
pub(super) struct Fetch {
    /// Calls are counted.
    call: u64,
    what: Wanted,
}

impl Fetch {
    pub(super) fn endpoint(&self) -> ProviderEndpoint {
        match self.what {
            Wanted::Metadata => ProviderEndpoint::Metadata,
            Wanted::Keys(_) => ProviderEndpoint::Keys,
        }
    }
}

#[derive(Debug)]
enum Wanted {
    Metadata,
    Keys(KeysFetch),
}

#[derive(Debug)]
struct KeysFetch {
    /// Those that named the keys' place.
    metadata: ReadMetadata,
    number: FetchNumber,
    asked_at: Timestamp,
}

/// As they were read, and as they came.
#[derive(Clone, Debug)]
struct ReadMetadata {
    metadata: Rc<ProviderMetadata>,
    body: Rc<[u8]>,
    at: Timestamp,
}

/// Fetches of the keys are counted, each from its beginning.
type FetchNumber = u64;

/// When an instance has fetched both by itself last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchedAt {
    /// When the metadata came.
    pub metadata_at: Timestamp,
    /// When the keys did.
    pub keys_at: Timestamp,
}

/// What is due.
pub(super) enum Due {
    Call(HttpCall, Fetch),
    /// Nothing to call for: another has fetched it, or there is something to say.
    Event(ProviderEvent),
}

/// A wish for keys that are fetched from now on: fulfilled by a fetch of a higher number, or of a later second.
#[derive(Clone, Copy, Debug)]
pub(super) struct WantedKeys {
    before: FetchNumber,
    /// How many sets had been taken from others.
    taken: u64,
    at: Timestamp,
}

/// What came of a wish for keys.
pub(super) enum FetchOutcome {
    /// The fetch has not ended, or not begun.
    Pending,
    /// Newer keys are there.
    Came,
    /// Newer keys are there, and others may have asked for them before the wish: whoever does not find theirs wishes again.
    CameEarlier,
    /// Not yet: the fetch has failed, and is repeated at once.
    FailedOnce,
    /// Not soon: the provider is away.
    Failing,
}

#[derive(Debug, Default)]
pub(super) struct Discovery {
    provider: Option<KnownProvider>,
    /// Newer metadata, whose keys are not there yet.
    next: Option<ReadMetadata>,
    /// The call that is, and since when.
    under_way: Option<(u64, Timestamp)>,
    calls: u64,
    due_at: Timestamp,
    failures: u32,
    keys_wanted: bool,
    keys_asked_at: Option<Timestamp>,
    /// The last fetch of the keys that has begun, that has ended, and that has brought some.
    keys_begun: FetchNumber,
    keys_ended: FetchNumber,
    keys_came: FetchNumber,
    turns: Turns,
    /// How many key sets were taken from others.
    taken: u64,
    too_large: TooLarge,
    /// What is not told yet.
    fetched: Option<FetchedAt>,
}

/// Whether metadata and keys are too large to be shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TooLarge {
    #[default]
    No,
    /// And the log does not say so yet.
    Unsaid,
    Said,
}

impl Discovery {
    pub(super) fn provider(&self) -> Option<&KnownProvider> {
        self.provider.as_ref()
    }

    pub(super) fn take_fetched(&mut self) -> Option<FetchedAt> {
        self.fetched.take()
    }

    /// Whether the last attempts failed, so that waiting for the one under way is of little use. One failure is
    /// not enough: it is repeated at once.
    pub(super) fn is_failing(&self) -> bool {
        self.failures > 1
    }

    /// Whether something is missing or wanted, or on its way.
    pub(super) fn is_fetching(&self) -> bool {
        self.provider.is_none() || self.keys_wanted || self.next.is_some() || self.under_way.is_some()
    }

    /// Asks for the keys to be fetched anew. One that is under way may be answered by yesterday's keys, and does not count;
    /// one that is wanted already serves this wish too.
    pub(super) fn want_keys(&mut self, now: Timestamp) -> WantedKeys {
        self.keys_wanted = true;
        self.wish_after(self.keys_begun, now)
    }

    fn wish_after(&self, before: FetchNumber, at: Timestamp) -> WantedKeys {
        WantedKeys { before, taken: self.taken, at }
    }

    /// The same for a token that anybody may have made up: at most once in a while. `None`: the keys are as new as they
    /// can be for now. One that is being fetched is waited for.
    pub(super) fn want_keys_for_a_token(&mut self, now: Timestamp) -> Option<WantedKeys> {
        if self.keys_begun > self.keys_ended {
            return Some(self.wish_after(self.keys_begun.saturating_sub(1), now));
        }
        let lately = |at: Timestamp| at <= now && now.since(at) < TOKENS_AT_MOST_EVERY;
        (!self.keys_asked_at.is_some_and(lately)).then(|| self.want_keys(now))
    }

    pub(super) fn outcome_of(&self, WantedKeys { before, taken, at }: WantedKeys) -> FetchOutcome {
        if self.keys_came > before {
            FetchOutcome::Came
        } else if self.taken > taken {
            let is_later = self.provider.as_ref().is_some_and(|known| known.asked_at > at);
            if is_later { FetchOutcome::Came } else { FetchOutcome::CameEarlier }
        } else if self.keys_ended <= before {
            FetchOutcome::Pending
        } else if self.is_failing() {
            FetchOutcome::Failing
        } else {
            FetchOutcome::FailedOnce
        }
    }

    /// The next call, where it is this instance's turn to make one.
    pub(super) fn poll(&mut self, place: &SharedPlace<'_>, inputs: &mut Inputs<'_>) -> Option<Due> {
        let now = inputs.now;
        if self.too_large == TooLarge::Unsaid {
            self.too_large = TooLarge::Said;
            return Some(Due::Event(ProviderEvent::NotShared));
        }
        let is_on_its_way = |since| since <= now && now.since(since) < LOST_AFTER;
        let is_under_way = self.under_way.is_some_and(|(_, since)| is_on_its_way(since));
        let wanted = if is_under_way { None } else { self.next_fetch(now) };
        // Whoever knows nothing takes what others have at once, also while a call is under way, or in a pause after a failure.
        if wanted.is_none() && self.provider.is_some() {
            return None;
        }
        let known = self.provider.as_ref();
        let need = match known {
            _ if wanted.is_none() => Need::Nothing,
            // Somebody may wait for what has failed.
            Some(_) if !self.keys_wanted && self.failures == 0 => Need::InTime,
            Some(_) | None => Need::AtOnce,
        };
        let take = |fetched: &Fetched| newer_than(known, fetched, place.issuer, now);
        match self.turns.turn(place, need, take, inputs) {
            Turn::Over((known, fresh_until)) => Some(Due::Event(self.take(known, fresh_until))),
            Turn::Others => None,
            Turn::Ours => Some(self.begin(wanted?, place.issuer, now)),
        }
    }

    fn next_fetch(&self, now: Timestamp) -> Option<Wanted> {
        let number = self.keys_begun.saturating_add(1);
        let keys = |metadata| Wanted::Keys(KeysFetch { metadata, number, asked_at: now });
        // A time ahead of now is from before the clock was set back.
        let lately = |at: Timestamp| at <= now && now.since(at) < KEYS_AT_MOST_EVERY;
        if self.keys_wanted
            && !self.keys_asked_at.is_some_and(lately)
            && let Some(metadata) = self.next.clone().or_else(|| self.provider.as_ref().map(ReadMetadata::of))
        {
            return Some(keys(metadata));
        }
        // A time further ahead than any pause is from before the clock was set back.
        let longest = if self.provider.is_none() || self.failures > 0 { LONGEST_WAIT } else { *FRESH.end() };
        let set_back = self.due_at.since(now) > longest;
        if now < self.due_at && !set_back {
            return None;
        }
        Some(self.next.clone().map_or(Wanted::Metadata, keys))
    }

    fn begin(&mut self, what: Wanted, issuer: &config::Provider, now: Timestamp) -> Due {
        self.calls = self.calls.saturating_add(1);
        self.under_way = Some((self.calls, now));
        let call = match &what {
            Wanted::Metadata => provider::discovery_call(issuer),
            Wanted::Keys(keys) => {
                self.keys_asked_at = Some(keys.asked_at);
                self.keys_begun = keys.number;
                self.keys_wanted = false;
                HttpCall::get(&keys.metadata.metadata.jwks_uri, issuer)
            }
        };
        Due::Call(call, Fetch { call: self.calls, what })
    }

    /// Another instance has fetched. The answer to an own call is of no use any more.
    fn take(&mut self, known: KnownProvider, fresh_until: Timestamp) -> ProviderEvent {
        self.under_way = None;
        self.keys_asked_at = Some(known.asked_at);
        self.keys_wanted = false;
        self.taken = self.taken.saturating_add(1);
        self.know(known, fresh_until)
    }

    fn know(&mut self, known: KnownProvider, fresh_until: Timestamp) -> ProviderEvent {
        self.provider = Some(known);
        self.next = None;
        self.failures = 0;
        self.due_at = fresh_until;
        ProviderEvent::Ready
    }

    pub(super) fn on_answer(
        &mut self,
        Fetch { call, what }: Fetch,
        answer: &Answer,
        place: &SharedPlace<'_>,
        inputs: &mut Inputs<'_>,
    ) -> ProviderEvent {
        let now = inputs.now;
        if let Wanted::Keys(keys) = &what {
            self.keys_ended = self.keys_ended.max(keys.number);
        }
        // Another was faster, or it was lost.
        if self.under_way.is_none_or(|(under_way, _)| under_way != call) {
            return ProviderEvent::HalfWay;
        }
        self.under_way = None;
        let error = match what {
            Wanted::Metadata => match ProviderMetadata::read(answer, place.issuer) {
                Ok(metadata) => {
                    let body = answer.body().into();
                    self.next = Some(ReadMetadata { metadata: Rc::new(metadata), body, at: now });
                    self.due_at = now;
                    return ProviderEvent::HalfWay;
                }
                Err(error) => error.into(),
            },
            Wanted::Keys(KeysFetch { metadata, number, asked_at }) => match jwks::read(answer) {
                Ok(keys) => {
                    self.keys_came = self.keys_came.max(number);
                    let ReadMetadata { metadata, body: metadata_body, at: metadata_at } = metadata;
                    self.fetched = Some(FetchedAt { metadata_at, keys_at: now });
                    let keys = Rc::new(keys);
                    let known = KnownProvider { metadata, keys, metadata_body, metadata_at, asked_at };
                    let fresh_until = now.plus(fresh_for(answer));
                    let told = self.turns.tell(place, known.fetched(answer, fresh_until), inputs);
                    if told == Told::TooLarge && self.too_large == TooLarge::No {
                        self.too_large = TooLarge::Unsaid;
                    }
                    return self.know(known, fresh_until);
                }
                Err(error) => error.into(),
            },
        };
        self.turns.give_up(place, inputs);
        self.fail(error, answer, now)
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

impl ReadMetadata {
    fn of(known: &KnownProvider) -> Self {
        let KnownProvider { metadata, metadata_body, metadata_at, .. } = known;
        Self { metadata: Rc::clone(metadata), body: Rc::clone(metadata_body), at: *metadata_at }
    }
}

/// What another has fetched, and until when it is fresh: where it is newer than what is known, and as good as an answer of
/// the provider itself.
fn newer_than(
    known: Option<&KnownProvider>,
    fetched: &Fetched,
    issuer: &config::Provider,
    now: Timestamp,
) -> Option<(KnownProvider, Timestamp)> {
    let (asked_at, fresh_until) = (Timestamp(fetched.asked_at), Timestamp(fetched.fresh_until));
    // What is known from ahead of now is from before the clock was set back.
    let is_known = known.is_some_and(|known| known.asked_at <= now && known.asked_at >= asked_at);
    if is_known || !fetched.is_fresh(now) || fresh_until.since(now) > *FRESH.end() {
        return None;
    }
    let metadata = ProviderMetadata::read(&Answer::ok(&fetched.metadata), issuer).ok()?;
    let keys = jwks::read(&Answer::ok(&fetched.keys)).ok()?;
    let metadata_body = fetched.metadata.as_slice().into();
    let (metadata, keys) = (Rc::new(metadata), Rc::new(keys));
    Some((KnownProvider { metadata, keys, metadata_body, metadata_at: asked_at, asked_at }, fresh_until))
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

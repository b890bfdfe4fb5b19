//! Counters, gauges and a histogram: their names and labels, and what of them Envoy has not been told yet. A hostcall for
//! each request would cost more than the request, so they are handed over by tick.

use std::collections::BTreeMap;

use crate::access::Judgement;
use crate::engine::Awaited;
use crate::inputs::{Spending, Timestamp};
use crate::oidc::Answer;
use crate::oidc::endpoint::ProviderEndpoint;
use crate::page::{Reason, explanation};

/// One series of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    /// Requests that went on to the application.
    Forwarded(Basis),
    /// Requests that were answered here.
    Replied(Reason),
    /// Sign-ins that began, ended in a session, or came to nothing.
    SignIn(Reason),
    /// Calls to the provider.
    ProviderRequest(ProviderEndpoint, Answered),
    /// Refreshes of access tokens.
    Refresh(Refreshed),
    /// Sessions that were opened, by the place of the secret, and whether they were in the cache.
    SessionOpened(usize, bool),
    /// Requests that had to wait.
    Parked(Awaited),
    /// Calls that were not made, because too many came to nothing or were under way.
    BudgetRefused(Spending),
    /// Parts of sessions that did not fit into the browser.
    LeftOut(LeftOutPart),
    /// Lines that were not written.
    LogLinesLeftOut,
}

/// On what ground a request goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// A rule lets everybody pass.
    Public,
    /// A rule lets people pass signed in or not.
    Optional,
    /// A CORS preflight.
    Preflight,
    /// A session, or a bearer token, that meets the rule.
    Permitted,
}

impl Basis {
    const ALL: [Self; 4] = [Self::Public, Self::Optional, Self::Preflight, Self::Permitted];

    pub(crate) fn of(judgement: &Judgement) -> Self {
        match judgement {
            Judgement::Public => Self::Public,
            Judgement::Optional => Self::Optional,
            Judgement::Preflight => Self::Preflight,
            // The others do not go on.
            Judgement::Permitted
            | Judgement::Nobody
            | Judgement::NotSignedIn
            | Judgement::StepUp(_)
            | Judgement::Missing(_) => Self::Permitted,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Optional => "optional",
            Self::Preflight => "preflight",
            Self::Permitted => "permitted",
        }
    }
}

/// What came of a call: a few classes, whatever status the provider makes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answered {
    /// 100 to 299.
    Success,
    /// 300 to 399: nobody follows it.
    Redirect,
    /// 429.
    RateLimited,
    /// 400 to 499.
    ClientError,
    /// From 500 on, those that Envoy makes included.
    ServerError,
    /// No answer, or none that was read.
    Nothing,
    /// There is no such cluster, or it has no endpoint.
    NotMade,
    /// The browser has gone before the answer.
    Abandoned,
}

impl Answered {
    const ALL: [Self; 8] = [
        Self::Success,
        Self::Redirect,
        Self::RateLimited,
        Self::ClientError,
        Self::ServerError,
        Self::Nothing,
        Self::NotMade,
        Self::Abandoned,
    ];

    pub(crate) fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Response { status: ..300, .. } => Self::Success,
            Answer::Response { status: 300..400, .. } => Self::Redirect,
            Answer::Response { status: 429, .. } => Self::RateLimited,
            Answer::Response { status: 400..500, .. } => Self::ClientError,
            Answer::Response { .. } => Self::ServerError,
            Answer::TooLarge | Answer::Nothing => Self::Nothing,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::Redirect => "3xx",
            Self::RateLimited => "429",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
            Self::Nothing => "none",
            Self::NotMade => "not_made",
            Self::Abandoned => "abandoned",
        }
    }
}

/// What came of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refreshed {
    /// A new access token, and the claims with it.
    Renewed,
    /// The provider says no to the person: the session ends with its access token.
    Ended,
    /// A passing trouble: it is tried again.
    Failed,
}

impl Refreshed {
    const ALL: [Self; 3] = [Self::Renewed, Self::Ended, Self::Failed];

    fn name(self) -> &'static str {
        match self {
            Self::Renewed => "renewed",
            Self::Ended => "ended",
            Self::Failed => "failed",
        }
    }
}

/// What may be left out of a session for its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOutPart {
    /// The ID token that only signing out needs.
    IdToken,
    /// Groups that no rule names.
    Groups,
    /// The access token.
    AccessToken,
}

impl LeftOutPart {
    const ALL: [Self; 3] = [Self::IdToken, Self::Groups, Self::AccessToken];

    /// By the name that [`LeftOut`](crate::session::LeftOut) has for it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::Groups => "groups",
            Self::AccessToken => "access_token",
        }
    }
}

impl Counter {
    /// Every series that there is, so that each exists from the start, with so many session secrets.
    #[must_use]
    pub fn all(keys: usize) -> Vec<Self> {
        let sign_ins = Reason::ALL.iter().filter(|reason| sign_in_outcome(**reason).is_some());
        let answers = |endpoint| Answered::ALL.map(|answered| Self::ProviderRequest(endpoint, answered));
        let mut all: Vec<Self> = Basis::ALL.map(Self::Forwarded).into();
        all.extend(Reason::ALL.iter().copied().map(Self::Replied));
        all.extend(sign_ins.copied().map(Self::SignIn));
        all.extend(ProviderEndpoint::ALL.into_iter().flat_map(answers));
        all.extend(Refreshed::ALL.map(Self::Refresh));
        all.extend(
            (0..keys).flat_map(|key| [Self::SessionOpened(key, true), Self::SessionOpened(key, false)]),
        );
        all.extend(Awaited::ALL.map(Self::Parked));
        all.extend([Spending::Redemption, Spending::Push].map(Self::BudgetRefused));
        all.extend(LeftOutPart::ALL.map(Self::LeftOut));
        all.push(Self::LogLinesLeftOut);
        all
    }

    /// Its name in Envoy, with its labels in the form that `stats_tags` read.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Forwarded(basis) => {
                series("vestibule_decisions_total", &[("outcome", "forwarded"), ("reason", basis.name())])
            }
            Self::Replied(reason) => {
                let labels = [("outcome", outcome(reason)), ("reason", reason.code())];
                series("vestibule_decisions_total", &labels)
            }
            Self::SignIn(reason) => {
                let outcome = sign_in_outcome(reason).unwrap_or("failed");
                series("vestibule_sign_ins_total", &[("outcome", outcome), ("reason", reason.code())])
            }
            Self::ProviderRequest(endpoint, answered) => {
                let labels = [("endpoint", endpoint.name()), ("status", answered.name())];
                series("vestibule_provider_requests_total", &labels)
            }
            Self::Refresh(refreshed) => series("vestibule_refreshes_total", &[("outcome", refreshed.name())]),
            Self::SessionOpened(key, cached) => {
                let cached = if cached { "true" } else { "false" };
                let labels = [("key", &*key.to_string()), ("cached", cached)];
                series("vestibule_sessions_opened_total", &labels)
            }
            Self::Parked(awaited) => series("vestibule_parked_total", &[("wait", awaited.name())]),
            Self::BudgetRefused(Spending::Redemption) => {
                series("vestibule_budget_refusals_total", &[("what", "redemption")])
            }
            Self::BudgetRefused(Spending::Push) => {
                series("vestibule_budget_refusals_total", &[("what", "push")])
            }
            Self::LeftOut(part) => series("vestibule_left_out_total", &[("part", part.name())]),
            Self::LogLinesLeftOut => series("vestibule_log_lines_left_out_total", &[]),
        }
    }
}

/// The histogram of an endpoint: milliseconds from a call to its answer.
#[must_use]
pub fn duration_name(endpoint: ProviderEndpoint) -> String {
    series("vestibule_provider_request_duration_milliseconds", &[("endpoint", endpoint.name())])
}

/// A gauge. All instances of one Envoy share it, and the last writer wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gauge {
    /// How many instances know the provider's metadata and keys.
    Ready,
    /// When metadata were fetched last. Seconds since the epoch.
    MetadataFetched,
    /// When keys were. Seconds since the epoch.
    KeysFetched,
}

impl Gauge {
    /// In their order.
    pub const ALL: [Self; 3] = [Self::Ready, Self::MetadataFetched, Self::KeysFetched];

    /// Its name in Envoy.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "vestibule_ready",
            Self::MetadataFetched => "vestibule_metadata_fetched_timestamp_seconds",
            Self::KeysFetched => "vestibule_keys_fetched_timestamp_seconds",
        }
    }
}

/// A change of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GaugeChange {
    /// By so much.
    By(Gauge, i64),
    /// To this time.
    To(Gauge, Timestamp),
}

/// `label=.=value;.;` before the name: Istio's form, from which its own expressions make labels too.
fn series(name: &str, labels: &[(&str, &str)]) -> String {
    let labels: String = labels.iter().map(|(label, value)| format!("{label}=.={value};.;")).collect();
    labels + name
}

fn outcome(reason: Reason) -> &'static str {
    match explanation(reason).status {
        ..300 => "answered",
        300..400 => "redirected",
        400..500 => "refused",
        500.. => "failed",
    }
}

/// `None`: not the beginning or the end of a sign-in.
pub(crate) fn sign_in_outcome(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::SignInStarted => Some("started"),
        Reason::SignedIn | Reason::SessionTrimmed => Some("completed"),
        Reason::SignInUnknown
        | Reason::ResponseInvalid
        | Reason::ResponseIssuer
        | Reason::ProviderDenied
        | Reason::ProviderError
        | Reason::ParFailed
        | Reason::ClientRefused
        | Reason::TokenUnreachable
        | Reason::TokenRefused
        | Reason::TokenInvalid
        | Reason::IdTokenInvalid
        | Reason::AcrNotReached
        | Reason::SignInTooOld
        | Reason::SessionTooLarge
        | Reason::CookieNotKept
        | Reason::UserinfoFailed => Some("failed"),
        _ => None,
    }
}

/// What Envoy is to be told.
#[derive(Debug, Default)]
pub struct Pending {
    /// By how much each counter grows.
    pub counts: BTreeMap<Counter, u64>,
    /// How long calls took. Milliseconds.
    pub durations: Vec<(ProviderEndpoint, u64)>,
    /// In their order.
    pub gauges: Vec<GaugeChange>,
}

/// What has been counted since.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Of requests that go on: on the path of every request.
    forwarded: [u64; Basis::ALL.len()],
    pending: Pending,
}

impl Counts {
    pub(crate) fn forwarded(&mut self, judgement: &Judgement) {
        let place = Basis::of(judgement) as usize;
        if let Some(count) = self.forwarded.get_mut(place) {
            *count = count.saturating_add(1);
        }
    }

    pub(crate) fn add(&mut self, counter: Counter, more: u64) {
        if more > 0 {
            let count = self.pending.counts.entry(counter).or_default();
            *count = count.saturating_add(more);
        }
    }

    /// Reply, and sign-in where it is one's beginning or end.
    pub(crate) fn replied(&mut self, reason: Reason, left_out: &[&str]) {
        self.add(Counter::Replied(reason), 1);
        if sign_in_outcome(reason).is_some() {
            self.add(Counter::SignIn(reason), 1);
        }
        self.left_out(left_out.iter().copied());
    }

    pub(crate) fn left_out<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        names.into_iter().filter_map(LeftOutPart::named).for_each(|part| self.add(Counter::LeftOut(part), 1));
    }

    pub(crate) fn took(&mut self, endpoint: ProviderEndpoint, milliseconds: u64) {
        self.pending.durations.push((endpoint, milliseconds));
    }

    pub(crate) fn gauge(&mut self, change: GaugeChange) {
        self.pending.gauges.push(change);
    }

    pub(crate) fn take(&mut self) -> Pending {
        let forwarded = std::mem::take(&mut self.forwarded);
        Basis::ALL
            .into_iter()
            .zip(forwarded)
            .for_each(|(basis, count)| self.add(Counter::Forwarded(basis), count));
        std::mem::take(&mut self.pending)
    }
}

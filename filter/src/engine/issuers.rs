//! Whose tokens are accepted, and where the keys of each are kept. The first is the provider that signs people in.

use super::discovery::{Discovery, Fetch, FetchOutcome, WantedKeys};
use super::event::ProviderEvent;
use crate::config::{self, Config};
use crate::inputs::Timestamp;
use crate::oidc::{Answer, HttpCall};

/// One of them, by its place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhichIssuer {
    /// `provider`.
    First,
    /// One of `providers`.
    Further(usize),
}

/// The further ones. Each is fetched for itself, so that one that is away keeps nobody else out.
#[derive(Debug, Default)]
pub(super) struct Issuers(Vec<Discovery>);

/// For which keys of an issuer a request with a token waits.
#[derive(Clone, Copy, Debug)]
pub(super) enum TokenKeys {
    /// Nothing is known of the issuer yet.
    Any,
    /// Newer ones than there are.
    Newer(WantedKeys),
}

impl TokenKeys {
    /// Whether there is nothing to wait for any more.
    pub(super) fn are_settled(self, discovery: &Discovery) -> bool {
        match self {
            Self::Any => discovery.provider().is_some() || discovery.is_failing(),
            Self::Newer(wanted) => match discovery.outcome_of(wanted) {
                FetchOutcome::Pending => false,
                FetchOutcome::Came | FetchOutcome::FailedOnce | FetchOutcome::Failing => true,
            },
        }
    }
}

impl Issuers {
    pub(super) fn new(config: &Config) -> Self {
        Self(config.issuers.iter().map(|_| Discovery::default()).collect())
    }

    pub(super) fn get(&self, index: usize) -> Option<&Discovery> {
        self.0.get(index)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Discovery> {
        self.0.get_mut(index)
    }

    /// The next call that is due for one of them.
    pub(super) fn poll(&mut self, config: &Config, now: Timestamp) -> Option<(HttpCall, Fetch, usize)> {
        let mut all = self.0.iter_mut().zip(&config.issuers).enumerate();
        all.find_map(|(index, (discovery, issuer))| {
            let (call, fetch) = discovery.poll(&issuer.provider, now)?;
            Some((call, fetch, index))
        })
    }

    /// That call was answered.
    pub(super) fn on_answer(
        &mut self,
        (fetch, index): (Fetch, usize),
        answer: &Answer,
        config: &Config,
        now: Timestamp,
    ) -> ProviderEvent {
        let (Some(discovery), Some(config::Issuer { name, provider })) =
            (self.0.get_mut(index), config.issuers.get(index))
        else {
            return ProviderEvent::HalfWay;
        };
        discovery.on_answer(fetch, answer, provider, now).of_issuer(name)
    }

    pub(super) fn is_fetching(&self) -> bool {
        self.0.iter().any(Discovery::is_fetching)
    }
}

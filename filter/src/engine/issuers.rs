//! Whose tokens are accepted, and where the keys of each are kept. The first is the provider that signs people in.

use super::discovery::{Discovery, FetchOutcome, WantedKeys};
use crate::config::Config;

/// One of them, by its place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhichIssuer {
    /// `provider`.
    First,
    /// One of `providers`.
    Further(usize),
}

/// What is known of the further ones.
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
                FetchOutcome::Came
                | FetchOutcome::CameEarlier
                | FetchOutcome::FailedOnce
                | FetchOutcome::Failing => true,
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

    pub(super) fn is_fetching(&self) -> bool {
        self.0.iter().any(Discovery::is_fetching)
    }
}

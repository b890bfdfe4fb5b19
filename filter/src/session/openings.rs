//! How many sessions were opened, by the secret that has sealed them: so that the operator sees when an old secret may go.

/// Of one secret, since they were last asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Openings {
    /// Those that were found in the cache.
    pub cached: u64,
    /// Those that were not.
    pub anew: u64,
}

/// By the place of the secret in `session.secrets`.
#[derive(Debug)]
pub(super) struct OpeningsByKey(Vec<Openings>);

impl OpeningsByKey {
    pub(super) fn new(keys: usize) -> Self {
        Self(vec![Openings::default(); keys])
    }

    pub(super) fn count(&mut self, key: usize, was_cached: bool) {
        let Some(Openings { cached, anew }) = self.0.get_mut(key) else { return };
        let count = if was_cached { cached } else { anew };
        *count = count.saturating_add(1);
    }

    pub(super) fn take(&mut self) -> impl Iterator<Item = (usize, Openings)> {
        self.0.iter_mut().map(std::mem::take).enumerate()
    }
}

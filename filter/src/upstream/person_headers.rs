//! What the application is told of one person, made once for many requests.

use super::identity::{self, FilterState, Headers, Identity};
use super::signed::{self, Word};
use crate::config::Upstream;

/// Made when a session or a token was opened, and kept beside it.
#[derive(Debug)]
pub struct PersonHeaders {
    /// The same for every request.
    pub headers: Headers,
    /// Empty where it is not wanted.
    pub filter_state: FilterState,
    /// Where the application gets a signed header.
    pub word: Option<Word>,
}

impl PersonHeaders {
    /// As much as the configuration wants.
    #[must_use]
    pub fn of(person: &Identity<'_>, upstream: &Upstream) -> Self {
        Self {
            headers: identity::of_person(person, upstream),
            filter_state: if upstream.filter_state { identity::filter_state(person) } else { Vec::new() },
            word: upstream.jwt.is_some().then(|| Word::of(person)),
        }
    }

    /// What it may take beside the headers: signed ones come later. Bytes.
    #[must_use]
    pub fn further_size(&self) -> usize {
        self.word.as_ref().map_or(0, |_| signed::SIZE)
    }
}

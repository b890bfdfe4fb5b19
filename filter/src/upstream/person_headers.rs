//! What the application is told of one person, made once for many requests.

use super::identity::{self, FilterState, Headers, Identity, Rule};
use super::signed::Word;
use crate::config::Upstream;

/// Made when a session or a token was opened, and kept beside it.
#[derive(Debug)]
pub struct PersonHeaders {
    /// The same for every request.
    pub headers: Headers,
    /// Where the application gets a signed header.
    pub word: Option<Word>,
    /// User and groups, where they are wanted in the filter state.
    state: FilterState,
}

impl PersonHeaders {
    /// As much as the configuration wants.
    #[must_use]
    pub fn of(person: &Identity<'_>, upstream: &Upstream) -> Self {
        let state = upstream.filter_state.then(|| identity::filter_state(Some(person)));
        Self {
            headers: identity::of_person(person, upstream),
            word: upstream.jwt.is_some().then(|| Word::of(person)),
            state: state.unwrap_or_default(),
        }
    }

    /// The filter state of a request of this person; empty where it is not wanted.
    #[must_use]
    pub fn filter_state(&self, rule: Rule) -> FilterState {
        let rule = (!self.state.is_empty()).then(|| identity::rule_state(rule));
        self.state.iter().cloned().chain(rule).collect()
    }

    /// What it may take beside the headers: signed ones come later. Bytes.
    #[must_use]
    pub fn further_size(&self) -> usize {
        self.word.as_ref().map_or(0, Word::most_size)
    }
}

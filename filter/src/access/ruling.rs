//! The rule that a request falls under, before anybody knows who asks.

use super::requirement::{Requirement, Who};
use super::verdict::{Judgement, Verdict};
use crate::config::Unauthenticated;

/// What [`Policy::rule_for`](super::Policy::rule_for) found.
#[derive(Clone, Copy, Debug)]
pub struct Ruling<'p> {
    rule: Option<usize>,
    allows: &'p Allows,
    unauthenticated: Unauthenticated,
    /// Another rule that must let somebody in as well, by its place.
    besides: Option<(Option<usize>, &'p Requirement)>,
}

/// Whom a rule lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allows {
    /// Everyone, without identity headers. No session is looked at.
    Public,
    /// Everyone, with identity headers where signed in.
    Optional,
    /// Nobody. No session is looked at.
    Nobody,
    /// Whoever is signed in and has what it asks for, which may be nothing.
    SignedIn(Requirement),
}

/// What no rule speaks of.
static AUTHENTICATED: Allows = Allows::SignedIn(Requirement::NOTHING);

impl<'p> Ruling<'p> {
    pub(super) fn by_rule(rule: usize, allows: &'p Allows, unauthenticated: Unauthenticated) -> Self {
        Self { rule: Some(rule), allows, unauthenticated, besides: None }
    }

    pub(super) fn by_default() -> Self {
        Self { rule: None, allows: &AUTHENTICATED, unauthenticated: Unauthenticated::Auto, besides: None }
    }

    /// What lets in only whom this one, which does not open, and the `other` both let in.
    pub(super) fn and(self, other: Self) -> Self {
        match (self.allows, other.allows) {
            (Allows::Nobody, _) | (_, Allows::Public | Allows::Optional) => self,
            (Allows::Public | Allows::Optional, _) | (_, Allows::Nobody) => other,
            (Allows::SignedIn(one), Allows::SignedIn(two)) if one == two || two.is_nothing() => self,
            (Allows::SignedIn(one), Allows::SignedIn(_)) if one.is_nothing() => other,
            (Allows::SignedIn(_), Allows::SignedIn(two)) => Self { besides: Some((other.rule, two)), ..self },
        }
    }

    /// The place in `access` of the rule that decides first; none: no rule matched.
    #[must_use]
    pub fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// Whom the rule lets in.
    #[must_use]
    pub fn allows(&self) -> &'p Allows {
        self.allows
    }

    /// How a request without a session is answered, where it needs one.
    #[must_use]
    pub fn unauthenticated(&self) -> Unauthenticated {
        self.unauthenticated
    }

    /// What the rule means for `who` asks; `None`: nobody is signed in.
    #[must_use]
    pub fn judge(&self, who: Option<&Who<'_>>) -> Verdict {
        let by_first = |judgement| Verdict { rule: self.rule, judgement };
        let (requirement, who) = match (self.allows, who) {
            (Allows::Public, _) => return by_first(Judgement::Public),
            (Allows::Optional, _) => return by_first(Judgement::Optional),
            (Allows::Nobody, _) => return by_first(Judgement::Nobody),
            (Allows::SignedIn(_), None) => return by_first(Judgement::NotSignedIn),
            (Allows::SignedIn(requirement), Some(who)) => (requirement, who),
        };
        for (rule, requirement) in [(self.rule, requirement)].into_iter().chain(self.besides) {
            let missing = requirement.missing(who);
            if !missing.is_empty() {
                return Verdict { rule, judgement: Judgement::Missing(missing) };
            }
        }
        by_first(Judgement::Permitted)
    }
}

impl Allows {
    /// Whether somebody may enter whom nobody knows.
    #[must_use]
    pub fn opens(&self) -> bool {
        match self {
            Self::Public | Self::Optional => true,
            Self::Nobody | Self::SignedIn(_) => false,
        }
    }

    pub(super) fn requirement(&self) -> Option<&Requirement> {
        match self {
            Self::SignedIn(requirement) => Some(requirement),
            Self::Public | Self::Optional | Self::Nobody => None,
        }
    }
}

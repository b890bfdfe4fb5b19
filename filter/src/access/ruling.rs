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
        Self { rule: Some(rule), allows, unauthenticated }
    }

    pub(super) fn by_default() -> Self {
        Self { rule: None, allows: &AUTHENTICATED, unauthenticated: Unauthenticated::Auto }
    }

    /// The rule's place in `access`; none: no rule matched.
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
        let judgement = match (self.allows, who) {
            (Allows::Public, _) => Judgement::Public,
            (Allows::Optional, _) => Judgement::Optional,
            (Allows::Nobody, _) => Judgement::Nobody,
            (Allows::SignedIn(_), None) => Judgement::NotSignedIn,
            (Allows::SignedIn(requirement), Some(who)) => match requirement.missing(who) {
                missing if missing.is_empty() => Judgement::Permitted,
                missing => Judgement::Missing(missing),
            },
        };
        Verdict { rule: self.rule, judgement }
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

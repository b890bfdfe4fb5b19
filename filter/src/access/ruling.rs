//! The rule that a request falls under, before anybody knows who asks.

use super::bearer::{self, Token, TokenRefused};
use super::requirement::{Requirement, Who};
use super::verdict::{Judgement, Verdict};
use crate::config::{Authentication, Bearer, Unauthenticated};

/// What [`Policy::rule_for`](super::Policy::rule_for) found.
#[derive(Clone, Debug)]
pub struct Ruling<'p> {
    rule: Option<usize>,
    allows: &'p Allows,
    unauthenticated: Unauthenticated,
    /// Other rules that must let somebody in as well, by their places. None where the first asks for nothing.
    besides: Vec<(Option<usize>, &'p Requirement)>,
    /// What the rules that count ask of a token, each for itself; `None`: one of them takes no tokens.
    bearers: Option<Vec<&'p Bearer>>,
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
        Self { rule: Some(rule), allows, unauthenticated, besides: Vec::new(), bearers: None }
    }

    pub(super) fn by_default() -> Self {
        Self {
            rule: None,
            allows: &AUTHENTICATED,
            unauthenticated: Unauthenticated::Auto,
            besides: Vec::new(),
            bearers: None,
        }
    }

    /// Where the rule takes tokens.
    pub(super) fn with_bearer(self, bearer: Option<&'p Bearer>) -> Self {
        Self { bearers: bearer.map(|bearer| vec![bearer]), ..self }
    }

    /// What lets in only whom this one, which does not open, and the `other` both let in.
    pub(super) fn and(mut self, other: Self) -> Self {
        let bearers = match (&self.bearers, &other.bearers) {
            (Some(one), Some(two)) => Some([one.as_slice(), two].concat()),
            _ => None,
        };
        let (one, two) = match (self.allows, other.allows) {
            (Allows::Nobody, _) | (_, Allows::Public | Allows::Optional) => return self,
            (Allows::Public | Allows::Optional, _) | (_, Allows::Nobody) => return other,
            (Allows::SignedIn(_), Allows::SignedIn(two)) if two.is_nothing() => {
                return Self { bearers, ..self };
            }
            (Allows::SignedIn(one), Allows::SignedIn(_)) if one.is_nothing() => {
                return Self { bearers, ..other };
            }
            (Allows::SignedIn(one), Allows::SignedIn(two)) => (one, two),
        };
        self.bearers = bearers;
        for (rule, wanted) in [(other.rule, two)].into_iter().chain(other.besides) {
            let is_there = |has: &(Option<usize>, &Requirement)| has.0 == rule || has.1 == wanted;
            if !is_there(&(self.rule, one)) && !self.besides.iter().any(is_there) {
                self.besides.push((rule, wanted));
            }
        }
        self
    }

    /// What is right for this reading of a path and for the `other`. None: one is for nobody, or for everyone without a
    /// look at who asks, and the other is not. Then there is no answer that is right for both: to let somebody in is
    /// wrong for one, and a sign-in leads nowhere with the other.
    pub(super) fn with_another_reading(self, other: Self) -> Option<Self> {
        let agree = match (self.allows, other.allows) {
            (Allows::Public, other) => matches!(other, Allows::Public),
            (Allows::Nobody, other) => matches!(other, Allows::Nobody),
            (Allows::Optional | Allows::SignedIn(_), other) => {
                matches!(other, Allows::Optional | Allows::SignedIn(_))
            }
        };
        let agree = agree && self.bearers.is_some() == other.bearers.is_some();
        let unauthenticated = strictest(self.unauthenticated, other.unauthenticated);
        agree.then(|| Self { unauthenticated, ..self.and(other) })
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

    /// Whether a bearer token decides here, where the request carries one.
    #[must_use]
    pub fn takes_tokens(&self) -> bool {
        self.bearers.is_some()
    }

    /// Whether tokens of this issuer may count here at all.
    #[must_use]
    pub fn takes_issuer(&self, issuer: &str) -> bool {
        self.bearers.as_ref().is_some_and(|all| all.iter().all(|one| bearer::takes_issuer(one, issuer)))
    }

    /// Whether the rules that count take a token.
    ///
    /// # Errors
    /// What keeps it out.
    pub fn check_token(&self, token: &Token<'_>) -> Result<Verdict, TokenRefused> {
        let bearers = self.bearers.as_deref().ok_or(TokenRefused::Kind)?;
        bearers.iter().try_for_each(|wanted| bearer::check(wanted, token))?;
        Ok(Verdict { rule: self.rule, judgement: Judgement::Permitted })
    }

    /// What is told to an API client here: the scopes, and where it learns more.
    #[must_use]
    pub fn told_to_clients(&self) -> Option<&'p Bearer> {
        self.bearers.as_ref()?.first().copied()
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
        let mut step_up = None;
        for (rule, requirement) in [(self.rule, requirement)].into_iter().chain(self.besides.iter().copied())
        {
            let missing = requirement.missing(who);
            if missing.iter().any(|need| !need.is_of_the_sign_in()) {
                // No sign-in of theirs would help.
                return Verdict { rule, judgement: Judgement::Missing(missing) };
            }
            if !missing.is_empty() && step_up.is_none() {
                step_up = Some((rule, missing));
            }
        }
        let Some((rule, missing)) = step_up else { return by_first(Judgement::Permitted) };
        let may_help = self.authentication().is_some();
        let judgement = if may_help { Judgement::StepUp(missing) } else { Judgement::Missing(missing) };
        Verdict { rule, judgement }
    }

    /// The groups of which one would do for this rule of those that count here; none where it asks for none.
    #[must_use]
    pub fn groups_of(&self, rule: Option<usize>) -> &'p [String] {
        let first = self.allows.requirement().map(|own| (self.rule, own));
        let mut all = first.into_iter().chain(self.besides.iter().copied());
        all.find(|(other, _)| *other == rule).map_or(&[], |(_, requirement)| requirement.groups())
    }

    /// What is asked of a sign-in here. None: the rules that count have no class in common, and no sign-in is enough.
    #[must_use]
    pub fn authentication(&self) -> Option<Authentication> {
        let first = self.allows.requirement().map_or(Authentication::ANY, |own| own.authentication().clone());
        self.besides.iter().try_fold(first, |all, (_, other)| all.and(other.authentication()))
    }
}

/// Of two answers to a request without a session the one that redirects less. Whoever is meant by `status` is a program
/// that cannot follow a redirect to a sign-in; a browser can do with a 401, which is a page with a link.
fn strictest(one: Unauthenticated, two: Unauthenticated) -> Unauthenticated {
    match (one, two) {
        (Unauthenticated::Status, _) | (_, Unauthenticated::Status) => Unauthenticated::Status,
        (Unauthenticated::Auto, _) | (_, Unauthenticated::Auto) => Unauthenticated::Auto,
        (Unauthenticated::Redirect, Unauthenticated::Redirect) => Unauthenticated::Redirect,
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

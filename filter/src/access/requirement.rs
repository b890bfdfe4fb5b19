//! What a rule asks of whoever is signed in.

use std::fmt;

use crate::config::{Authenticated, Authentication, Require, RequireEmail, RequiredClaim};

/// Everything that is there must hold; in a list one entry is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    groups: Option<Vec<String>>,
    email: Option<Emails>,
    claims: Vec<RequiredClaim>,
    authentication: Authentication,
}

/// Addresses and domains, in lower case; one of either is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Emails {
    addresses: Vec<String>,
    domains: Vec<String>,
}

/// Who is signed in, as far as rules look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Who<'a> {
    /// Only where it counts as verified.
    pub email: Option<&'a str>,
    /// Absent groups are no groups.
    pub groups: &'a [String],
    /// The values that rules name, with their claims, and no others.
    pub claims: &'a [(String, String)],
    /// How they signed in.
    pub authentication: Authenticated<'a>,
}

/// A thing that a rule can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// One of the groups.
    Groups,
    /// One of the addresses, or an address in one of the domains.
    Email,
    /// A sign-in that reached one of the classes.
    Acr,
    /// A sign-in that is young enough.
    MaxAge,
    /// All of the claims.
    Claims,
    /// What a token must allow.
    Scopes,
}

impl Need {
    /// Whether another sign-in of the same person may bring it.
    pub(super) fn is_of_the_sign_in(self) -> bool {
        match self {
            Self::Acr | Self::MaxAge => true,
            Self::Groups | Self::Email | Self::Claims | Self::Scopes => false,
        }
    }
}

impl Requirement {
    /// A sign-in is enough.
    pub(super) const NOTHING: Self =
        Self { groups: None, email: None, claims: Vec::new(), authentication: Authentication::ANY };

    pub(super) fn of(require: &Require) -> Self {
        let email = require.email.as_ref().map(|RequireEmail { emails, domains }| Emails {
            addresses: emails.clone(),
            domains: domains.clone(),
        });
        Self {
            groups: require.groups.clone(),
            email,
            claims: require.claims.clone(),
            authentication: require.authentication.clone(),
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::NOTHING
    }

    /// What `who` lacks; empty where everything is there.
    pub(super) fn missing(&self, who: &Who<'_>) -> Vec<Need> {
        let in_a_group = |wanted: &Vec<String>| wanted.iter().any(|group| who.groups.contains(group));
        let has_an_email = |wanted: &Emails| who.email.is_some_and(|email| wanted.have(email));
        [
            (Need::Groups, self.groups.as_ref().is_none_or(in_a_group)),
            (Need::Email, self.email.as_ref().is_none_or(has_an_email)),
            (Need::Claims, self.claims.iter().all(|claim| has_claim(who.claims, claim))),
            (Need::Acr, self.authentication.accepts_acr(&who.authentication)),
            (Need::MaxAge, self.authentication.accepts_age(&who.authentication)),
        ]
        .into_iter()
        .filter_map(|(need, is_there)| (!is_there).then_some(need))
        .collect()
    }

    /// Those of which one is asked for.
    pub(super) fn groups(&self) -> &[String] {
        self.groups.as_deref().unwrap_or_default()
    }

    pub(super) fn asks_for_groups(&self) -> bool {
        self.groups.is_some()
    }

    pub(super) fn claims(&self) -> &[RequiredClaim] {
        &self.claims
    }

    pub(super) fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    pub(super) fn asks_for_email(&self) -> bool {
        self.email.is_some()
    }
}

/// Whether one of the values is there that a rule wants of a claim.
pub(super) fn has_claim(claims: &[(String, String)], wanted: &RequiredClaim) -> bool {
    claims.iter().any(|(name, value)| *name == wanted.name && wanted.values.contains(value))
}

impl Emails {
    /// Only ASCII letters are compared without regard to case: what Unicode folds to one another are different
    /// mailboxes.
    fn have(&self, email: &str) -> bool {
        let Some(domain) = domain_of(email) else { return false };
        self.addresses.iter().any(|one| one.eq_ignore_ascii_case(email))
            || self.domains.iter().any(|one| one.eq_ignore_ascii_case(domain))
    }
}

/// What follows the one `@`. An address such as `a@evil@example.com` has no domain that two readers agree on.
pub(super) fn domain_of(email: &str) -> Option<&str> {
    let (local, domain) = email.split_once('@')?;
    let odd = |character: char| character.is_control() || character.is_whitespace();
    (!local.is_empty() && !domain.is_empty() && !domain.contains('@') && !email.contains(odd))
        .then_some(domain)
}

/// As the key of `require` is called.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Groups => "groups",
            Self::Email => "email",
            Self::Acr => "acr",
            Self::MaxAge => "max_age",
            Self::Claims => "claims",
            Self::Scopes => "scopes",
        })
    }
}

//! The access rules in the form in which requests are judged, made once from the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::by_host::ByHost;
use super::requirement::Requirement;
use super::ruling::{Allows, Ruling};
use super::source::Source;
use super::verdict::{Judgement, Verdict};
use super::why_not::WhyNot;
use crate::config::{Access, Bearer, PathPattern, RequiredClaim, Rule, Unauthenticated};
use crate::web::path::{self, NormalPath, Reading, Readings};

/// All of `access`. To find a rule takes a look at those that can be for the request's host and path: what other hosts
/// and paths have costs nothing.
#[derive(Debug, Default)]
pub struct Policy {
    rules: ByHost<Compiled>,
    named_groups: BTreeSet<String>,
    needs_groups: bool,
    needs_email: bool,
    named_claims: BTreeMap<String, BTreeSet<String>>,
    needed_claims: BTreeSet<String>,
    named_acrs: BTreeSet<String>,
    needs_auth_time: bool,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// As [`Authority::host`](crate::web::authority::Authority::host) gives it.
    pub host: &'a str,
    /// What opens a path looks at how it arrived: see [`NormalPath`].
    pub path: &'a NormalPath<'a>,
    /// The bytes of `:method`; case counts (RFC 9110 §9.1).
    pub method: &'a [u8],
    /// `None`: nobody knows it.
    pub source: Option<&'a Source<'a>>,
}

impl Asked<'_> {
    fn address(&self) -> Option<IpAddr> {
        self.source?.address()
    }
}

impl Policy {
    /// Reads the validated rules, in their order.
    #[must_use]
    pub fn compile(rules: &[Rule]) -> Self {
        let mut policy = Self::default();
        for rule in rules {
            let compiled = Compiled::of(rule);
            if let Some(requirement) = compiled.allows.requirement() {
                policy.named_groups.extend(requirement.groups().iter().cloned());
                policy.needs_groups |= requirement.asks_for_groups();
                policy.needs_email |= requirement.asks_for_email();
                policy.name_claims(requirement.claims());
                policy.needed_claims.extend(requirement.claims().iter().map(|claim| claim.name.clone()));
                let authentication = requirement.authentication();
                policy.named_acrs.extend(authentication.acr.iter().flatten().cloned());
                policy.needs_auth_time |= authentication.max_age.is_some();
            }
            policy.name_claims(compiled.bearer.as_ref().map_or(&[], |bearer| &bearer.claims));
            policy.rules.push(rule.when.hosts.as_deref(), rule.when.paths.as_deref(), compiled);
        }
        policy
    }

    fn name_claims(&mut self, claims: &[RequiredClaim]) {
        for claim in claims {
            self.named_claims.entry(claim.name.clone()).or_default().extend(claim.values.iter().cloned());
        }
    }

    /// The rule that lets a CORS preflight pass, asked before anybody is looked at. What opens is to the letter.
    #[must_use]
    pub fn preflight(&self, asked: &Asked<'_>) -> Option<Verdict> {
        let reading = asked.path.reading();
        let (place, rule) = self.first(asked, reading, path::resembles)?;
        let passes = rule.lets_preflights_pass
            && rule.is_named_to_the_letter(asked)
            && !rule.looks_at_an_unknown_address(asked);
        passes.then_some(Verdict { rule: Some(place), judgement: Judgement::Preflight })
    }

    /// The first rule that the request falls under; none: it needs a sign-in and nothing more.
    ///
    /// `public` and `optional` are to the letter, and passed over where the path did not arrive in normal form or
    /// is ambiguous: the application gets the path that arrived, and nobody opened that one. The search then goes
    /// on instead of ending at "authenticated", because every rule that can still be found asks for a sign-in at
    /// least, and perhaps for more: with `/healthz` public and `/*` for a group, `//healthz` is for that group.
    ///
    /// All other rules take what [resembles](path::resembles) their paths as well, and the first of them decides,
    /// also before a later one that opens this very path. But what only resembles a path is perhaps no other name
    /// for it: then the first rule that [names](path::matches) the path that arrived must let the request pass too.
    /// With `/login` for whoever is signed in and `/*` for a group, `/LOGIN` is for that group.
    #[must_use]
    pub fn rule_for(&self, asked: &Asked<'_>) -> Ruling<'_> {
        self.rule_for_reading(asked, asked.path.reading())
    }

    /// What all `readings` of the path want together, because nobody knows which of them is the application's. None:
    /// one is closed to everyone or open without a look at who asks, and another is not, so that no answer is right.
    #[must_use]
    pub fn rule_for_all(&self, asked: &Asked<'_>, readings: &Readings) -> Option<Ruling<'_>> {
        readings
            .iter()
            .map(|reading| Some(self.rule_for_reading(asked, reading)))
            .reduce(|all, one| all?.with_another_reading(one?))?
    }

    fn rule_for_reading(&self, asked: &Asked<'_>, reading: Reading<'_>) -> Ruling<'_> {
        match self.first(asked, reading, path::resembles) {
            None => Ruling::by_default(),
            Some((place, rule)) if rule.allows.opens() || rule.applies(asked, reading, path::matches) => {
                rule.ruling(place, asked)
            }
            Some((place, rule)) => match self.first(asked, reading, path::matches) {
                None => rule.ruling(place, asked),
                Some((later, named)) => rule.ruling(place, asked).and(named.ruling(later, asked)),
            },
        }
    }

    fn first(&self, asked: &Asked<'_>, reading: Reading<'_>, restricts: Names) -> Option<(usize, &Compiled)> {
        self.rules.first(asked.host, reading, |rule| rule.applies(asked, reading, restricts))
    }

    /// Why the rule at `place` is not for a request, in the normal form of its path; `None`: it is, or there is no such rule.
    /// For people who ask; no request pays for it.
    #[must_use]
    pub fn why_not(&self, place: usize, asked: &Asked<'_>) -> Option<WhyNot> {
        let rule = self.rules.get(place)?;
        if !self.rules.is_for_host(place, asked.host) {
            return Some(WhyNot::Host);
        }
        rule.why_not(asked, asked.path.reading())
    }

    /// Whether a rule that can apply on `host` names paths: there it matters how the application reads one.
    #[must_use]
    pub fn names_paths_on(&self, host: &str) -> bool {
        self.rules.names_paths_on(host)
    }

    /// Whether a rule names this group, so that a session must keep it.
    #[must_use]
    pub fn names_group(&self, group: &str) -> bool {
        self.named_groups.contains(group)
    }

    /// Whether a rule asks for groups, so that a sign-in must bring them.
    #[must_use]
    pub fn needs_groups(&self) -> bool {
        self.needs_groups
    }

    /// The values that rules name, by claim, so that a session must keep those that somebody has.
    #[must_use]
    pub fn named_claims(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.named_claims
    }

    /// The claims that rules ask of people, so that a sign-in must bring them.
    pub fn named_by_people(&self) -> impl Iterator<Item = &String> {
        self.needed_claims.iter()
    }

    /// Whether a rule names this authentication context class, so that a session must keep it.
    #[must_use]
    pub fn names_acr(&self, acr: &str) -> bool {
        self.named_acrs.contains(acr)
    }

    /// Whether a rule asks when somebody authenticated.
    #[must_use]
    pub fn needs_auth_time(&self) -> bool {
        self.needs_auth_time
    }

    /// Whether a rule asks for an email, so that a sign-in must bring it.
    #[must_use]
    pub fn needs_email(&self) -> bool {
        self.needs_email
    }
}

/// Whether a pattern names a path.
type Names = fn(&PathPattern, Reading<'_>) -> bool;

/// One rule without its hosts.
#[derive(Debug)]
struct Compiled {
    paths: Option<Vec<PathPattern>>,
    methods: Option<Vec<String>>,
    client_cidrs: Option<Vec<IpNet>>,
    allows: Allows,
    unauthenticated: Unauthenticated,
    bearer: Option<Bearer>,
    lets_preflights_pass: bool,
}

impl Compiled {
    fn of(rule: &Rule) -> Self {
        Self {
            paths: rule.when.paths.clone(),
            methods: rule.when.methods.clone(),
            client_cidrs: rule.when.client_cidrs.clone(),
            allows: match &rule.then {
                Access::Public => Allows::Public,
                Access::Optional => Allows::Optional,
                Access::Nobody => Allows::Nobody,
                Access::Require(require) => Allows::SignedIn(Requirement::of(require)),
            },
            unauthenticated: rule.unauthenticated,
            bearer: rule.bearer.clone(),
            lets_preflights_pass: rule.lets_preflights_pass,
        }
    }

    /// Where the rule looks at an address that nobody knows, it is not known whether it is for this request either, and
    /// then nobody may enter.
    fn ruling(&self, place: usize, asked: &Asked<'_>) -> Ruling<'_> {
        if self.looks_at_an_unknown_address(asked) {
            return Ruling::by_rule(place, &Allows::Nobody, self.unauthenticated);
        }
        Ruling::by_rule(place, &self.allows, self.unauthenticated).with_bearer(self.bearer.as_ref())
    }

    fn looks_at_an_unknown_address(&self, asked: &Asked<'_>) -> bool {
        self.client_cidrs.is_some() && asked.address().is_none()
    }

    /// A rule that opens does so for nobody whose address is unknown; any other is in doubt, and so it is taken.
    fn is_for_the_address(&self, asked: &Asked<'_>) -> bool {
        let Some(networks) = &self.client_cidrs else { return true };
        match asked.address() {
            Some(address) => networks.iter().any(|network| network.contains(&address)),
            None => !self.allows.opens(),
        }
    }

    fn why_not(&self, asked: &Asked<'_>, reading: Reading<'_>) -> Option<WhyNot> {
        if self.applies(asked, reading, path::resembles) {
            return None;
        }
        let is_resembled = self
            .paths
            .as_ref()
            .is_none_or(|paths| paths.iter().any(|pattern| path::resembles(pattern, reading)));
        Some(if !is_resembled {
            WhyNot::Path
        } else if !self.is_for_the_method(asked) {
            WhyNot::Method
        } else if !self.is_for_the_address(asked) {
            WhyNot::Network
        } else {
            WhyNot::NotToTheLetter
        })
    }

    fn is_for_the_method(&self, asked: &Asked<'_>) -> bool {
        let is_it = |method: &String| method.as_bytes() == asked.method;
        self.methods.as_ref().is_none_or(|methods| methods.iter().any(is_it))
    }

    fn is_named_to_the_letter(&self, asked: &Asked<'_>) -> bool {
        let reading = asked.path.reading();
        let names = |pattern: &PathPattern| path::matches_to_the_letter(pattern, reading);
        asked.path.arrived_normal()
            && !asked.path.is_ambiguous()
            && self.paths.as_ref().is_none_or(|paths| paths.iter().any(names))
    }

    /// Whether the request falls under it, as far as method and path say, with the path in this reading. What restricts
    /// a path names it as `restricts` says.
    fn applies(&self, asked: &Asked<'_>, reading: Reading<'_>, restricts: Names) -> bool {
        let opens = self.allows.opens();
        if opens && (!asked.path.arrived_normal() || asked.path.is_ambiguous()) {
            return false;
        }
        let names = if opens { path::matches_to_the_letter } else { restricts };
        self.paths.as_ref().is_none_or(|paths| paths.iter().any(|pattern| names(pattern, reading)))
            && self.is_for_the_method(asked)
            && self.is_for_the_address(asked)
    }
}

#[cfg(test)]
mod tests;

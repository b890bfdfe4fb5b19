//! Which rule a request falls under, and whether a person satisfies it.

use super::host;
use super::path::{self, NormalPath};
use crate::config::{Access, HostPattern, Require, RequireEmail, Rule};

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// As [`host::Authority::host`] gives it.
    pub host: &'a str,
    /// With its readings: see [`NormalPath`].
    pub path: &'a NormalPath<'a>,
    /// The bytes of `:method`; case counts (RFC 9110 §9.1).
    pub method: &'a [u8],
}

/// Who asks, as far as [`satisfies`] cares.
#[derive(Clone, Copy, Debug, Default)]
pub struct Who<'a> {
    /// Only where it counts as verified.
    pub email: Option<&'a str>,
    /// Absent groups are no groups.
    pub groups: &'a [String],
}

/// The first of `rules` that the request falls under; `None`: it needs a sign-in and nothing more.
///
/// `public` and `optional` are passed over where the path did not arrive in normal form or is ambiguous: the
/// application gets the path that arrived, and nobody opened that one. The search then goes on instead of
/// ending at "authenticated", because every rule that can still be found asks for a sign-in at least, and
/// perhaps for more: with `/healthz` public and `/*` for a group, `//healthz` is for that group.
#[must_use]
pub fn first_match<'r>(rules: &'r [Rule], asked: &Asked<'_>) -> Option<&'r Rule> {
    rules.iter().find(|rule| applies(rule, asked))
}

fn applies(rule: &Rule, asked: &Asked<'_>) -> bool {
    let opens = match rule.then {
        Access::Public | Access::Optional => true,
        Access::Require(_) | Access::Nobody => false,
    };
    if opens && (!asked.path.arrived_normal() || asked.path.is_ambiguous()) {
        return false;
    }
    let names_path = if opens { path::matches_to_the_letter } else { path::matches };
    let when = &rule.when;
    applies_on(when.hosts.as_deref(), asked.host)
        && when.paths.as_ref().is_none_or(|paths| paths.iter().any(|pattern| names_path(pattern, asked.path)))
        && when
            .methods
            .as_ref()
            .is_none_or(|methods| methods.iter().any(|method| method.as_bytes() == asked.method))
}

fn applies_on(hosts: Option<&[HostPattern]>, host: &str) -> bool {
    hosts.is_none_or(|hosts| hosts.iter().any(|pattern| host::matches(pattern, host)))
}

/// Whether a rule that can apply on `host` names paths: there an ambiguous path is refused with 400, unless
/// the configuration allows it.
#[must_use]
pub fn names_paths(rules: &[Rule], host: &str) -> bool {
    rules.iter().any(|rule| rule.when.paths.is_some() && applies_on(rule.when.hosts.as_deref(), host))
}

/// Whether `who` has everything that `require` asks for. The empty requirement asks for nothing but a sign-in,
/// which is the caller's to check.
#[must_use]
pub fn satisfies(require: &Require, who: &Who<'_>) -> bool {
    let in_a_group = |wanted: &Vec<String>| wanted.iter().any(|group| who.groups.contains(group));
    let has_an_email = |wanted: &RequireEmail| who.email.is_some_and(|email| is_wanted(wanted, email));
    require.groups.as_ref().is_none_or(in_a_group) && require.email.as_ref().is_none_or(has_an_email)
}

/// Only ASCII letters are compared without regard to case: what Unicode folds to one another are different
/// mailboxes.
fn is_wanted(wanted: &RequireEmail, email: &str) -> bool {
    let Some(domain) = domain_of(email) else { return false };
    wanted.emails.iter().any(|one| one.eq_ignore_ascii_case(email))
        || wanted.domains.iter().any(|one| one.eq_ignore_ascii_case(domain))
}

/// What follows the one `@`. An address such as `a@evil@example.com` has no domain that two readers agree on.
fn domain_of(email: &str) -> Option<&str> {
    let (local, domain) = email.split_once('@')?;
    let odd = |character: char| character.is_control() || character.is_whitespace();
    (!local.is_empty() && !domain.is_empty() && !domain.contains('@') && !email.contains(odd))
        .then_some(domain)
}

#[cfg(test)]
mod tests;

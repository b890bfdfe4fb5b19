//! From claims to a person: which claim says what is the configuration's business.

use serde_json::Value;

use crate::access::Policy;
use crate::config::Config;
use crate::oidc::claims::lookup;
use crate::oidc::{Claims, VerifiedClaims};
use crate::session::session::{OtherClaim, PersonClaims};

/// A claim for the application that is longer is left out. Bytes.
const MAX_OTHER_CLAIM: usize = 1024;

/// The claims that the rules or the application need: where one is missing, userinfo must be asked. Made once.
#[derive(Debug)]
pub(super) struct NeededClaims(Vec<String>);

impl NeededClaims {
    pub(super) fn of(config: &Config, policy: &Policy) -> Self {
        let identity = &config.identity;
        let asks_for = |scope: &str| config.client.scopes.iter().any(|own| own == scope);
        let groups = asks_for("groups") || policy.needs_groups();
        let email = asks_for("email") || policy.needs_email();
        let needed =
            [(true, &identity.user_claim), (groups, &identity.groups_claim), (email, &identity.email_claim)];
        let needed = needed.into_iter().filter_map(|(needed, claim)| needed.then_some(claim));
        let needed = needed.chain(policy.named_by_people());
        Self(needed.chain(config.upstream.claims.iter().map(|(_, claim)| claim)).cloned().collect())
    }

    pub(super) fn are_missing_in(&self, claims: &Claims) -> bool {
        self.0.iter().any(|claim| lookup(claims, claim).is_none())
    }
}

/// What is kept of the claims.
pub(super) fn of(verified: &VerifiedClaims, config: &Config, policy: &Policy) -> PersonClaims {
    let claims = &verified.claims;
    let identity = &config.identity;
    let email_counts = identity.allow_unverified_email || email_counts(claims);
    // An email that does not count is no claim under any other header either.
    let email = lookup(claims, &identity.email_claim);
    let is_email = |value: &Value| email.is_some_and(|email| std::ptr::eq(email, value));
    let known = |claim: &str| lookup(claims, claim).filter(|value| email_counts || !is_email(value));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    PersonClaims {
        sub: verified.sub.clone(),
        user: text(known(&identity.user_claim)),
        email: text(email),
        email_counts,
        preferred_username: text(known(&identity.preferred_username_claim)),
        groups: lookup(claims, &identity.groups_claim).map(texts).unwrap_or_default(),
        groups_complete: true,
        others: others(known, config),
        named: named(known, policy),
    }
}

/// Of the claims that rules name, the values that they name.
fn named<'c>(known: impl Fn(&str) -> Option<&'c Value>, policy: &Policy) -> Vec<(String, String)> {
    let mut named = Vec::new();
    for (name, wanted) in policy.named_claims() {
        let has = known(name).map(values).unwrap_or_default();
        named.extend(
            wanted.iter().filter(|value| has.contains(value)).map(|value| (name.clone(), value.clone())),
        );
    }
    named
}

/// A text, a number or a truth value, each as text; those of a list.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::Array(several) => several.iter().filter(|one| !one.is_array()).flat_map(values).collect(),
        Value::Null | Value::Object(_) => vec![],
    }
}

/// `email_verified: false` does not count, also where a provider says it with a string; absent does.
fn email_counts(claims: &Claims) -> bool {
    match claims.get("email_verified") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(verified)) => *verified,
        Some(Value::String(verified)) => verified == "true",
        Some(_) => false,
    }
}

/// One text or several; anything else in the list is passed over.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => vec![],
    }
}

fn others<'c>(known: impl Fn(&str) -> Option<&'c Value>, config: &Config) -> Vec<OtherClaim> {
    let mut others: Vec<OtherClaim> = Vec::new();
    for (_, name) in &config.upstream.claims {
        let value = match known(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Number(number)) => number.to_string(),
            // As with groups: an entry with a comma would look like two.
            Some(list @ Value::Array(_)) => {
                texts(list).into_iter().filter(|text| !text.contains(',')).collect::<Vec<_>>().join(",")
            }
            _ => continue,
        };
        if value.len() <= MAX_OTHER_CLAIM && !others.iter().any(|other| other.name == *name) {
            others.push(OtherClaim { name: name.clone(), value });
        }
    }
    others
}

//! `claims` of a rule: names, each with the values of which a claim must have one.

use super::values::{Result, claim_name, each, entry_key};
use crate::config::error::ConfigError;
use crate::config::faults::{Faults, Part};
use crate::config::grammar::is_plain;
use crate::config::read::{List, Map};
use crate::config::types::RequiredClaim;

pub(super) fn read(key: &str, raw: Map<List<String>>, faults: &Faults) -> Part<Vec<RequiredClaim>> {
    if raw.is_empty() {
        let accepted = "one claim or more, or leave the key out";
        return Err(faults.report(ConfigError::new(key, "an empty map", accepted)));
    }
    let claims = raw.into_iter().map(|(name, values)| {
        let key = entry_key(key, &name);
        let name = faults.check(claim_name(&key, name));
        let values = values.0.and_then(|values| each(&key, values, faults, value));
        Ok(RequiredClaim { name: name?, values: values? })
    });
    claims.collect::<Vec<_>>().into_iter().collect()
}

fn value(key: &str, text: &str) -> Result<String> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    Err(ConfigError::text(key, text, "a value that is not empty and has no control characters"))
}

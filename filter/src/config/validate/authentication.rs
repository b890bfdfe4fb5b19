//! `require.acr` and `require.max_age`: what can be asked of a provider, and carried in `state` and in a challenge.

use std::ops::RangeInclusive;

use super::values::{Result, each, optional};
use crate::config::error::ConfigError;
use crate::config::faults::{Faults, Part};
use crate::config::grammar;
use crate::config::raw;
use crate::config::read::{Given, List};
use crate::config::types::Authentication;
use crate::web::time::parse_duration;

/// The wish travels in `state`, which is short. Bytes of all classes of a rule together.
const MOST_ACR: usize = 128;
/// Clocks may differ by a minute, and no session lives longer than 30 days. Seconds.
const MAX_AGES: RangeInclusive<u64> = 60..=30 * 86_400;

pub(super) fn read(
    key: &str,
    acr: Option<Given<List<String>>>,
    max_age: Option<Given<raw::DurationText>>,
    faults: &Faults,
) -> Part<Authentication> {
    let acr = optional(acr, |it| classes(&format!("{key}.acr"), it, faults));
    let max_age = optional(max_age, |raw::DurationText(text)| {
        faults.check(seconds(&format!("{key}.max_age"), &text, MAX_AGES))
    });
    Ok(Authentication { acr: acr?, max_age: max_age? })
}

fn classes(key: &str, raw: List<String>, faults: &Faults) -> Part<Vec<String>> {
    let acr = each(key, raw, faults, class)?;
    let length: usize = acr.iter().map(String::len).sum();
    if length > MOST_ACR {
        let found = format!("classes of {length} characters");
        let accepted = format!("at most {MOST_ACR} characters together");
        return Err(faults.report(ConfigError::new(key, found, accepted)));
    }
    Ok(acr)
}

/// Of what may stand between quotes in a header (RFC 9470 §3), and between blanks in `acr_values`.
fn class(key: &str, text: &str) -> Result<String> {
    let is_fit = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    if !text.is_empty() && text.bytes().all(is_fit) {
        return Ok(text.to_owned());
    }
    let accepted = r#"an authentication context class, such as "urn:okta:loa:2fa:any""#;
    Err(ConfigError::text(key, text, accepted))
}

/// A duration within these bounds, in seconds.
pub(super) fn seconds(key: &str, text: &str, bounds: RangeInclusive<u64>) -> Result<u64> {
    let seconds =
        parse_duration(text).ok_or_else(|| ConfigError::text(key, text, grammar::DURATION))?.as_secs();
    if bounds.contains(&seconds) {
        return Ok(seconds);
    }
    let [from, to] = [bounds.start(), bounds.end()].map(|bound| in_words(*bound));
    Err(ConfigError::text(key, text, format!(r#"a duration from "{from}" to "{to}""#)))
}

/// In the largest unit that it is a multiple of.
fn in_words(seconds: u64) -> String {
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let whole = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    whole.map_or_else(
        || format!("{seconds}s"),
        |(unit, name)| format!("{}{name}", seconds.checked_div(unit).unwrap_or(seconds)),
    )
}

//! `budget`: a rate that is neither nothing nor no limit at all.

use super::values::{Result, optional};
use crate::config::error::ConfigError;
use crate::config::faults::{Faults, Part};
use crate::config::raw;
use crate::config::types::Budget;

const DEFAULT_SIGN_INS: u32 = 20;

/// Beyond that a worker does nothing else.
const MOST_SIGN_INS: u32 = 10_000;

pub(super) fn budget(raw: raw::Budget, faults: &Faults) -> Part<Budget> {
    let sign_ins = optional(raw.sign_ins, |text| faults.check(sign_ins(&text)));
    let by_address = optional(raw.by_address, Ok);
    Ok(Budget { sign_ins: sign_ins?.unwrap_or(DEFAULT_SIGN_INS), by_address: by_address?.unwrap_or(true) })
}

fn sign_ins(text: &str) -> Result<u32> {
    let digits = text.strip_suffix("/s").filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .filter(|rate| (1..=MOST_SIGN_INS).contains(rate))
        .ok_or_else(|| ConfigError::text("budget.sign_ins", text, r#"a rate from "1/s" to "10000/s""#))
}

//! Texts that are durations and times.

use crate::config::faults::Part;
use crate::config::grammar;
use crate::config::read::{At, Read};

/// A text that validation reads as a duration.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline, extend("pattern" = "^([0-9]+[dhms])+$")))]
pub(in crate::config) struct DurationText(pub(in crate::config) String);

/// A text that validation reads as a time.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline, extend("format" = "date-time")))]
pub(in crate::config) struct TimeText(pub(in crate::config) String);

impl Read for DurationText {
    fn read(at: &At<'_>) -> Part<Self> {
        at.text(grammar::DURATION).map(Self)
    }
}

impl Read for TimeText {
    fn read(at: &At<'_>) -> Part<Self> {
        at.text(grammar::TIME).map(Self)
    }
}

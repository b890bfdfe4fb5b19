//! What is wrong, what is worth a look, and what is to be known.

use super::places;
use crate::documents::Plugin;
use crate::yaml::Place;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    pub(crate) severity: Severity,
    /// Says which kind of finding it is, and never changes.
    pub(crate) code: &'static str,
    /// The place of the file among the inputs.
    pub(crate) file: usize,
    pub(crate) place: Place,
    /// The path of the key, such as `access[2].match.paths[0]`. Empty where the finding is about no key.
    pub(crate) key: String,
    /// What is there, and why it is wrong.
    pub(crate) found: String,
    /// What may stand there, or what to do.
    pub(crate) accepted: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// The filter, Kubernetes or a law of the project refuses it.
    Fault,
    /// It is taken, and perhaps not meant.
    Warning,
    /// Nothing is wrong; something else must be done for it to work.
    Note,
}

/// Text that cannot be read.
pub(crate) const UNREADABLE: &str = "unreadable";
/// What the filter would say.
pub(crate) const CONFIGURATION: &str = "configuration";

impl Severity {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fault => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl Diagnostic {
    /// About a key of a configuration, as one of this severity.
    pub(crate) fn of_key(
        plugin: &Plugin,
        (severity, code): (Severity, &'static str),
        key: impl Into<String>,
        found: impl Into<String>,
        accepted: impl Into<String>,
    ) -> Self {
        let key = key.into();
        let place = plugin.config.as_ref().map_or(plugin.place, |config| places::place_of(config, &key));
        let (found, accepted) = (found.into(), accepted.into());
        Self { severity, code, file: plugin.file, place, key, found, accepted }
    }

    pub(crate) fn is(&self, severity: Severity) -> bool {
        self.severity == severity
    }

    /// The key, where there is one, and what was found.
    pub(crate) fn headline(&self) -> String {
        if self.key.is_empty() { self.found.clone() } else { format!("{}: {}", self.key, self.found) }
    }

    /// What to do, with the word before it that fits.
    pub(crate) fn advice(&self) -> String {
        match self.severity {
            Severity::Fault => format!("accepted: {}", self.accepted),
            Severity::Warning => format!("better: {}", self.accepted),
            Severity::Note => self.accepted.clone(),
        }
    }
}

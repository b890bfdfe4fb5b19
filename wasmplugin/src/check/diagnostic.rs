//! One thing to say about a file, and where.

use crate::yaml::Place;

/// From what must be changed to what is good to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// The filter does not load, or must not run so.
    Error,
    /// It loads, and does something else than was probably meant.
    Warning,
    /// Something to do elsewhere.
    Note,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    pub(crate) severity: Severity,
    /// Stable, for tools: lower case letters and `_`.
    pub(crate) code: &'static str,
    pub(crate) file: String,
    pub(crate) place: Place,
    /// Such as `access[2].match.paths[0]`; empty where it is about a resource.
    pub(crate) key: String,
    pub(crate) says: String,
    /// What to do.
    pub(crate) help: String,
}

impl Severity {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl Diagnostic {
    /// Key and words in one line.
    pub(crate) fn line(&self) -> String {
        match self.key.as_str() {
            "" => self.says.clone(),
            key => format!("{key}: {}", self.says),
        }
    }
}

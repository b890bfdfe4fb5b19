//! Why a rule is not for a request.

use std::fmt;

/// The first part of the rule that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// It is for other hosts.
    Host,
    /// It is for other paths.
    Path,
    /// It opens paths, and so takes them to the letter: this one only resembles them, or has more than one reading.
    NotToTheLetter,
    /// It is for other methods.
    Method,
    /// It is for other addresses, or nobody knows this one.
    Network,
}

/// What a person reads behind "rule 3: ".
impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "is for other hosts",
            Self::Path => "is for other paths",
            Self::NotToTheLetter => "opens paths to the letter, and this one only resembles them",
            Self::Method => "is for other methods",
            Self::Network => "is for other addresses",
        })
    }
}

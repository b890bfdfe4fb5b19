//! What was decided about a request, by which rule, and what was missing.

use std::fmt;

use super::requirement::Need;

/// An owned value, so that it can go on with the decision, to logs and to whoever explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The place in `access` of the rule that decided; `None`: no rule matched, and a sign-in is enough.
    pub rule: Option<usize>,
    /// What the rule, or the lack of one, says of whoever asks.
    pub judgement: Judgement,
}

/// What the rule says of whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Everyone may, and nobody is looked at.
    Public,
    /// Everyone may, signed in or not.
    Optional,
    /// A CORS preflight, which tells nothing of anybody.
    Preflight,
    /// Nobody may.
    Nobody,
    /// Signed in, and with everything that the rule asks for.
    Permitted,
    /// Nobody is signed in, and the rule asks for a sign-in.
    NotSignedIn,
    /// Signed in, but not in the way that the rule asks for: another sign-in may bring these.
    StepUp(Vec<Need>),
    /// Signed in, but without these: one or more, in the order of [`Need`].
    Missing(Vec<Need>),
}

impl Verdict {
    /// Whether the request may go on to the application.
    #[must_use]
    pub fn permits(&self) -> bool {
        match self.judgement {
            Judgement::Public | Judgement::Optional | Judgement::Preflight | Judgement::Permitted => true,
            Judgement::Nobody | Judgement::NotSignedIn | Judgement::StepUp(_) | Judgement::Missing(_) => {
                false
            }
        }
    }
}

impl Verdict {
    /// What was missing, in plain words of `[a-z_]`; `None`: nothing, or a sign-in.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        let (Judgement::StepUp(needs) | Judgement::Missing(needs)) = &self.judgement else { return None };
        Some(needs.iter().map(Need::to_string).collect::<Vec<_>>().join(" "))
    }
}

/// Plain words of `[a-z0-9_\[\]]` with a blank between them, and nothing of what a client sent:
/// `access[3] missing groups email`, `default not_signed_in`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule {
            Some(rule) => write!(f, "access[{rule}] ")?,
            None => f.write_str("default ")?,
        }
        self.judgement.fmt(f)
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Optional => "optional",
            Self::Preflight => "preflight",
            Self::Nobody => "nobody",
            Self::Permitted => "permitted",
            Self::NotSignedIn => "not_signed_in",
            Self::StepUp(_) => "step_up",
            Self::Missing(_) => "missing",
        })?;
        if let Self::StepUp(needs) | Self::Missing(needs) = self {
            needs.iter().try_for_each(|need| write!(f, " {need}"))?;
        }
        Ok(())
    }
}

//! What the operator reads of a decision, and how much it matters.

use super::explanation::explanation;
use super::reason::Reason;
use super::reply::{Content, Reply};

/// How much a line matters: the level of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// An everyday answer; a crawler alone would fill the log with them.
    Everyday,
    /// Somebody was refused or a sign-in came to its end.
    Notable,
    /// The operator should look at it.
    Trouble,
}

/// One line, without a secret (law 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its level.
    pub severity: Severity,
    /// `reason=<code> …`.
    pub text: String,
}

impl Reply {
    /// The line in the log for this answer.
    #[must_use]
    pub fn log_line(&self) -> LogLine {
        let detail = self.detail.as_deref().map(|detail| format!(" detail=\"{detail}\"")).unwrap_or_default();
        let text = format!("reason={} status={}{detail}", self.reason.code(), self.status());
        LogLine { severity: self.severity(), text }
    }

    fn severity(&self) -> Severity {
        match self.reason {
            _ if self.status() >= 500 => Severity::Trouble,
            Reason::SessionTrimmed => Severity::Trouble,
            Reason::NotSignedIn | Reason::SignInStarted | Reason::SignInPage | Reason::Status => {
                Severity::Everyday
            }
            _ => Severity::Notable,
        }
    }

    /// The status of the answer (RFC 9110 §15).
    #[must_use]
    pub fn status(&self) -> u16 {
        match &self.content {
            Content::Redirect(_) => 302,
            Content::Accepted => 202,
            Content::Onward(_) | Content::Json(_) | Content::PublicJson(_) | Content::Text(_) => 200,
            Content::Explanation { .. } => explanation(self.reason).status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reply::Reader;
    use super::*;

    #[test]
    fn a_line_says_why_and_how_much_it_matters() {
        let line = |reason| Reply::explain(reason, Reader::Program).log_line();
        let everyday = line(Reason::NotSignedIn);
        assert_eq!(
            (everyday.severity, &*everyday.text),
            (Severity::Everyday, "reason=not_signed_in status=401")
        );
        assert_eq!(line(Reason::NotPermitted).severity, Severity::Notable);
        assert_eq!(line(Reason::Overloaded).severity, Severity::Trouble);
        let line =
            Reply::explain(Reason::TokenRefused, Reader::Person).with_detail("invalid_grant").log_line();
        assert!(line.text.ends_with(" detail=\"invalid_grant\""), "{}", line.text);
    }
}

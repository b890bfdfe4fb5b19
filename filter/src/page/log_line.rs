//! What the operator reads of a decision, and how much it matters: one line in logfmt, of printable ASCII, without a secret
//! (law 8).

use std::fmt::{self, Display, Write as _};

use super::explanation::explanation;
use super::reason::Reason;
use super::reply::{Content, ProviderSaid, Reply};

/// How much a line matters: the level of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// An everyday answer; a crawler alone would fill the log with them.
    Everyday,
    /// Something that went well: somebody has signed in.
    Notable,
    /// Somebody was refused, or something failed.
    Trouble,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its level.
    pub severity: Severity,
    /// By which lines of one kind are counted; none for those that come once.
    pub code: Option<&'static str>,
    /// `reason=<code> …`.
    pub text: String,
}

/// Longer values are cut. Bytes.
const MAX_VALUE: usize = 300;

impl LogLine {
    /// One that comes once in a while, of words that are the filter's own.
    #[must_use]
    pub fn plain(severity: Severity, text: String) -> Self {
        Self { severity, code: None, text }
    }

    /// `reason=<code>`, to which fields are added.
    #[must_use]
    pub fn of(severity: Severity, code: &'static str) -> Self {
        Self { severity, code: Some(code), text: format!("reason={code}") }
    }

    /// One more field, without quotation marks: bytes that may not stand so are percent-encoded.
    #[must_use]
    pub fn bytes(mut self, name: &str, value: Option<&[u8]>) -> Self {
        let Some(value) = value else { return self };
        self.begin(name);
        let (value, is_cut) = cut(value);
        for byte in value {
            match byte {
                b'"' | b'\\' | b'=' => self.escaped(*byte),
                b'!'..=b'~' => self.text.push(char::from(*byte)),
                _ => self.escaped(*byte),
            }
        }
        self.end(is_cut)
    }

    /// The same, of a word of the filter's own.
    #[must_use]
    pub fn word(self, name: &str, value: Option<impl Display>) -> Self {
        let value = value.map(|value| value.to_string());
        self.bytes_unescaped(name, value.as_deref())
    }

    /// The same in quotation marks, for whatever has blanks.
    #[must_use]
    pub fn text(mut self, name: &str, value: Option<&str>) -> Self {
        let Some(value) = value else { return self };
        self.begin(name);
        self.text.push('"');
        let (value, is_cut) = cut(value.as_bytes());
        for byte in value {
            match byte {
                b'"' => self.text.push('\''),
                b'\\' => self.escaped(*byte),
                b' '..=b'~' => self.text.push(char::from(*byte)),
                _ => self.escaped(*byte),
            }
        }
        let mut line = self.end(is_cut);
        line.text.push('"');
        line
    }

    /// What the provider said.
    #[must_use]
    pub fn provider(self, said: Option<&ProviderSaid>) -> Self {
        let Some(ProviderSaid { endpoint, status, error, description }) = said else { return self };
        self.word("endpoint", Some(endpoint))
            .word("provider_status", *status)
            .bytes("provider_error", error.as_deref().map(str::as_bytes))
            .text("provider_error_description", description.as_deref())
    }

    fn bytes_unescaped(mut self, name: &str, value: Option<&str>) -> Self {
        let Some(value) = value else { return self };
        self.begin(name);
        self.text.push_str(value);
        self
    }

    fn begin(&mut self, name: &str) {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push('=');
    }

    fn end(mut self, is_cut: bool) -> Self {
        if is_cut {
            self.text.push_str("...");
        }
        self
    }

    fn escaped(&mut self, byte: u8) {
        // Writing to a string does not fail.
        let _ = write!(self.text, "%{byte:02X}");
    }
}

fn cut(value: &[u8]) -> (&[u8], bool) {
    value.get(..MAX_VALUE).map_or((value, false), |cut| (cut, value.len() > MAX_VALUE))
}

impl Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Reply {
    /// The line in the log for this answer, as far as the answer knows: `asked` adds what it answers.
    #[must_use]
    pub fn log_line(&self, asked: impl FnOnce(LogLine) -> LogLine) -> LogLine {
        let line = LogLine::of(self.severity(), self.reason.code())
            .word("status", Some(self.status()))
            .word("cause", self.cause.map(super::Cause::word));
        asked(line)
            .word("sign_in", self.sign_in_id.as_ref())
            .text("person", self.person.as_deref())
            .provider(self.provider_said.as_ref())
            .text("detail", self.detail.as_deref())
    }

    fn severity(&self) -> Severity {
        match self.reason {
            Reason::NotSignedIn
            | Reason::SignInStarted
            | Reason::SignInElsewhere
            | Reason::SignInPage
            | Reason::SignOutPage
            | Reason::AlreadySignedIn
            | Reason::Status => Severity::Everyday,
            Reason::SessionTrimmed => Severity::Trouble,
            _ if self.status() >= 400 => Severity::Trouble,
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
    use proptest::prelude::*;

    use super::super::reply::Reader;
    use super::*;

    #[test]
    fn a_line_says_why_and_how_much_it_matters() {
        let line = |reason| Reply::explain(reason, Reader::Program).log_line(|line| line);
        let everyday = line(Reason::NotSignedIn);
        assert_eq!(
            (everyday.severity, &*everyday.text),
            (Severity::Everyday, "reason=not_signed_in status=401")
        );
        assert_eq!(line(Reason::NotPermitted).severity, Severity::Trouble);
        assert_eq!(line(Reason::Overloaded).severity, Severity::Trouble);
        let said = ProviderSaid {
            endpoint: "token",
            status: Some(400),
            error: Some("invalid_grant".to_owned()),
            description: Some("The code has expired.".to_owned()),
        };
        let reply = Reply::explain(Reason::TokenRefused, Reader::Person)
            .with_cause(super::super::Cause::InvalidGrant)
            .with_provider_said(said)
            .of_sign_in("00ff00ff00ff")
            .naming_in_log(Some("ann@example.com".to_owned()))
            .with_detail("the token endpoint refused: invalid_grant");
        assert_eq!(
            reply.log_line(|line| line.bytes("path", Some(b"/a \"b\""))).text,
            "reason=token_refused status=502 cause=invalid_grant path=/a%20%22b%22 sign_in=00ff00ff00ff \
             person=\"ann@example.com\" endpoint=token provider_status=400 provider_error=invalid_grant \
             provider_error_description=\"The code has expired.\" \
             detail=\"the token endpoint refused: invalid_grant\""
        );
    }

    proptest! {
        /// One line, of printable characters, in which no value ends before its end or grows without bound.
        #[test]
        fn no_value_breaks_a_line(bytes in prop::collection::vec(any::<u8>(), 0..700), text in ".{0,500}") {
            let line = LogLine::of(Severity::Trouble, "x").bytes("a", Some(&bytes)).text("b", Some(&text)).text;
            prop_assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", line);
            prop_assert!(line.len() < 2 * (3 * MAX_VALUE + 20));
            let (a, b) = line.strip_prefix("reason=x a=").unwrap().split_once(" b=\"").unwrap();
            prop_assert!(!a.contains([' ', '"', '=']), "{}", a);
            prop_assert!(!b.strip_suffix('"').unwrap().contains('"'), "{}", b);
        }
    }
}

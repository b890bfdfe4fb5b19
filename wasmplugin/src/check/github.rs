//! Workflow commands of GitHub Actions: each finding stands beside its line in the changes of a pull request.

use std::fmt::Write as _;

use super::diagnostic::{Diagnostic, Severity};
use super::report::Report;

pub(crate) fn github(report: &Report) -> String {
    let mut out = String::new();
    for one in &report.diagnostics {
        let _ = writeln!(out, "{}", command(one, report.file(one)));
    }
    for other in &report.passed_over {
        let _ = writeln!(out, "::notice::{}", message(other));
    }
    let _ = writeln!(out, "{}", report.summary());
    out
}

fn command(one: &Diagnostic, file: &str) -> String {
    let kind = match one.severity {
        Severity::Fault => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let place = one.place;
    let title = property(&format!("Vestibule: {}", one.code));
    let end = place.column + place.width.max(1) - 1;
    let text = if one.accepted.is_empty() {
        one.headline()
    } else {
        format!("{}\n{}", one.headline(), one.advice())
    };
    format!(
        "::{kind} file={},line={},col={},endColumn={end},title={title}::{}",
        property(file),
        place.line,
        place.column,
        message(&text)
    )
}

fn message(text: &str) -> String {
    let encoded = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    encoded.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Place;

    /// What a file is called and what it says cannot become a command or a property of its own.
    #[test]
    fn everything_is_escaped() {
        let one = Diagnostic {
            severity: Severity::Fault,
            code: "configuration",
            file: 0,
            place: Place { line: 3, column: 5, width: 4 },
            key: "access[0]".to_owned(),
            found: "100%\n::stop-commands::x".to_owned(),
            accepted: "a\r\nb".to_owned(),
        };
        assert_eq!(
            command(&one, "a,line=9:b.yaml"),
            "::error file=a%2Cline=9%3Ab.yaml,line=3,col=5,endColumn=8,title=Vestibule%3A configuration\
             ::access[0]: 100%25%0A::stop-commands::x%0Aaccepted: a%0D%0Ab"
        );
    }
}

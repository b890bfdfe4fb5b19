//! How diagnostics are written: for people, for tools, for GitHub.

use std::fmt::Write as _;

use serde_json::json;

use super::diagnostic::{Diagnostic, Severity};
use crate::documents::File;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// With the line and a caret
    Text,
    /// A list of objects
    Json,
    /// Commands of a GitHub workflow, which mark the lines of a pull request
    Github,
}

pub(crate) fn render(format: Format, diagnostics: &[Diagnostic], files: &[File]) -> String {
    match format {
        Format::Text => text(diagnostics, files),
        Format::Json => json_list(diagnostics),
        Format::Github => diagnostics.iter().map(github).collect(),
    }
}

fn text(diagnostics: &[Diagnostic], files: &[File]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let Diagnostic { severity, code, file, place, help, .. } = diagnostic;
        let _ = writeln!(out, "{}[{code}]: {}", severity.word(), diagnostic.line());
        let _ = writeln!(out, "  --> {file}:{}:{}", place.line, place.column);
        let source = files
            .iter()
            .find(|other| other.name == *file)
            .and_then(|file| file.text.lines().nth(place.line - 1));
        if let Some(line) = source.filter(|line| !line.trim().is_empty()) {
            let number = place.line.to_string();
            let margin = " ".repeat(number.len());
            let indent: String = line
                .chars()
                .take(place.column - 1)
                .map(|letter| if letter == '\t' { '\t' } else { ' ' })
                .collect();
            let room = line.chars().count().saturating_sub(place.column - 1).max(1);
            let _ = writeln!(
                out,
                "{margin} |\n{number} | {line}\n{margin} | {indent}{}",
                "^".repeat(place.width.min(room))
            );
        }
        if !help.is_empty() {
            let _ = writeln!(out, "  = {help}");
        }
        out.push('\n');
    }
    let count =
        |severity: Severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let _ = writeln!(out, "errors: {}, warnings: {}", count(Severity::Error), count(Severity::Warning));
    out
}

fn json_list(diagnostics: &[Diagnostic]) -> String {
    let one = |diagnostic: &Diagnostic| {
        json!({
            "severity": diagnostic.severity.word(),
            "code": diagnostic.code,
            "file": diagnostic.file,
            "line": diagnostic.place.line,
            "column": diagnostic.place.column,
            "key": diagnostic.key,
            "message": diagnostic.says,
            "help": diagnostic.help,
        })
    };
    format!("{:#}\n", serde_json::Value::from(diagnostics.iter().map(one).collect::<Vec<_>>()))
}

/// `::error file=…,line=…,col=…::…`, with what GitHub reads as its own escaped.
fn github(diagnostic: &Diagnostic) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let message = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| message(text).replace(':', "%3A").replace(',', "%2C");
    let help = if diagnostic.help.is_empty() { String::new() } else { format!("\n{}", diagnostic.help) };
    format!(
        "::{command} file={},line={},col={},title={}::{}\n",
        property(&diagnostic.file),
        diagnostic.place.line,
        diagnostic.place.column,
        property(diagnostic.code),
        message(&format!("{}{help}", diagnostic.line()))
    )
}

//! For programs.

use serde_json::{Value, json};

use super::diagnostic::{Diagnostic, Severity};
use super::report::Report;

pub(crate) fn json(report: &Report) -> String {
    let one = |one: &Diagnostic| -> Value {
        json!({
            "severity": one.severity.name(),
            "code": one.code,
            "file": report.file(one),
            "line": one.place.line,
            "column": one.place.column,
            "width": one.place.width,
            "key": one.key,
            "found": one.found,
            "accepted": one.accepted,
        })
    };
    let whole = json!({
        "diagnostics": report.diagnostics.iter().map(one).collect::<Vec<_>>(),
        "checked": report.checked,
        "passed_over": report.passed_over,
        "errors": report.count(Severity::Fault),
        "warnings": report.count(Severity::Warning),
    });
    format!("{whole:#}\n")
}

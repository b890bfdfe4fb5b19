//! For people: each finding with its line, and a caret under what it is about.

use std::fmt::Write as _;

use super::diagnostic::{CONFIGURATION, Diagnostic, Severity};
use super::report::Report;
use super::shown::Shown;
use crate::plain::plain;

pub(crate) fn text(report: &Report) -> String {
    let mut out = String::new();
    for one in &report.diagnostics {
        write_one(&mut out, one, report);
    }
    for other in &report.passed_over {
        out.push_str(&format!("note: {}\n", plain(other)));
    }
    if !report.passed_over.is_empty() {
        out.push('\n');
    }
    out.push_str(&report.summary());
    out.push('\n');
    out
}

fn write_one(out: &mut String, one: &Diagnostic, report: &Report) {
    let code = if [CONFIGURATION].contains(&one.code) { String::new() } else { format!("[{}]", one.code) };
    let place = one.place;
    let file = report.file(one);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}{code}: {}", one.severity.name(), plain(&one.headline()));
    let _ = writeln!(out, "  --> {file}:{}:{}", place.line, place.column);
    let margin = " ".repeat(place.line.to_string().len());
    if let Some(line) = report.shown(one).and_then(|shown: &Shown| shown.line(place.line))
        && !line.trim().is_empty()
    {
        let (line, before) = windowed(line, place.column.saturating_sub(1));
        let left = line.chars().count().saturating_sub(before).max(1);
        let _ = writeln!(out, "{margin} |");
        let _ = writeln!(out, "{} | {line}", place.line);
        let caret = if one.severity == Severity::Note { "-" } else { "^" };
        let _ = writeln!(out, "{margin} | {}{}", " ".repeat(before), caret.repeat(place.width.min(left)));
    }
    if !one.accepted.is_empty() {
        let _ = writeln!(out, "{margin} = {}", plain(&one.advice()));
    }
    out.push('\n');
}

/// The part of a long line around a column, and the column in it. A tab becomes a space, for the caret.
fn windowed(line: &str, column: usize) -> (String, usize) {
    const WIDEST: usize = 160;
    let chars: Vec<char> = plain(line).chars().collect();
    if chars.len() <= WIDEST {
        return (chars.iter().collect(), column.min(chars.len()));
    }
    let begin = column.saturating_sub(WIDEST / 2).min(chars.len() - WIDEST);
    let part: String = chars[begin..begin + WIDEST].iter().collect();
    (part, column.saturating_sub(begin).min(WIDEST))
}

#[cfg(test)]
mod tests {
    use super::windowed;

    #[test]
    fn a_long_line_is_cut_around_the_column() {
        let line = format!("{}X{}", "a".repeat(400), "b".repeat(400));
        let (part, column) = windowed(&line, 400);
        assert_eq!((part.chars().count(), part.chars().nth(column)), (160, Some('X')));
        assert_eq!(windowed("\tab\u{1b}", 1), (" ab ".to_owned(), 1));
        assert_eq!(windowed("ab", 9), ("ab".to_owned(), 2));
    }
}

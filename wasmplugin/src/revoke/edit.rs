//! The lines of a text that a change to `session` touches, written anew: block style, and `{…}` in YAML or JSON. What is behind a
//! value on its line stays, and lines end as those of the text do.

use serde_json::Value as Json;

use super::change::Change;
use crate::yaml::{Entry, Node, Place};

/// The text with the change in it; `None` where it is written in a form that nobody is sure of.
pub(super) fn edited(text: &str, session: &Node, change: &Change) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    // From the end to the beginning, so that places stay right.
    let mut edits: Vec<(usize, Edit)> = Vec::new();
    let first = session.entries().first()?;
    if is_flow(text, session) {
        return in_flow(text, session, change);
    }
    let indent = " ".repeat(first.key_place.column - 1);
    let begin = first.key_place.line;
    if let Some(time) = &change.not_before {
        match session.entry("not_before") {
            Some(entry) => {
                let place = entry.value.place;
                let line = replaced(lines.get(place.line - 1)?, place, &format!("{time:?}"))?;
                edits.push((place.line, Edit::Replace(line)));
            }
            None => edits.push((begin, Edit::InsertBefore(format!("{indent}not_before: {time:?}\n")))),
        }
    }
    let added = change.added.as_ref().map(flow);
    match session.entry("revoked") {
        None => edits
            .extend(added.map(|added| {
                (begin, Edit::InsertBefore(format!("{indent}revoked:\n{indent}  - {added}\n")))
            })),
        Some(_) if added.is_none() && change.dropped.is_empty() => {}
        Some(entry) if entry.value.place.line > entry.key_place.line => {
            edits.extend(in_block(&lines, entry, &change.dropped, added)?);
        }
        Some(entry) => edits.push(on_one_line(&lines, entry, &change.dropped, added)?),
    }
    let end = if lines.first()?.ends_with("\r\n") { "\r\n" } else { "\n" };
    // Of one line what replaces it comes before what is put in front of it.
    edits.sort_by_key(|(line, edit)| (std::cmp::Reverse(*line), matches!(edit, Edit::InsertBefore(_))));
    for (line, edit) in edits {
        let old = lines.get_mut(line - 1)?;
        match edit {
            Edit::Replace(new) => *old = new,
            Edit::InsertBefore(new) => *old = new.replace('\n', end) + old,
        }
    }
    Some(lines.concat())
}

/// `revoked: […]`, written again; nothing where the list would be empty.
fn on_one_line(
    lines: &[String],
    entry: &Entry,
    dropped: &[usize],
    added: Option<String>,
) -> Option<(usize, Edit)> {
    let line = entry.key_place.line;
    let items = entry.value.items();
    let last = items.last().map_or(entry.value.place.line, |item| item.place.line);
    if last != line {
        return None;
    }
    let kept = items.iter().enumerate().filter(|(place, _)| !dropped.contains(place));
    let list: Vec<String> = added.into_iter().chain(kept.map(|(_, item)| flow(&item.json()))).collect();
    if list.is_empty() {
        return Some((line, Edit::Replace(String::new())));
    }
    let text = replaced(lines.get(line - 1)?, entry.value.place, &format!("[{}]", list.join(", ")))?;
    Some((line, Edit::Replace(text)))
}

/// A line with something else in the place of the value that ends it. What is behind that stays.
fn replaced(line: &str, value: Place, new: &str) -> Option<String> {
    let (begin, _) = line.char_indices().nth(value.column - 1)?;
    let (before, old) = line.split_at(begin);
    Some(format!("{before}{new}{}", behind(old)))
}

/// What follows a value on its line: a comment, with the space before it, and the end of the line.
fn behind(value: &str) -> &str {
    let (mut quote, mut previous) = (None, ' ');
    for (at, c) in value.char_indices() {
        match quote {
            Some(_) if c == '\\' && previous == '\\' => {
                previous = ' ';
                continue;
            }
            Some(open) if c == open && !(open == '"' && previous == '\\') => quote = None,
            Some(_) => {}
            None if c == '#' && previous.is_whitespace() => {
                let (before, _) = value.split_at(at);
                return value.split_at(before.trim_end().len()).1;
            }
            // Inside a word it is no quote.
            None if matches!(c, '"' | '\'') && (previous.is_whitespace() || "[{,:".contains(previous)) => {
                quote = Some(c);
            }
            None => {}
        }
        previous = c;
    }
    value.split_at(value.trim_end().len()).1
}

/// A list with an item on each line: comments and empty lines of dropped ones stay.
fn in_block(
    lines: &[String],
    entry: &Entry,
    dropped: &[usize],
    added: Option<String>,
) -> Option<Vec<(usize, Edit)>> {
    let items = entry.value.items();
    let first = items.first()?.place.line;
    let first_line = line_at(lines, first)?;
    let indent = first_line.len() - first_line.trim_start().len();
    let last_line_of = |place: usize| match items.get(place + 1) {
        Some(next) => next.place.line - 1,
        None => end_of(lines, items[place].place.line, indent),
    };
    let mut edits = Vec::new();
    for place in dropped {
        for line in items[*place].place.line..=last_line_of(*place) {
            let text = line_at(lines, line)?.trim_start();
            if !text.starts_with('#') && !text.is_empty() {
                edits.push((line, Edit::Replace(String::new())));
            }
        }
    }
    if let Some(added) = added {
        edits.push((first, Edit::InsertBefore(format!("{}- {added}\n", " ".repeat(indent)))));
    } else if dropped.len() == items.len() {
        edits.push((entry.key_place.line, Edit::Replace(String::new())));
    }
    Some(edits)
}

enum Edit {
    Replace(String),
    InsertBefore(String),
}

fn line_at(lines: &[String], number: usize) -> Option<&str> {
    lines.get(number - 1).map(|line| line.trim_end_matches(['\n', '\r']))
}

/// The last line of a list's last item that begins at `line`.
fn end_of(lines: &[String], line: usize, indent: usize) -> usize {
    let belongs = |text: &String| {
        let trimmed = text.trim_start();
        !trimmed.trim().is_empty() && !trimmed.starts_with('#') && text.len() - trimmed.len() > indent
    };
    line + lines.iter().skip(line).take_while(|text| belongs(text)).count()
}

/// Whether it is `{…}`.
pub(super) fn is_flow(text: &str, session: &Node) -> bool {
    let begin =
        text.lines().nth(session.place.line - 1).and_then(|line| line.chars().nth(session.place.column - 1));
    begin == Some('{')
}

/// `session: {…}`, in YAML or in the JSON that Envoy has inside a string.
fn in_flow(text: &str, session: &Node, change: &Change) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let first = session.entries().first()?.key_place;
    let is_json = line_at(&lines, first.line)?.chars().nth(first.column - 1)? == '"';
    let quote = if is_json { "\"" } else { "" };
    // Each is what stands from a place on, so many characters of it, and what comes there.
    let mut edits: Vec<(Place, usize, String)> = Vec::new();
    let inside = |node: &Node| Place { column: node.place.column + 1, ..node.place };
    if let Some(time) = &change.not_before {
        match session.get("not_before") {
            Some(old) => edits.push((old.place, old.place.width, format!("{time:?}"))),
            None => edits.push((inside(session), 0, format!("{quote}not_before{quote}: {time:?}, "))),
        }
    }
    if let Some(added) = &change.added {
        let added = if is_json { added.to_string() } else { flow(added) };
        match session.get("revoked") {
            Some(list) if list.items().is_empty() => edits.push((inside(list), 0, added)),
            Some(list) => edits.push((inside(list), 0, format!("{added}, "))),
            None => edits.push((inside(session), 0, format!("{quote}revoked{quote}: [{added}], "))),
        }
    }
    // From the end to the beginning, so that places stay right.
    edits.sort_by_key(|(place, ..)| std::cmp::Reverse((place.line, place.column)));
    for (place, width, new) in edits {
        let line = lines.get_mut(place.line - 1)?;
        let byte = |column: usize| line.char_indices().map(|(byte, _)| byte).chain([line.len()]).nth(column);
        let (from, to) = (byte(place.column - 1)?, byte(place.column - 1 + width)?);
        line.replace_range(from..to, &new);
    }
    Some(lines.concat())
}

/// As YAML on one line.
fn flow(value: &Json) -> String {
    let entries = value.as_object().into_iter().flatten().map(|(key, value)| format!("{key}: {value}"));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
}

//! A configuration that is JSON inside a string: Envoy's own form.
//!
//! Its places are those of the file wherever the file has the text letter by letter, as in a block scalar (`|`) and
//! between single quotes. Everywhere else they are the place of the string.

use serde::de::IgnoredAny;

use crate::yaml::{self, Broken, Entry, Node, Place, Value};

/// Reads the JSON in `inner`, which stands at `place` of the text `file`.
pub(super) fn read(inner: &str, place: Place, file: &str) -> Result<Node, Broken> {
    let mapping = Mapping::of(inner, place, file);
    let broken = |at: Place, why: String| Broken { place: mapping.apply(at), why };
    // YAML is more than JSON, and the filter reads JSON.
    if let Err(error) = serde_json::from_str::<IgnoredAny>(inner) {
        let at = Place { line: error.line().max(1), column: error.column().max(1), width: 1 };
        return Err(broken(at, format!("the configuration is no JSON: {error}")));
    }
    let documents = yaml::read(inner).map_err(|error| broken(error.place, error.why))?;
    let node = documents.into_iter().next().unwrap_or(Node { place, value: Value::Null });
    Ok(moved(node, &mapping))
}

/// From places inside the string to places of the file.
enum Mapping {
    /// The first line of the string is this line of the file, after so many spaces.
    Block { first: usize, indent: usize },
    /// All of the string stands in one line, from this column on.
    SameLine { line: usize, column: usize },
    /// Somewhere here.
    Whole(Place),
}

impl Mapping {
    fn of(inner: &str, place: Place, file: &str) -> Self {
        let lines: Vec<&str> = file.lines().collect();
        let at = |line: usize| lines.get(line.wrapping_sub(1)).copied().unwrap_or_default();
        let begin: String = at(place.line).chars().skip(place.column.saturating_sub(1)).collect();
        let inner = inner.trim_end_matches('\n');
        let indent = place.column.saturating_sub(1);
        let is_same = |(n, text): (usize, &str)| at(place.line + n).chars().skip(indent).eq(text.chars());
        if inner.lines().enumerate().all(is_same) {
            return Self::Block { first: place.line, indent };
        }
        let quotes = usize::from(begin.starts_with(['\'', '"']));
        if !inner.contains('\n') && begin.get(quotes..).is_some_and(|text| text.starts_with(inner)) {
            return Self::SameLine { line: place.line, column: place.column + quotes };
        }
        Self::Whole(place)
    }

    fn apply(&self, inside: Place) -> Place {
        match self {
            Self::Block { first, indent } => {
                Place { line: first + inside.line - 1, column: indent + inside.column, ..inside }
            }
            Self::SameLine { line, column } => {
                Place { line: *line, column: column + inside.column - 1, ..inside }
            }
            Self::Whole(place) => *place,
        }
    }
}

fn moved(node: Node, mapping: &Mapping) -> Node {
    let value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(|item| moved(item, mapping)).collect()),
        Value::Map(entries) => {
            let entry = |entry: Entry| Entry {
                key_place: mapping.apply(entry.key_place),
                value: moved(entry.value, mapping),
                key: entry.key,
            };
            Value::Map(entries.into_iter().map(entry).collect())
        }
        scalar => scalar,
    };
    Node { place: mapping.apply(node.place), value }
}

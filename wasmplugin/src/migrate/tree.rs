//! YAML that is written: values in an order, with comments.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::plain::{is_invisible, plain};

#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Text(String),
    Bool(bool),
    Number(u32),
    List(Vec<Tree>),
    Map(Map),
    /// To be filled in: null, which the filter refuses.
    Gap,
}

/// Entries in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    key: String,
    value: Tree,
    comment: Option<String>,
}

impl Map {
    pub(crate) fn with(mut self, key: &str, value: impl Into<Tree>) -> Self {
        self.set(key, value, None);
        self
    }

    /// With a comment behind it, or above it where the value takes lines of its own.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Tree>, comment: Option<String>) {
        self.0.push(Entry { key: key.to_owned(), value: value.into(), comment });
    }

    /// A section, where it holds anything.
    pub(crate) fn section(&mut self, key: &str, map: Map) {
        if !map.0.is_empty() {
            self.set(key, map, None);
        }
    }

    /// Appends what `other` has.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|entry| entry.key == key)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Map> {
        self.0.iter_mut().find(|entry| entry.key == key).and_then(|entry| match &mut entry.value {
            Tree::Map(map) => Some(map),
            _ => None,
        })
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.0.retain(|entry| entry.key != key);
    }

    /// Makes a gap of every text that `is_bad`; whether there was one.
    pub(crate) fn leave_gaps(&mut self, is_bad: &dyn Fn(&str) -> bool) -> bool {
        self.0.iter_mut().filter_map(|entry| entry.value.leave_gaps(is_bad).then_some(())).count() > 0
    }

    pub(crate) fn json(&self) -> Json {
        Json::Object(self.0.iter().map(|entry| (entry.key.clone(), entry.value.json())).collect())
    }

    pub(crate) fn render(&self, indent: usize) -> String {
        let mut out = String::new();
        self.write(&mut out, indent);
        out
    }

    fn write(&self, out: &mut String, indent: usize) {
        for Entry { key, value, comment } in &self.0 {
            let (pad, key) = (" ".repeat(indent), quoted(key));
            let behind = comment.as_ref().map(|comment| format!(" # {}", plain(comment))).unwrap_or_default();
            match value {
                Tree::Map(map) if !map.is_empty() => {
                    let _ = writeln!(out, "{pad}{key}:{behind}");
                    map.write(out, indent + 2);
                }
                Tree::List(items) if items.iter().any(|item| matches!(item, Tree::Map(_))) => {
                    let _ = writeln!(out, "{pad}{key}:{behind}");
                    items.iter().for_each(|item| item.write_item(out, indent + 2));
                }
                other => {
                    let value = other.inline();
                    let space = if value.is_empty() { "" } else { " " };
                    let _ = writeln!(out, "{pad}{key}:{space}{value}{behind}");
                }
            }
        }
    }
}

impl Tree {
    fn leave_gaps(&mut self, is_bad: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Text(text) if is_bad(text) => {
                *self = Self::Gap;
                true
            }
            Self::List(items) => {
                items.iter_mut().filter_map(|item| item.leave_gaps(is_bad).then_some(())).count() > 0
            }
            Self::Map(map) => map.leave_gaps(is_bad),
            Self::Text(_) | Self::Bool(_) | Self::Number(_) | Self::Gap => false,
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Bool(bool) => (*bool).into(),
            Self::Number(number) => (*number).into(),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Map(map) => map.json(),
            Self::Gap => Json::Null,
        }
    }

    fn inline(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Bool(bool) => bool.to_string(),
            Self::Number(number) => number.to_string(),
            Self::List(items) => {
                format!("[{}]", items.iter().map(Self::inline).collect::<Vec<_>>().join(", "))
            }
            Self::Map(map) => {
                let entries =
                    map.0.iter().map(|entry| format!("{}: {}", quoted(&entry.key), entry.value.inline()));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            Self::Gap => String::new(),
        }
    }

    fn write_item(&self, out: &mut String, indent: usize) {
        let Self::Map(map) = self else {
            let _ = writeln!(out, "{}- {}", " ".repeat(indent), self.inline());
            return;
        };
        let lines = map.render(indent + 2);
        out.push_str(&" ".repeat(indent));
        out.push_str("- ");
        out.push_str(&lines[(indent + 2).min(lines.len())..]);
    }
}

/// In quotes, where YAML would read something else.
fn quoted(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'@' | b'+')
        })
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
        );
    // A colon is plain where no space follows it, as in a URL.
    let is_url = (text.starts_with("https://") || text.starts_with("oci://"))
        && !text.contains([' ', ',', '#', '{', '}', '[', ']', '"', '\''])
        && !text.ends_with(':');
    let is_duration = text.strip_suffix(['h', 'm', 's']).is_some_and(|digits| digits.parse::<u32>().is_ok());
    if is_plain || is_url || is_duration { text.to_owned() } else { in_quotes(text) }
}

/// As JSON, of which every text is one of YAML, but for what JSON leaves as it is and YAML takes for the end of a line.
fn in_quotes(text: &str) -> String {
    let mut quoted = String::new();
    for char in Json::from(text).to_string().chars() {
        if is_invisible(char) {
            let _ = write!(quoted, "\\u{:04x}", u32::from(char));
        } else {
            quoted.push(char);
        }
    }
    quoted
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Tree {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Tree {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<Map> for Tree {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl<T: Into<Tree>> From<Vec<T>> for Tree {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_as_what_was_meant() {
        let rule = Map::default()
            .with("match", Map::default().with("paths", vec!["/*", "/a b"]))
            .with("allow", "public");
        let mut map =
            Map::default().with("issuer", "https://op.example/x").with("no", true).with("id", Tree::Gap);
        map.set("age", "8h", Some("proxy.cfg:3".to_owned()));
        map.set("access", Tree::List(vec![Tree::Map(rule)]), None);
        map.set("claims", Map::default().with("x", "on"), None);
        let read = crate::yaml::read(&map.render(0)).unwrap().remove(0);
        assert_eq!(read.json(), map.json(), "{}", map.render(0));
        assert!(map.render(0).contains("age: 8h # proxy.cfg:3\n"));
    }

    #[test]
    fn no_text_of_a_file_becomes_a_key() {
        for hostile in [
            "x\n    hosts: [nobody.example]",
            "x\r\nkind: ClusterRoleBinding",
            "x\u{85}a: b",
            "x\u{2028}a: b",
            "x\u{2029}---\n",
            "\u{feff}a: b",
            "\u{202e}x # y",
            "a: b #",
            "\"",
            "\\",
            "*x",
            "!!x",
            "%x",
            "",
        ] {
            let mut map = Map::default();
            map.set("id", hostile, Some(hostile.to_owned()));
            map.set("list", vec![hostile, "b"], Some(hostile.to_owned()));
            map.set(hostile, Map::default().with(hostile, Tree::Gap), Some(hostile.to_owned()));
            let text = map.render(0);
            let read = crate::yaml::read(&text).unwrap_or_else(|error| panic!("{error:?}: {text}")).remove(0);
            assert_eq!(read.json(), map.json(), "{text}");
        }
    }
}

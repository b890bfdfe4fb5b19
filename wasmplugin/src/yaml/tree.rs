//! The tree: values with their places.

/// Where a key or a value begins, and how many characters of its first line are its own. Lines and columns count from 1,
/// columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) width: usize,
}

/// A value and where it stands. A value that came through an alias stands where its anchor is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// The number, and as it is written.
    Number(serde_json::Number, String),
    String(String),
    List(Vec<Node>),
    /// In the order of the text; no key is there twice.
    Map(Vec<Entry>),
}

/// A key of a map with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) value: Node,
}

impl Node {
    /// The value of `key`, where this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The same through several maps.
    pub(crate) fn find(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a map; none where this is no map.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none where this is no list.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The values of a map or the items of a list.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Node> {
        self.entries().iter().map(|entry| &entry.value).chain(self.items())
    }

    /// The text, where this is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        json_of_value(&self.value)
    }

    /// The place of the value at `path`, which is written as the filter does: `access[2].match.paths[0]`. Of a key
    /// that has a value of its own it is the key's where `of_key` is set. Where the path leads nowhere, it is the
    /// place of the last that is there.
    pub(crate) fn place_of(&self, path: &str, of_key: bool) -> Place {
        let (mut node, mut place, mut rest) = (self, self.place, path);
        loop {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            if rest.is_empty() {
                return place;
            }
            if let Some((index, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                let Some(item) = index.parse().ok().and_then(|index: usize| node.items().get(index)) else {
                    return place;
                };
                (node, place, rest) = (item, item.place, after);
                continue;
            }
            // A key may hold dots itself: the longest that fits.
            let fits = |entry: &&Entry| {
                rest.strip_prefix(entry.key.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            let Some(entry) = node.entries().iter().filter(fits).max_by_key(|entry| entry.key.len()) else {
                return place;
            };
            rest = &rest[entry.key.len()..];
            place = if of_key && rest.is_empty() { entry.key_place } else { entry.value.place };
            node = &entry.value;
        }
    }
}

pub(super) fn json_of_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number, _) => number.clone().into(),
        Value::String(text) => text.clone().into(),
        Value::List(items) => items.iter().map(Node::json).collect(),
        Value::Map(entries) => serde_json::Value::Object(
            entries.iter().map(|entry| (entry.key.clone(), entry.value.json())).collect(),
        ),
    }
}

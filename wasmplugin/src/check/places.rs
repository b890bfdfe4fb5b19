//! Where in a text the key of a finding stands.

use crate::yaml::{Node, Place, Value};

/// The place to point at for `path`, which is written as `access[2].match.paths[0]`: a value that is a word or a number,
/// the key of a list or a map. Where the path leads nowhere, it is the key of the last that is there.
pub(crate) fn place_of(node: &Node, path: &str) -> Place {
    let mut cursor = Cursor { node, key: None };
    let mut rest = path;
    loop {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if rest.is_empty() {
            return cursor.pointed();
        }
        match cursor.step(rest) {
            Some((next, after)) => (cursor, rest) = (next, after),
            None => return cursor.key.unwrap_or_else(|| first(cursor.node)),
        }
    }
}

/// The place of the key itself, for findings about it: an unknown key, most of all.
pub(crate) fn place_of_key(node: &Node, path: &str) -> Place {
    let of_value = node.place_of(path, false);
    let of_key = node.place_of(path, true);
    if of_key == of_value { place_of(node, path) } else { of_key }
}

struct Cursor<'n> {
    node: &'n Node,
    key: Option<Place>,
}

impl<'n> Cursor<'n> {
    fn step<'p>(&self, path: &'p str) -> Option<(Self, &'p str)> {
        if let Some((index, after)) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let item = index.parse().ok().and_then(|index: usize| self.node.items().get(index))?;
            return Some((Self { node: item, key: Some(first(item)) }, after));
        }
        // A key may hold dots itself: the longest that fits.
        let rest =
            |key: &str| path.strip_prefix(key).filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        let entries = self.node.entries().iter();
        let fitting = entries.filter_map(|entry| Some((entry, rest(&entry.key)?)));
        let (entry, after) = fitting.max_by_key(|(entry, _)| entry.key.len())?;
        Some((Self { node: &entry.value, key: Some(entry.key_place) }, after))
    }

    fn pointed(&self) -> Place {
        match (&self.node.value, self.key) {
            (Value::List(_) | Value::Map(_) | Value::Null, Some(key)) => key,
            (Value::List(_) | Value::Map(_), None) => first(self.node),
            _ => self.node.place,
        }
    }
}

/// The first word of a value.
fn first(node: &Node) -> Place {
    node.entries().first().map_or(node.place, |entry| entry.key_place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_points_at_a_word() {
        let text = "provider:\n  issuer: https://a.example\nclient: {id: }\naccess:\n- match:\n    paths: [/a, \"/b\"]\n  alow: public\n";
        let node = crate::yaml::read(text).unwrap().remove(0);
        let at = |path: &str| {
            let place = place_of(&node, path);
            (place.line, place.column, place.width)
        };
        assert_eq!(at("provider.issuer"), (2, 11, 17));
        assert_eq!(at("provider"), (1, 1, 8));
        assert_eq!(at("provider.timeout"), (1, 1, 8));
        assert_eq!(at("client.id"), (3, 10, 2));
        assert_eq!(at("access[0].match.paths[1]"), (6, 17, 4));
        assert_eq!(at("access[0].match.paths"), (6, 5, 5));
        assert_eq!(at("access[0]"), (5, 3, 5));
        assert_eq!(at("access[7].match"), (4, 1, 6));
        assert_eq!(at("session"), (1, 1, 8));
        assert_eq!(at(""), (1, 1, 8));
        let key = place_of_key(&node, "access[0].alow");
        assert_eq!((key.line, key.column, key.width), (7, 3, 4));
    }
}

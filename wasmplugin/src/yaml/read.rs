//! From a text to trees, one a document.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::scalar;
use super::tree::{Entry, Node, Place, Value};

/// How deep values may be nested: what is deeper was made to end the reader.
const DEEPEST: usize = 100;

/// How many values aliases may make of one text: a few lines of them can stand for billions.
const MOST_VALUES: usize = 1_000_000;

/// Why a text is no YAML, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) place: Place,
    pub(crate) why: String,
}

/// All documents of `text`. Those that hold nothing are left out.
///
/// # Errors
/// [`Broken`], where the text is no YAML, a key is there twice, or values are nested too deep.
pub(crate) fn read(text: &str) -> Result<Vec<Node>, Broken> {
    let mut reader = Reader { events: Parser::new_from_str(text), anchors: HashMap::new(), values: 0 };
    let mut documents = Vec::new();
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::DocumentStart(_) => {
                reader.anchors.clear();
                let (first, at) = reader.need(span)?;
                let document = reader.node(first, at, 0)?;
                if document.value != Value::Null {
                    documents.push(document);
                }
            }
            Event::StreamEnd => break,
            _ => {}
        }
    }
    Ok(documents)
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    values: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Broken> {
        self.events.next().transpose().map_err(|error| Broken::at_error(&error))
    }

    fn need(&mut self, before: Span) -> Result<(Event<'a>, Span), Broken> {
        self.next()?.ok_or_else(|| Broken::new(place(before), "the text ends here, in the middle of a value"))
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Broken> {
        let place = place(span);
        if depth > DEEPEST {
            return Err(Broken::new(place, "values are nested too deep"));
        }
        self.count(1, place)?;
        let (value, anchor) = match event {
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return Err(Broken::new(place, "an alias without its anchor before it"));
                };
                self.count(size(&node), place)?;
                return Ok(node);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let text = text.into_owned();
                let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
                (if is_text { Value::String(text) } else { scalar::plain(text) }, anchor)
            }
            Event::SequenceStart(anchor, _) => (self.list(span, depth)?, anchor),
            Event::MappingStart(anchor, _) => (self.map(span, depth)?, anchor),
            _ => return Err(Broken::new(place, "a value is missing here")),
        };
        let node = Node { place, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, span: Span, depth: usize) -> Result<Value, Broken> {
        let mut items = Vec::new();
        loop {
            match self.need(span)? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, span: Span, depth: usize) -> Result<Value, Broken> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged: Vec<Entry> = Vec::new();
        loop {
            let (event, at) = match self.need(span)? {
                (Event::MappingEnd, _) => break,
                other => other,
            };
            let key_place = place(at);
            let Event::Scalar(key, style, ..) = event else {
                return Err(Broken::new(key_place, "a key must be a text"));
            };
            let is_merge = style == ScalarStyle::Plain && key == "<<";
            let key = key.into_owned();
            let (event, value_at) = self.need(at)?;
            let value = self.node(event, value_at, depth + 1)?;
            if is_merge {
                merged.extend(merge(value)?);
                continue;
            }
            if entries.iter().any(|entry| entry.key == key) {
                return Err(Broken::new(key_place, format!("the key {key:?} is here for the second time")));
            }
            entries.push(Entry { key, key_place, value });
        }
        for entry in merged {
            if !entries.iter().any(|own| own.key == entry.key) {
                entries.push(entry);
            }
        }
        Ok(Value::Map(entries))
    }

    fn count(&mut self, more: usize, place: Place) -> Result<(), Broken> {
        self.values = self.values.saturating_add(more);
        if self.values > MOST_VALUES { Err(Broken::new(place, "there are too many values")) } else { Ok(()) }
    }
}

/// What `<<` brings: the entries of a map, or of several where the first has the say.
fn merge(value: Node) -> Result<Vec<Entry>, Broken> {
    match value.value {
        Value::Map(entries) => Ok(entries),
        Value::List(items) => Ok(items.into_iter().map(merge).collect::<Result<Vec<_>, _>>()?.concat()),
        _ => Err(Broken::new(value.place, "<< takes a map, or a list of maps")),
    }
}

fn size(node: &Node) -> usize {
    let below: usize = node.items().iter().map(size).sum();
    let entries: usize = node.entries().iter().map(|entry| size(&entry.value)).sum();
    1 + below + entries
}

fn place(span: Span) -> Place {
    let width = if span.start.line() == span.end.line() {
        span.end.col().saturating_sub(span.start.col())
    } else {
        1
    };
    Place { line: span.start.line(), column: span.start.col() + 1, width: width.max(1) }
}

impl Broken {
    fn new(place: Place, why: impl Into<String>) -> Self {
        Self { place, why: why.into() }
    }

    fn at_error(error: &ScanError) -> Self {
        let marker = error.marker();
        Self::new(Place { line: marker.line(), column: marker.col() + 1, width: 1 }, error.info())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Vec<serde_json::Value> {
        read(text).unwrap().iter().map(Node::json).collect()
    }

    #[test]
    fn documents_anchors_and_merge_keys() {
        assert_eq!(
            json("a: &x {b: 1, c: [yes, 'yes']}\n---\n# nothing\n---\nd: 2\n"),
            [serde_json::json!({"a": {"b": 1, "c": [true, "yes"]}}), serde_json::json!({"d": 2})]
        );
        assert_eq!(
            json("x: &x {b: 1, c: 2}\ny: {<<: *x, c: 3}"),
            [serde_json::json!({"x": {"b": 1, "c": 2}, "y": {"b": 1, "c": 3}})]
        );
        assert_eq!(
            json("{\"a\": [1, null],\n\t\"b\": \"\\u00e4\"}"),
            [serde_json::json!({"a": [1, null], "b": "ä"})]
        );
        assert_eq!(json(""), Vec::<serde_json::Value>::new());
        assert_eq!(json("1: a\nyes: b"), [serde_json::json!({"1": "a", "yes": "b"})]);
        assert_eq!(json("a: !!str 12\nb: |\n  x\n  y\n"), [serde_json::json!({"a": "12", "b": "x\ny\n"})]);
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        for (text, line, column, why) in [
            ("a: 1\nb: 2\na: 3\n", 3, 1, "second time"),
            ("a: [1, 2\nb: 3\n", 2, 2, ""),
            ("a: *x\n", 1, 4, ""),
            ("[a]: 1\n", 1, 1, "a key must be a text"),
            ("a: b: c\n", 1, 5, ""),
        ] {
            let broken = read(text).unwrap_err();
            assert_eq!((broken.place.line, broken.place.column), (line, column), "{text:?}: {broken:?}");
            assert!(broken.why.contains(why), "{broken:?}");
        }
    }

    #[test]
    fn a_text_cannot_exhaust_the_reader() {
        let deep = "[".repeat(5_000);
        assert!(read(&deep).is_err());
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let alias = format!("*a{}", n - 1);
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", [alias.as_str(); 10].join(", ")));
        }
        assert!(read(&bomb).unwrap_err().why.contains("too many"));
    }

    #[test]
    fn a_path_finds_its_place() {
        let text = "provider:\n  clusters: {keys.example.com: keys}\naccess:\n- match:\n    paths: [\"/a\", /b/*/c]\n";
        let document = read(text).unwrap().remove(0);
        let at = |path: &str, of_key| {
            let place = document.place_of(path, of_key);
            (place.line, place.column, place.width)
        };
        assert_eq!(at("access[0].match.paths[1]", false), (5, 19, 6));
        assert_eq!(at("access[0].match", true), (4, 3, 5));
        assert_eq!(at("provider.clusters.keys.example.com", false), (2, 32, 4));
        assert_eq!(at("provider.clusters.keys.example.com", true), (2, 14, 16));
        assert_eq!(at("provider.issuer", false), (2, 3, 1));
        assert_eq!(at("", false), (1, 1, 1));
    }
}

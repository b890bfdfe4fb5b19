//! The JSON as it was written, and serde's way from there to the raw types.
//!
//! serde_json's own errors are prose. Here an error keeps apart what was found and what is accepted,
//! and a text never shows up where a map was wanted: it may well be a secret in the wrong place.

use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor, value::StrDeserializer,
};
use serde_json::Number;

use super::error::{one_of, quote};

/// One value of the configuration.
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    /// In the order of the text.
    Map(Vec<(String, Node)>),
}

/// What serde finds wrong with a [`Node`], and where.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// Such as `access[2].match`; empty for the whole.
    pub(super) path: String,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Value {
        found: String,
        /// As `found`, where the value must not be shown.
        kind: &'static str,
        accepted: String,
    },
    UnknownKey {
        accepted: String,
    },
    /// Its path is that of the map in which it is missing.
    MissingKey(&'static str),
}

impl From<What> for Mismatch {
    fn from(what: What) -> Self {
        Self { path: String::new(), what }
    }
}

impl Mismatch {
    /// The same mismatch, seen from the value that holds the one under `segment`.
    fn below(self, segment: &str) -> Self {
        Self { path: join(segment, &self.path), what: self.what }
    }
}

/// `a` and `b.c` are `a.b.c`; `a` and `[0].c` are `a[0].c`.
fn join(segment: &str, path: &str) -> String {
    let separator = if path.is_empty() || path.starts_with('[') { "" } else { "." };
    format!("{segment}{separator}{path}")
}

impl Node {
    /// This value as one short word for the log. Lists and maps are not shown.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Null => "null (leave the key out for its default)".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(value) => quote(value),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "a map".to_owned(),
        }
    }

    /// What kind of value this is, for places where the value itself must not be shown.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    /// The values below a key pattern such as `access[].match.methods`, each with its own path.
    pub(super) fn find(&self, pattern: &str) -> Vec<(String, &Node)> {
        let mut found = vec![(String::new(), self)];
        for segment in pattern.split('.') {
            let (name, is_list) = match segment.strip_suffix("[]") {
                Some(name) => (name, true),
                None => (segment, false),
            };
            found = found
                .into_iter()
                .filter_map(|(path, node)| {
                    let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                    node.get(name).map(|node| (path, node))
                })
                .flat_map(|(path, node)| match node {
                    Self::List(items) if is_list => {
                        items.iter().enumerate().map(|(i, item)| (format!("{path}[{i}]"), item)).collect()
                    }
                    _ => vec![(path, node)],
                })
                .collect();
        }
        found
    }

    /// The path of the first key that is there twice: people would guess differently which one counts.
    pub(super) fn repeated_key(&self) -> Option<String> {
        match self {
            Self::Map(entries) => entries.iter().enumerate().find_map(|(index, (key, node))| {
                let again = entries.iter().skip(index.saturating_add(1)).any(|(other, _)| other == key);
                if again { Some(key.clone()) } else { Some(join(key, &node.repeated_key()?)) }
            }),
            Self::List(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| Some(join(&format!("[{index}]"), &item.repeated_key()?))),
            _ => None,
        }
    }

    fn get(&self, name: &str) -> Option<&Node> {
        match self {
            Self::Map(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, node)| node),
            _ => None,
        }
    }

    fn refuse<T>(&self, accepted: &dyn fmt::Display) -> Result<T, Mismatch> {
        let accepted = accepted.to_string();
        Err(What::Value { found: self.describe(), kind: self.kind(), accepted }.into())
    }

    /// As [`Node::refuse`], for a place where something with parts is wanted.
    fn refuse_kind<T>(&self, accepted: String) -> Result<T, Mismatch> {
        Err(What::Value { found: self.kind().to_owned(), kind: self.kind(), accepted }.into())
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyNode;

        impl<'de> Visitor<'de> for AnyNode {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
                Ok(Node::Bool(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
                Ok(Node::Number(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
                Ok(Node::Number(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
                Ok(Number::from_f64(value).map_or(Node::Null, Node::Number))
            }

            fn visit_str<E>(self, value: &str) -> Result<Node, E> {
                Ok(Node::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Node::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
                let mut map: Vec<(String, Node)> = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    map.push(entry);
                }
                Ok(Node::Map(map))
            }
        }

        deserializer.deserialize_any(AnyNode)
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Node::Null => self.refuse(&Wanted(&visitor)),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Number(_) => self.refuse(&Wanted(&visitor)),
            Node::Text(value) => visitor.visit_borrowed_str(value),
            Node::List(_) => self.deserialize_seq(visitor),
            Node::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Node::Bool(value) => visitor.visit_bool(*value),
            // YAML's quoted "true" is a string, and not worth a riddle.
            _ => self.refuse(&"true or false, without quotes"),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Node::Text(value) => visitor.visit_borrowed_str(value),
            _ => self.refuse(&Wanted(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_str(visitor)
    }

    /// A key that is there has a value: an emptied template must not silently mean the default.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Node::List(items) => visitor.visit_seq(Items { items, next: 0 }),
            _ => self.refuse_kind("a list".to_owned()),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Node::Map(entries) => visitor.visit_map(Entries { entries: entries.iter(), current: None }),
            _ => self.refuse_kind("a map of names and strings".to_owned()),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self {
            Node::Map(_) => self.deserialize_map(visitor),
            _ => self.refuse_kind(format!("a map with the keys {}", one_of(keys))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self {
            Node::Text(value) => {
                let value: StrDeserializer<'_, Mismatch> = value.as_str().into_deserializer();
                visitor.visit_enum(value)
            }
            _ => self.refuse(&one_of(variants)),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_str(visitor)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple
        tuple_struct ignored_any
    }
}

/// The rest of a list.
struct Items<'de> {
    items: &'de [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mismatch;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mismatch> {
        let index = self.next;
        let Some(item) = self.items.get(index) else { return Ok(None) };
        self.next = index.saturating_add(1);
        seed.deserialize(item).map(Some).map_err(|mismatch| mismatch.below(&format!("[{index}]")))
    }
}

/// The rest of a map.
struct Entries<'de> {
    entries: std::slice::Iter<'de, (String, Node)>,
    current: Option<&'de (String, Node)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Mismatch;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mismatch> {
        self.current = self.entries.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        let key: StrDeserializer<'_, Mismatch> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Mismatch> {
        let Some((key, node)) = self.current else { return Err(de::Error::custom("a key before its value")) };
        seed.deserialize(node).map_err(|mismatch| mismatch.below(key))
    }
}

/// What a visitor waits for.
struct Wanted<'a>(&'a dyn Expected);

impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Expected::fmt(self.0, f)
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Value { found, accepted, .. } => write!(f, "found {found}; accepted: {accepted}"),
            What::UnknownKey { accepted } => write!(f, "found an unknown key; accepted: {accepted}"),
            What::MissingKey(key) => write!(f, "{key} is missing"),
        }
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let kind = "something else";
        What::Value { found: kind.to_owned(), kind, accepted: message.to_string() }.into()
    }

    fn invalid_type(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::custom(Wanted(wanted))
    }

    fn unknown_variant(variant: &str, accepted: &'static [&'static str]) -> Self {
        What::Value { found: quote(variant), kind: "a string", accepted: one_of(accepted) }.into()
    }

    fn unknown_field(key: &str, accepted: &'static [&'static str]) -> Self {
        Self { path: key.to_owned(), what: What::UnknownKey { accepted: one_of(accepted) } }
    }

    fn missing_field(key: &'static str) -> Self {
        What::MissingKey(key).into()
    }
}

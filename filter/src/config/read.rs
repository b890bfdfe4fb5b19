//! From the JSON to the raw types. Whatever is wrong is reported, and what is right beside it is read all the same.

use std::collections::BTreeMap;

use super::error::{ConfigError, one_line, one_of};
use super::faults::{Faults, Part, Reported};
use super::node::Node;

/// Below these keys no value is ever shown.
const SECRETS: [&str; 5] =
    ["client.secret", "client.private_key", "session.secrets", "upstream.jwt.key", "upstream.jwt.other_keys"];

/// What can be read from one value of the configuration.
pub(super) trait Read: Sized {
    fn read(at: &At<'_>) -> Part<Self>;

    /// Where the key `path` below such a value stands in the contract: the number of each of its segments. What
    /// is unknown has no number, and so comes before the keys beside it.
    fn place(_path: &str, _place: &mut Vec<usize>) {}
}

/// A value that is there.
pub(super) struct Given<T>(pub(super) Part<T>);

/// Entries, each for itself.
pub(super) type List<T> = Vec<Given<T>>;

/// Entries by their names, each for itself.
pub(super) type Map<T> = BTreeMap<String, Given<T>>;

/// A value of the configuration and where it stands.
pub(super) struct At<'a> {
    node: &'a Node,
    /// Such as `access[2].match`; empty for the whole.
    path: String,
    faults: &'a Faults,
}

impl<'a> At<'a> {
    pub(super) fn root(node: &'a Node, faults: &'a Faults) -> Self {
        Self { node, path: String::new(), faults }
    }

    /// A text; `accepted` says which.
    #[inline(never)]
    pub(super) fn text(&self, accepted: &str) -> Part<String> {
        match self.node {
            Node::Text(text) => Ok(text.clone()),
            _ => Err(self.refuse(self.node.describe(), accepted)),
        }
    }

    /// One of the words of an enumeration.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Part<T> {
        let chosen = match self.node {
            Node::Text(text) => choices.iter().find(|(name, _)| name == text),
            _ => None,
        };
        chosen.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.refuse(self.node.describe(), &one_of(&names))
        })
    }

    /// A map with known keys.
    #[inline(never)]
    pub(super) fn section(&self, keys: &[&str]) -> Part<Section<'a>> {
        let Node::Map(entries) = self.node else {
            // A text where something with parts is wanted may be a secret in the wrong place.
            return Err(self.refuse(self.node.kind(), &format!("a map with the keys {}", one_of(keys))));
        };
        let unknown = entries.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
        let mut reported: Option<Reported> = None;
        for (key, _) in each_once(unknown) {
            // The unknown "key" may be the secret: `secret: {s3cr3t}` is a map in YAML.
            let path = match (is_secret(&self.path), reported) {
                (Some(_), Some(_)) => continue,
                (Some(secret), None) => secret.to_owned(),
                (None, _) => one_line(&join(&self.path, key)),
            };
            reported = Some(self.faults.report(ConfigError::new(path, "an unknown key", one_of(keys))));
        }
        Ok(Section { entries, path: self.path.clone(), unknown: reported, faults: self.faults })
    }

    /// The entries of a map with any names, each name once.
    #[inline(never)]
    pub(super) fn entries(&self, accepted: &str) -> Part<Vec<(String, Part<Self>)>> {
        let Node::Map(entries) = self.node else { return Err(self.refuse(self.node.kind(), accepted)) };
        let entry = |(name, node): &'a (String, Node)| {
            let path = join(&self.path, name);
            let is_repeated = entries.iter().filter(|(other, _)| other == name).nth(1).is_some();
            let part =
                if is_repeated { Err(self.faults.report(twice(&path))) } else { Ok(self.below(path, node)) };
            (name.clone(), part)
        };
        Ok(each_once(entries.iter()).map(entry).collect())
    }

    fn below(&self, path: String, node: &'a Node) -> Self {
        Self { node, path, faults: self.faults }
    }

    fn refuse(&self, found: impl AsRef<str>, accepted: &str) -> Reported {
        self.refuse_text(found.as_ref(), accepted)
    }

    #[inline(never)]
    fn refuse_text(&self, found: &str, accepted: &str) -> Reported {
        let found = if is_secret(&self.path).is_some() { self.node.kind() } else { found };
        self.faults.report(ConfigError::new(one_line(&self.path), found, accepted))
    }
}

/// A map with known keys, the unknown ones of which have been reported.
pub(super) struct Section<'a> {
    entries: &'a [(String, Node)],
    path: String,
    unknown: Option<Reported>,
    faults: &'a Faults,
}

impl Section<'_> {
    pub(super) fn optional<T: Read>(&self, key: &str) -> Option<Given<T>> {
        Some(Given(self.find(key)?.and_then(|at| T::read(&at))))
    }

    /// `what` is what stands under the key.
    pub(super) fn required<T: Read>(&self, key: &str, what: &str) -> Given<T> {
        self.optional(key).unwrap_or_else(|| Given(Err(self.miss(key, what))))
    }

    /// What stands under the key.
    #[inline(never)]
    fn find(&self, key: &str) -> Option<Part<At<'_>>> {
        let path = join(&self.path, key);
        let mut nodes = self.entries.iter().filter(|(name, _)| name == key).map(|(_, node)| node);
        Some(match (nodes.next(), nodes.next()) {
            // An unknown key may be this one, misspelt: then neither a default nor a further fault is right.
            (None, _) => Err(self.unknown?),
            (Some(_), Some(_)) => Err(self.faults.report(twice(&path))),
            (Some(node), None) => Ok(At { node, path, faults: self.faults }),
        })
    }

    #[inline(never)]
    fn miss(&self, key: &str, what: &str) -> Reported {
        let accepted = format!("{what}: this key is required");
        self.faults.report(ConfigError::new(join(&self.path, key), "nothing", accepted))
    }
}

impl Read for bool {
    fn read(at: &At<'_>) -> Part<Self> {
        match at.node {
            Node::Bool(value) => Ok(*value),
            // YAML's quoted "true" is a string, and not worth a riddle.
            _ => Err(at.refuse(at.node.describe(), "true or false, without quotes")),
        }
    }
}

impl Read for String {
    fn read(at: &At<'_>) -> Part<Self> {
        at.text("a string")
    }
}

impl<T: Read> Read for List<T> {
    fn read(at: &At<'_>) -> Part<Self> {
        let Node::List(items) = at.node else { return Err(at.refuse(at.node.kind(), "a list")) };
        let entry = |(index, node)| Given(T::read(&at.below(format!("{}[{index}]", at.path), node)));
        Ok(items.iter().enumerate().map(entry).collect())
    }

    fn place(path: &str, place: &mut Vec<usize>) {
        let index = path.strip_prefix('[').and_then(|path| path.split_once(']'));
        if let Some((index, rest)) = index
            && let Ok(index) = index.parse()
        {
            place.push(index);
            T::place(rest.strip_prefix('.').unwrap_or(rest), place);
        }
    }
}

impl<T: Read> Read for Map<T> {
    fn read(at: &At<'_>) -> Part<Self> {
        let entry = |(name, at): (String, Part<At<'_>>)| (name, Given(at.and_then(|at| T::read(&at))));
        Ok(at.entries("a map of names and strings")?.into_iter().map(entry).collect())
    }
}

/// People would guess differently which of the two counts.
fn twice(path: &str) -> ConfigError {
    ConfigError::new(one_line(path), "this key twice", "each key once")
}

/// The entries without those whose key was there before.
fn each_once<'a>(
    entries: impl Iterator<Item = &'a (String, Node)>,
) -> impl Iterator<Item = &'a (String, Node)> {
    let mut seen: Vec<&str> = Vec::new();
    entries.filter(move |(key, _)| {
        let is_first = !seen.contains(&key.as_str());
        if is_first {
            seen.push(key);
        }
        is_first
    })
}

fn is_secret(path: &str) -> Option<&'static str> {
    SECRETS.into_iter().find(|secret| path.starts_with(secret))
}

/// `a` and `b` are `a.b`.
fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The first key of a path, and the path below it.
pub(super) fn split_key(path: &str) -> (&str, &str) {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (key, rest) = path.split_at(end);
    (key, rest.strip_prefix('.').unwrap_or(rest))
}

/// Declares a map of the configuration: a struct whose comments are the JSON Schema and the option reference, and how
/// it is read. Each line is `field: Type;`, with `["key"]` where the key is no name of a field, and `, required "what
/// stands there"` where the key must be there. The field of an optional key is an `Option<Given<Type>>`, that of a
/// required one a `Given<Type>`.
macro_rules! section {
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:tt) => { $key };
    (@type $type:ty) => { Option<$crate::config::read::Given<$type>> };
    (@type $type:ty, $what:tt) => { $crate::config::read::Given<$type> };
    (@read $section:ident $key:expr) => { $section.optional($key) };
    (@read $section:ident $key:expr, $what:tt) => { $section.required($key, $what) };
    (
        $(#[$meta:meta])*
        struct $name:ident {
            $($(#[$about:meta])* $field:ident $([$key:tt])? : $type:ty $(, required $what:tt)?;)*
        }
    ) => {
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
        $(#[$meta])*
        pub(in crate::config) struct $name {
            $(
                $(#[$about])*
                $(#[cfg_attr(feature = "schema", schemars(rename = $key))])?
                pub(in crate::config) $field: section!(@type $type $(, $what)?),
            )*
        }

        impl $name {
            const KEYS: &[&str] = &[$(section!(@key $field $($key)?)),*];
        }

        impl $crate::config::read::Read for $name {
            fn read(at: &$crate::config::read::At<'_>) -> $crate::config::faults::Part<Self> {
                let section = at.section(Self::KEYS)?;
                Ok(Self { $($field: section!(@read section section!(@key $field $($key)?) $(, $what)?)),* })
            }

            fn place(path: &str, place: &mut Vec<usize>) {
                let (key, rest) = $crate::config::read::split_key(path);
                place.extend(Self::KEYS.iter().position(|other| *other == key));
                $(if key == section!(@key $field $($key)?) {
                    <$type as $crate::config::read::Read>::place(rest, place);
                })*
            }
        }
    };
}

/// Declares words of which one is chosen.
macro_rules! choice {
    ($(#[$meta:meta])* enum $name:ident { $($(#[$about:meta])* $variant:ident = $word:tt,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub(in crate::config) enum $name {
            $($(#[$about])* #[cfg_attr(feature = "schema", schemars(rename = $word))] $variant,)*
        }

        impl $crate::config::read::Read for $name {
            fn read(at: &$crate::config::read::At<'_>) -> $crate::config::faults::Part<Self> {
                at.choice(&[$(($word, Self::$variant)),*])
            }
        }
    };
}

pub(super) use {choice, section};

/// For the schema, a value is what can be read from it.
#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Given<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

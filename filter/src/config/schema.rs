//! The JSON Schema of the configuration, written from the raw types and their comments.

use serde_json::{Map, Value, json};

use super::raw;

/// The JSON Schema of the configuration.
#[must_use]
pub fn schema() -> Value {
    let mut schema = Value::from(schemars::schema_for!(raw::Root));
    refine(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".to_owned(), "urn:vestibule:plugin-config".into());
    }
    for (section, key, pattern) in PATTERNS {
        let place = match *section {
            "" => format!("/properties/{key}"),
            section => format!("/$defs/{section}/properties/{key}"),
        };
        // Of a list it is about each entry.
        let entry = schema
            .pointer(&format!("{place}/items"))
            .map_or_else(|| place.clone(), |_| format!("{place}/items"));
        if let Some(Value::Object(text)) = schema.pointer_mut(&entry) {
            text.insert("pattern".to_owned(), (*pattern).into());
        }
    }
    for (section, rule, keys) in EITHER_OR {
        if let Some(Value::Object(section)) = schema.pointer_mut(&format!("/$defs/{section}")) {
            let required = |key: &&str| json!({"required": [key]});
            section.insert(
                (*rule).to_owned(),
                match *rule {
                    "not" => json!({"required": keys}),
                    _ => keys.iter().map(required).collect(),
                },
            );
        }
    }
    schema
}

/// What can be said of a text: section, key, and an expression that holds for everything that loading accepts.
const PATTERNS: &[(&str, &str, &str)] = &[
    ("", "hosts", HOST),
    ("Match", "hosts", HOST),
    ("Match", "paths", r"^(/\*|/[^*]*(/\*)?)$"),
    ("Match", "methods", r"^[^a-z ]+$"),
    ("Match", "client_cidrs", r"^[0-9A-Fa-f.:]+(/[0-9]+)?$"),
    ("Require", "emails", r"^[^ ]+@[^ @]+$"),
    ("Require", "email_domains", r"^[^@ ]+$"),
    ("Provider", "issuer", URL),
    ("Issuer", "issuer", URL),
    ("Paths", "redirect_uri", URL),
    ("Paths", "prefix", r"^/[^*?#]+$"),
    ("Paths", "post_logout_redirect_uri", r"^https?://[^ #]+$"),
    ("Pages", "accent", r"^#[0-9A-Fa-f]{6}$"),
    ("Pages", "logo", r"^data:image/(png|jpeg|webp);base64,"),
    ("Support", "url", r"^(https://|mailto:)"),
    ("Paths", "ping", r"^/[^*?#]+$"),
    ("Paths", "ready", r"^/[^*?#]+$"),
    ("Client", "prompt", r"^[a-z_]+( [a-z_]+)*$"),
    ("Revoked", "email", r"^[^ ]+@[^ @]+$"),
];

/// A name, `*.name`, or an address, without a port.
const HOST: &str = r"^((\*\.)?[^*:/@ ]+|\[[0-9A-Fa-f:.]+\])$";
const URL: &str = r"^https?://[^ ?#]+$";

/// Keys of which one must be there (`oneOf`), or that exclude each other (`not`).
const EITHER_OR: &[(&str, &str, &[&str])] =
    &[("Revoked", "oneOf", &["sub", "email"]), ("Client", "not", &["secret", "private_key"])];

/// What the comment of a key says, in its fixed style.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Doc {
    pub(super) meaning: String,
    pub(super) unit: Option<String>,
    pub(super) default: Option<String>,
    pub(super) example: Option<String>,
}

impl Doc {
    pub(super) fn parse(description: &str) -> Self {
        let mut doc = Self::default();
        let mut meaning = Vec::new();
        for line in description.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(unit) = line.strip_prefix("Unit: ") {
                doc.unit = Some(unit.to_owned());
            } else if let Some(default) = line.strip_prefix("Default: ") {
                doc.default = Some(default.to_owned());
            } else if let Some(example) = line.strip_prefix("Example: ") {
                doc.example = Some(example.to_owned());
            } else {
                meaning.push(line);
            }
        }
        doc.meaning = meaning.join(" ");
        doc
    }
}

/// The value for which a literal in backticks stands: JSON, or a plain string. `None`: words.
pub(super) fn literal(text: &str) -> Option<Value> {
    let text = text.strip_prefix('`')?.strip_suffix('`').filter(|text| !text.contains('`'))?;
    Some(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

/// Takes out `null`, which loading refuses, and puts in the defaults and examples of the comments.
fn refine(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(refine),
        Value::Object(object) => {
            without_null(object);
            with_literals(object);
            object.values_mut().for_each(refine);
        }
        _ => {}
    }
}

fn without_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            schema.extend(only);
        }
    }
}

fn with_literals(schema: &mut Map<String, Value>) {
    let Some(doc) = schema.get("description").and_then(Value::as_str).map(Doc::parse) else { return };
    if let Some(default) = doc.default.as_deref().and_then(literal) {
        schema.insert("default".to_owned(), default);
    }
    if let Some(example) = doc.example.as_deref().and_then(literal) {
        schema.insert("examples".to_owned(), Value::Array(vec![example]));
    }
}

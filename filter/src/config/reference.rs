//! The option reference for people, written from the JSON Schema.

use std::fmt::Write as _;

use serde_json::Value;

use super::schema::{Doc, schema};

/// A secret has the same keys wherever one stands: they have one section, at the end.
const SECRET: &str = "SecretSource";

/// The option reference, in Markdown.
#[must_use]
pub fn reference() -> String {
    let root = schema();
    let mut text = "# Configuration\n\n\
        Written from the filter's own types: change those, then run \
        `UPDATE_GOLDEN=1 cargo test -p vestibule --features schema --test config_schema`.\n\n\
        A key that is not known, a value that is not accepted and `null` are errors: the filter then does not \
        load, and its log has a line for each: which key it is, what was found and what is accepted. \
        A duration is one whole number or several, each with its unit, `d`, `h`, `m` or `s`: `8h`, `1h30m`. \
        `[]` in a section's name stands for any entry of a list.\n"
        .to_owned();
    section(&mut text, &root, &root, "");
    if let Some(secret) = root.pointer(&format!("/$defs/{SECRET}")) {
        section(&mut text, &root, secret, "A secret");
    }
    text
}

/// The table of a map's keys, then those of the maps below it.
fn section(text: &mut String, root: &Value, schema: &Value, path: &str) {
    let title = match path {
        "" => "The sections".to_owned(),
        "A secret" => path.to_owned(),
        _ => format!("`{path}`"),
    };
    let meaning = Doc::parse(description(schema)).meaning;
    let _ = write!(
        text,
        "\n## {title}\n\n{meaning}\n\n| Key | Type | Default | Meaning | Example |\n|---|---|---|---|---|\n"
    );
    let properties = properties(schema);
    for (name, property) in &properties {
        text.push_str(&row(root, schema, name, property));
    }
    for (name, property) in &properties {
        let key = join(path, name);
        let resolved = resolve(root, property);
        let items = resolved.get("items").map(|items| resolve(root, items));
        if is_map(resolved) && !is_secret(property) {
            section(text, root, resolved, &key);
        } else if let Some(items) = items.filter(|items| is_map(items))
            && !property.get("items").is_some_and(is_secret)
        {
            section(text, root, items, &format!("{key}[]"));
        }
    }
}

fn row(root: &Value, schema: &Value, name: &str, property: &Value) -> String {
    let doc = Doc::parse(description(property));
    let default = match &doc.default {
        _ if is_required(schema, name) => "**required**",
        Some(default) => default,
        None => "",
    };
    let example = match doc.example.as_deref().map(|example| example.trim_matches('`')) {
        Some(example) => format!("`{name}: {example}`"),
        None => String::new(),
    };
    let cells = [
        format!("`{name}`"),
        type_name(root, property, &doc),
        default.to_owned(),
        doc.meaning.clone(),
        example,
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

/// The keys of a map: the required ones first.
fn properties(schema: &Value) -> Vec<(&str, &Value)> {
    let all = schema.get("properties").and_then(Value::as_object);
    let mut properties: Vec<_> =
        all.into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect();
    let required = required(schema);
    properties.sort_by_key(|(name, _)| required.iter().position(|other| other == name).unwrap_or(usize::MAX));
    properties
}

fn required(schema: &Value) -> Vec<&str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn is_required(schema: &Value, name: &str) -> bool {
    required(schema).contains(&name)
}

fn type_name(root: &Value, property: &Value, doc: &Doc) -> String {
    if is_secret(property) {
        return "secret".to_owned();
    }
    let resolved = resolve(root, property);
    if let Some(values) = values(resolved) {
        return values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    }
    match (resolved.get("type").and_then(Value::as_str), &doc.unit) {
        (Some("string"), Some(unit)) => unit.clone(),
        (Some("array"), _) => match resolved.get("items") {
            Some(items) if is_secret(items) => "list of secrets".to_owned(),
            Some(items) => format!("list of {}", type_names(root, items)),
            None => "list".to_owned(),
        },
        (Some("object"), _) => match resolved.get("additionalProperties") {
            Some(values) if values.is_object() => {
                format!("map to {}", type_names(root, values))
            }
            _ => "map".to_owned(),
        },
        (Some(name), _) => name.to_owned(),
        (None, _) => String::new(),
    }
}

/// The type's name for several of them.
fn type_names(root: &Value, schema: &Value) -> String {
    let name = type_name(root, schema, &Doc::default());
    match name.split_once(' ') {
        Some((kind @ ("list" | "map"), rest)) => format!("{kind}s {rest}"),
        _ => format!("{name}s"),
    }
}

/// The words that an enumeration accepts.
fn values(schema: &Value) -> Option<Vec<&str>> {
    schema.get("enum")?.as_array()?.iter().map(Value::as_str).collect()
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let target =
        schema.get("$ref").and_then(Value::as_str).and_then(|path| root.pointer(path.strip_prefix('#')?));
    target.unwrap_or(schema)
}

fn is_map(schema: &Value) -> bool {
    schema.get("properties").is_some()
}

fn is_secret(schema: &Value) -> bool {
    schema.get("$ref").and_then(Value::as_str).is_some_and(|path| path.ends_with(SECRET))
}

fn description(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

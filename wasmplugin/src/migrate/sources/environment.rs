//! Variables of oauth2-proxy's environment.

use super::Source;
use super::references::References;
use super::scalar::scalar;
use crate::migrate::found::{Found, Unknown};
use crate::migrate::options;
use crate::migrate::setting::{At, Layer, Value};
use crate::yaml::Node;

/// `name` in the environment, whatever set it.
pub(super) fn variable(name: &str, value: Value, at: &At, found: &mut Found) {
    let Some(option) = options::by_variable(name) else {
        if name.starts_with(options::PREFIX) {
            let meant = options::meant_by(name).map(|option| option.name);
            found.unknown.push(Unknown {
                written: name.to_owned(),
                at: at.clone(),
                meant,
                value: shown(meant, &value),
                ends_the_start: false,
            });
        }
        return;
    };
    // A Kubernetes or compose variable without a value is an empty one.
    let value = if value == Value::Bare { Value::text("") } else { value };
    found.set(option.name, name, value, Layer::Environment, at.clone());
}

/// What may be shown of a value that has no effect: nothing where it may be a secret, as it may where nobody knows what it is.
fn shown(meant: Option<&str>, value: &Value) -> Option<String> {
    match (meant, value) {
        (Some(name), Value::Texts(texts)) if !options::is_secret(name) => Some(texts.join(",")),
        _ => None,
    }
}

/// `env` of a container: a list of names and values, or a map, as several charts have it.
pub(super) fn of_container(env: &Node, source: &Source, references: &References, found: &mut Found) {
    for item in env.items() {
        // Compose: `- NAME=value`.
        if let Some((name, value)) = item.text().and_then(|text| text.split_once('=')) {
            variable(name, Value::text(value), &source.at(item.place), found);
        } else if let Some(name) = item.get("name").and_then(Node::text) {
            variable(name, value(item, references), &source.at(item.place), found);
        } else if let Some(name) = item.text() {
            handed_on(name, &source.at(item.place), found);
        }
    }
    for entry in env.entries() {
        let at = source.at(entry.key_place);
        match scalar(&entry.value) {
            Value::Bare => handed_on(&entry.key, &at, found),
            Value::Elsewhere(_) => variable(&entry.key, value(&entry.value, references), &at, found),
            given => variable(&entry.key, given, &at, found),
        }
    }
}

/// Compose: a name alone. The value is that of whoever starts it, which a file of variables may say.
fn handed_on(name: &str, at: &At, found: &mut Found) {
    let is_said = options::by_variable(name).is_some_and(|option| {
        found
            .settings
            .iter()
            .any(|setting| setting.layer == Layer::Environment && setting.option == option.name)
    });
    if !is_said {
        let place = format!("the variable {name} of whoever starts it");
        variable(name, Value::Elsewhere(place), at, found);
    }
}

/// `value` or `valueFrom`.
fn value(item: &Node, references: &References) -> Value {
    if let Some(value) = item.get("value") {
        return scalar(value);
    }
    let from = item.get("valueFrom").unwrap_or(item);
    let name_and_key = |kind: &str| {
        let from = from.get(kind)?;
        Some((from.get("name")?.text()?.to_owned(), from.get("key")?.text()?.to_owned()))
    };
    if let Some((name, key)) = name_and_key("secretKeyRef") {
        return references.of_secret(&name, &key).unwrap_or(Value::Secret { name, key });
    }
    if let Some((name, key)) = name_and_key("configMapKeyRef") {
        let known = references.of_config_map(&name, &key).map(Value::text);
        return known.unwrap_or_else(|| Value::Elsewhere(format!("key {key} of ConfigMap {name}")));
    }
    // Of Kubernetes a name alone is an empty variable.
    if item.get("valueFrom").is_none() && item.get("name").is_some() {
        return Value::Bare;
    }
    Value::Elsewhere("what its valueFrom names".to_owned())
}

/// `envFrom`: whole ConfigMaps and Secrets.
pub(super) fn from(env_from: &Node, references: &References, found: &mut Found) {
    let items = if env_from.items().is_empty() { std::slice::from_ref(env_from) } else { env_from.items() };
    for item in items {
        let named = |kinds: [&str; 2]| {
            kinds.iter().find_map(|kind| item.get(kind)).and_then(|named| {
                match named.get("name").or_else(|| named.get("identifier")) {
                    Some(name) => name.text(),
                    None => named.text(),
                }
            })
        };
        let prefix = item.get("prefix").and_then(Node::text).unwrap_or_default();
        if let Some(name) = named(["configMapRef", "configMap"]) {
            match references.config_map(name) {
                Some(values) => {
                    for (key, (text, at)) in values {
                        variable(&format!("{prefix}{key}"), Value::text(text.clone()), at, found);
                    }
                }
                None if is_of_files(name, references) => {}
                None => found.elsewhere.push(format!("ConfigMap {name}")),
            }
            variables_files(name, references, found);
        }
        if let Some(name) = named(["secretRef", "secret"]) {
            match references.secret(name) {
                Some(values) => {
                    for (key, at) in values {
                        let value = references.of_secret(name, key);
                        let value = value
                            .unwrap_or_else(|| Value::Secret { name: name.to_owned(), key: key.clone() });
                        variable(&format!("{prefix}{key}"), value, at, found);
                    }
                }
                None if is_of_files(name, references) => {}
                None => found.elsewhere.push(format!("Secret {name}")),
            }
            variables_files(name, references, found);
        }
    }
}

fn is_of_files(name: &str, references: &References) -> bool {
    !references.variables_files(name).is_empty()
}

/// Those of which `name` is made are read where they are given, whatever they are called then.
fn variables_files(name: &str, references: &References, found: &mut Found) {
    if !found.has_variables_file {
        let files = references.variables_files(name).iter();
        found.elsewhere.extend(files.map(|file| format!("the file {file} of {name} in the kustomization")));
    }
}

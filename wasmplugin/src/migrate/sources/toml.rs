//! oauth2-proxy's configuration file.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Source;
use crate::migrate::found::{Found, Unknown};
use crate::migrate::options;
use crate::migrate::setting::{At, Layer, Value};

/// # Errors
/// Where and why it is no TOML: oauth2-proxy does not start with such a file.
pub(super) fn read(text: &str, source: &Source, found: &mut Found) -> Result<(), String> {
    read_as(text, source, Layer::File, found)
}

pub(super) fn read_as(text: &str, source: &Source, layer: Layer, found: &mut Found) -> Result<(), String> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let why = error.message().lines().next().unwrap_or("it cannot be read").to_owned();
        // Only the name of an option is shown: what stands there in its place may be a secret.
        let name =
            text.lines().nth(line - 1).and_then(|line| line.split('=').next()).unwrap_or_default().trim();
        let name = options::meant_by(name).map(|_| format!("{name}: ")).unwrap_or_default();
        format!(
            "{}: {name}this is no TOML ({why}), and oauth2-proxy does not start with it",
            source.line(line)
        )
    })?;
    for (key, value) in table.get_ref() {
        entry(key, value, text, source, layer, found);
    }
    Ok(())
}

/// Whether a line of it sets an option of oauth2-proxy.
pub(super) fn looks_like_it(text: &str) -> bool {
    text.lines()
        .any(|line| line.split_once('=').is_some_and(|(key, _)| options::by_key(key.trim()).is_some()))
}

fn entry(
    key: &Spanned<impl AsRef<str>>,
    value: &Spanned<DeValue<'_>>,
    text: &str,
    source: &Source,
    layer: Layer,
    found: &mut Found,
) {
    let at: At = source.line(line_of(text, key.span().start));
    let name = key.get_ref().as_ref();
    let Some(option) = options::by_key(name) else {
        let meant = options::meant_by(name).map(|option| option.name);
        found.unknown.push(Unknown {
            written: name.to_owned(),
            at,
            meant,
            value: None,
            ends_the_start: true,
        });
        return;
    };
    let value = Value::Texts(if option.is_list { entries(value.get_ref()) } else { texts(value.get_ref()) });
    found.set(option.name, name, value, layer, at);
}

/// Of a list: a text stands for several, divided by commas; what is a list already is not divided (viper).
fn entries(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::String(text) => text.split(',').map(str::to_owned).collect(),
        other => texts(other),
    }
}

fn texts(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::String(text) => vec![text.clone().into_owned()],
        DeValue::Integer(number) => vec![number.as_str().to_owned()],
        DeValue::Float(number) => vec![number.as_str().to_owned()],
        DeValue::Boolean(bool) => vec![bool.to_string()],
        DeValue::Datetime(time) => vec![time.to_string()],
        DeValue::Array(items) => items.iter().flat_map(|item| texts(item.get_ref())).collect(),
        DeValue::Table(_) => Vec::new(),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}

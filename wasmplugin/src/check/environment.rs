//! The environment of the filter, as far as it is known before it runs.
//!
//! Secrets are mostly not in the files. A variable that the resource passes counts as there, with a stand-in that fits, so
//! that everything else is checked; `--env` gives real values.

use std::collections::BTreeMap;
use std::path::Path;

use vestibule::config::Secret;

use super::diagnostic::{CONFIGURATION, Diagnostic, Severity};
use crate::documents::{Environment, Kind, Plugin, Source};
use crate::yaml::{Node, Place};
use crate::{input, made_up_key};

/// What needs a stand-in of its own begins so.
const PRIVATE_KEYS: [&str; 3] = ["client.private_key.", "upstream.jwt.key.", "upstream.jwt.other_keys["];

/// The values of a file, by name.
#[derive(Debug, Default)]
pub(crate) struct Values(BTreeMap<String, Secret>);

impl Values {
    /// Reads such a file; without one there are none.
    ///
    /// # Errors
    /// One line: it cannot be read, or which line is none.
    pub(crate) fn read_file(file: Option<&Path>) -> Result<Self, String> {
        let Some(file) = file else { return Ok(Self::default()) };
        let inputs = input::read(&[file.to_owned()])?;
        let input = inputs.first().ok_or("no file with values")?;
        Self::read(&input.text).map_err(|line| format!("{}: line {line} is no KEY=VALUE", input.name))
    }

    /// Reads lines of `KEY=VALUE`, as in a `.env`: empty lines, comments and `export` before a key are taken, and quotes
    /// around a value are not part of it. Within quotes a value may have several lines, as a PEM has.
    ///
    /// # Errors
    /// The number of the first line that is none. The line itself may hold a secret.
    pub(crate) fn read(text: &str) -> Result<Self, usize> {
        let mut values = BTreeMap::new();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').ok_or(number + 1)?;
            let key = key.trim().trim_start_matches("export ").trim();
            if key.is_empty() || key.contains(char::is_whitespace) {
                return Err(number + 1);
            }
            let mut value = value.trim().to_owned();
            while let Some(quote) = opened_quote(&value) {
                let (_, more) = lines.next().ok_or(number + 1)?;
                value.push('\n');
                value.push_str(more.trim_end());
                if value.ends_with(quote) {
                    break;
                }
            }
            values.insert(key.to_owned(), Secret::new(unquoted(&value).to_owned()));
        }
        Ok(Self(values))
    }
}

/// The quote with which a value begins that does not end with it.
fn opened_quote(value: &str) -> Option<char> {
    let quote = value.chars().next().filter(|first| ['"', '\''].contains(first))?;
    (value.len() == 1 || !value.ends_with(quote)).then_some(quote)
}

fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// A place of the configuration that names a variable.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) place: Place,
}

impl Named {
    fn is_private_key(&self) -> bool {
        PRIVATE_KEYS.iter().any(|key| self.key.starts_with(key))
    }
}

/// All variables that a configuration names.
pub(crate) fn named(config: &Node) -> Vec<Named> {
    let mut found = Vec::new();
    collect(config, String::new(), &mut found);
    found
}

fn collect(node: &Node, path: String, found: &mut Vec<Named>) {
    for entry in node.entries() {
        let key = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
        match entry.value.text() {
            Some(name) if entry.key == "env" => {
                found.push(Named { key, name: name.to_owned(), place: entry.value.place });
            }
            _ => collect(&entry.value, key, found),
        }
    }
    for (index, item) in node.items().iter().enumerate() {
        collect(item, format!("{path}[{index}]"), found);
    }
}

/// The value of a variable: the resource's own, the file's, or a stand-in.
pub(crate) fn value(plugin: &Plugin, values: &Values, named: &[Named], name: &str) -> String {
    if let Some(Source::Inline(secret)) = plugin.environment.variable(name).map(|variable| &variable.source) {
        return secret.expose().to_owned();
    }
    if let Some(secret) = values.0.get(name) {
        return secret.expose().to_owned();
    }
    let is_key = |one: &Named| one.name == name && one.is_private_key();
    let key = named.iter().any(is_key).then(made_up_key::signing_key).flatten();
    key.map_or_else(|| format!("{name:-<44}"), |key| made_up_key::private(&key).to_string())
}

/// Whether `name` has its real value: a provider can be asked with nothing else.
pub(crate) fn is_real(plugin: &Plugin, values: &Values, name: &str) -> bool {
    let source = plugin.environment.variable(name).map(|variable| &variable.source);
    values.0.contains_key(name) || matches!(source, Some(Source::Inline(_)))
}

/// Variables that the configuration names and the resource does not pass on.
pub(crate) fn not_passed(plugin: &Plugin, named: &[Named]) -> Vec<Diagnostic> {
    let missing = named.iter().filter(|one| !plugin.environment.passes(&one.name) && is_name(&one.name));
    let fault = |one: &Named| Diagnostic {
        severity: Severity::Fault,
        code: CONFIGURATION,
        file: plugin.file,
        place: one.place,
        key: one.key.clone(),
        found: format!(
            "the environment variable {:?}, which {} does not pass on: the filter will not see it",
            one.name,
            where_passed(plugin.kind)
        ),
        accepted: passes(plugin, &one.name),
    };
    missing.map(fault).collect()
}

/// What is not known because a stand-in was checked: of a private key always, of everything else where a file was to have
/// the values.
pub(crate) fn stood_in_for(plugin: &Plugin, values: &Values, named: &[Named]) -> Vec<Diagnostic> {
    let without_value = named.iter().filter(|one| {
        plugin.environment.passes(&one.name) && is_name(&one.name) && !is_real(plugin, values, &one.name)
    });
    let told = without_value.filter(|one| one.is_private_key() || !values.0.is_empty());
    let note = |one: &Named| {
        let (found, accepted) = if values.0.is_empty() {
            ("whether this is a private key is not known here", "--env FILE with its value")
        } else {
            ("the file with values has none for this variable: a stand-in was checked", "")
        };
        Diagnostic::of_key(plugin, (Severity::Note, "stand-in"), one.key.as_str(), found, accepted)
    };
    told.map(note).collect()
}

/// Any other text may be the secret itself. The filter says so, without it.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

fn where_passed(kind: Kind) -> &'static str {
    match kind {
        Kind::WasmPlugin | Kind::Values | Kind::Bare => "spec.vmConfig.env",
        Kind::TrafficExtension => "spec.wasm.vmConfig.env",
        Kind::EnvoyExtensionPolicy => "env.hostKeys",
        Kind::EnvoyFilter => "vm_config.environment_variables",
    }
}

fn passes(plugin: &Plugin, name: &str) -> String {
    let others = match &plugin.environment {
        Environment::Known(variables) if !variables.is_empty() => {
            let names: Vec<_> = variables.iter().map(|variable| variable.name.as_str()).collect();
            format!("a name that is there ({}), or an entry more: ", names.join(", "))
        }
        _ => "an entry for it: ".to_owned(),
    };
    let entry = match plugin.kind {
        Kind::EnvoyExtensionPolicy => format!("env: {{hostKeys: [{name}]}}"),
        Kind::EnvoyFilter => format!("environment_variables: {{host_env_keys: [{name}]}}"),
        _ => format!("{{name: {name}, valueFrom: HOST}}"),
    };
    format!("{others}{entry}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_values() {
        let values = Values::read("# c\n\nA=1\nexport B = 'x=y'\nC=\"\"\r\n").unwrap();
        let got: Vec<_> = values.0.iter().map(|(key, value)| (key.as_str(), value.expose())).collect();
        assert_eq!(got, [("A", "1"), ("B", "x=y"), ("C", "")]);
        let pem = Values::read("A=\"-----BEGIN\nMIG\n-----END\"\nB='x'\n").unwrap();
        assert_eq!(pem.0["A"].expose(), "-----BEGIN\nMIG\n-----END");
        assert_eq!(pem.0["B"].expose(), "x");
        assert_eq!(Values::read("B=1\nA=\"never closed\nC=2").unwrap_err(), 2);
        assert_eq!(Values::read("A=1\nsecret\n").unwrap_err(), 2);
        assert_eq!(Values::read("a b=1").unwrap_err(), 1);
        assert!(!format!("{values:?}").contains("x=y"));
    }

    #[test]
    fn what_was_not_checked_is_said() {
        let text = crate::check::tests::PLUGIN.replace("secret: {env", "private_key: {env");
        let notes = |env: &str| -> Vec<(String, usize)> {
            let report = crate::check::tests::report(&[&text], env);
            let own = report.diagnostics.iter().filter(|one| one.code == "stand-in");
            own.map(|one| (one.found.clone(), one.place.line)).collect()
        };
        assert!(matches!(&notes("")[..], [(found, 18)] if found.contains("not known here")));
        let others = notes("OTHER=1");
        assert!(matches!(&others[..], [(found, 18), (_, 20)] if found.contains("a stand-in was checked")));
        let wrong = crate::check::tests::report(&[&text], "OKTA_CLIENT_SECRET=no-key\n");
        let found = crate::check::tests::findings(&wrong);
        assert!(found[0].found.contains("neither a PEM nor a JWK"), "{found:?}");
    }

    #[test]
    fn the_stand_in_for_a_key_is_one() {
        let config = "{provider: {issuer: 'https://a.example'}, client: {id: a, private_key: {env: KEY}}, \
                      session: {secrets: [{env: COOKIE}]}, \
                      upstream: {jwt: {key: {env: SIGNS}, other_keys: [{env: NEXT}]}}}";
        let plugin =
            crate::documents::find(&[crate::input::Input { name: String::new(), text: config.into() }])
                .plugins
                .remove(0);
        let node = plugin.config.as_ref().unwrap();
        let named = named(node);
        let keys: Vec<_> = named.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "client.private_key.env",
                "session.secrets[0].env",
                "upstream.jwt.key.env",
                "upstream.jwt.other_keys[0].env"
            ]
        );
        let env = |name: &str| Some(value(&plugin, &Values::default(), &named, name));
        vestibule::config::load(node.json().to_string().as_bytes(), &env).unwrap();
    }
}

//! A configuration as the filter loads it, with the secrets that are there and stand-ins for those that are not.

use std::collections::BTreeMap;
use std::path::Path;

use vestibule::config::{Config, ConfigErrors};

use crate::documents::{Environment, Plugin};
use crate::made_up_key;

/// Stands for a secret: as long as one must be.
pub(crate) const STAND_IN: &str = "0123456789abcdef0123456789abcdef";

/// Variables by name: what `--env` gives.
pub(crate) type Variables = BTreeMap<String, String>;

/// Reads lines `NAME=value`.
///
/// # Errors
/// One line: the file cannot be read.
pub(crate) fn variables(file: &Path) -> Result<Variables, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{name} cannot be read: {error}"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='));
    let unquoted = |value: &str| {
        let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
        inner('"').or_else(|| inner('\'')).unwrap_or(value).to_owned()
    };
    Ok(pairs.map(|(name, value)| (name.trim().to_owned(), unquoted(value.trim()))).collect())
}

/// As the filter does. A variable that the resource hands over is there, though its value may be a stand-in; one that it
/// does not hand over is missing, as it would be in the proxy.
///
/// # Errors
/// What the filter would log.
pub(crate) fn load(plugin: &Plugin, given: &Variables) -> Result<Config, ConfigErrors> {
    let key_name = plugin.config.find(&["client", "private_key", "env"]).and_then(|node| node.text());
    let stand_in = |name: &str| {
        let key = made_up_key::private().filter(|_| key_name == Some(name));
        // No two are the same, as no two secrets should be.
        key.unwrap_or_else(|| format!("{STAND_IN}-{name}"))
    };
    let of_proxy = |name: &str| given.get(name).cloned().unwrap_or_else(|| stand_in(name));
    let variable = |name: &str| match &plugin.environment {
        Environment::Unknown => Some(of_proxy(name)),
        Environment::Named(named) => {
            let variable = named.get(name)?;
            Some(variable.value.clone().unwrap_or_else(|| of_proxy(name)))
        }
    };
    vestibule::config::load(plugin.config.json().to_string().as_bytes(), &variable)
}

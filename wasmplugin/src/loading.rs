//! A configuration as the filter loads it, with stand-ins for the secrets that are not there.

use vestibule::config::{Config, ConfigErrors};

use crate::check::environment::{self, Values};
use crate::documents::Plugin;

/// Stands for a secret: as long as one must be.
pub(crate) const STAND_IN: &str = "0123456789abcdef0123456789abcdef";

/// As the filter does. A variable that the resource passes on is there, though its value may be a stand-in; one that it
/// does not pass on is missing, as it would be in the proxy.
///
/// # Errors
/// What the filter would log.
pub(crate) fn load(plugin: &Plugin) -> Result<Config, ConfigErrors> {
    load_with(plugin, &Values::default())
}

/// The same, with these values of variables in the place of stand-ins.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_with(plugin: &Plugin, values: &Values) -> Result<Config, ConfigErrors> {
    let named = plugin.config.as_ref().map(environment::named).unwrap_or_default();
    let value = |name: &str| environment::value(plugin, values, &named, name);
    let variable = |name: &str| plugin.environment.passes(name).then(|| value(name));
    let bytes = plugin.config.as_ref().map(|config| config.json().to_string()).unwrap_or_default();
    vestibule::config::load(bytes.as_bytes(), &variable)
}

/// The one plugin of a file, or the one of this name.
///
/// # Errors
/// One line: the file is no YAML, has none, or has several.
pub(crate) fn plugin(input: &crate::input::Input, name: Option<&str>) -> Result<Plugin, String> {
    let documents = crate::documents::find(std::slice::from_ref(input));
    if let Some((_, broken)) = documents.broken.first() {
        return Err(format!(
            "{}:{}:{} is no YAML: {}",
            input.name, broken.place.line, broken.place.column, broken.why
        ));
    }
    let is_wanted =
        |plugin: &Plugin| name.is_none_or(|name| plugin.name.rsplit([' ', '/']).next() == Some(name));
    let mut plugins: Vec<Plugin> = documents.plugins.into_iter().filter(is_wanted).collect();
    let names: Vec<String> = plugins.iter().map(|plugin| plugin.name.clone()).collect();
    match (plugins.pop(), plugins.is_empty()) {
        (Some(plugin), true) => Ok(plugin),
        (Some(_), false) => Err(format!(
            "{} has several configurations: say which with --name: {}",
            input.name,
            names.join(", ")
        )),
        (None, _) => {
            let named = name.map(|name| format!(" of the name {name}")).unwrap_or_default();
            Err(format!("{} has no configuration of the filter{named}", input.name))
        }
    }
}

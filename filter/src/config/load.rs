//! From bytes to the validated configuration.

use serde::Deserialize as _;

use super::error::{ConfigError, ConfigErrors, one_line};
use super::faults::Faults;
use super::node::Node;
use super::read::{At, Read as _};
use super::types::Config;
use super::{raw, validate};

/// Reads and validates the configuration, JSON in `bytes`. `env` looks up a variable of the environment.
///
/// # Errors
/// [`ConfigErrors`] has all faults, each with the key that is wrong, what was found and what is accepted; where the
/// bytes are not JSON, this alone. It never holds a secret.
pub fn load(bytes: &[u8], env: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigErrors> {
    let node = parse(bytes)?;
    let faults = Faults::default();
    let config = raw::Root::read(&At::root(&node, &faults)).and_then(|raw| validate::root(raw, env, &faults));
    faults.finish(config, raw::Root::place)
}

fn parse(bytes: &[u8]) -> Result<Node, ConfigError> {
    if bytes.trim_ascii().is_empty() {
        return Err(ConfigError::new(
            "",
            "nothing",
            "a map with the keys provider, client and session at least (Istio: spec.pluginConfig of the \
             WasmPlugin; Envoy: configuration of the Wasm filter)",
        ));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let node = Node::deserialize(&mut json)
        .map_err(|error| ConfigError::new("", one_line(&error.to_string()), "JSON"))?;
    json.end().map_err(|error| ConfigError::new("", one_line(&error.to_string()), "one JSON value"))?;
    Ok(node)
}

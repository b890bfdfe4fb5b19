//! From bytes to the validated configuration.

use serde::Deserialize as _;

use super::error::{ConfigError, one_line};
use super::node::{Mismatch, Node, What};
use super::types::Config;
use super::unsupported::refuse_unsupported;
use super::{raw, validate};

/// Below these keys no value is ever shown.
const SECRETS: [&str; 3] = ["client.secret", "client.private_key", "session.secrets"];

/// Reads and validates the configuration, JSON in `bytes`. `env` looks up a variable of the environment.
///
/// # Errors
/// [`ConfigError`] says in one line which key is wrong, what was found and what is accepted. It never holds
/// a secret.
pub fn load(bytes: &[u8], env: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let node = parse(bytes)?;
    let root = read(&node)?;
    refuse_unsupported(&node)?;
    validate::root(root, env)
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
    match node.repeated_key() {
        Some(key) => Err(ConfigError::new(one_line(&key), "this key twice", "each key once")),
        None => Ok(node),
    }
}

fn read(node: &Node) -> Result<raw::Root, ConfigError> {
    raw::Root::deserialize(node).map_err(refuse)
}

fn refuse(mismatch: Mismatch) -> ConfigError {
    let key = one_line(&mismatch.path);
    let secret = SECRETS.into_iter().find(|secret| key.starts_with(secret));
    match (mismatch.what, secret) {
        (What::Value { found, accepted, .. }, None) => ConfigError::new(key, found, accepted),
        (What::Value { kind, accepted, .. }, Some(_)) => ConfigError::new(key, kind, accepted),
        (What::UnknownKey { accepted }, None) => ConfigError::new(key, "an unknown key", accepted),
        // The unknown "key" may be the secret: `secret: {s3cr3t}` is a map in YAML.
        (What::UnknownKey { accepted }, Some(secret)) => ConfigError::new(secret, "an unknown key", accepted),
        (What::MissingKey(missing), _) => {
            let key = if key.is_empty() { missing.to_owned() } else { format!("{key}.{missing}") };
            let accepted = format!("{}: this key is required", required(&key));
            ConfigError::new(key, "nothing", accepted)
        }
    }
}

/// What stands under a required key.
fn required(key: &str) -> &'static str {
    match key {
        "provider" => "a map with the key issuer",
        "provider.issuer" => r#"a URL such as "https://acme.okta.com/oauth2/default""#,
        "client" => "a map with the key id",
        "client.id" => "the client identifier",
        "session" => "a map with the key secrets",
        "session.secrets" => "a list such as [{env: COOKIE_SECRET}]",
        key if key.ends_with(".before") => super::grammar::TIME,
        _ => "a value",
    }
}

//! Where secrets come from. Nothing here ever shows one.

use super::values::{Env, Result, optional};
use crate::config::error::{ConfigError, quote};
use crate::config::faults::{Faults, Part};
use crate::config::raw;
use crate::config::types::Secret;

/// A secret and the key that gave it, for further errors.
pub(super) struct Resolved {
    pub(super) key: String,
    pub(super) secret: Secret,
}

pub(super) fn secret(key: &str, raw: raw::SecretSource, env: Env<'_>, faults: &Faults) -> Part<Resolved> {
    let (name, value) = (optional(raw.env, Ok), optional(raw.value, Ok));
    faults.check(resolve(key, name?, value?, env))
}

fn resolve(key: &str, name: Option<String>, value: Option<String>, env: Env<'_>) -> Result<Resolved> {
    let exactly_one = "exactly one of env and value";
    match (name, value) {
        (Some(name), None) => from_environment(format!("{key}.env"), &name, env),
        (None, Some(value)) => not_empty(format!("{key}.value"), "an empty string", value),
        (Some(_), Some(_)) => Err(ConfigError::new(key, "both env and value", exactly_one)),
        (None, None) => Err(ConfigError::new(key, "neither env nor value", exactly_one)),
    }
}

fn from_environment(key: String, name: &str, env: Env<'_>) -> Result<Resolved> {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if !is_name {
        // Perhaps the secret itself: it is not shown.
        return Err(ConfigError::new(
            key,
            "a text that is not the name of an environment variable",
            r#"a name such as "COOKIE_SECRET" (a secret itself goes under value)"#,
        ));
    }
    match env(name) {
        Some(value) => {
            not_empty(key, &format!("the environment variable {}, which is empty", quote(name)), value)
        }
        None => Err(ConfigError::new(
            key,
            format!("the environment variable {}, which is not set", quote(name)),
            "a variable of the Wasm VM's environment (Istio: spec.vmConfig.env of the WasmPlugin; Envoy: \
             vm_config.environment_variables)",
        )),
    }
}

fn not_empty(key: String, found: &str, value: String) -> Result<Resolved> {
    if value.is_empty() {
        return Err(ConfigError::new(key, found, "a secret that is not empty"));
    }
    Ok(Resolved { key, secret: Secret::new(value) })
}

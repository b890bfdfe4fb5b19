//! `wasmplugin jwks`: the public keys of the signed header, for whoever cannot fetch them from the filter.

use std::path::PathBuf;

use clap::Args;
use vestibule::upstream::Signer;

use crate::check::environment::{self, Values};
use crate::documents::Plugin;
use crate::{input, loading};

/// Print the public keys of upstream.jwt as a JWK set, as the filter has it at <prefix>/jwks
///
/// For `jwks` of Istio's RequestAuthentication, and for applications that have no way to the filter. The keys come from
/// upstream.jwt.key, or from the session secrets; so their real values are needed. No private key is printed.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The manifest or the configuration; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Real values of environment variables, as lines of KEY=VALUE; none of them is ever shown
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
    /// Which plugin, where the file has several: its name
    #[arg(long)]
    name: Option<String>,
}

/// # Errors
/// One line: what is missing.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let inputs = input::read(std::slice::from_ref(&arguments.file))?;
    let input = inputs.first().ok_or("a file is wanted")?;
    let values = Values::read_file(arguments.env.as_deref())?;
    key_set(&loading::plugin(input, arguments.name.as_deref())?, &values)
}

fn key_set(plugin: &Plugin, values: &Values) -> Result<String, String> {
    let config = loading::load_with(plugin, values).map_err(|faults| {
        format!("the filter refuses the configuration (wasmplugin check says where):\n{faults}")
    })?;
    let Some(jwt) = &config.upstream.jwt else {
        return Err(format!("{} has no upstream.jwt: nothing is signed", plugin.name));
    };
    // A set of stand-ins would be a set of keys that nobody has, or everybody.
    let signs = |key: &str| {
        key.starts_with("upstream.jwt.") || (jwt.key.is_none() && key.starts_with("session.secrets["))
    };
    let named = plugin.config.as_ref().map(environment::named).unwrap_or_default();
    let unknown =
        |one: &&environment::Named| signs(&one.key) && !environment::is_real(plugin, values, &one.name);
    if let Some(unknown) = named.iter().find(unknown) {
        return Err(format!(
            "the value of {} ({}) is not known here: give it by --env FILE",
            unknown.name, unknown.key
        ));
    }
    let signer = Signer::new(jwt, &config).ok_or("the secrets give no key")?;
    Ok(format!("{:#}", signer.jwk_set()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::input::Input;

    fn run(more: &str, env: &str) -> Result<String, String> {
        let text = format!(
            "{{provider: {{issuer: 'https://a.example'}}, client: {{id: a}}, session: {{secrets: [{{env: ONE}}, {{env: TWO}}]}}{more}}}"
        );
        let plugin = loading::plugin(&Input { name: "f".to_owned(), text }, None).unwrap();
        key_set(&plugin, &Values::read(env).unwrap())
    }

    const SECRETS: &str = "ONE=0123456789abcdef0123456789abcdef\nTWO=fedcba9876543210fedcba9876543210\n";

    #[test]
    fn it_has_a_key_for_each_secret_and_nothing_private() {
        let text = run(", upstream: {jwt: {}}", SECRETS).unwrap();
        let set: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(set["keys"].as_array().unwrap().len(), 2);
        assert_ne!(set["keys"][0]["kid"], set["keys"][1]["kid"]);
        assert!(!text.contains("\"d\"") && !text.contains("0123456789abcdef"), "{text}");
    }

    /// Keys of stand-ins would be taken for real ones.
    #[test]
    fn without_the_real_values_there_is_none() {
        let error = run(", upstream: {jwt: {}}", "ONE=0123456789abcdef0123456789abcdef").unwrap_err();
        assert_eq!(
            error,
            "the value of TWO (session.secrets[1].env) is not known here: give it by --env FILE"
        );
        let error = run(", upstream: {jwt: {key: {env: SIGNS}}}", SECRETS).unwrap_err();
        assert!(error.contains("SIGNS (upstream.jwt.key.env) is not known here"), "{error}");
        let error = run("", SECRETS).unwrap_err();
        assert!(error.contains("has no upstream.jwt"), "{error}");
    }
}

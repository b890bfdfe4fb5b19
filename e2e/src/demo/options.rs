//! The command line and the environment.

use std::env;
use std::error::Error;
use std::path::PathBuf;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// `scripts/demo --help` shows it as well, without a build.
pub(crate) const USAGE: &str = include_str!("usage.txt");

pub(crate) enum Mode {
    Help,
    Run(Options),
}

#[derive(Default)]
pub(crate) struct Options {
    /// Somebody's own rules.
    pub(crate) config: Option<PathBuf>,
    pub(crate) real_okta: Option<RealOkta>,
    pub(crate) port: Option<u16>,
    pub(crate) envoy: bool,
}

pub(crate) struct RealOkta {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Options {
    pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Mode> {
        let mut options = Self { envoy: true, ..Self::default() };
        let mut real = false;
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--okta" => real = true,
                "--no-envoy" => options.envoy = false,
                "--config" => {
                    let file = args.next().filter(|file| !file.starts_with("--"));
                    options.config = Some(file.ok_or("--config needs a file")?.into());
                }
                "--port" => {
                    let port = args.next().and_then(|port| port.parse().ok()).filter(|port| *port != 0);
                    options.port = Some(port.ok_or("--port needs a number from 1 to 65535")?);
                }
                "--help" | "-h" => return Ok(Mode::Help),
                _ => return Err(format!("unknown argument {arg}\n{USAGE}").into()),
            }
        }
        if real {
            options.real_okta = Some(real_okta(|name| env::var(name).ok())?);
        }
        Ok(Mode::Run(options))
    }
}

fn real_okta(variable: impl Fn(&str) -> Option<String>) -> Result<RealOkta> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let names = ["OKTA_ISSUER", "OKTA_CLIENT_ID", "OKTA_CLIENT_SECRET"];
    match names.map(variable) {
        [Some(issuer), Some(client_id), Some(client_secret)] => {
            Ok(RealOkta { issuer, client_id, client_secret })
        }
        found => {
            let missing: Vec<&str> = names
                .into_iter()
                .zip(&found)
                .filter(|(_, value)| value.is_none())
                .map(|(name, _)| name)
                .collect();
            Err(format!("--okta also needs these variables: {}", missing.join(", ")).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, Options, USAGE, real_okta};

    fn parse(args: &[&str]) -> Result<Options, String> {
        match Options::parse(args.iter().map(ToString::to_string)) {
            Ok(Mode::Run(options)) => Ok(options),
            Ok(Mode::Help) => Err("help".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn options_are_read_and_the_usage_names_each() {
        let options = parse(&["--config", "rules.yaml", "--port", "1234", "--no-envoy"]).unwrap();
        assert_eq!(options.config.unwrap().to_str(), Some("rules.yaml"));
        assert_eq!((options.port, options.envoy), (Some(1234), false));
        assert!(parse(&[]).unwrap().envoy);
        for (args, error) in [
            (&["--config"][..], "--config needs a file"),
            (&["--config", "--okta"], "--config needs a file"),
            (&["--port", "0"], "--port needs a number from 1 to 65535"),
            (&["--help"], "help"),
        ] {
            assert_eq!(parse(args).err().unwrap(), error);
        }
        assert!(parse(&["--cofnig"]).err().unwrap().starts_with("unknown argument --cofnig\nusage: "));
        for option in ["--config FILE", "--okta", "--port PORT", "--no-envoy"] {
            assert!(USAGE.contains(&format!("[{option}]")) && USAGE.contains(&format!("\n  {option}")));
        }
    }

    #[test]
    fn missing_variables_are_named() {
        let error = |set: &[&str]| {
            let set: Vec<String> = set.iter().map(ToString::to_string).collect();
            real_okta(|name| set.contains(&name.to_string()).then(|| "x".into())).err().map(|e| e.to_string())
        };
        assert_eq!(
            error(&["OKTA_ISSUER", "OKTA_CLIENT_ID"]).unwrap(),
            "--okta also needs these variables: OKTA_CLIENT_SECRET"
        );
        assert_eq!(
            error(&["OKTA_ISSUER"]).unwrap(),
            "--okta also needs these variables: OKTA_CLIENT_ID, OKTA_CLIENT_SECRET"
        );
        assert_eq!(error(&["OKTA_ISSUER", "OKTA_CLIENT_ID", "OKTA_CLIENT_SECRET"]), None);
    }
}

//! The command line and the environment.

use std::env;
use std::error::Error;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) const USAGE: &str = "\
usage: scripts/demo [--okta] [--port PORT] [--no-envoy]
  --okta       sign in with a real Okta organisation instead of the stand-in; takes OKTA_ISSUER,
               OKTA_CLIENT_ID and OKTA_CLIENT_SECRET from the environment
  --port PORT  where Envoy listens; by default 10000, or the next free port
  --no-envoy   leave Envoy out and say how to run it by hand
COOKIE_SECRET (32 bytes or more) makes sessions outlive the demo; by default it is random.
";

pub(crate) enum Mode {
    Help,
    Run(Options),
}

pub(crate) struct Options {
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
        let mut options = Self { real_okta: None, port: None, envoy: true };
        let mut real = false;
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--okta" => real = true,
                "--no-envoy" => options.envoy = false,
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
    use super::real_okta;

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

//! Envoy's configuration: the templates of `e2e/envoy` with the values of this run in them.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::Result;
use super::options::Options;
use super::provider::{Place, Provider};

const DEMO: &str = include_str!("../../envoy/demo.yaml");
const VESTIBULE: &str = include_str!("../../envoy/vestibule.yaml");
const STAND_IN: &str = include_str!("../../envoy/okta-stand-in.yaml");
const REAL: &str = include_str!("../../envoy/okta-real.yaml");

pub(crate) fn write(
    file: &Path,
    root: &Path,
    port: u16,
    application_port: u16,
    provider: &Provider,
    options: &Options,
) -> Result<()> {
    let wasm = root.join("target/vestibule.wasm");
    if !wasm.is_file() {
        return Err(format!("{} is missing: run scripts/build", wasm.display()).into());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, render(&wasm, port, application_port, provider, options.real_okta.is_some()))?;
    Ok(())
}

fn render(wasm: &Path, port: u16, application_port: u16, provider: &Provider, real_okta: bool) -> String {
    let (cluster, okta_host, okta_port, trusted_ca) = match &provider.place {
        Place::Here { okta, .. } => (STAND_IN, "127.0.0.1", okta.port(), String::new()),
        Place::There { host, port, trusted_ca } => {
            (REAL, host.as_str(), *port, trusted_ca.display().to_string())
        }
    };
    let demo = if real_okta { "scripts/demo --okta" } else { "scripts/demo" };
    // A JSON string is a YAML one as well.
    DEMO.replace("@VESTIBULE@", VESTIBULE.trim_end())
        .replace("@OKTA_CLUSTER@", cluster.trim_end())
        .replace("@SERVERS@", &format!("'{demo} --no-envoy' in another terminal"))
        .replace("@VARIABLES@", "OKTA_CLIENT_SECRET=… COOKIE_SECRET=…   # it says which")
        .replace("@WASM@", &json!(wasm.display().to_string()).to_string())
        .replace("@PORT@", &port.to_string())
        .replace("@APPLICATION_PORT@", &application_port.to_string())
        .replace("@OKTA_HOST@", &json!(okta_host).to_string())
        .replace("@OKTA_PORT@", &okta_port.to_string())
        .replace("@TRUSTED_CA@", &json!(trusted_ca).to_string())
        .replace("@SCOPES@", &json!(provider.scopes).to_string())
        .replace("@ISSUER@", &json!(provider.issuer).to_string())
        .replace("@CLIENT_ID@", &json!(provider.client_id).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_filled_in() {
        let place =
            Place::There { host: "acme.okta.com".into(), port: 443, trusted_ca: "/etc/ssl/cert.pem".into() };
        let provider = Provider {
            issuer: "https://acme.okta.com".into(),
            client_id: "0oa\"1".into(),
            client_secret: "not for the file".into(),
            cookie_secret: "not for the file".into(),
            scopes: vec!["openid"],
            place,
        };
        let config = render(Path::new("/a/vestibule.wasm"), 10000, 10002, &provider, true);
        let left: Vec<&str> =
            config.lines().filter(|line| line.contains('@') && !line.contains("\"@type\"")).collect();
        assert_eq!(left, Vec::<&str>::new());
        assert!(config.contains(r#""id": "0oa\"1""#) && !config.contains("not for the file"));
    }
}

//! How the demo's Envoy and the filter in it are.

use std::path::Path;

use serde_json::{Value, json};

use super::provider::{Place, Provider};
use crate::application::Application;
use crate::envoy::{EnvoyCluster, EnvoyOptions, LogLevels};

/// Where Envoy itself is.
#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) plain: u16,
    pub(crate) admin: u16,
}

pub(crate) fn options(
    ports: Ports,
    application: &Application,
    provider: &Provider,
    folder: &Path,
) -> EnvoyOptions {
    EnvoyOptions {
        filter: Some(configuration(provider)),
        // From the environment, so that they are not in the file.
        host_environment: vec![
            ("OKTA_CLIENT_SECRET".to_owned(), provider.client_secret.clone()),
            ("COOKIE_SECRET".to_owned(), provider.cookie_secret.clone()),
        ],
        clusters: vec![
            EnvoyCluster::new("application", ([127, 0, 0, 1], application.port()).into()),
            okta(&provider.place),
        ],
        port: ports.plain,
        admin_port: ports.admin,
        concurrency: 2,
        normalize_path: true,
        failure_policy: "FAIL_RELOAD",
        access_log: true,
        // Without the address to which a reply leads: it carries the state.
        access_log_format:
            "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %REQ(X-REQUEST-ID)%\n"
                .to_owned(),
        log_levels: LogLevels { envoy: "warn", filter: "info" },
        folder: Some(folder.to_owned()),
        func_e: true,
        ..EnvoyOptions::default()
    }
}

pub(crate) fn configuration(provider: &Provider) -> Value {
    json!({
        "provider": {"issuer": provider.issuer, "cluster": "okta"},
        "client": {
            "id": provider.client_id,
            "secret": {"env": "OKTA_CLIENT_SECRET"},
            "scopes": provider.scopes,
        },
        "session": {"secrets": [{"env": "COOKIE_SECRET"}], "cookie": {"secure": false}},
        "upstream": {"access_token": true, "claims": {"x-department": "department"}},
        "access": [
            {"match": {"paths": ["/healthz"]}, "allow": "public"},
            {"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}},
        ],
    })
}

fn okta(place: &Place) -> EnvoyCluster {
    match place {
        Place::Here { okta, .. } => EnvoyCluster::new("okta", ([127, 0, 0, 1], okta.port()).into()),
        Place::There { host, port, trusted_ca } => {
            let okta = EnvoyCluster { name: "okta".to_owned(), host: host.clone(), port: *port, tls: None };
            okta.with_tls(trusted_ca, host)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::envoy::write_configuration;
    use crate::scratch::Scratch;

    #[tokio::test]
    async fn the_file_holds_the_client_and_no_secret() {
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
        let application = Application::start(0).await.unwrap();
        let folder = Scratch::new("demo");
        let mut options =
            options(Ports { plain: 10000, admin: 10003 }, &application, &provider, folder.path());
        options.wasm = Some(Path::new("/a/vestibule.wasm").to_owned());
        let file = write_configuration(&options, folder.path()).unwrap();
        let config = fs::read_to_string(file).unwrap();
        assert!(config.contains(r#""id": "0oa\"1""#) && !config.contains("not for the file"), "{config}");
        let lines: Vec<&str> = config.lines().map(str::trim).collect();
        for line in
            ["filename: /a/vestibule.wasm", "sni: acme.okta.com", "type: LOGICAL_DNS", "- COOKIE_SECRET"]
        {
            assert!(lines.contains(&line), "{line}: {config}");
        }
    }
}

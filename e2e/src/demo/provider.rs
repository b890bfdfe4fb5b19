//! Which Okta the demo signs in with: the stand-in, or a real organisation.

use std::env;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::options::{Options, RealOkta, Result};
use crate::okta::{Client, OktaOptions, Person, StandInOkta};
use crate::ports;

/// Where systems keep the certificates of the authorities they trust.
const TRUSTED_CA: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
];

pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) cookie_secret: String,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) place: Place,
}

pub(crate) enum Place {
    Here { okta: StandInOkta, people: Vec<Person>, away: AtomicBool },
    There { host: String, port: u16, trusted_ca: PathBuf },
}

impl Provider {
    pub(crate) async fn start(options: &Options, port: u16) -> Result<Self> {
        let cookie_secret =
            env::var("COOKIE_SECRET").unwrap_or_else(|_| STANDARD.encode(rand::random::<[u8; 32]>()));
        if cookie_secret.len() < 32 {
            return Err("COOKIE_SECRET has fewer than 32 bytes".into());
        }
        match &options.real_okta {
            Some(real) => Self::there(real, cookie_secret),
            None => Self::here(port, cookie_secret).await,
        }
    }

    async fn here(port: u16, cookie_secret: String) -> Result<Self> {
        let client_secret = STANDARD.encode(rand::random::<[u8; 30]>());
        let client_id = "0oa1demo00000000001d7";
        let options = OktaOptions {
            port: ports::free_from(port.saturating_add(1))?,
            clients: vec![
                Client::web(client_id, &client_secret).serving(&format!("http://localhost:{port}")),
            ],
            ..OktaOptions::default()
        };
        let people = options.people.clone();
        let okta = StandInOkta::start(options).await?;
        Ok(Self {
            issuer: okta.default_issuer(),
            client_id: client_id.into(),
            client_secret,
            cookie_secret,
            scopes: vec!["openid", "profile", "email"],
            place: Place::Here { okta, people, away: AtomicBool::new(false) },
        })
    }

    fn there(real: &RealOkta, cookie_secret: String) -> Result<Self> {
        let bad = || {
            format!("OKTA_ISSUER is '{}', but must be like https://acme.okta.com/oauth2/default", real.issuer)
        };
        let url = Url::parse(&real.issuer).ok().filter(|url| url.scheme() == "https").ok_or_else(bad)?;
        let host = url.host_str().ok_or_else(bad)?.to_string();
        let trusted_ca = env::var_os("SSL_CERT_FILE")
            .map(PathBuf::from)
            .into_iter()
            .chain(TRUSTED_CA.map(PathBuf::from))
            .find(|file| file.is_file())
            .ok_or("no file with trusted certificates found: set SSL_CERT_FILE")?;
        // Only the org server has the scope `groups`; custom ones give the claim by their configuration.
        let org_server = url.path() == "/";
        let mut scopes = vec!["openid", "profile", "email"];
        scopes.extend(org_server.then_some("groups"));
        Ok(Self {
            issuer: real.issuer.clone(),
            client_id: real.client_id.clone(),
            client_secret: real.client_secret.clone(),
            cookie_secret,
            scopes,
            place: Place::There { host, port: url.port_or_known_default().unwrap_or(443), trusted_ca },
        })
    }

    pub(crate) async fn go_away_or_come_back(&self) {
        let Place::Here { okta, away, .. } = &self.place else { return };
        if away.fetch_xor(true, Ordering::Relaxed) {
            match okta.start_again().await {
                Ok(()) => println!("Okta is back."),
                Err(error) => println!("Okta cannot come back: {error}"),
            }
        } else {
            okta.stop().await;
            println!("Okta has gone away. Whoever is signed in stays so.");
        }
    }

    pub(crate) fn rotate_keys(&self) {
        if let Place::Here { okta, .. } = &self.place {
            okta.rotate_keys();
            println!("Okta signs with a new key: {}", okta.current_kid());
        }
    }
}

//! All of it together: stand-in Okta, the line to it, Envoy with the filter, and the application behind it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vestibule_testing::merge;

use crate::application::Application;
use crate::client::{self, Request, Response};
use crate::envoy::{Envoy, EnvoyCluster, EnvoyOptions, NotStarted};
use crate::leaks;
use crate::okta::{Client, OktaOptions, StandInOkta};
use crate::reached::Reached;
use crate::visitor::{self, Visitor, target_of};
use crate::wire::{State, Wire};

/// The host that a visitor opens unless a test says otherwise.
pub const HOST: &str = "app.example.test";
pub const CLIENT_ID: &str = "0oa1vestibule00001d7";
pub const CLIENT_SECRET: &str = "client-secret-that-no-log-may-hold-0001";
pub const COOKIE_SECRET: &str = "cookie-secret-that-no-log-may-hold-0001";

/// After several failures the filter pauses 20 seconds before it asks again.
const READY_WITHIN: Duration = Duration::from_secs(45);

/// Stands for the issuer of Okta's org authorization server, whose port is not known yet.
pub const ORG_SERVER: &str = "org server";

/// What is different from the usual.
#[derive(Debug)]
pub struct StageOptions {
    /// Merged over [`usual_config`], as a JSON merge patch (RFC 7396).
    pub config: Value,
    pub okta: OktaOptions,
    /// The line to the provider when Envoy starts. Where it is open, the stage waits until the filter is ready.
    pub provider: State,
    pub envoy: EnvoyOptions,
    /// Where requests go in place of [`Stage::application`].
    pub application: Option<SocketAddr>,
}

impl Default for StageOptions {
    fn default() -> Self {
        Self {
            config: json!({}),
            okta: OktaOptions::default(),
            provider: State::Open,
            envoy: EnvoyOptions::default(),
            application: None,
        }
    }
}

#[derive(Debug)]
pub struct Stage {
    pub envoy: Envoy,
    pub wire: Wire,
    pub okta: StandInOkta,
    pub application: Application,
    options: EnvoyOptions,
}

impl Stage {
    /// The usual one.
    pub async fn start() -> Self {
        Self::with(StageOptions::default()).await
    }

    /// The usual one with another configuration of the filter, given as a merge patch.
    pub async fn configured(config: Value) -> Self {
        Self::with(StageOptions { config, ..StageOptions::default() }).await
    }

    /// One that a browser can visit over TLS at `https://*.example.test:<port>`.
    pub async fn for_browser(config: Value) -> Self {
        let envoy = EnvoyOptions { tls_names: vec!["*.example.test".to_owned()], ..EnvoyOptions::default() };
        Self::with(StageOptions { config, envoy, ..StageOptions::default() }).await
    }

    /// With Okta's org authorization server in place of the custom one `default`.
    pub async fn with_org_server(mut config: Value) -> Self {
        merge(&mut config, &json!({"provider": {"issuer": ORG_SERVER}}));
        Self::configured(config).await
    }

    pub async fn with(options: StageOptions) -> Self {
        let open = options.provider == State::Open;
        let stage = Self::try_with(options).await.unwrap_or_else(|failed| panic!("{failed}"));
        if open {
            stage.ready().await;
        }
        stage
    }

    /// # Errors
    /// When Envoy does not start.
    pub async fn try_with(options: StageOptions) -> Result<Self, NotStarted> {
        let okta = StandInOkta::start(options.okta).await.expect("the stand-in Okta");
        let application = Application::start(0).await.expect("the application");
        let wire = Wire::start(loopback(okta.port()), options.provider).await;
        let mut config = usual_config(&okta.default_issuer());
        merge(&mut config, &options.config);
        if config["provider"]["issuer"] == ORG_SERVER {
            config["provider"]["issuer"] = json!(okta.org_issuer());
        }
        for issuer in config
            .get_mut("providers")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
            .map(|(_, one)| one)
        {
            if issuer["issuer"] == ORG_SERVER {
                issuer["issuer"] = json!(okta.org_issuer());
            }
        }
        let mut envoy = options.envoy;
        envoy.filter = Some(config);
        envoy.environment.push(("OKTA_CLIENT_SECRET".to_owned(), CLIENT_SECRET.to_owned()));
        envoy.environment.push(("COOKIE_SECRET".to_owned(), COOKIE_SECRET.to_owned()));
        let protected = options.application.unwrap_or_else(|| loopback(application.port()));
        envoy.clusters.push(EnvoyCluster::new("application", protected));
        envoy.clusters.push(EnvoyCluster::new("okta", wire.address()));
        let options = envoy.clone();
        let envoy = Envoy::start(envoy).await?;
        let stage = Self { envoy, wire, okta, application, options };
        stage.register();
        Ok(stage)
    }

    /// One more Envoy of the same configuration: a replica.
    pub async fn replica(&self) -> Envoy {
        Envoy::start(self.options.clone()).await.unwrap_or_else(|failed| panic!("{failed}"))
    }

    /// One more Envoy whose configuration differs by a merge patch: the next version of a deployment.
    pub async fn replica_with(&self, config: Value) -> Envoy {
        let mut options = self.options.clone();
        merge(options.filter.get_or_insert_default(), &config);
        Envoy::start(options).await.unwrap_or_else(|failed| panic!("{failed}"))
    }

    /// Gives the running Envoy another configuration of the filter, by a merge patch; true where it takes it.
    pub async fn update(&self, config: Value) -> bool {
        let mut options = self.options.clone();
        merge(options.filter.get_or_insert_default(), &config);
        self.envoy.update(&options).await
    }

    /// Waits until a sign-in can begin.
    pub async fn ready(&self) {
        let config = self.options.filter.as_ref();
        let insecure = config.is_some_and(|config| config["session"]["cookie"]["secure"] == false);
        let host = if insecure { "localhost" } else { HOST };
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            let response = self.visitor_at(host).page("/oauth2/start").await;
            if response.status == 302 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the filter does not become ready:\n{}", self.envoy.filter_log().join("\n"));
    }

    /// Somebody who has no cookie yet, at [`HOST`].
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        self.visitor_at(HOST)
    }

    #[must_use]
    pub fn visitor_at(&self, host: &str) -> Visitor {
        Visitor::new(self.envoy.plain(), host)
    }

    /// Somebody who has just signed in at [`HOST`].
    pub async fn signed_in(&self, nick: &str) -> Visitor {
        let mut visitor = self.visitor();
        let authorization = visitor.begin("/").await;
        let callback = self.approve(&authorization, nick).await;
        let response = visitor.page(target_of(&callback)).await;
        assert_eq!((response.status, response.location().as_str()), (302, "/"), "{}", response.summary());
        visitor
    }

    /// What the person `nick` does at the provider: the callback's address.
    pub async fn approve(&self, authorization_url: &str, nick: &str) -> String {
        self.answer(authorization_url, &format!("person={nick}")).await
    }

    /// The person says no at the provider.
    pub async fn deny(&self, authorization_url: &str) -> String {
        self.answer(authorization_url, "deny=yes").await
    }

    async fn answer(&self, authorization_url: &str, choice: &str) -> String {
        visitor::at_sign_in_page(loopback(self.okta.port()), authorization_url, choice).await
    }

    /// What the provider answers when the browser opens this address.
    pub async fn at_okta(&self, url: &str) -> Response {
        client::send(loopback(self.okta.port()), &Request::page(target_of(url))).await.expect("Okta")
    }

    #[must_use]
    pub fn issuer(&self) -> String {
        self.okta.default_issuer()
    }

    /// What reached the application, in order.
    #[must_use]
    pub fn reached(&self) -> Vec<Reached> {
        self.application.requests().into_iter().map(Reached::from).collect()
    }

    /// The origin at which a browser opens the stage.
    #[must_use]
    pub fn origin(&self, host: &str) -> String {
        format!("https://{host}:{}", self.envoy.tls().port())
    }

    /// Registers the hosts of the tests as redirect URIs, once their port is known.
    fn register(&self) {
        let mut client = Client::web(CLIENT_ID, CLIENT_SECRET);
        for host in [HOST, "other.example.test", "admin.example.test"] {
            client = client.serving(&format!("https://{host}"));
            client = client.serving(&format!("http://localhost:{}", self.envoy.plain().port()));
            if !self.options.tls_names.is_empty() {
                client = client.serving(&self.origin(host));
            }
        }
        self.okta.configure(|options| options.clients = vec![client]);
    }
}

/// Law 8, after every test of the suite: what the filter wrote holds no code, token, secret, cookie or state.
impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let own = [CLIENT_SECRET, COOKIE_SECRET].map(str::to_owned);
        leaks::search(&self.envoy.filter_log(), self.okta.secrets().into_iter().chain(own));
    }
}

/// The configuration that most tests share: a public route, one for a group, the rest for whoever is signed in.
#[must_use]
pub fn usual_config(issuer: &str) -> Value {
    json!({
        "provider": {"issuer": issuer, "cluster": "okta"},
        "client": {"id": CLIENT_ID, "secret": {"env": "OKTA_CLIENT_SECRET"}},
        "session": {"secrets": [{"env": "COOKIE_SECRET"}]},
        "access": [
            {"match": {"paths": ["/healthz", "/public/*"]}, "allow": "public"},
            {"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}},
        ],
    })
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

//! The second provider, Envoy with the filter, the application, and somebody's browser.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use vestibule_e2e::application::Application;
use vestibule_e2e::browser::Browser;
use vestibule_e2e::envoy::{Envoy, EnvoyCluster, EnvoyOptions};
use vestibule_e2e::oidc_provider::{OidcProvider, ProviderOptions};
use vestibule_e2e::reached::Reached;
use vestibule_e2e::stage::HOST;
use vestibule_e2e::visitor::Visitor;
use vestibule_testing::merge;

const CLIENT_ID: &str = "vestibule";
const CLIENT_SECRET: &str = "client-secret:that+no/log may hold%";

pub(crate) struct Stage {
    pub(crate) browser: Browser,
    pub(crate) envoy: Envoy,
    pub(crate) provider: OidcProvider,
    application: Application,
    client: Value,
}

/// What is different from the usual.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) provider: ProviderOptions,
    /// A merge patch of the filter's configuration.
    pub(crate) config: Value,
    /// A merge patch of the client's registration.
    pub(crate) client: Value,
    /// More of the filter's environment.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Of Envoy; 0 is one.
    pub(crate) workers: u32,
}

impl Stage {
    pub(crate) async fn start(options: Options) -> Self {
        let mut provider = OidcProvider::start(options.provider).await;
        let application = Application::start(0).await.expect("the application");
        let mut config = json!({
            "provider": {"issuer": provider.issuer(), "cluster": "provider"},
            "client": {
                "id": CLIENT_ID,
                "secret": {"env": "CLIENT_SECRET"},
                "scopes": ["openid", "profile", "email", "groups"],
            },
            "session": {"secrets": [{"env": "COOKIE_SECRET"}]},
            "access": [{"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}}],
        });
        merge_if_any(&mut config, &options.config);
        let mut environment = vec![
            ("CLIENT_SECRET".to_owned(), CLIENT_SECRET.to_owned()),
            ("COOKIE_SECRET".to_owned(), "cookie-secret-that-no-log-may-hold-0002".to_owned()),
        ];
        environment.extend(options.environment.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let envoy = Envoy::start(EnvoyOptions {
            filter: Some(config),
            environment,
            clusters: vec![
                EnvoyCluster::new("application", SocketAddr::from(([127, 0, 0, 1], application.port()))),
                EnvoyCluster::new("provider", provider.address()),
            ],
            tls_names: vec![HOST.to_owned()],
            concurrency: options.workers.max(1),
            ..EnvoyOptions::default()
        })
        .await
        .unwrap_or_else(|failed| panic!("{failed}"));

        let origins = [format!("https://{HOST}"), format!("https://{HOST}:{}", envoy.tls().port())];
        let mut client = json!({
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": origins.each_ref().map(|origin| format!("{origin}/oauth2/callback")),
            "post_logout_redirect_uris": origins.each_ref().map(|origin| format!("{origin}/oauth2/signed_out")),
        });
        merge_if_any(&mut client, &options.client);
        provider.register(client.clone()).await;

        let stage = Self { browser: Browser::start().await, envoy, provider, application, client };
        stage.ready().await;
        stage
    }

    /// Waits until a sign-in can begin.
    async fn ready(&self) {
        for _ in 0..150 {
            if Visitor::new(self.envoy.plain(), HOST).page("/oauth2/start").await.status == 302 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the filter does not become ready:\n{}", self.envoy.filter_log().join("\n"));
    }

    /// Changes the client's registration by a merge patch.
    pub(crate) async fn change_client(&mut self, patch: &Value) {
        merge(&mut self.client, patch);
        self.provider.register(self.client.clone()).await;
    }

    /// The client secret as it is registered.
    pub(crate) fn client_secret(&self) -> Value {
        self.client["client_secret"].clone()
    }

    /// Where the browser finds a path of the application.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{HOST}:{}{path}", self.envoy.tls().port())
    }

    pub(crate) async fn open(&self, path: &str) {
        self.browser.open(&self.url(path)).await;
    }

    /// Clicks through the provider's two pages.
    pub(crate) async fn sign_in(&self, nick: &str) {
        self.browser.shows("Second provider: sign in").await;
        self.browser.click(&format!("#sign-in-{nick}")).await;
        self.browser.shows("Second provider: consent").await;
        self.browser.click("#agree").await;
        self.at_application().await;
    }

    /// The browser's cookies in the hands of a plain client, which opens a connection for each request.
    pub(crate) async fn visitor(&self) -> Visitor {
        let mut visitor = Visitor::new(self.envoy.plain(), HOST);
        for cookie in self.browser.cookies().await {
            visitor.jar.set(&cookie.name, &cookie.value);
        }
        visitor
    }

    /// Waits until the browser has left the provider.
    pub(crate) async fn at_application(&self) {
        let origin = self.url("/");
        self.browser.at(|url| url.starts_with(&origin)).await;
    }

    /// What reached the application, in order.
    pub(crate) fn reached(&self) -> Vec<Reached> {
        self.application.requests().into_iter().map(Reached::from).collect()
    }

    /// What reached the application last at this path.
    pub(crate) fn last(&self, path: &str) -> Reached {
        let found = self.reached().into_iter().rfind(|request| request.path == path);
        found.unwrap_or_else(|| panic!("nothing reached {path}:\n{}", self.envoy.filter_log().join("\n")))
    }
}

fn merge_if_any(target: &mut Value, patch: &Value) {
    if !patch.is_null() {
        merge(target, patch);
    }
}

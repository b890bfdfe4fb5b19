//! What people use in its place, and Envoy with nothing at all.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::{Envoy, EnvoyCluster, EnvoyOptions};
use vestibule_e2e::okta::{Client, OktaOptions, StandInOkta};
use vestibule_e2e::ports;
use vestibule_e2e::process::Process;
use vestibule_e2e::scratch::{Scratch, target};
use vestibule_e2e::stage::{CLIENT_ID, CLIENT_SECRET, HOST};
use vestibule_e2e::visitor::{self, Visitor, target_of};

use crate::application::quiet;
use crate::ours::PAGE;
use crate::subject::{Expected, Subject, navigation};

/// 32 bytes.
const COOKIE_SECRET: &str = "oauth2-proxy-cookie-secret-00001";

pub(crate) struct Rivals {
    bare: Envoy,
    /// Without and with the access token for the application, and the cookies of a session.
    native: [(Envoy, Option<String>); 2],
    empty: (Envoy, Scratch),
    floor: (Envoy, Envoy),
    oauth2_proxy: Option<OAuth2Proxy>,
    _okta: StandInOkta,
}

struct OAuth2Proxy {
    envoy: Envoy,
    process: Process,
    cookies: Option<String>,
    _folder: Scratch,
}

impl Rivals {
    pub(crate) async fn start(application: SocketAddr) -> Self {
        let client = Client::web(CLIENT_ID, CLIENT_SECRET).serving(&format!("https://{HOST}"));
        let okta = StandInOkta::start(OktaOptions { clients: vec![client], ..OktaOptions::default() })
            .await
            .expect("the stand-in Okta");
        let yes = json!({"match": {"prefix": "/"}, "direct_response": {"status": 200}});
        let yes = start(EnvoyOptions { route: Some(yes), ..quiet() }, application).await;
        let asks = asking(application, yes.plain()).await;
        Self {
            bare: start(quiet(), application).await,
            native: [native(application, &okta, false).await, native(application, &okta, true).await],
            empty: empty(application).await,
            floor: (asks, yes),
            oauth2_proxy: oauth2_proxy(application, &okta).await,
            _okta: okta,
        }
    }

    pub(crate) fn bare(&self) -> Subject {
        subject("Envoy alone", &self.bare, None, Expected::Nobody)
    }

    pub(crate) fn native(&self) -> [Subject; 2] {
        let [(plain, cookies), (forwarding, others)] = &self.native;
        [
            subject("native oauth2", plain, cookies.clone(), Expected::LetThrough),
            subject("native oauth2, access token", forwarding, others.clone(), Expected::Token),
        ]
    }

    pub(crate) fn empty(&self) -> Subject {
        subject("an empty filter", &self.empty.0, None, Expected::Nobody)
    }

    pub(crate) fn external(&self) -> Vec<Subject> {
        let (asks, yes) = &self.floor;
        let floor = Subject {
            helper_pid: Some(yes.pid()),
            ..subject("ext_authz, an Envoy that says yes", asks, None, Expected::Nobody)
        };
        let real = self.oauth2_proxy.as_ref().map(|real| Subject {
            helper_pid: Some(real.process.id()),
            ..subject("ext_authz, oauth2-proxy", &real.envoy, real.cookies.clone(), Expected::Person)
        });
        std::iter::once(floor).chain(real).collect()
    }
}

fn subject(name: &'static str, envoy: &Envoy, cookies: Option<String>, expected: Expected) -> Subject {
    Subject::new(name, envoy, PAGE, navigation(cookies), expected)
}

async fn start(mut options: EnvoyOptions, application: SocketAddr) -> Envoy {
    options.clusters.push(EnvoyCluster::new("application", application));
    Envoy::start(options).await.unwrap_or_else(|failed| panic!("{failed}"))
}

/// The least that a WebAssembly filter costs, see `e2e/bench/empty.wat`.
async fn empty(application: SocketAddr) -> (Envoy, Scratch) {
    let folder = Scratch::new("empty-filter");
    let wasm = folder.path().join("empty.wasm");
    let text = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/empty.wat");
    let made = Command::new("wasm-as").arg(text).arg("-o").arg(&wasm).output().expect("binaryen's wasm-as");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let options = EnvoyOptions { filter: Some(json!({})), wasm: Some(wasm), ..quiet() };
    (start(options, application).await, folder)
}

/// Envoy's own filter, and the cookies that it gave a browser.
async fn native(application: SocketAddr, okta: &StandInOkta, forwards: bool) -> (Envoy, Option<String>) {
    let issuer = okta.default_issuer();
    let secret = |name: &str, value: &str| json!({"name": name, "generic_secret": {"secret": {"inline_string": value}}});
    let filter = json!({
        "name": "envoy.filters.http.oauth2",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.oauth2.v3.OAuth2",
            "config": {
                "token_endpoint": {"cluster": "okta", "uri": format!("{issuer}/v1/token"), "timeout": "5s"},
                "authorization_endpoint": format!("{issuer}/v1/authorize"),
                "redirect_uri": format!("https://{HOST}/oauth2/callback"),
                "redirect_path_matcher": {"path": {"exact": "/oauth2/callback"}},
                "signout_path": {"path": {"exact": "/oauth2/sign_out"}},
                "credentials": {
                    "client_id": CLIENT_ID,
                    "token_secret": {"name": "token"},
                    "hmac_secret": {"name": "hmac"},
                },
                "auth_scopes": ["openid", "profile", "email"],
                "forward_bearer_token": forwards,
            },
        },
    });
    let options = EnvoyOptions {
        more_filters: vec![filter],
        secrets: vec![secret("token", CLIENT_SECRET), secret("hmac", COOKIE_SECRET)],
        clusters: vec![EnvoyCluster::new("okta", ([127, 0, 0, 1], okta.port()).into())],
        ..quiet()
    };
    let envoy = start(options, application).await;
    let cookies = signed_in(envoy.plain(), okta).await;
    (envoy, cookies)
}

/// What a browser has after a sign-in at this address.
async fn signed_in(at: SocketAddr, okta: &StandInOkta) -> Option<String> {
    let mut browser = Visitor::new(at, HOST);
    let authorization = browser.begin(PAGE).await;
    let okta = SocketAddr::from(([127, 0, 0, 1], okta.port()));
    let callback = visitor::at_sign_in_page(okta, &authorization, "person=alice").await;
    let answer = browser.page(target_of(&callback)).await;
    assert_eq!(answer.status, 302, "{}", answer.summary());
    browser.jar.header_at(PAGE)
}

/// An Envoy that asks another server about each request.
async fn asking(application: SocketAddr, other: SocketAddr) -> Envoy {
    let exact = |name: &str| json!({"exact": name});
    let told = [
        "x-auth-request-user",
        "x-auth-request-email",
        "x-auth-request-preferred-username",
        "x-auth-request-groups",
    ];
    let asked = ["cookie", "accept", "x-forwarded-proto"].map(exact);
    let filter: Value = json!({
        "name": "envoy.filters.http.ext_authz",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
            "transport_api_version": "V3",
            "http_service": {
                "server_uri": {"uri": format!("http://{other}"), "cluster": "asked", "timeout": "5s"},
                "authorization_response": {"allowed_upstream_headers": {"patterns": told.map(exact)}},
            },
            "allowed_headers": {"patterns": asked},
        },
    });
    let options = EnvoyOptions {
        more_filters: vec![filter],
        clusters: vec![EnvoyCluster::new("asked", other)],
        ..quiet()
    };
    start(options, application).await
}

/// The real one, where `scripts/bootstrap --bench` could build it.
async fn oauth2_proxy(application: SocketAddr, okta: &StandInOkta) -> Option<OAuth2Proxy> {
    let program = target().join("tools/go/oauth2-proxy");
    if !program.is_file() {
        eprintln!("bench: no row for oauth2-proxy, {} is missing", program.display());
        return None;
    }
    let folder = Scratch::new("oauth2-proxy");
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free()));
    let mut process = Process::start(&mut command(&program, address, okta), folder.path().join("log"));
    let ping = async || client::send(address, &Request::get("/ping")).await;
    process.until(async || ping().await.is_ok_and(|answer| answer.status == 200)).await;
    let cookies = signed_in(address, okta).await;
    let envoy = asking(application, address).await;
    Some(OAuth2Proxy { envoy, process, cookies, _folder: folder })
}

fn command(program: &Path, address: SocketAddr, okta: &StandInOkta) -> Command {
    let issuer = okta.default_issuer();
    let mut command = Command::new(program);
    command
        .arg(format!("--http-address={address}"))
        .arg(format!("--oidc-issuer-url={issuer}"))
        .arg(format!("--client-id={CLIENT_ID}"))
        .arg(format!("--redirect-url=https://{HOST}/oauth2/callback"))
        .args([
            "--provider=oidc",
            "--scope=openid email profile",
            "--code-challenge-method=S256",
            "--email-domain=*",
        ])
        // Okta takes no `?` in a state.
        .args(["--encode-state", "--reverse-proxy", "--upstream=static://200", "--set-xauthrequest"])
        .args([
            "--skip-provider-button",
            "--standard-logging=false",
            "--request-logging=false",
            "--auth-logging=false",
        ])
        .env("OAUTH2_PROXY_CLIENT_SECRET", CLIENT_SECRET)
        .env("OAUTH2_PROXY_COOKIE_SECRET", COOKIE_SECRET);
    command
}

//! A plain client with cookies: a browser without its own opinions.

use std::net::SocketAddr;

use crate::client::{self, Request, Response};
use crate::jar::Jar;

/// One person's browser, as far as one host behind Envoy sees it.
#[derive(Clone, Debug)]
pub struct Visitor {
    envoy: SocketAddr,
    host: String,
    /// Where a trusted proxy in front of Envoy says that they are.
    address: Option<String>,
    pub jar: Jar,
}

impl Visitor {
    #[must_use]
    pub fn new(envoy: SocketAddr, host: &str) -> Self {
        Self { envoy, host: host.to_owned(), address: None, jar: Jar::default() }
    }

    /// The same cookies, sent to another place.
    #[must_use]
    pub fn moved(&self, envoy: SocketAddr, host: &str) -> Self {
        Self { envoy, host: host.to_owned(), address: self.address.clone(), jar: self.jar.clone() }
    }

    /// Behind a proxy that Envoy trusts (`EnvoyOptions::trusted_hops`), at this address.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    /// A callback of a sign-in that they begin, with a code that nobody gave; `None` where none begins. A pushed request
    /// shows no state; that it was pushed is all that a stranger can cause.
    pub async fn forged_callback(&mut self) -> Option<Request> {
        let response = self.page("/").await;
        if response.status != 302 {
            return None;
        }
        let location = response.location();
        let state = location.split_once("&state=")?.1.split('&').next()?;
        Some(Request::page(format!("/oauth2/callback?code=none&state={state}")))
    }

    /// Sends a request with the visitor's cookies, and keeps those of the answer.
    pub async fn send(&mut self, request: Request) -> Response {
        let mut request = request.host(&self.host);
        if let Some(address) = &self.address {
            request = request.header("x-forwarded-for", address);
        }
        if let Some(cookies) = self.jar.header() {
            request = request.header("cookie", cookies);
        }
        let response = client::send(self.envoy, &request).await.expect("an answer from Envoy");
        self.jar.absorb(&response);
        response
    }

    /// Opens a page.
    pub async fn page(&mut self, target: impl AsRef<[u8]>) -> Response {
        self.send(Request::page(target)).await
    }

    /// Fetches something as a script does.
    pub async fn fetch(&mut self, target: impl AsRef<[u8]>) -> Response {
        self.send(Request::fetch(target)).await
    }

    /// Opens a page without a session: the address of the provider to which that leads.
    pub async fn begin(&mut self, target: &str) -> String {
        let response = self.page(target).await;
        assert_eq!(response.status, 302, "{}", response.summary());
        response.location()
    }
}

/// What follows the host in an absolute address.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn target_of(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or_else(|| panic!("not an absolute address: {url}"));
    rest.find('/').map_or_else(|| "/".to_owned(), |at| rest[at..].to_owned())
}

/// What a person does at the stand-in's sign-in page, as a form: `person=alice`, or `deny=yes`. Gives the callback's
/// address.
///
/// # Panics
/// When the provider at `okta` shows no such page.
pub async fn at_sign_in_page(okta: SocketAddr, authorization_url: &str, choice: &str) -> String {
    let page = client::send(okta, &Request::page(target_of(authorization_url))).await.expect("Okta");
    assert_eq!(page.status, 200, "{}", page.summary());
    let text = page.text();
    let transaction = text
        .split_once("name=\"transaction\" value=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .unwrap_or_else(|| panic!("no form: {text}"))
        .0;
    let form = Request::form("/signin/submit", &format!("transaction={transaction}&{choice}"));
    client::send(okta, &form).await.expect("Okta").location()
}

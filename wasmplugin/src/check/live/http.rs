//! The calls of the filter, made from this machine.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use vestibule::oidc::{Answer, HttpCall};
use vestibule::web::host::is_loopback;

/// Longer than the filter waits: the way from here may be another one.
const TIMEOUT: Duration = Duration::from_secs(20);

/// More than any honest answer: the filter reads 256 KiB.
const MOST: usize = 1024 * 1024;

pub(super) struct Http {
    outside: Client,
    /// A proxy of this machine's cannot reach this machine.
    loopback: Client,
}

impl Http {
    pub(super) fn new() -> Result<Self, String> {
        // Rustls' own choice would want a C toolchain. It may be set already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let build = |direct: bool| {
            let client = Client::builder()
                .redirect(Policy::none())
                .timeout(TIMEOUT)
                .user_agent(concat!("vestibule-wasmplugin/", env!("CARGO_PKG_VERSION")));
            let client = if direct { client.no_proxy() } else { client };
            client.build().map_err(|error| format!("HTTP client: {error}"))
        };
        Ok(Self { outside: build(false)?, loopback: build(true)? })
    }

    /// Makes a call of the filter's.
    ///
    /// # Errors
    /// Why there is no answer, without the URL.
    pub(super) async fn call(&self, call: &HttpCall) -> Result<Answer, String> {
        let url = format!("{}://{}{}", call.scheme, call.authority, call.path);
        let method = if call.method == "POST" { Method::POST } else { Method::GET };
        let mut request = self.request(method, &url).body(call.body.clone());
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        self.send(request).await
    }

    /// As a browser goes to `url`, without following where it leads.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub(super) async fn visit(&self, url: &str) -> Result<Answer, String> {
        self.send(self.request(Method::GET, url).header("accept", "text/html")).await
    }

    fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let host = reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let client = if host.is_some_and(|host| is_loopback(&host)) { &self.loopback } else { &self.outside };
        client.request(method, url)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, String> {
        let mut response = request.send().await.map_err(|error| why(&error))?;
        let mut headers = vec![(":status".to_owned(), response.status().as_str().as_bytes().to_vec())];
        for (name, value) in response.headers() {
            headers.push((name.as_str().to_owned(), value.as_bytes().to_vec()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST {
                break;
            }
        }
        Ok(Answer::read(headers, body.len(), |_| body))
    }
}

/// The innermost reason, which is the one that a person can do something about.
fn why(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if error.is_timeout() {
        return format!("no answer within {} s", TIMEOUT.as_secs());
    }
    // The outermost one has the URL.
    if innermost.source().is_none() && std::ptr::addr_eq(innermost, error) {
        return "no answer".to_owned();
    }
    innermost.to_string()
}

//! `provider` and `providers`: who is called, and how Envoy reaches them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::web::url::HttpUrl;

/// The OpenID Provider and how Envoy reaches it.
#[derive(Debug)]
pub struct Provider {
    /// Exactly as configured: `iss` and the metadata's `issuer` are compared with it byte by byte.
    pub issuer: HttpUrl,
    /// The Envoy cluster of every endpoint that `clusters` does not name; `None`: `outbound|<port>||<host>`, as Istio
    /// names it.
    pub cluster: Option<String>,
    /// By endpoint host, in lower case.
    pub clusters: BTreeMap<String, String>,
    /// For one call.
    pub timeout: Duration,
    /// What is called elsewhere than the metadata say.
    pub endpoints: EndpointOverrides,
}

/// Endpoints that the configuration names itself; they win over the discovered ones.
#[derive(Debug, Default)]
pub struct EndpointOverrides {
    /// Where the browser is sent to sign in (RFC 6749 §3.1).
    pub authorization_endpoint: Option<HttpUrl>,
    /// Where codes and refresh tokens are redeemed (RFC 6749 §3.2).
    pub token_endpoint: Option<HttpUrl>,
    /// Where the JWK set is (OIDC Discovery §3).
    pub jwks_uri: Option<HttpUrl>,
    /// Where claims are looked up that the ID token lacks (OIDC Core §5.3).
    pub userinfo_endpoint: Option<HttpUrl>,
    /// Where the browser is sent to sign out of the provider (OIDC RP-Initiated Logout §2).
    pub end_session_endpoint: Option<HttpUrl>,
    /// Where authorization requests are pushed (RFC 9126 §2).
    pub pushed_authorization_request_endpoint: Option<HttpUrl>,
    /// Where a refresh token is ended (RFC 7009 §2).
    pub revocation_endpoint: Option<HttpUrl>,
}

impl Provider {
    /// The Envoy cluster through which `endpoint` is called.
    #[must_use]
    pub fn cluster_for(&self, endpoint: &HttpUrl) -> String {
        self.clusters
            .get(endpoint.host())
            .or(self.cluster.as_ref())
            .cloned()
            .unwrap_or_else(|| format!("outbound|{}||{}", endpoint.port(), endpoint.host()))
    }
}

/// One of `providers`.
#[derive(Debug)]
pub struct Issuer {
    /// As the configuration calls it.
    pub name: String,
    /// Of which nothing but its keys is used.
    pub provider: Provider,
}

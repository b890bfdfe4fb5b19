//! The validated configuration: parsed types, secrets resolved. After validation nothing in it can fail.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::http_url::HttpUrl;
use super::private_key::PrivateKey;
use crate::inputs::Timestamp;

/// The whole `pluginConfig`.
#[derive(Debug)]
pub struct Config {
    pub provider: Provider,
    pub client: Client,
    pub session: Session,
    pub identity: Identity,
    pub paths: Paths,
    pub upstream: Upstream,
    /// The hosts on which the filter acts; `None`: on every request.
    pub hosts: Option<Vec<HostPattern>>,
    /// First match wins; no match: authenticated.
    pub access: Vec<Rule>,
}

/// The OpenID Provider and how Envoy reaches it.
#[derive(Debug)]
pub struct Provider {
    /// Exactly as configured: `iss` and the metadata's `issuer` are compared with it byte by byte.
    pub issuer: HttpUrl,
    pub cluster: Option<String>,
    /// By endpoint host, in lower case.
    pub clusters: BTreeMap<String, String>,
    /// For one call.
    pub timeout: Duration,
    pub endpoints: EndpointOverrides,
}

/// Endpoints that the configuration names itself; they win over the discovered ones.
#[derive(Debug, Default)]
pub struct EndpointOverrides {
    pub authorization_endpoint: Option<HttpUrl>,
    pub token_endpoint: Option<HttpUrl>,
    pub jwks_uri: Option<HttpUrl>,
    pub userinfo_endpoint: Option<HttpUrl>,
    pub end_session_endpoint: Option<HttpUrl>,
    pub pushed_authorization_request_endpoint: Option<HttpUrl>,
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

/// This relying party, as registered with the provider.
#[derive(Debug)]
pub struct Client {
    pub id: String,
    pub auth: ClientAuth,
    /// Always with `openid`.
    pub scopes: Vec<String>,
    /// Never one of the protocol's own parameters.
    pub authorization_params: Vec<(String, String)>,
    /// Whether authorization requests are pushed (RFC 9126); `None`: where the metadata require it.
    pub pushed_authorization_requests: Option<bool>,
}

/// How the client authenticates at the token endpoint (OIDC Core §9).
#[derive(Debug)]
pub enum ClientAuth {
    /// A secret and no method: `client_secret_basic` unless the metadata offers `client_secret_post` only.
    FromMetadata(Secret),
    Basic(Secret),
    Post(Secret),
    PrivateKeyJwt(PrivateKey),
    /// A public client: PKCE alone.
    None,
}

/// A value that must never be written anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What the browser holds, for how long.
#[derive(Debug)]
pub struct Session {
    /// One or more of 32 bytes or more; the first seals, all open.
    pub secrets: Vec<Secret>,
    /// Absolute lifetime from the sign-in on.
    pub max_age: Duration,
    pub idle_timeout: Option<Duration>,
    /// Whether an access token that ran out is renewed with the refresh token.
    pub refresh: bool,
    /// Sign-ins before this time are refused.
    pub not_before: Option<Timestamp>,
    pub revoked: Vec<Revocation>,
    pub cookie: Cookie,
}

/// One person whose sign-ins before a time are refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Revocation {
    pub who: RevokedPerson,
    pub before: Timestamp,
}

#[derive(Debug, PartialEq, Eq)]
pub enum RevokedPerson {
    Sub(String),
    /// In lower case.
    Email(String),
}

#[derive(Debug)]
pub struct Cookie {
    /// Without the `__Host-` or `__Secure-` prefix, which depends on the request's host.
    pub name: String,
    /// In lower case, without a leading dot. Empty: host-only.
    pub domains: Vec<String>,
    pub same_site: SameSite,
    pub secure: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    Lax,
    Strict,
    /// Only with `secure`.
    None,
}

/// Which claim says what.
#[derive(Debug)]
pub struct Identity {
    pub user_claim: String,
    pub email_claim: String,
    pub groups_claim: String,
    pub preferred_username_claim: String,
    /// Whether an email with `email_verified: false` counts all the same.
    pub allow_unverified_email: bool,
}

#[derive(Debug)]
pub struct Paths {
    /// Such as `/oauth2`: in normal form, no trailing slash, not empty.
    pub prefix: String,
    pub ambiguous: AmbiguousPath,
    /// `None`: derived from the request's own scheme and host.
    pub redirect_uri: Option<HttpUrl>,
    pub allowed_redirect_domains: Vec<RedirectDomain>,
}

/// What to do with a path that different servers read differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmbiguousPath {
    Refuse,
    Allow,
}

/// A place outside the request's own host where `?rd=` may lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectDomain {
    pub host: RedirectHost,
    pub port: RedirectPort,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectHost {
    /// In lower case.
    Exact(String),
    /// `example.com` for `.example.com`: the domain itself and everything below it.
    Domain(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectPort {
    /// Only a URL that names no port.
    Absent,
    Exact(u16),
    Any,
}

/// The headers that the application gets. All names are in lower case.
#[derive(Debug)]
pub struct Upstream {
    pub user_header: String,
    pub email_header: String,
    pub groups_header: String,
    pub preferred_username_header: String,
    /// `x-auth-request-access-token`, where the application gets the access token.
    pub access_token_header: Option<String>,
    pub authorization: UpstreamAuthorization,
    /// Header and claim.
    pub claims: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamAuthorization {
    /// The application's own `authorization` header passes untouched.
    None,
    IdToken,
    AccessToken,
}

/// `admin.example.com` or `*.apps.example.com`, in lower case.
#[derive(Debug, PartialEq, Eq)]
pub enum HostPattern {
    Exact(String),
    /// `apps.example.com` for `*.apps.example.com`: everything below it, not the domain itself.
    Below(String),
}

/// `/healthz` or `/finance/*`, in normal form.
#[derive(Debug, PartialEq, Eq)]
pub enum PathPattern {
    Exact(String),
    /// `/finance` for `/finance/*`; empty for `/*`. Matches the path itself and everything below it.
    Below(String),
}

#[derive(Debug)]
pub struct Rule {
    pub when: Match,
    pub then: Access,
    pub unauthenticated: Unauthenticated,
}

/// All parts that are there must match; a rule without any matches everything.
#[derive(Debug, Default)]
pub struct Match {
    pub hosts: Option<Vec<HostPattern>>,
    pub paths: Option<Vec<PathPattern>>,
    /// In upper case; `HEAD` is there wherever `GET` is.
    pub methods: Option<Vec<String>>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone, without identity headers.
    Public,
    /// Everyone, with identity headers where signed in.
    Optional,
    /// Whoever is signed in and satisfies these; the empty requirement is "authenticated".
    Require(Require),
    /// Nobody.
    Nobody,
}

/// Everything that is there must hold; in a list one entry is enough.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Require {
    pub groups: Option<Vec<String>>,
    pub email: Option<RequireEmail>,
}

/// `emails` and `email_domains` are one test together. All in lower case.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RequireEmail {
    pub emails: Vec<String>,
    pub domains: Vec<String>,
}

/// How a request without a session is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unauthenticated {
    /// Navigations are redirected, everything else gets 401.
    #[default]
    Auto,
    Redirect,
    Status,
}

//! The validated configuration: parsed types, secrets resolved. After validation nothing in it can fail.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use ipnet::IpNet;

use crate::inputs::Timestamp;
use crate::jose::PrivateKey;
pub use crate::web::cookie::SameSite;
pub use crate::web::host::HostPattern;
pub use crate::web::path::PathPattern;
use crate::web::url::HttpUrl;

pub use super::authentication::{Authenticated, Authentication};

/// The whole `pluginConfig`.
#[derive(Debug)]
pub struct Config {
    /// The OpenID Provider that signs people in.
    pub provider: Provider,
    /// Further issuers, whose access tokens some rules accept.
    pub issuers: Vec<Issuer>,
    /// This relying party.
    pub client: Client,
    /// What the browser holds.
    pub session: Session,
    /// What strangers may cause.
    pub budget: Budget,
    /// Which claims say who somebody is.
    pub identity: Identity,
    /// The filter's own paths.
    pub paths: Paths,
    /// What the application is told.
    pub upstream: Upstream,
    /// The hosts on which the filter acts; `None`: on every request.
    pub hosts: Option<Vec<HostPattern>>,
    /// First match wins; no match: authenticated.
    pub access: Vec<Rule>,
}

/// What strangers may cause in one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Fruitless sign-ins a second, of all sources together.
    pub sign_ins: u32,
    /// Whether each source's address has a budget of its own as well.
    pub by_address: bool,
}

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

/// This relying party, as registered with the provider.
#[derive(Debug)]
pub struct Client {
    /// `client_id` (RFC 6749 §2.2): printable ASCII.
    pub id: String,
    /// By what it proves who it is.
    pub auth: ClientAuth,
    /// Always with `openid`.
    pub scopes: Vec<String>,
    /// `session.refresh`.
    pub wants_refresh_token: bool,
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
    /// `client_secret_basic`.
    Basic(Secret),
    /// `client_secret_post`.
    Post(Secret),
    /// `private_key_jwt`, also where a key and no method is configured.
    PrivateKeyJwt(PrivateKey),
    /// A public client: PKCE alone.
    None,
}

impl ClientAuth {
    /// What one authentication costs this worker, in tokens of the budget: measured in WebAssembly, an RSA signature takes
    /// 8 ms of a worker's time with 2048 bits, 22 with 3072 and 50 with 4096, everything else less than one.
    #[must_use]
    pub fn tokens(&self) -> u32 {
        let Self::PrivateKeyJwt(key) = self else { return 1 };
        match key.rsa_bits() {
            None => 1,
            Some(..=2048) => 2,
            Some(..=3072) => 5,
            Some(_) => 10,
        }
    }
}

/// A value that must never be written anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the value out of the reach of `Debug`.
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
    /// The longest time without a request; `None`: no limit but `max_age`.
    pub idle_timeout: Option<Duration>,
    /// Whether an access token that ran out is renewed with the refresh token.
    pub refresh: bool,
    /// Sign-ins before this time are refused.
    pub not_before: Option<Timestamp>,
    /// People whose earlier sign-ins are refused; at most 1000.
    pub revoked: Vec<Revocation>,
    /// How the session cookie is set.
    pub cookie: Cookie,
}

/// One person whose sign-ins before a time are refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Who it is.
    pub who: RevokedPerson,
    /// Sign-ins from this time on count again.
    pub before: Timestamp,
}

/// People are named in one of two ways, and never in both: a `sub` and an email are compared with different claims.
#[derive(Debug, PartialEq, Eq)]
pub enum RevokedPerson {
    /// The ID token's `sub`, byte by byte.
    Sub(String),
    /// In lower case.
    Email(String),
}

/// The attributes of the session cookie (RFC 6265 §4.1.2).
#[derive(Debug)]
pub struct Cookie {
    /// Without the `__Host-` or `__Secure-` prefix, which depends on the request's host.
    pub name: String,
    /// In lower case, without a leading dot. Empty: host-only.
    pub domains: Vec<String>,
    /// Which requests from other sites carry the cookie.
    pub same_site: SameSite,
    /// Whether the outside is https; false on a loopback host only.
    pub secure: bool,
}

/// Which claim says what.
#[derive(Debug)]
pub struct Identity {
    /// What names a person to the application.
    pub user_claim: String,
    /// What the email rules and the email header look at.
    pub email_claim: String,
    /// What the group rules and the groups header look at: an array of strings, or one.
    pub groups_claim: String,
    /// What a person likes to be called by.
    pub preferred_username_claim: String,
    /// Whether an email with `email_verified: false` counts all the same.
    pub allow_unverified_email: bool,
}

/// Where the filter's own paths are, and what is a path at all.
#[derive(Debug)]
pub struct Paths {
    /// Such as `/oauth2`: in normal form, no trailing slash, not empty.
    pub prefix: String,
    /// On a host for which a rule names paths.
    pub ambiguous: AmbiguousPath,
    /// `None`: derived from the request's own scheme and host.
    pub redirect_uri: Option<HttpUrl>,
    /// Where `?rd=` may lead beside the host of the request.
    pub allowed_redirect_domains: Vec<RedirectDomain>,
}

/// What to do with a path that different servers read differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmbiguousPath {
    /// All its readings are asked about, and it gets 400 where they cannot agree.
    Refuse,
    /// The application reads what is ambiguous as ordinary characters.
    Allow,
}

/// A place outside the request's own host where `?rd=` may lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectDomain {
    /// Which hosts.
    pub host: RedirectHost,
    /// Which ports of them.
    pub port: RedirectPort,
}

/// A host, or a domain with what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectHost {
    /// In lower case.
    Exact(String),
    /// `example.com` for `.example.com`: the domain itself and everything below it.
    Domain(String),
}

/// Which ports a URL may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectPort {
    /// Only a URL that names no port.
    Absent,
    /// A URL that names this one.
    Exact(u16),
    /// Any, and none.
    Any,
}

/// The headers that the application gets. All names are in lower case.
#[derive(Debug)]
pub struct Upstream {
    /// For [`Identity::user_claim`].
    pub user_header: String,
    /// For [`Identity::email_claim`].
    pub email_header: String,
    /// For [`Identity::groups_claim`], joined by commas.
    pub groups_header: String,
    /// For [`Identity::preferred_username_claim`].
    pub preferred_username_header: String,
    /// `x-auth-request-access-token`, where the application gets the access token.
    pub access_token_header: Option<String>,
    /// What stands in `authorization`.
    pub authorization: UpstreamAuthorization,
    /// Header and claim.
    pub claims: Vec<(String, String)>,
}

/// Which token the application gets as `authorization: Bearer` (RFC 6750 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamAuthorization {
    /// The application's own `authorization` header passes untouched.
    None,
    /// The ID token of the sign-in or of the last refresh.
    IdToken,
    /// The access token, unless it has run out.
    AccessToken,
}

/// One entry of `access`.
#[derive(Debug)]
pub struct Rule {
    /// Which requests it is for.
    pub when: Match,
    /// Who may enter.
    pub then: Access,
    /// What somebody without a session gets.
    pub unauthenticated: Unauthenticated,
    /// Which access tokens are accepted in the place of a session.
    pub bearer: Option<Bearer>,
    /// Whether CORS preflights pass.
    pub lets_preflights_pass: bool,
}

/// One of `providers`.
#[derive(Debug)]
pub struct Issuer {
    /// As the configuration calls it.
    pub name: String,
    /// Of which nothing but its keys is used.
    pub provider: Provider,
}

/// Which tokens a rule accepts (RFC 6750): all must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Issuer identifiers, one of which must have issued it.
    pub issuers: Vec<String>,
    /// One of which it must be for.
    pub audiences: Vec<String>,
    /// Which it must have. Empty: any or none.
    pub scopes: Vec<String>,
    /// Whether one of them is enough.
    pub any_scope: bool,
    /// One of which it must name. `None`: any or none.
    pub groups: Option<Vec<String>>,
    /// All of which must hold.
    pub claims: Vec<RequiredClaim>,
    /// Whether an ID token for this client counts as well.
    pub id_tokens: bool,
    /// Where an API client learns what to bring (RFC 9728 §5.1).
    pub resource_metadata: Option<HttpUrl>,
}

/// All parts that are there must match; a rule without any matches everything.
#[derive(Debug, Default)]
pub struct Match {
    /// `None`: every host.
    pub hosts: Option<Vec<HostPattern>>,
    /// `None`: every path.
    pub paths: Option<Vec<PathPattern>>,
    /// In upper case; `HEAD` is there wherever `GET` is.
    pub methods: Option<Vec<String>>,
    /// `None`: every address.
    pub client_cidrs: Option<Vec<IpNet>>,
}

/// Who may enter where a rule matches.
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
    /// `None`: any or none.
    pub groups: Option<Vec<String>>,
    /// `None`: any or none.
    pub email: Option<RequireEmail>,
    /// All of which must hold.
    pub claims: Vec<RequiredClaim>,
    /// How they must have signed in.
    pub authentication: Authentication,
}

impl Bearer {
    /// Whether it says what tokens need beside their issuer and audience.
    #[must_use]
    pub fn asks_for_more_than_an_audience(&self) -> bool {
        !self.scopes.is_empty() || self.groups.is_some() || !self.claims.is_empty()
    }
}

/// A claim with the values of which it must have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredClaim {
    /// A name, or a JSON pointer.
    pub name: String,
    /// As texts; case counts.
    pub values: Vec<String>,
}

/// `emails` and `email_domains` are one test together. All in lower case.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RequireEmail {
    /// Whole addresses.
    pub emails: Vec<String>,
    /// What stands behind the last `@`.
    pub domains: Vec<String>,
}

/// How a request without a session is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unauthenticated {
    /// Navigations are redirected, everything else gets 401.
    #[default]
    Auto,
    /// The sign-in begins, wherever a redirect may be answered.
    Redirect,
    /// 401 for everything.
    Status,
}

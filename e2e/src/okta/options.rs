//! What a test may choose about the stand-in. Every field can also be changed while it runs.

use std::time::Duration;

use serde_json::Value;

use super::people::{self, Person};

#[derive(Clone, Debug)]
pub struct OktaOptions {
    /// 0: any free port.
    pub port: u16,
    /// The host name in the issuer. The socket is always on 127.0.0.1.
    pub host: String,
    /// The whole public base URL (`https://acme.okta.test`) where something in front ends TLS or moves the port.
    pub base_url: Option<String>,
    pub clients: Vec<Client>,
    pub people: Vec<Person>,
    /// The custom authorization servers by id; the org server is always there.
    pub authorization_servers: Vec<String>,
    /// Without API Access Management custom authorization servers answer 401 `E0000015`.
    pub api_access_management: bool,
    /// The `aud` of access tokens of custom authorization servers.
    pub audience: String,
    /// Scopes of custom authorization servers beside the standard ones.
    pub custom_scopes: Vec<String>,
    /// The groups claim of custom authorization servers; `None`: no such claim.
    pub groups_claim: Option<GroupsClaim>,
    /// Which groups the org server's `groups` scope gives.
    pub org_groups: GroupFilter,
    /// Okta fails the sign-in when more groups than this match; `None` lifts that.
    pub group_limit: Option<usize>,
    /// Whether ID tokens carry only `email`, `name` and `preferred_username` of the person's claims.
    pub thin_id_tokens: ThinIdTokens,
    pub refresh: RefreshTokens,
    pub lifetimes: Lifetimes,
    /// Members of the JWK set that no ID token is signed with and that a relying party must pass over.
    pub odd_keys: bool,
    /// Whether authorization responses say who sends them (RFC 9207), and the metadata that they do. Okta does not.
    pub iss_parameter: bool,
    pub keys_cache_control: String,
    pub metadata_cache_control: String,
}

impl Default for OktaOptions {
    fn default() -> Self {
        Self {
            port: 0,
            host: "localhost".into(),
            base_url: None,
            clients: vec![Client::web("0oa1vestibule00001d7", "client-secret-of-forty-characters-0000000")],
            people: people::cast(),
            authorization_servers: vec!["default".into(), "aus1partners000001d7".into()],
            api_access_management: true,
            audience: "api://default".into(),
            custom_scopes: vec!["orders.read".into(), "orders.write".into()],
            groups_claim: Some(GroupsClaim::default()),
            org_groups: GroupFilter::All,
            group_limit: Some(100),
            thin_id_tokens: ThinIdTokens { org: true, custom: false },
            refresh: RefreshTokens::Rotate { grace: Duration::from_secs(30) },
            lifetimes: Lifetimes::default(),
            odd_keys: true,
            iss_parameter: false,
            keys_cache_control: "no-cache, no-store".into(),
            metadata_cache_control: "max-age=86400, must-revalidate".into(),
        }
    }
}

/// An app integration of the Okta organisation: a relying party.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub auth: ClientAuth,
    /// Exact, or with one `*` in the lowest subdomain.
    pub redirect_uris: Vec<String>,
    /// Exact.
    pub post_logout_redirect_uris: Vec<String>,
    /// The logins of those assigned to the app; `None`: everyone.
    pub assigned: Option<Vec<String>>,
    /// Whether the grant type `refresh_token` is on for the app.
    pub refresh_tokens: bool,
    /// Whether authorization requests must be pushed (RFC 9126).
    pub require_par: bool,
}

impl Client {
    /// A web app with a secret, which it may send either way, and with no URI registered yet.
    #[must_use]
    pub fn web(id: &str, secret: &str) -> Self {
        Self {
            id: id.into(),
            auth: ClientAuth::Secret(secret.into()),
            redirect_uris: vec![],
            post_logout_redirect_uris: vec![],
            assigned: None,
            refresh_tokens: true,
            require_par: false,
        }
    }

    /// The URI, where it is one of the app's.
    pub(crate) fn registered_redirect_uri<'a>(&self, uri: Option<&'a str>) -> Option<&'a str> {
        uri.filter(|uri| self.redirect_uris.iter().any(|pattern| uri_matches(pattern, uri)))
    }

    #[must_use]
    pub fn auth(mut self, auth: ClientAuth) -> Self {
        self.auth = auth;
        self
    }

    #[must_use]
    pub fn redirect_uri(mut self, uri: &str) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: &str) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Registers what a filter with the prefix `/oauth2` at `origin` (`http://localhost:10000`) sends.
    #[must_use]
    pub fn serving(self, origin: &str) -> Self {
        self.redirect_uri(&format!("{origin}/oauth2/callback"))
            .post_logout_redirect_uri(&format!("{origin}/oauth2/signed_out"))
    }
}

/// How the client must authenticate at the token endpoint (OIDC Core §9).
#[derive(Clone, PartialEq)]
pub enum ClientAuth {
    /// `client_secret_basic` or `client_secret_post`, as the client likes.
    Secret(String),
    Basic(String),
    Post(String),
    /// `private_key_jwt`, with the client's public keys as JWKs: RSA, or EC on P-256.
    PrivateKeyJwt(Vec<Value>),
    /// A public client: PKCE alone.
    None,
}

impl std::fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret([redacted])",
            Self::Basic(_) => "Basic([redacted])",
            Self::Post(_) => "Post([redacted])",
            Self::PrivateKeyJwt(_) => "PrivateKeyJwt",
            Self::None => "None",
        })
    }
}

/// The groups claim as an administrator configures it on a custom authorization server.
#[derive(Clone, Debug)]
pub struct GroupsClaim {
    pub name: String,
    pub filter: GroupFilter,
    /// Included in any scope when `None`, else when this scope was granted.
    pub scope: Option<String>,
    pub in_id_token: bool,
    pub in_access_token: bool,
}

impl Default for GroupsClaim {
    fn default() -> Self {
        Self {
            name: "groups".into(),
            filter: GroupFilter::All,
            scope: None,
            in_id_token: true,
            in_access_token: true,
        }
    }
}

#[derive(Clone, Debug)]
pub enum GroupFilter {
    All,
    StartsWith(String),
    Equals(String),
}

impl GroupFilter {
    pub(crate) fn matches(&self, group: &str) -> bool {
        match self {
            Self::All => true,
            Self::StartsWith(prefix) => group.starts_with(prefix.as_str()),
            Self::Equals(name) => group == name,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct ThinIdTokens {
    pub org: bool,
    pub custom: bool,
}

/// What a refresh gives.
#[derive(Clone, Copy, Debug)]
pub enum RefreshTokens {
    /// A new refresh token each time; the old one works for the grace period. Reuse after it ends the family.
    Rotate { grace: Duration },
    /// The same one works until it expires, and no new one is sent.
    Keep,
}

#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    pub code: Duration,
    pub id_token: Duration,
    pub access_token: Duration,
    /// From the sign-in on: rotation does not prolong it.
    pub refresh_token: Duration,
    /// Of the session that Okta itself keeps with the browser.
    pub session: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            code: Duration::from_secs(300),
            id_token: Duration::from_secs(3600),
            access_token: Duration::from_secs(3600),
            refresh_token: Duration::from_secs(90 * 86400),
            session: Duration::from_secs(2 * 3600),
        }
    }
}

/// Exact, or with one `*` within the lowest subdomain of the host.
fn uri_matches(pattern: &str, uri: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == uri };
    let in_lowest_label = before.split_once("://").is_some_and(|(_, host)| !host.contains(['.', '/', ':']));
    let matched = uri.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    in_lowest_label
        && matched.is_some_and(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::uri_matches;

    #[test]
    fn a_star_stands_for_a_part_of_the_lowest_label_only() {
        assert!(uri_matches("https://*.example.com/cb", "https://a-1.example.com/cb"));
        assert!(uri_matches("https://pr-*.example.com/cb", "https://pr-7.example.com/cb"));
        assert!(!uri_matches("https://*.example.com/cb", "https://a.b.example.com/cb"));
        assert!(!uri_matches("https://*.example.com/cb", "https://.example.com/cb"));
        assert!(!uri_matches("https://*.example.com/cb", "https://evil.test/x.example.com/cb"));
        assert!(!uri_matches("https://example.com/*", "https://example.com/cb"));
        assert!(!uri_matches("https://example.com/cb", "https://example.com/cb?x"));
    }
}

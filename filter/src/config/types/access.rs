//! `access`: who may enter where.

use ipnet::IpNet;

use super::Authentication;
use crate::web::host::HostPattern;
use crate::web::path::PathPattern;
use crate::web::url::HttpUrl;

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

//! `paths`: where the filter's own paths are, and where redirects may lead.

use crate::web::url::HttpUrl;

/// Where the filter's own paths are, and what is a path at all.
#[derive(Debug)]
pub struct Paths {
    /// Such as `/oauth2`: in normal form, no trailing slash, not empty.
    pub prefix: String,
    /// On a host for which a rule names paths.
    pub ambiguous: AmbiguousPath,
    /// `None`: derived from the request's own scheme and host.
    pub redirect_uri: Option<HttpUrl>,
    /// Where the provider's logout leads (OIDC RP-Initiated Logout §3); `None`: back to the filter.
    pub post_logout_redirect_uri: Option<HttpUrl>,
    /// Where a sign-out ends the session.
    pub sign_out: SignOut,
    /// Answers for as long as the proxy runs. In normal form.
    pub ping: Option<String>,
    /// Says whether the provider is known. In normal form.
    pub ready: Option<String>,
    /// Where `?rd=` may lead beside the host of the request.
    pub allowed_redirect_domains: Vec<RedirectDomain>,
}

/// Where a sign-out ends the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// Here, and at the provider where it can be asked.
    Provider,
    /// Here only.
    Local,
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

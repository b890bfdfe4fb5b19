//! Which endpoint of which authorization server a path names.

use super::options::OktaOptions;

/// The endpoints, of all authorization servers together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Metadata,
    Authorize,
    /// What the sign-in page's buttons post to.
    SignIn,
    Par,
    Token,
    Introspect,
    Revoke,
    Logout,
    Keys,
    Userinfo,
    /// Any other path; Okta answers 404.
    Other,
}

/// The org authorization server, or a custom one by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizationServer {
    Org,
    Custom(String),
}

impl AuthorizationServer {
    #[must_use]
    pub fn issuer(&self, base_url: &str) -> String {
        match self {
            Self::Org => base_url.into(),
            Self::Custom(id) => format!("{base_url}/oauth2/{id}"),
        }
    }

    /// Such as `<base>/oauth2/default/v1/token`.
    pub(crate) fn endpoint_url(&self, base_url: &str, name: &str) -> String {
        match self {
            Self::Org => format!("{base_url}/oauth2/v1/{name}"),
            Self::Custom(id) => format!("{base_url}/oauth2/{id}/v1/{name}"),
        }
    }

    pub(crate) fn exists(&self, options: &OktaOptions) -> bool {
        match self {
            Self::Org => true,
            Self::Custom(id) => options.authorization_servers.contains(id),
        }
    }
}

pub(crate) const SIGN_IN_PATH: &str = "/signin/submit";

pub(crate) fn route(path: &str) -> (AuthorizationServer, Endpoint) {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let custom = |id: &str| AuthorizationServer::Custom(id.into());
    match segments.as_slice() {
        [".well-known", document] => (AuthorizationServer::Org, well_known(document)),
        ["oauth2", "v1", name] => (AuthorizationServer::Org, named(name)),
        ["oauth2", id, ".well-known", document] => (custom(id), well_known(document)),
        ["oauth2", id, "v1", name] => (custom(id), named(name)),
        _ if path == SIGN_IN_PATH => (AuthorizationServer::Org, Endpoint::SignIn),
        _ => (AuthorizationServer::Org, Endpoint::Other),
    }
}

fn well_known(document: &str) -> Endpoint {
    match document {
        "openid-configuration" | "oauth-authorization-server" => Endpoint::Metadata,
        _ => Endpoint::Other,
    }
}

fn named(name: &str) -> Endpoint {
    match name {
        "authorize" => Endpoint::Authorize,
        "par" => Endpoint::Par,
        "token" => Endpoint::Token,
        "introspect" => Endpoint::Introspect,
        "revoke" => Endpoint::Revoke,
        "logout" => Endpoint::Logout,
        "keys" => Endpoint::Keys,
        "userinfo" => Endpoint::Userinfo,
        _ => Endpoint::Other,
    }
}

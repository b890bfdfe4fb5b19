//! What tests can look up about the requests at the token endpoint. Nothing in it is secret.

use super::endpoint::AuthorizationServer;

#[derive(Clone, Debug)]
pub struct TokenRequest {
    pub server: AuthorizationServer,
    /// `authorization_code`, `refresh_token`, or what else was sent.
    pub grant_type: String,
    pub client_id: Option<String>,
    /// How the client authenticated: `client_secret_basic` and so on; `None` where it failed.
    pub auth_method: Option<String>,
    pub redirect_uri: Option<String>,
    pub scope: Option<String>,
    pub answer: TokenAnswer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenAnswer {
    Tokens,
    /// The error code.
    Refused(String),
}

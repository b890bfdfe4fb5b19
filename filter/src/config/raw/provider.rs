//! `provider`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::DurationText;

/// The OpenID Provider and how Envoy reaches it. Its endpoints are discovered from
/// `<issuer>/.well-known/openid-configuration`; an endpoint that is named here wins over the discovered one.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Provider {
    /// The provider's issuer identifier, byte by byte as its metadata and its ID tokens say it. An https URL
    /// without query and fragment; http on a loopback host only.
    ///
    /// Example: `https://acme.okta.com/oauth2/default`
    pub(in crate::config) issuer: String,
    /// The Envoy cluster through which every endpoint is called.
    ///
    /// Default: `outbound|<port>||<host>` of each endpoint, as Istio names them
    /// Example: `outbound|443||acme.okta.com`
    pub(in crate::config) cluster: Option<String>,
    /// Envoy clusters by the host of an endpoint; they win over `cluster`.
    ///
    /// Default: `{}`
    /// Example: `{"keys.example.com": "keys"}`
    pub(in crate::config) clusters: Option<BTreeMap<String, String>>,
    /// How long one call to the provider may take, at most one minute.
    ///
    /// Unit: duration
    /// Default: `5s`
    /// Example: `10s`
    pub(in crate::config) timeout: Option<DurationText>,
    /// Where the browser is sent to sign in.
    ///
    /// Default: discovered
    /// Example: `https://acme.okta.com/oauth2/default/v1/authorize`
    pub(in crate::config) authorization_endpoint: Option<String>,
    /// Where codes and refresh tokens are redeemed.
    ///
    /// Default: discovered
    /// Example: `https://acme.okta.com/oauth2/default/v1/token`
    pub(in crate::config) token_endpoint: Option<String>,
    /// Where the provider publishes its signing keys.
    ///
    /// Default: discovered
    /// Example: `https://acme.okta.com/oauth2/default/v1/keys`
    pub(in crate::config) jwks_uri: Option<String>,
    /// Where claims are looked up that the ID token lacks.
    ///
    /// Default: discovered
    /// Example: `https://acme.okta.com/oauth2/default/v1/userinfo`
    pub(in crate::config) userinfo_endpoint: Option<String>,
    /// Where the browser is sent to sign out of the provider as well.
    ///
    /// Default: discovered
    /// Example: `https://acme.okta.com/oauth2/default/v1/logout`
    pub(in crate::config) end_session_endpoint: Option<String>,
    /// Where authorization requests are pushed.
    ///
    /// Default: discovered
    /// Example: `https://acme.okta.com/oauth2/default/v1/par`
    pub(in crate::config) pushed_authorization_request_endpoint: Option<String>,
    /// Where a refresh token is ended when somebody signs out.
    ///
    /// Default: discovered
    /// Example: `https://acme.okta.com/oauth2/default/v1/revoke`
    pub(in crate::config) revocation_endpoint: Option<String>,
}

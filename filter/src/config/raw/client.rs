//! `client`, and where secrets come from.

use std::collections::BTreeMap;

use serde::Deserialize;

/// This relying party, as it is registered with the provider.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Client {
    /// The client identifier.
    ///
    /// Example: `0oa1b2c3`
    pub(in crate::config) id: String,
    /// The client secret.
    ///
    /// Default: none, which is a public client: PKCE alone proves who redeems a code
    /// Example: `{"env": "OKTA_CLIENT_SECRET"}`
    pub(in crate::config) secret: Option<SecretSource>,
    /// The private key that signs client assertions, for `auth_method: private_key_jwt`: RSA of 2048 to 4096
    /// bits (RS256), or EC on P-256 (ES256) or P-384 (ES384). A PEM (PKCS#8, or PKCS#1 for RSA) or a private
    /// JWK as JSON.
    ///
    /// Default: none
    /// Example: `{"env": "OKTA_PRIVATE_KEY"}`
    pub(in crate::config) private_key: Option<SecretSource>,
    /// The key ID under which the provider knows the public half of `private_key`.
    ///
    /// Default: the JWK's own `kid`; none for a PEM
    /// Example: `2026-11`
    pub(in crate::config) key_id: Option<String>,
    /// How the client authenticates to the provider (OpenID Connect Core, section 9). It must be said where
    /// there are both a secret and a private key. With a secret alone it is what the provider's metadata offers,
    /// `client_secret_basic` first; with a private key alone `private_key_jwt`; with neither `none`.
    ///
    /// Default: by what there is
    /// Example: `client_secret_post`
    pub(in crate::config) auth_method: Option<AuthMethod>,
    /// The scopes that are asked for. `openid` must be one of them.
    ///
    /// Default: `["openid", "profile", "email"]`
    /// Example: `["openid", "profile", "email", "groups"]`
    pub(in crate::config) scopes: Option<Vec<String>>,
    /// More parameters for the authorization request. The protocol's own are refused.
    ///
    /// Default: `{}`
    /// Example: `{"ui_locales": "de"}`
    pub(in crate::config) authorization_params: Option<BTreeMap<String, String>>,
    /// Whether the authorization request is pushed to the provider (RFC 9126), so that the browser carries a
    /// reference to it only.
    ///
    /// Default: where the provider's metadata require it
    /// Example: `true`
    pub(in crate::config) pushed_authorization_requests: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum AuthMethod {
    ClientSecretBasic,
    ClientSecretPost,
    // Refused with a reason.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(skip))]
    ClientSecretJwt,
    PrivateKeyJwt,
    None,
}

/// Where a secret comes from: exactly one of the two keys.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(extend("minProperties" = 1, "maxProperties" = 1)))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SecretSource {
    /// The variable of the Wasm VM's environment that holds the secret (Istio: `vmConfig.env`, Envoy:
    /// `environment_variables`).
    ///
    /// Default: none
    /// Example: `COOKIE_SECRET`
    pub(in crate::config) env: Option<String>,
    /// The secret itself. Whoever may read the configuration then reads the secret: better for tests only.
    ///
    /// Default: none
    /// Example: `for-tests-only-0123456789abcdefghij`
    pub(in crate::config) value: Option<String>,
}

//! `upstream`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What the application gets. Every header that is named here is removed from what comes in first.
#[derive(Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Upstream {
    /// The header for the claim `identity.user_claim`.
    ///
    /// Default: `x-auth-request-user`
    /// Example: `x-user`
    pub(in crate::config) user_header: Option<String>,
    /// The header for the claim `identity.email_claim`.
    ///
    /// Default: `x-auth-request-email`
    /// Example: `x-email`
    pub(in crate::config) email_header: Option<String>,
    /// The header for the claim `identity.groups_claim`, joined by commas.
    ///
    /// Default: `x-auth-request-groups`
    /// Example: `x-groups`
    pub(in crate::config) groups_header: Option<String>,
    /// The header for the claim `identity.preferred_username_claim`.
    ///
    /// Default: `x-auth-request-preferred-username`
    /// Example: `x-username`
    pub(in crate::config) preferred_username_header: Option<String>,
    /// Whether the application gets the access token, as `x-auth-request-access-token`.
    ///
    /// Default: `false`
    /// Example: `true`
    pub(in crate::config) access_token: Option<bool>,
    /// Which token the application gets as `authorization: Bearer`. With anything but `none` an incoming
    /// `authorization` header is always removed.
    ///
    /// Default: `none`
    /// Example: `id_token`
    pub(in crate::config) authorization: Option<Authorization>,
    /// More headers, each with the claim that it holds, named as in `identity`. An array of strings is joined
    /// by commas.
    ///
    /// Default: `{}`
    /// Example: `{"x-team": "department"}`
    pub(in crate::config) claims: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Authorization {
    None,
    IdToken,
    AccessToken,
}

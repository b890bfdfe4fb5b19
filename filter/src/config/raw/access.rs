//! `access`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::DurationText;

/// One rule of `access`. The first rule that matches decides; without a match, whoever is signed in may
/// enter.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Rule {
    /// Which requests the rule is for.
    ///
    /// Default: all of them
    /// Example: `{"hosts": ["admin.example.com"], "paths": ["/finance/*"]}`
    #[serde(rename = "match")]
    pub(in crate::config) when: Option<Match>,
    /// Who may enter: `public` (everyone, without identity headers), `optional` (everyone, with identity
    /// headers where signed in), `authenticated` or `none`. `public` and `optional` take only a path that
    /// arrives in normal form.
    ///
    /// Default: `authenticated`
    /// Example: `public`
    pub(in crate::config) allow: Option<Allow>,
    /// What somebody who is signed in must have besides; only with `allow: authenticated`.
    ///
    /// Default: nothing
    /// Example: `{"groups": ["finance"]}`
    pub(in crate::config) require: Option<Require>,
    /// Which access tokens are accepted in the place of a session.
    ///
    /// Default: none
    /// Example: `{"audiences": ["api://default"], "scopes": ["orders.read"]}`
    #[expect(dead_code, reason = "not supported yet")]
    pub(in crate::config) bearer: Option<Bearer>,
    /// What is answered without a session: `redirect` to the sign-in, `status` (401), or `auto` (navigations
    /// are redirected, everything else gets 401). Unsafe methods are never redirected.
    ///
    /// Default: `auto`
    /// Example: `status`
    pub(in crate::config) unauthenticated: Option<Unauthenticated>,
    /// CORS preflights carry no cookie: `allow` lets them through to the application.
    ///
    /// Default: none, they are treated as any other request, but never redirected
    /// Example: `allow`
    #[expect(dead_code, reason = "not supported yet")]
    pub(in crate::config) preflight: Option<Preflight>,
}

/// Which requests a rule is for: all keys must match, in a list one entry is enough.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Match {
    /// Names, or `*.name` for everything below a name.
    ///
    /// Default: every host
    /// Example: `["admin.example.com"]`
    pub(in crate::config) hosts: Option<Vec<String>>,
    /// Paths in normal form without the query: exact, or with a trailing `/*` for the path itself and
    /// everything below it.
    ///
    /// Default: every path
    /// Example: `["/finance/*", "/healthz"]`
    pub(in crate::config) paths: Option<Vec<String>>,
    /// Methods in upper case. GET includes HEAD.
    ///
    /// Default: every method
    /// Example: `["GET", "POST"]`
    pub(in crate::config) methods: Option<Vec<String>>,
    /// Networks of the client's address.
    ///
    /// Default: every address
    /// Example: `["10.0.0.0/8"]`
    #[expect(dead_code, reason = "not supported yet")]
    pub(in crate::config) client_cidrs: Option<Vec<String>>,
}

/// What somebody must have: all keys must hold, in a list one entry is enough. `emails` and `email_domains`
/// are one test together.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Require {
    /// Groups, one of which somebody must be in. Case counts.
    ///
    /// Default: any or none
    /// Example: `["finance"]`
    pub(in crate::config) groups: Option<Vec<String>>,
    /// Email addresses, in any case.
    ///
    /// Default: any or none
    /// Example: `["ann@example.com"]`
    pub(in crate::config) emails: Option<Vec<String>>,
    /// Domains of email addresses, in any case and without `@`. A domain below one of them is another one.
    ///
    /// Default: any or none
    /// Example: `["example.com"]`
    pub(in crate::config) email_domains: Option<Vec<String>>,
    /// Claims, each with the values of which it must have one. All of the claims must hold.
    ///
    /// Default: `{}`
    /// Example: `{"department": ["sales"]}`
    #[expect(dead_code, reason = "not supported yet")]
    pub(in crate::config) claims: Option<BTreeMap<String, Vec<String>>>,
    /// Authentication context classes, one of which the sign-in must have reached.
    ///
    /// Default: any or none
    /// Example: `["urn:okta:loa:2fa:any"]`
    #[expect(dead_code, reason = "not supported yet")]
    pub(in crate::config) acr: Option<Vec<String>>,
    /// How long ago the sign-in may be.
    ///
    /// Unit: duration
    /// Default: no limit but `session.max_age`
    /// Example: `15m`
    #[expect(dead_code, reason = "not supported yet")]
    pub(in crate::config) max_age: Option<DurationText>,
}

/// Which JWT access tokens are accepted in the place of a session.
#[derive(Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Bearer {
    /// Audiences, one of which the token must be for.
    ///
    /// Example: `["api://default"]`
    #[expect(dead_code, reason = "not supported yet")]
    pub(in crate::config) audiences: Vec<String>,
    /// Scopes that the token must have.
    ///
    /// Default: `[]`
    /// Example: `["orders.read"]`
    #[expect(dead_code, reason = "not supported yet")]
    pub(in crate::config) scopes: Option<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Allow {
    Public,
    Optional,
    Authenticated,
    None,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Unauthenticated {
    Auto,
    Redirect,
    Status,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Preflight {
    Allow,
}

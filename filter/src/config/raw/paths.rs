//! `paths`.

use serde::Deserialize;

/// The filter's own paths, and how paths and redirects are read.
#[derive(Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Paths {
    /// Where the filter's own paths lie: `/callback`, `/start`, `/sign_in`, `/sign_out`, `/signed_out`,
    /// `/auth` and `/userinfo` below it.
    ///
    /// Default: `/oauth2`
    /// Example: `/_auth`
    pub(in crate::config) prefix: Option<String>,
    /// What to do with a path that servers read differently (`%2f`, `%5c`, `%00`, `;`, control bytes, an
    /// octet encoded twice) on a host for which a rule names paths. `allow` says that the application reads
    /// these as ordinary characters; such a path is still never public.
    ///
    /// Default: `refuse`
    /// Example: `allow`
    pub(in crate::config) ambiguous: Option<Ambiguous>,
    /// The one redirect URI of every host: `<prefix>/callback` on a host which shares a cookie domain with
    /// all the others.
    ///
    /// Default: `<prefix>/callback` on the request's own host
    /// Example: `https://app.example.com/oauth2/callback`
    pub(in crate::config) redirect_uri: Option<String>,
    /// Where `?rd=` may lead, beside the request's own host. `host` is that host without a port, `host:8443`
    /// that port, `host:*` any port, `.suffix` and `*.suffix` the suffix itself and everything below it.
    ///
    /// Default: `[]`
    /// Example: `[".example.com"]`
    pub(in crate::config) allowed_redirect_domains: Option<Vec<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum Ambiguous {
    Refuse,
    Allow,
}

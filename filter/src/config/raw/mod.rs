//! The configuration as people write it: one struct a section, the names and comments of which are the
//! JSON Schema and the option reference.
//!
//! Every key is documented in one style: its meaning, then `Unit:` where it has one, `Default:` (a literal
//! in backticks, or words) and `Example:` (a literal). A literal is JSON, or a plain string without quotes.
//! Nothing here derives `Debug`: some of these texts are secrets.

mod access;
mod budget;
mod client;
mod logging;
mod pages;
mod paths;
mod provider;
mod session;
mod texts;
mod upstream;

use crate::config::read::{List, Map, section};

pub(in crate::config) use access::*;
pub(in crate::config) use budget::*;
pub(in crate::config) use client::*;
pub(in crate::config) use logging::*;
pub(in crate::config) use pages::*;
pub(in crate::config) use paths::*;
pub(in crate::config) use provider::*;
pub(in crate::config) use session::*;
pub(in crate::config) use texts::*;
pub(in crate::config) use upstream::*;

section! {
    /// The configuration of Vestibule: the `pluginConfig` of an Istio WasmPlugin, the `configuration` of Envoy's
    /// Wasm filter.
    #[cfg_attr(feature = "schema", schemars(title = "Vestibule"))]
    struct Root {
        /// The OpenID Provider and how Envoy reaches it.
        provider: Provider, required "a map with the key issuer";
        /// Further issuers by name, for the bearer tokens of rules. `provider` is the one that signs people in.
        ///
        /// Default: `{}`
        /// Example: `{"partner": {"issuer": "https://idp.partner.example"}}`
        providers: Map<Issuer>;
        /// This relying party, as it is registered with the provider.
        client: Client, required "a map with the key id";
        /// What the browser holds, and for how long.
        session: Session, required "a map with the key secrets";
        /// What strangers may cause in one worker.
        ///
        /// Default: every key's own default
        budget: Budget;
        /// What the log tells.
        ///
        /// Default: every key's own default
        logging: Logging;
        /// Which claims of the ID token say who somebody is.
        ///
        /// Default: every key's own default
        identity: Identity;
        /// The filter's own paths, and how paths and redirects are read.
        ///
        /// Default: every key's own default
        paths: Paths;
        /// How the filter's own pages look, and what they say.
        ///
        /// Default: every key's own default
        pages: Pages;
        /// What the application gets.
        ///
        /// Default: every key's own default
        upstream: Upstream;
        /// The hosts on which the filter acts: names, or `*.name` for everything below a name. On any other host
        /// the filter does nothing at all, so use it on gateways whose routes fix the host, and not for a
        /// workload that answers to any.
        ///
        /// Default: every request
        /// Example: `["admin.example.com", "*.apps.example.com"]`
        hosts: List<String>;
        /// Who may enter where. The first rule that matches decides.
        ///
        /// Default: everyone who is signed in may enter everywhere
        /// Example: `[{"match": {"paths": ["/healthz"]}, "allow": "public"}]`
        access: List<Rule>;
    }
}

section! {
    /// Which claims of the ID token say who somebody is. A claim that the ID token lacks is looked up at the
    /// provider's userinfo endpoint. Each names a claim; a name that begins with `/` and that no claim has is a
    /// JSON pointer (RFC 6901) into one, such as `/realm_access/roles`.
    #[derive(Default)]
    struct Identity {
        /// The claim that names a person to the application.
        ///
        /// Default: `sub`
        /// Example: `uid`
        user_claim: String;
        /// The claim that holds the email address, for `upstream`, `require.emails` and `require.email_domains`.
        ///
        /// Default: `email`
        /// Example: `mail`
        email_claim: String;
        /// The claim that lists the groups, for `upstream` and `require.groups`: an array of strings, or one.
        ///
        /// Default: `groups`
        /// Example: `/realm_access/roles`
        groups_claim: String;
        /// The claim that holds the name a person likes to be called by.
        ///
        /// Default: `preferred_username`
        /// Example: `nickname`
        preferred_username_claim: String;
        /// Whether an email address that the provider marks with `email_verified: false` counts all the same.
        ///
        /// Default: `false`
        /// Example: `true`
        allow_unverified_email: bool;
    }
}

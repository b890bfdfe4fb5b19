//! `provider` as it is written: the issuer, how Envoy reaches it, and endpoints that are not to be discovered.

use super::DurationText;
use crate::config::read::{Map, section};

section! {
    /// A further issuer of access tokens, for `access[].bearer`. Its keys are discovered as those of `provider`.
    struct Issuer {
        /// Its issuer identifier, byte by byte as its metadata and its tokens say it.
        ///
        /// Example: `https://idp.partner.example`
        issuer: String, required r#"a URL such as "https://idp.partner.example""#;
        /// The Envoy cluster through which it is called.
        ///
        /// Default: `outbound|<port>||<host>` of each endpoint, as Istio names them
        /// Example: `outbound|443||idp.partner.example`
        cluster: String;
        /// Envoy clusters by the host of an endpoint; they win over `cluster`.
        ///
        /// Default: `{}`
        /// Example: `{"keys.partner.example": "keys"}`
        clusters: Map<String>;
        /// How long one call may take, at most one minute.
        ///
        /// Unit: duration
        /// Default: `5s`
        /// Example: `10s`
        timeout: DurationText;
        /// Where it publishes its signing keys.
        ///
        /// Default: discovered
        /// Example: `https://idp.partner.example/keys`
        jwks_uri: String;
    }
}

section! {
    /// The OpenID Provider and how Envoy reaches it. Its endpoints are discovered from
    /// `<issuer>/.well-known/openid-configuration`; an endpoint that is named here wins over the discovered one.
    struct Provider {
        /// The provider's issuer identifier, byte by byte as its metadata and its ID tokens say it. An https URL
        /// without query and fragment; http on a loopback host only.
        ///
        /// Example: `https://acme.okta.com/oauth2/default`
        issuer: String, required r#"a URL such as "https://acme.okta.com/oauth2/default""#;
        /// The Envoy cluster through which every endpoint is called.
        ///
        /// Default: `outbound|<port>||<host>` of each endpoint, as Istio names them
        /// Example: `outbound|443||acme.okta.com`
        cluster: String;
        /// Envoy clusters by the host of an endpoint; they win over `cluster`.
        ///
        /// Default: `{}`
        /// Example: `{"keys.example.com": "keys"}`
        clusters: Map<String>;
        /// How long one call to the provider may take, at most one minute.
        ///
        /// Unit: duration
        /// Default: `5s`
        /// Example: `10s`
        timeout: DurationText;
        /// Where the browser is sent to sign in.
        ///
        /// Default: discovered
        /// Example: `https://acme.okta.com/oauth2/default/v1/authorize`
        authorization_endpoint: String;
        /// Where codes and refresh tokens are redeemed.
        ///
        /// Default: discovered
        /// Example: `https://acme.okta.com/oauth2/default/v1/token`
        token_endpoint: String;
        /// Where the provider publishes its signing keys.
        ///
        /// Default: discovered
        /// Example: `https://acme.okta.com/oauth2/default/v1/keys`
        jwks_uri: String;
        /// Where claims are looked up that the ID token lacks.
        ///
        /// Default: discovered
        /// Example: `https://acme.okta.com/oauth2/default/v1/userinfo`
        userinfo_endpoint: String;
        /// Where the browser is sent to sign out of the provider as well.
        ///
        /// Default: discovered
        /// Example: `https://acme.okta.com/oauth2/default/v1/logout`
        end_session_endpoint: String;
        /// Where authorization requests are pushed.
        ///
        /// Default: discovered
        /// Example: `https://acme.okta.com/oauth2/default/v1/par`
        pushed_authorization_request_endpoint: String;
        /// Where a refresh token is ended when somebody signs out.
        ///
        /// Default: discovered
        /// Example: `https://acme.okta.com/oauth2/default/v1/revoke`
        revocation_endpoint: String;
    }
}

//! `client` as it is written, and the two ways to give a secret.

use super::DurationText;
use crate::config::read::{List, Map, choice, section};

section! {
    /// This relying party, as it is registered with the provider.
    struct Client {
        /// The client identifier.
        ///
        /// Example: `0oa1b2c3`
        id: String, required "the client identifier";
        /// The client secret.
        ///
        /// Default: none, which is a public client: PKCE alone proves who redeems a code
        /// Example: `{"env": "OKTA_CLIENT_SECRET"}`
        secret: SecretSource;
        /// The private key that signs client assertions, for `auth_method: private_key_jwt`: RSA of 2048 to 4096
        /// bits (RS256), or EC on P-256 (ES256) or P-384 (ES384). A PEM (PKCS#8, or PKCS#1 for RSA) or a private
        /// JWK as JSON.
        ///
        /// Default: none
        /// Example: `{"env": "OKTA_PRIVATE_KEY"}`
        private_key: SecretSource;
        /// The key ID under which the provider knows the public half of `private_key`.
        ///
        /// Default: the JWK's own `kid`; none for a PEM
        /// Example: `2026-11`
        key_id: String;
        /// How the client authenticates to the provider (OpenID Connect Core, section 9). It must be said where
        /// there are both a secret and a private key. With a secret alone it is what the provider's metadata offers,
        /// `client_secret_basic` first; with a private key alone `private_key_jwt`; with neither `none`.
        ///
        /// Default: by what there is
        /// Example: `client_secret_post`
        auth_method: AuthMethod;
        /// For whom a client assertion of `private_key_jwt` is (its `aud`): the provider's issuer, as newer
        /// specifications have it, or the endpoint that is called. Okta takes the endpoint only.
        ///
        /// Default: `issuer` where the provider's metadata require pushed authorization requests (RFC 9126, section 2), else `endpoint`
        /// Example: `issuer`
        assertion_audience: AssertionAudience;
        /// The scopes that are asked for. `openid` must be one of them.
        ///
        /// Default: `["openid", "profile", "email"]`
        /// Example: `["openid", "profile", "email", "groups"]`
        scopes: List<String>;
        /// The services for which the access token is wanted (RFC 8707): absolute URIs without a fragment, sent with
        /// each authorization request, code and refresh.
        ///
        /// Default: `[]`
        /// Example: `["https://api.example.com"]`
        resources: List<String>;
        /// How long ago the person may have authenticated at the provider when they sign in (OpenID Connect Core,
        /// section 3.1.2.1), up to `30d`; `0s` asks for it each time, and gives the way back a minute. An ID token that does not say so is refused.
        /// `require.max_age` of a rule looks at every request instead.
        ///
        /// Unit: duration
        /// Default: no limit
        /// Example: `8h`
        max_age: DurationText;
        /// What the provider is to ask of the person at each sign-in: `login`, `consent`, `select_account`, several of
        /// them with a blank between, or what else it has.
        ///
        /// Default: the provider's affair
        /// Example: `select_account`
        prompt: String;
        /// What the provider's page has as the person's name to begin with, where a link to `<prefix>/start` brings no
        /// `login_hint` of its own.
        ///
        /// Default: none
        /// Example: `@example.com`
        login_hint: String;
        /// More parameters for the authorization request. The protocol's own are refused; what has a key of its own, such as
        /// `prompt`, may stand in one of the two places.
        ///
        /// Default: `{}`
        /// Example: `{"ui_locales": "de"}`
        authorization_params: Map<String>;
        /// Whether the authorization request is pushed to the provider (RFC 9126), so that the browser carries a
        /// reference to it only.
        ///
        /// Default: where the provider's metadata require it
        /// Example: `true`
        pushed_authorization_requests: bool;
    }
}

choice! {
    enum AuthMethod {
        ClientSecretBasic = "client_secret_basic",
        ClientSecretPost = "client_secret_post",
        // Refused with a reason.
        #[cfg_attr(feature = "schema", schemars(skip))]
        ClientSecretJwt = "client_secret_jwt",
        PrivateKeyJwt = "private_key_jwt",
        None = "none",
    }
}

choice! {
    enum AssertionAudience {
        Issuer = "issuer",
        Endpoint = "endpoint",
    }
}

section! {
    /// Where a secret comes from: exactly one of the two keys.
    #[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1, "maxProperties" = 1)))]
    struct SecretSource {
        /// The variable of the Wasm VM's environment that holds the secret (Istio: `vmConfig.env`, Envoy:
        /// `environment_variables`).
        ///
        /// Default: none
        /// Example: `COOKIE_SECRET`
        env: String;
        /// The secret itself. Whoever may read the configuration then reads the secret: better for tests only.
        ///
        /// Default: none
        /// Example: `for-tests-only-0123456789abcdefghij`
        value: String;
    }
}

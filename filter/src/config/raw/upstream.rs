//! `upstream` as it is written: the names of the headers by which the application learns who somebody is.

use super::{DurationText, SecretSource};
use crate::config::read::{List, Map, choice, section};

section! {
    /// What the application gets. Every header that is named here is removed from what comes in first.
    #[derive(Default)]
    struct Upstream {
        /// The header for the claim `identity.user_claim`.
        ///
        /// Default: `x-auth-request-user`
        /// Example: `x-user`
        user_header: String;
        /// The header for the claim `identity.email_claim`.
        ///
        /// Default: `x-auth-request-email`
        /// Example: `x-email`
        email_header: String;
        /// The header for the claim `identity.groups_claim`, joined by commas.
        ///
        /// Default: `x-auth-request-groups`
        /// Example: `x-groups`
        groups_header: String;
        /// The header for the claim `identity.preferred_username_claim`.
        ///
        /// Default: `x-auth-request-preferred-username`
        /// Example: `x-username`
        preferred_username_header: String;
        /// Whether the application gets the access token, as `x-auth-request-access-token`.
        ///
        /// Default: `false`
        /// Example: `true`
        access_token: bool;
        /// Which token the application gets as `authorization: Bearer`. With anything but `none` an incoming
        /// `authorization` header is always removed.
        ///
        /// Default: `none`
        /// Example: `id_token`
        authorization: Authorization;
        /// More headers, each with the claim that it holds, named as in `identity`. An array of strings is joined
        /// by commas.
        ///
        /// Default: `{}`
        /// Example: `{"x-team": "department"}`
        claims: Map<String>;
        /// More headers, each with the token that it holds, without `Bearer`.
        ///
        /// Default: `{}`
        /// Example: `{"x-id-token": "id_token"}`
        headers: Map<Token>;
        /// A header in which the filter says who is signed in, signed (a JWT, ES256), so that the application can tell
        /// the filter's word from anybody's. The keys are public at `<prefix>/jwks`.
        ///
        /// Default: none
        jwt: Jwt;
        /// Whether user, groups and rule are put into Envoy's filter state, for access logs
        /// (`%FILTER_STATE(wasm.vestibule_user:PLAIN)%`, `wasm.vestibule_groups`, `wasm.vestibule_rule`) and for
        /// Envoy's RBAC filter behind this one.
        ///
        /// Default: `false`
        /// Example: `true`
        filter_state: bool;
    }
}

section! {
    /// The signed header. Its claims: `iss`, the origin of the request, such as `https://admin.example.com`; `aud`, its host;
    /// `idp`, the issuer that signed the person in or issued the bearer token; `sub` there; `email` and `groups` as the
    /// application is told of them; `rule`, which one let the request pass; `iat` and `exp`.
    #[derive(Default)]
    struct Jwt {
        /// The name of the header.
        ///
        /// Default: `x-vestibule-jwt`
        /// Example: `x-identity`
        header: String;
        /// For whom it is (`aud`): `host` is the host of the request, any other text stands for itself. With a text, one
        /// application can pass the header on to another that has the same, and there only `iss` tells them apart.
        ///
        /// Default: `host`
        /// Example: `internal-applications`
        audience: String;
        /// How long it counts, from `10s` to `1h`. It is made anew at half of this, so that an application never gets one
        /// that has less than half left.
        ///
        /// Unit: duration
        /// Default: `5m`
        /// Example: `1m`
        lifetime: DurationText;
        /// The private key that signs: EC on P-256, as a PEM (PKCS#8) or a private JWK. Without one, it is derived from the
        /// first of `session.secrets`, so that whoever holds that secret can sign for every host that shares it.
        ///
        /// Default: derived from `session.secrets`
        /// Example: `{"env": "VESTIBULE_SIGNING_KEY"}`
        key: SecretSource;
        /// Further keys of the same kind that are published beside the one that signs. To change the key, append the new one
        /// here and roll out, swap the two and roll out, and drop the old one after an hour.
        ///
        /// Default: `[]`
        /// Example: `[{"env": "VESTIBULE_NEXT_SIGNING_KEY"}]`
        other_keys: List<SecretSource>;
    }
}

choice! {
    enum Token {
        IdToken = "id_token",
        AccessToken = "access_token",
    }
}

choice! {
    enum Authorization {
        None = "none",
        IdToken = "id_token",
        AccessToken = "access_token",
    }
}

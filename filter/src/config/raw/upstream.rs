//! `upstream` as it is written: the names of the headers by which the application learns who somebody is.

use crate::config::read::{Map, choice, section};

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
    }
}

choice! {
    enum Authorization {
        None = "none",
        IdToken = "id_token",
        AccessToken = "access_token",
    }
}

//! What the application is told, and by whom: law 3 in one place.
//!
//! [`Removal`] knows which headers and trailers of a client never reach the application, [`connection`] sees to it that
//! no proxy drops those of the filter on a client's behalf, [`identity`] makes those that the filter sends instead,
//! [`Signer`] the one that can be told from anybody's; [`PersonHeaders`] keeps what is made once for a person. Which
//! names have a meaning of their own, and so are removed from every request and may not be configured, is one table for
//! this room and for `config`: [`header_names`](crate::web::header_names).
//!
//! This room reads the validated configuration and knows no session: who is signed in comes as a borrowed view.

pub mod connection;
pub mod identity;
mod person_headers;
mod removal;
mod signed;

pub use identity::{FilterState, Headers, Identity, Rule, TokenTexts, WantedTokens};
pub use person_headers::PersonHeaders;
pub use removal::Removal;
pub use signed::{Place, Signer};

#[cfg(test)]
mod testing {
    use crate::config::{Upstream, UpstreamAuthorization};

    pub(super) fn upstream() -> Upstream {
        Upstream {
            user_header: "x-user".to_owned(),
            email_header: "x-auth-request-email".to_owned(),
            groups_header: "x-auth-request-groups".to_owned(),
            preferred_username_header: "x-name".to_owned(),
            access_token_header: None,
            authorization: UpstreamAuthorization::None,
            claims: vec![("x-team".to_owned(), "department".to_owned())],
            tokens: vec![],
            jwt: None,
            filter_state: false,
        }
    }
}

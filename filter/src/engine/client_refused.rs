//! The provider refuses the client, whoever signs in: the operator's business, at the token endpoint and where requests are
//! pushed alike.

use std::fmt::Display;

use crate::page::{Reader, Reason, Reply};

/// A page without a way on, because trying again helps nobody; the log says what to compare.
pub(super) fn client_refused(reader: Reader, error: &impl Display) -> Reply {
    let detail = format!(
        "{error}; compare client.id, client.auth_method and the secret or key with what the provider has for this \
         client, and its grant types"
    );
    Reply::explain(Reason::ClientRefused, reader).with_detail(detail)
}

//! RP-initiated logout (OIDC RP-Initiated Logout 1.0 §2): who signs out here is sent to the provider, to sign out
//! there too.

use url::form_urlencoded;

use super::RelyingParty;
use super::authorization_request::with_query;
use crate::config::HttpUrl;

/// Where the browser goes to end the session at the provider. `id_token_hint` says which; afterwards it comes back
/// to `post_logout_redirect_uri` with `state`.
#[must_use]
pub fn url(
    relying_party: &RelyingParty<'_>,
    end_session_endpoint: &HttpUrl,
    id_token_hint: &str,
    post_logout_redirect_uri: &str,
    state: Option<&str>,
) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("id_token_hint", id_token_hint)
        .append_pair("client_id", &relying_party.client.id)
        .append_pair("post_logout_redirect_uri", post_logout_redirect_uri)
        .extend_pairs(state.map(|state| ("state", state)))
        .finish();
    with_query(end_session_endpoint.as_str(), &query)
}

#[cfg(test)]
mod tests {
    use super::super::provider::testing::{client, metadata, provider};
    use super::*;

    #[test]
    fn the_url_names_the_session_and_the_way_back() {
        let endpoint = HttpUrl::parse("https://op.example/logout").unwrap();
        let client = client();
        let (provider, metadata) = (provider(), metadata());
        let relying_party = RelyingParty { provider: &provider, client: &client, metadata: &metadata };
        assert_eq!(
            url(&relying_party, &endpoint, "a.b.c", "https://app.example/oauth2/signed_out", Some("s")),
            "https://op.example/logout?id_token_hint=a.b.c&client_id=app\
             &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Foauth2%2Fsigned_out&state=s"
        );
    }
}

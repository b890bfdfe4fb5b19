//! RP-initiated logout (OIDC RP-Initiated Logout 1.0 §2).

use url::form_urlencoded;

use super::authorization_request::with_query;
use crate::config::HttpUrl;

/// Where the browser goes to end the session at the provider.
#[must_use]
pub fn url(
    end_session_endpoint: &HttpUrl,
    client_id: &str,
    id_token_hint: &str,
    post_logout_redirect_uri: &str,
    state: Option<&str>,
) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("id_token_hint", id_token_hint)
        .append_pair("client_id", client_id)
        .append_pair("post_logout_redirect_uri", post_logout_redirect_uri)
        .extend_pairs(state.map(|state| ("state", state)))
        .finish();
    with_query(end_session_endpoint.as_str(), &query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_names_the_session_and_the_way_back() {
        let endpoint = HttpUrl::parse("https://op.example/logout").unwrap();
        assert_eq!(
            url(&endpoint, "app", "a.b.c", "https://app.example/oauth2/signed_out", Some("s")),
            "https://op.example/logout?id_token_hint=a.b.c&client_id=app\
             &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Foauth2%2Fsigned_out&state=s"
        );
    }
}

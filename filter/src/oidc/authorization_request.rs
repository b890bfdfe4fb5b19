//! The authorization request (OIDC Core §3.1.2.1) with PKCE (RFC 7636, S256 always).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use super::ProviderMetadata;
use crate::config::Client;

/// What is particular to one sign-in.
#[derive(Clone, Copy)]
pub struct Parameters<'a> {
    /// Where the provider sends the browser back (RFC 6749 §3.1.2).
    pub redirect_uri: &'a str,
    /// Binds the answer to this browser (RFC 6749 §10.12).
    pub state: &'a str,
    /// Binds the ID token to this sign-in (OIDC Core §3.1.2.1).
    pub nonce: &'a str,
    /// Its hash is sent, the code is redeemed with it itself (RFC 7636 §4).
    pub code_verifier: &'a str,
}

impl std::fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parameters").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// The URL to which the browser is sent.
#[must_use]
pub fn url(metadata: &ProviderMetadata, client: &Client, parameters: &Parameters<'_>) -> String {
    let query = pairs(&mut form_urlencoded::Serializer::new(String::new()), client, parameters).finish();
    with_query(metadata.authorization_endpoint.as_str(), &query)
}

/// The parameters, for a query or a form.
pub(super) fn pairs<'s>(
    to: &'s mut form_urlencoded::Serializer<'static, String>,
    client: &Client,
    parameters: &Parameters<'_>,
) -> &'s mut form_urlencoded::Serializer<'static, String> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(parameters.code_verifier));
    let scope = client.scopes.join(" ");
    to.append_pair("response_type", "code")
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", parameters.redirect_uri)
        .append_pair("scope", &scope)
        .append_pair("state", parameters.state)
        .append_pair("nonce", parameters.nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(&client.authorization_params)
}

/// RFC 6749 §3.1: an endpoint may have a query of its own, which is kept.
pub(super) fn with_query(endpoint: &str, query: &str) -> String {
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{separator}{query}")
}

#[cfg(test)]
mod tests {
    use super::super::provider::testing::metadata;
    use super::*;
    use crate::config::ClientAuth;

    #[test]
    fn the_url_has_every_parameter_once() {
        let client = Client {
            id: "app 1".to_owned(),
            auth: ClientAuth::None,
            scopes: vec!["openid".to_owned(), "email".to_owned()],
            authorization_params: vec![("ui_locales".to_owned(), "de".to_owned())],
            pushed_authorization_requests: None,
        };
        let parameters = Parameters {
            redirect_uri: "https://app.example/oauth2/callback",
            state: "s.t",
            nonce: "n",
            // The example of RFC 7636, appendix B.
            code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        };
        assert_eq!(
            url(&metadata(), &client, &parameters),
            "https://op.example/oauth2/default/v1/authorize?response_type=code&client_id=app+1\
             &redirect_uri=https%3A%2F%2Fapp.example%2Foauth2%2Fcallback&scope=openid+email&state=s.t&nonce=n\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&ui_locales=de"
        );
    }

    #[test]
    fn a_query_of_the_endpoint_is_kept() {
        assert_eq!(with_query("https://op.example/a?b=c", "d=e"), "https://op.example/a?b=c&d=e");
    }
}

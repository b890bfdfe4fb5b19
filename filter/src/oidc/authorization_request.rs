//! The authorization request (OIDC Core §3.1.2.1) with PKCE (RFC 7636, S256 always): what the browser carries to
//! the provider in a URL, or the filter pushes there in a form.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use super::RelyingParty;
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
pub fn url(relying_party: &RelyingParty<'_>, parameters: &Parameters<'_>) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs(relying_party.client, parameters))
        .finish();
    with_query(relying_party.metadata.authorization_endpoint.as_str(), &query)
}

/// The parameters, for a query or a form.
pub(super) fn pairs<'a>(client: &'a Client, parameters: &Parameters<'a>) -> Vec<(&'a str, Cow<'a, str>)> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(parameters.code_verifier));
    let protocol = [
        ("response_type", "code".into()),
        ("client_id", client.id.as_str().into()),
        ("redirect_uri", parameters.redirect_uri.into()),
        ("scope", client.scopes.join(" ").into()),
        ("state", parameters.state.into()),
        ("nonce", parameters.nonce.into()),
        ("code_challenge", challenge.into()),
        ("code_challenge_method", "S256".into()),
    ];
    let extras = client.authorization_params.iter().map(|(name, value)| (name.as_str(), value.into()));
    protocol.into_iter().chain(extras).collect()
}

/// RFC 6749 §3.1: an endpoint may have a query of its own, which is kept.
pub(super) fn with_query(endpoint: &str, query: &str) -> String {
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{separator}{query}")
}

#[cfg(test)]
mod tests {
    use super::super::provider::testing::{metadata, provider};
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
        let (provider, metadata) = (provider(), metadata());
        let relying_party = RelyingParty { provider: &provider, client: &client, metadata: &metadata };
        assert_eq!(
            url(&relying_party, &parameters),
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

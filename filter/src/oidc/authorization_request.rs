//! The authorization request (OIDC Core §3.1.2.1) with PKCE (RFC 7636, S256 always): what the browser carries to
//! the provider in a URL, or the filter pushes there in a form.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use super::RelyingParty;
use crate::config::{Authentication, Client};

/// What one sign-in asks of the person beyond the usual (OIDC Core §3.1.2.1). Anybody can write it into a link, so the
/// list is closed: `none` would be answered without the person, `consent` and `create` are the operator's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// To sign in anew, whoever the provider knows them to be.
    Login,
    /// To choose an account; to sign in anew where the provider is not known to let them choose.
    SelectAccount,
}

impl Prompt {
    /// Reads the whole value of a parameter; `None` for everything that is not on the list.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        [Self::Login, Self::SelectAccount].into_iter().find(|prompt| prompt.as_str() == value)
    }

    /// As the parameter has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::SelectAccount => "select_account",
        }
    }
}

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
    /// What is asked beside a configured `prompt`.
    pub prompt: Option<Prompt>,
    /// What a rule asks of the sign-in; it wins over what is configured for all of them.
    pub authentication: Option<&'a Authentication>,
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
        .extend_pairs(pairs(relying_party, parameters))
        .finish();
    with_query(relying_party.metadata.authorization_endpoint.as_str(), &query)
}

/// The parameters, for a query or a form.
pub(super) fn pairs<'a>(
    relying_party: &RelyingParty<'a>,
    parameters: &Parameters<'a>,
) -> Vec<(&'a str, Cow<'a, str>)> {
    let client = relying_party.client;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(parameters.code_verifier));
    let protocol = [
        ("response_type", "code".into()),
        ("client_id", client.id.as_str().into()),
        ("redirect_uri", parameters.redirect_uri.into()),
        ("scope", relying_party.scope().into()),
        ("state", parameters.state.into()),
        ("nonce", parameters.nonce.into()),
        ("code_challenge", challenge.into()),
        ("code_challenge_method", "S256".into()),
    ];
    let prompt = parameters.prompt.map(|asked| ("prompt", prompt(relying_party, asked).into()));
    let asked: Vec<_> = prompt.into_iter().chain(authentication(client, parameters)).collect();
    // RFC 6749 §3.1: no parameter comes twice.
    let is_free = |name: &str| !asked.iter().any(|(own, _)| *own == name);
    let extras = client.authorization_params.iter().filter(|(name, _)| is_free(name));
    let extras = extras.map(|(name, value)| (name.as_str(), value.into()));
    protocol.into_iter().chain(extras).chain(asked.iter().cloned()).collect()
}

/// `acr_values` and `max_age` (OIDC Core §3.1.2.1), where a rule asks for them.
fn authentication<'a>(client: &Client, parameters: &Parameters<'a>) -> Vec<(&'a str, Cow<'a, str>)> {
    let Some(Authentication { acr, max_age }) = parameters.authentication else { return vec![] };
    let acr = acr.as_ref().map(|acr| ("acr_values", acr.join(" ").into()));
    // A configured limit for all sign-ins may be the narrower one.
    let configured = client.authorization_params.iter().find(|(name, _)| name == "max_age");
    let configured = configured.and_then(|(_, seconds)| seconds.parse().ok()).unwrap_or(u64::MAX);
    let max_age = max_age.map(|max_age| ("max_age", max_age.min(configured).to_string().into()));
    acr.into_iter().chain(max_age).collect()
}

/// What is asked, beside what is configured. `none` stands alone (OIDC Core §3.1.2.1), so it gives way.
fn prompt(relying_party: &RelyingParty<'_>, asked: Prompt) -> String {
    let params = &relying_party.client.authorization_params;
    let configured = params.iter().find(|(name, _)| name == "prompt").map_or("", |(_, value)| value);
    let select_account = Prompt::SelectAccount.as_str();
    let lets_choose = relying_party.metadata.lists_select_account
        || configured.split_ascii_whitespace().any(|value| value == select_account);
    let asked = match asked {
        Prompt::SelectAccount if lets_choose => select_account,
        Prompt::SelectAccount | Prompt::Login => Prompt::Login.as_str(),
    };
    let others = configured.split_ascii_whitespace().filter(|value| *value != "none" && *value != asked);
    others.chain([asked]).collect::<Vec<_>>().join(" ")
}

/// RFC 6749 §3.1: an endpoint may have a query of its own, which is kept.
pub(super) fn with_query(endpoint: &str, query: &str) -> String {
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{separator}{query}")
}

#[cfg(test)]
mod tests {
    use super::super::provider::ProviderMetadata;
    use super::super::provider::testing::{metadata, provider};
    use super::*;
    use crate::config::{Client, ClientAuth};

    fn client(params: &[(&str, &str)]) -> Client {
        Client {
            id: "app 1".to_owned(),
            auth: ClientAuth::None,
            scopes: vec!["openid".to_owned(), "email".to_owned()],
            wants_refresh_token: false,
            authorization_params: params
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            pushed_authorization_requests: None,
        }
    }

    const PARAMETERS: Parameters<'static> = Parameters {
        redirect_uri: "https://app.example/oauth2/callback",
        state: "s.t",
        nonce: "n",
        // The example of RFC 7636, appendix B.
        code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        prompt: None,
        authentication: None,
    };

    #[test]
    fn the_url_has_every_parameter_once() {
        let client = client(&[("ui_locales", "de")]);
        let (provider, metadata) = (provider(), metadata());
        let relying_party = RelyingParty { provider: &provider, client: &client, metadata: &metadata };
        assert_eq!(
            url(&relying_party, &PARAMETERS),
            "https://op.example/oauth2/default/v1/authorize?response_type=code&client_id=app+1\
             &redirect_uri=https%3A%2F%2Fapp.example%2Foauth2%2Fcallback&scope=openid+email&state=s.t&nonce=n\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&ui_locales=de"
        );
    }

    #[test]
    fn a_prompt_stands_beside_the_configured_one_and_comes_once() {
        let asked = |params: &[(&str, &str)], lists_select_account, prompt| {
            let (client, provider) = (client(params), provider());
            let metadata = ProviderMetadata { lists_select_account, ..metadata() };
            let relying_party = RelyingParty { provider: &provider, client: &client, metadata: &metadata };
            let parameters = Parameters { prompt, ..PARAMETERS };
            let pairs = pairs(&relying_party, &parameters);
            let mut prompts = pairs.iter().filter(|(name, _)| *name == "prompt");
            let first = prompts.next().map(|(_, value)| value.to_string());
            assert!(prompts.next().is_none(), "{pairs:?}");
            first
        };
        let (login, select) = (Some(Prompt::Login), Some(Prompt::SelectAccount));
        let consent = &[("prompt", "consent")][..];
        for (params, listed, prompt, wanted) in [
            (&[][..], true, None, None),
            (&[], false, login, Some("login")),
            (&[], true, login, Some("login")),
            // Okta's metadata list no values, and it has no `select_account`.
            (&[], false, select, Some("login")),
            (&[], true, select, Some("select_account")),
            (consent, false, None, Some("consent")),
            (consent, false, login, Some("consent login")),
            (consent, true, select, Some("consent select_account")),
            (&[("prompt", "none")], false, login, Some("login")),
            (&[("prompt", "login")], false, select, Some("login")),
            // Whoever configures it knows that the provider has it.
            (&[("prompt", "consent select_account")], false, select, Some("consent select_account")),
        ] {
            assert_eq!(asked(params, listed, prompt).as_deref(), wanted, "{params:?} {listed} {prompt:?}");
        }
    }

    /// What an attacker would write into a link.
    #[test]
    fn a_prompt_is_one_of_two_words() {
        for (value, wanted) in
            [("login", Some(Prompt::Login)), ("select_account", Some(Prompt::SelectAccount))]
        {
            assert_eq!(Prompt::parse(value), wanted);
        }
        for value in [
            "",
            "none",
            "consent",
            "create",
            "Login",
            "LOGIN",
            " login",
            "login ",
            "login none",
            "login\0",
            "login&client_id=evil",
            "login select_account",
            "enroll_authenticator",
            "ｌogin",
        ] {
            assert_eq!(Prompt::parse(value), None, "{value:?}");
        }
    }

    #[test]
    fn a_query_of_the_endpoint_is_kept() {
        assert_eq!(with_query("https://op.example/a?b=c", "d=e"), "https://op.example/a?b=c&d=e");
    }
}

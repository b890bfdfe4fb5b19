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
    /// Who the person may be; it wins over what is configured.
    pub login_hint: Option<&'a str>,
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
    let person = [
        ("prompt", prompt(relying_party, parameters.prompt)),
        ("login_hint", parameters.login_hint.or(client.login_hint.as_deref()).map(Cow::Borrowed)),
    ];
    let person = person.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let asked: Vec<_> = person.chain(authentication(client, parameters)).collect();
    // RFC 6749 §3.1: no parameter comes twice.
    let is_free = |name: &str| !asked.iter().any(|(own, _)| *own == name);
    let extras = client.authorization_params.iter().filter(|(name, _)| is_free(name));
    let extras = extras.map(|(name, value)| (name.as_str(), value.into()));
    // But for these (RFC 8707 §2).
    let resources = client.resources.iter().map(|resource| ("resource", resource.into()));
    protocol.into_iter().chain(extras).chain(resources).chain(asked.iter().cloned()).collect()
}

/// `acr_values` and `max_age` (OIDC Core §3.1.2.1), where a rule asks for them or the configuration does. Of two limits the
/// narrower counts.
fn authentication<'a>(client: &Client, parameters: &Parameters<'a>) -> Vec<(&'a str, Cow<'a, str>)> {
    let asked = parameters.authentication;
    let acr = asked.and_then(|asked| asked.acr.as_ref()).map(|acr| ("acr_values", acr.join(" ").into()));
    let limits = [asked.and_then(|asked| asked.max_age), client.max_age];
    let max_age = limits.into_iter().flatten().min().map(|seconds| ("max_age", seconds.to_string().into()));
    acr.into_iter().chain(max_age).collect()
}

/// What is asked, beside what is configured. `none` stands alone (OIDC Core §3.1.2.1), so it gives way.
fn prompt<'a>(relying_party: &RelyingParty<'a>, asked: Option<Prompt>) -> Option<Cow<'a, str>> {
    let configured = relying_party.client.prompt.as_deref();
    let Some(asked) = asked else { return configured.map(Cow::Borrowed) };
    let configured = configured.unwrap_or_default();
    let select_account = Prompt::SelectAccount.as_str();
    let lets_choose = relying_party.metadata.lists_select_account
        || configured.split_ascii_whitespace().any(|value| value == select_account);
    let asked = match asked {
        Prompt::SelectAccount if lets_choose => select_account,
        Prompt::SelectAccount | Prompt::Login => Prompt::Login.as_str(),
    };
    let others = configured.split_ascii_whitespace().filter(|value| *value != "none" && *value != asked);
    Some(others.chain([asked]).collect::<Vec<_>>().join(" ").into())
}

/// RFC 6749 §3.1: an endpoint may have a query of its own, which is kept.
pub(super) fn with_query(endpoint: &str, query: &str) -> String {
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{separator}{query}")
}

#[cfg(test)]
mod tests {
    use super::super::provider::ProviderMetadata;
    use super::super::provider::testing::{self, metadata, provider};
    use super::*;
    use crate::config::Client;

    fn client(params: &[(&str, &str)]) -> Client {
        Client {
            id: "app 1".to_owned(),
            scopes: vec!["openid".to_owned(), "email".to_owned()],
            authorization_params: params
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            ..testing::client()
        }
    }

    const PARAMETERS: Parameters<'static> = Parameters {
        redirect_uri: "https://app.example/oauth2/callback",
        state: "s.t",
        nonce: "n",
        // The example of RFC 7636, appendix B.
        code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        prompt: None,
        login_hint: None,
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
        let asked = |configured: Option<&str>, lists_select_account, prompt| {
            let client = Client { prompt: configured.map(str::to_owned), ..client(&[]) };
            let provider = provider();
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
        let consent = Some("consent");
        for (configured, listed, prompt, wanted) in [
            (None, true, None, None),
            (None, false, login, Some("login")),
            (None, true, login, Some("login")),
            // Okta's metadata list no values, and it has no `select_account`.
            (None, false, select, Some("login")),
            (None, true, select, Some("select_account")),
            (consent, false, None, Some("consent")),
            (consent, false, login, Some("consent login")),
            (consent, true, select, Some("consent select_account")),
            (Some("none"), false, login, Some("login")),
            (Some("login"), false, select, Some("login")),
            // Whoever configures it knows that the provider has it.
            (Some("consent select_account"), false, select, Some("consent select_account")),
        ] {
            assert_eq!(
                asked(configured, listed, prompt).as_deref(),
                wanted,
                "{configured:?} {listed} {prompt:?}"
            );
        }
    }

    #[test]
    fn what_is_configured_for_all_sign_ins_is_asked_beside_what_one_asks() {
        let client = Client {
            resources: vec!["urn:a".to_owned(), "urn:b".to_owned()],
            max_age: Some(900),
            login_hint: Some("@example.com".to_owned()),
            ..client(&[])
        };
        let (provider, metadata) = (provider(), metadata());
        let relying_party = RelyingParty { provider: &provider, client: &client, metadata: &metadata };
        let asked = |login_hint, max_age| {
            let authentication = Authentication { acr: None, max_age };
            let parameters = Parameters { login_hint, authentication: Some(&authentication), ..PARAMETERS };
            let pairs = pairs(&relying_party, &parameters);
            let get = |name: &str| -> String {
                let all: Vec<_> = pairs.iter().filter(|(own, _)| *own == name).map(|(_, it)| &**it).collect();
                all.join(" ")
            };
            (get("resource"), get("max_age"), get("login_hint"))
        };
        let is = |max_age: &str, hint: &str| ("urn:a urn:b".to_owned(), max_age.to_owned(), hint.to_owned());
        assert_eq!(asked(None, None), is("900", "@example.com"));
        assert_eq!(asked(Some("ann@example.com"), Some(60)), is("60", "ann@example.com"));
        assert_eq!(asked(None, Some(3600)), is("900", "@example.com"));
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

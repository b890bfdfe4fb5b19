//! The token endpoint: tokens for a code (OIDC Core §3.1.3) or for a refresh token (§12), and the end of a refresh
//! token (RFC 7009).

use serde_json::Value;

use super::client_auth::authenticated_post;
use super::http_call::{Answer, AnswerError, HttpCall};
use super::{IdToken, RelyingParty, said};
use crate::config::HttpUrl;
use crate::inputs::{Inputs, NoEntropy, Timestamp};

/// Redeems a code (RFC 6749 §4.1.3 with RFC 7636 §4.5). A code is good for one attempt, so this call is
/// never repeated.
///
/// # Errors
/// [`NoEntropy`] where the client's authentication needs randomness and there is none.
pub fn redeem_code(
    relying_party: &RelyingParty<'_>,
    code: &str,
    redirect_uri: &str,
    code_verifier: &str,
    inputs: &mut Inputs<'_>,
) -> Result<HttpCall, NoEntropy> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", code_verifier),
    ];
    ask(relying_party, &form, inputs)
}

/// Renews an access token (OIDC Core §12.1). All scopes are asked for again: Okta gives a new ID token only
/// where `openid` is among them.
///
/// # Errors
/// As [`redeem_code`].
pub fn refresh(
    relying_party: &RelyingParty<'_>,
    refresh_token: &str,
    inputs: &mut Inputs<'_>,
) -> Result<HttpCall, NoEntropy> {
    let scope = relying_party.scope();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", &scope)];
    ask(relying_party, &form, inputs)
}

/// Asks the token endpoint for an access token, for the services that are configured (RFC 8707 §2.2).
fn ask(
    relying_party: &RelyingParty<'_>,
    form: &[(&str, &str)],
    inputs: &mut Inputs<'_>,
) -> Result<HttpCall, NoEntropy> {
    let resources = relying_party.client.resources.iter().map(|resource| ("resource", resource.as_str()));
    let form: Vec<_> = form.iter().copied().chain(resources).collect();
    authenticated_post(relying_party, &relying_party.metadata.token_endpoint, &form, inputs)
}

/// Ends a refresh token (RFC 7009 §2.1) at the `revocation_endpoint`.
///
/// # Errors
/// As [`redeem_code`].
pub fn revoke(
    relying_party: &RelyingParty<'_>,
    revocation_endpoint: &HttpUrl,
    refresh_token: &str,
    inputs: &mut Inputs<'_>,
) -> Result<HttpCall, NoEntropy> {
    let form = [("token", refresh_token), ("token_type_hint", "refresh_token")];
    authenticated_post(relying_party, revocation_endpoint, &form, inputs)
}

/// What the token endpoint gave, for a code or for a refresh token; nothing in it has been verified.
pub struct TokenResponse {
    /// After a sign-in there must be one ([`Self::require_id_token`]), after a refresh there may (OIDC Core §12.2).
    pub id_token: Option<IdToken>,
    /// For userinfo and the application; opaque to the filter.
    pub access_token: String,
    /// By `expires_in` (RFC 6749 §5.1); `None`: the provider did not say.
    pub access_token_expires_at: Option<Timestamp>,
    /// Where none comes back from a refresh, the old one stays good (RFC 6749 §6).
    pub refresh_token: Option<String>,
}

/// Why the token endpoint gave no tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// An error of OAuth (RFC 6749 §5.2).
    #[error("the token endpoint refused: {code}")]
    Refused {
        /// `error` of the answer: of plain characters and fit for a log.
        code: String,
        /// Of the answer: 400 to 499.
        status: u16,
        /// `error_description` (§5.2), fit for a log.
        description: Option<String>,
    },
    /// An error in the provider's own format, such as that of Okta's API.
    #[error("the token endpoint refused: {code}")]
    RefusedOtherwise {
        /// `errorCode` of the answer, likewise.
        code: String,
        /// Of the answer, likewise.
        status: u16,
        /// `errorSummary` of the answer, likewise.
        description: Option<String>,
    },
    /// 429: a passing trouble, however it is put.
    #[error("the token endpoint is asked too often")]
    RateLimited,
    /// Nothing that could be read.
    #[error("the token endpoint gave {0}")]
    Answer(AnswerError),
    /// A member that must be there.
    #[error("the token endpoint's answer lacks {0}")]
    Missing(&'static str),
}

impl TokenError {
    /// Whether the provider refused the client, whoever signs in: see [`is_about_the_client`].
    #[must_use]
    pub fn is_about_the_client(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if is_about_the_client(code))
    }
}

/// Whether a refusal is about how the client is registered or authenticates (RFC 6749 §5.2): only the operator can
/// change that.
pub(super) fn is_about_the_client(code: &str) -> bool {
    matches!(code, "invalid_client" | "unauthorized_client")
}

impl TokenResponse {
    /// Reads an answer to [`redeem_code`] or [`refresh`].
    ///
    /// # Errors
    /// [`TokenError`] says why the answer brings no tokens.
    pub fn read(answer: &Answer, now: Timestamp) -> Result<Self, TokenError> {
        let response = answer.json_object().map_err(|error| refusal(answer, error))?;
        let text = |name: &'static str| match response.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(TokenError::Missing(name)),
        };
        let required = |name| text(name)?.ok_or(TokenError::Missing(name));
        // RFC 6749 §5.1: the type is required, and only bearer tokens can be used as such.
        if !required("token_type")?.eq_ignore_ascii_case("Bearer") {
            return Err(TokenError::Missing("a token_type that is Bearer"));
        }
        Ok(Self {
            id_token: text("id_token")?.map(IdToken::new),
            access_token: required("access_token")?,
            access_token_expires_at: response
                .get("expires_in")
                .and_then(Value::as_u64)
                .map(|seconds| now.plus(seconds)),
            refresh_token: text("refresh_token")?,
        })
    }

    /// The ID token, without which nobody is signed in (OIDC Core §3.1.3.3).
    ///
    /// # Errors
    /// [`TokenError::Missing`] where the answer had none.
    pub fn require_id_token(&self) -> Result<&IdToken, TokenError> {
        self.id_token.as_ref().ok_or(TokenError::Missing("id_token"))
    }
}

crate::redacted::redacted!(TokenResponse);

/// The error code in an answer of a 4xx status, or the bare fact.
fn refusal(answer: &Answer, error: AnswerError) -> TokenError {
    match answer {
        Answer::Response { status: 429, .. } => TokenError::RateLimited,
        Answer::Response { status, body, .. } => {
            read_refusal(*status, body).unwrap_or(TokenError::Answer(error))
        }
        Answer::TooLarge | Answer::Nothing => TokenError::Answer(error),
    }
}

fn read_refusal(status: u16, body: &[u8]) -> Option<TokenError> {
    if !(400..=499).contains(&status) {
        return None;
    }
    let body: super::Claims = serde_json::from_slice(body).ok()?;
    let code = |value: &Value| plain_code(value.as_str()?);
    let description = |name| said::for_log(body.get(name)?.as_str()?);
    match body.get("error") {
        Some(error) => {
            let description = description("error_description");
            Some(TokenError::Refused { code: code(error)?, status, description })
        }
        None => {
            let description = description("errorSummary");
            Some(TokenError::RefusedOtherwise { code: code(body.get("errorCode")?)?, status, description })
        }
    }
}

/// Code, status and description of an answer of a 4xx status.
pub(super) fn refusal_of(answer: &Answer) -> Option<(String, u16, Option<String>)> {
    let Answer::Response { status, body, .. } = answer else { return None };
    match read_refusal(*status, body)? {
        TokenError::Refused { code, status, description }
        | TokenError::RefusedOtherwise { code, status, description } => Some((code, status, description)),
        _ => None,
    }
}

/// An error code that is short and of plain characters, so that it can be shown and logged as it stands. Longer ones are
/// words, so that no token or code is taken for one.
#[must_use]
pub fn plain_code(code: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let is_short = code.len() < 20 && code.bytes().all(plain);
    let is_words = code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (!code.is_empty() && (is_short || is_words)).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::provider::testing::{self, answer, metadata, provider};
    use super::*;
    use crate::config::{Client, ClientAuth, Secret};
    use crate::inputs::testing::{Alone, Counting, NoCalls};

    fn client(auth: ClientAuth) -> Client {
        Client { auth, ..testing::client() }
    }

    /// RFC 8707 §2.2: at each grant, and several times where there are several.
    #[test]
    fn the_services_are_named_with_each_grant() {
        let resources = ["https://api.example.com/", "urn:reports"].map(str::to_owned).to_vec();
        let client = Client { resources, ..client(ClientAuth::None) };
        let relying_party = RelyingParty { provider: &provider(), client: &client, metadata: &metadata() };
        let inputs = &mut Inputs {
            now: Timestamp(1),
            entropy: &mut Counting::default(),
            shared: &mut Alone,
            calls: &mut NoCalls,
        };
        let wanted = "&resource=https%3A%2F%2Fapi.example.com%2F&resource=urn%3Areports";
        let code = redeem_code(&relying_party, "c", "https://app.example/cb", "v", inputs).unwrap();
        let refreshed = refresh(&relying_party, "r", inputs).unwrap();
        for call in [code, refreshed] {
            let form = String::from_utf8(call.body).unwrap();
            assert_eq!(form.matches("resource=").count(), 2, "{form}");
            assert!(form.contains(wanted), "{form}");
        }
    }

    #[test]
    fn a_code_is_redeemed_with_its_verifier() {
        let redeem = |client: &Client, code: &str, redirect_uri: &str| {
            let inputs = &mut Inputs {
                now: Timestamp(1),
                entropy: &mut Counting::default(),
                shared: &mut Alone,
                calls: &mut NoCalls,
            };
            let relying_party = RelyingParty { provider: &provider(), client, metadata: &metadata() };
            redeem_code(&relying_party, code, redirect_uri, "v", inputs).unwrap()
        };
        let basic = client(ClientAuth::Basic(Secret::new("s".to_owned())));
        let call = redeem(&basic, "c&d", "https://a.example/cb");
        assert_eq!(
            String::from_utf8(call.body).unwrap(),
            "grant_type=authorization_code&code=c%26d&redirect_uri=https%3A%2F%2Fa.example%2Fcb&code_verifier=v"
        );
        assert!(
            call.headers.iter().any(|(name, value)| *name == "authorization" && value == "Basic YXBwOnM=")
        );
        let public = redeem(&client(ClientAuth::None), "c", "u");
        assert!(String::from_utf8(public.body).unwrap().ends_with("&client_id=app"));
    }

    #[test]
    fn tokens_are_read() {
        let body = r#"{"id_token":"a.b.c","access_token":"t","token_type":"bearer","expires_in":3600}"#;
        let response = TokenResponse::read(&answer(200, body), Timestamp(1)).unwrap();
        assert_eq!(response.access_token_expires_at, Some(Timestamp(3601)));
        assert_eq!(response.require_id_token().unwrap().as_str(), "a.b.c");
    }

    #[test]
    fn an_id_token_may_be_missing_but_not_at_sign_in() {
        let body = r#"{"access_token":"t","token_type":"Bearer","refresh_token":"r"}"#;
        let response = TokenResponse::read(&answer(200, body), Timestamp(1)).unwrap();
        assert!(response.id_token.is_none() && response.refresh_token.as_deref() == Some("r"));
        assert_eq!(response.require_id_token().unwrap_err(), TokenError::Missing("id_token"));
    }

    #[test]
    fn a_refresh_asks_for_all_scopes_and_a_revocation_names_the_kind_of_token() {
        let mut client = client(ClientAuth::Post(Secret::new("s".to_owned())));
        client.scopes = vec!["openid".to_owned(), "offline_access".to_owned()];
        let (provider, metadata) = (provider(), metadata());
        let relying_party = RelyingParty { provider: &provider, client: &client, metadata: &metadata };
        let inputs = &mut Inputs {
            now: Timestamp(1),
            entropy: &mut Counting::default(),
            shared: &mut Alone,
            calls: &mut NoCalls,
        };
        let text = |call: HttpCall| String::from_utf8(call.body).unwrap();
        let call = refresh(&relying_party, "r&t", inputs).unwrap();
        assert_eq!(call.path, "/oauth2/default/v1/token");
        assert_eq!(
            text(call),
            "grant_type=refresh_token&refresh_token=r%26t&scope=openid+offline_access&client_id=app&client_secret=s"
        );
        let endpoint = HttpUrl::parse("https://op.example/revoke").unwrap();
        let call = revoke(&relying_party, &endpoint, "r&t", inputs).unwrap();
        assert_eq!((call.method, call.path.as_str()), ("POST", "/revoke"));
        assert_eq!(text(call), "token=r%26t&token_type_hint=refresh_token&client_id=app&client_secret=s");
    }

    #[test]
    fn every_other_answer_is_an_error() {
        let read = |answer: &Answer| TokenResponse::read(answer, Timestamp(1)).unwrap_err();
        let description = Some("no way".to_owned());
        let refused = |code: &str| TokenError::Refused {
            code: code.to_owned(),
            status: 400,
            description: description.clone(),
        };
        let otherwise = |code: &str| TokenError::RefusedOtherwise {
            code: code.to_owned(),
            status: 404,
            description: description.clone(),
        };
        let oauth = answer(400, r#"{"error":"invalid_grant","error_description":"no\nway"}"#);
        assert_eq!(read(&oauth), refused("invalid_grant"));
        let okta = answer(404, r#"{"errorCode":"E0000007","errorSummary":"no way"}"#);
        assert_eq!(read(&okta), otherwise("E0000007"));
        let limited = answer(429, r#"{"errorCode":"E0000047","errorSummary":"x"}"#);
        assert_eq!(read(&limited), TokenError::RateLimited);
        let hostile = answer(400, r#"{"error":"a\nb <script>"}"#);
        assert_eq!(read(&hostile), TokenError::Answer(AnswerError::Status(400)));
        assert_eq!(read(&Answer::Nothing), TokenError::Answer(AnswerError::Nothing));
        for body in [
            "",
            "[]",
            "{}",
            r#"{"id_token":1,"access_token":"t","token_type":"Bearer"}"#,
            r#"{"id_token":"a","access_token":"","token_type":"Bearer"}"#,
            r#"{"id_token":"a","access_token":"t","token_type":"mac"}"#,
        ] {
            read(&answer(200, body));
        }
    }
}

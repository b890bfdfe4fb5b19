//! The token request (OIDC Core §3.1.3.1) and its response (§3.1.3.3).

use serde_json::Value;
use url::form_urlencoded;

use super::client_auth::credentials;
use super::http_call::{Answer, AnswerError, HttpCall};
use super::{IdToken, ProviderMetadata};
use crate::config::{self, Client, HttpUrl};
use crate::inputs::{Inputs, NoEntropy, Timestamp};

/// Redeems a code (RFC 6749 §4.1.3 with RFC 7636 §4.5). A code is good for one attempt, so this call is
/// never repeated.
///
/// # Errors
/// [`NoEntropy`] where the client's authentication needs randomness and there is none.
pub fn redeem_code(
    metadata: &ProviderMetadata,
    provider: &config::Provider,
    client: &Client,
    code: &str,
    redirect_uri: &str,
    code_verifier: &str,
    inputs: &mut Inputs<'_>,
) -> Result<HttpCall, NoEntropy> {
    let credentials = credentials(client, metadata, &metadata.token_endpoint, inputs)?;
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("code_verifier", code_verifier)
        .extend_pairs(&credentials.form)
        .finish();
    let mut call = HttpCall::post_form(&metadata.token_endpoint, provider, form);
    call.headers.extend(credentials.authorization.map(|value| ("authorization", value)));
    Ok(call)
}

/// Renews an access token (OIDC Core §12.1). All scopes are asked for again: Okta gives a new ID token only
/// where `openid` is among them.
///
/// # Errors
/// As [`redeem_code`].
pub fn refresh(
    metadata: &ProviderMetadata,
    provider: &config::Provider,
    client: &Client,
    refresh_token: &str,
    inputs: &mut Inputs<'_>,
) -> Result<HttpCall, NoEntropy> {
    let credentials = credentials(client, metadata, &metadata.token_endpoint, inputs)?;
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", refresh_token)
        .append_pair("scope", &client.scopes.join(" "))
        .extend_pairs(&credentials.form)
        .finish();
    let mut call = HttpCall::post_form(&metadata.token_endpoint, provider, form);
    call.headers.extend(credentials.authorization.map(|value| ("authorization", value)));
    Ok(call)
}

/// Ends a refresh token (RFC 7009 §2.1).
///
/// # Errors
/// As [`redeem_code`].
pub fn revoke(
    endpoint: &HttpUrl,
    metadata: &ProviderMetadata,
    provider: &config::Provider,
    client: &Client,
    refresh_token: &str,
    inputs: &mut Inputs<'_>,
) -> Result<HttpCall, NoEntropy> {
    let credentials = credentials(client, metadata, endpoint, inputs)?;
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", refresh_token)
        .append_pair("token_type_hint", "refresh_token")
        .extend_pairs(&credentials.form)
        .finish();
    let mut call = HttpCall::post_form(endpoint, provider, form);
    call.headers.extend(credentials.authorization.map(|value| ("authorization", value)));
    Ok(call)
}

/// What the token endpoint gave; nothing in it has been verified.
pub struct TokenResponse {
    /// OIDC Core §3.1.3.3.
    pub id_token: IdToken,
    /// For userinfo and the application; opaque to the filter.
    pub access_token: String,
    /// By `expires_in` (RFC 6749 §5.1); `None`: the provider did not say.
    pub access_token_expires_at: Option<Timestamp>,
    /// For the next refresh, where the provider gives one.
    pub refresh_token: Option<String>,
}

/// What a refresh gave: as [`TokenResponse`], but the ID token may be missing (OIDC Core §12.2).
pub struct RefreshResponse {
    /// Not verified yet: it must be about the same person (§12.2).
    pub id_token: Option<IdToken>,
    /// In place of the old one.
    pub access_token: String,
    /// By `expires_in` (RFC 6749 §5.1); `None`: the provider did not say.
    pub access_token_expires_at: Option<Timestamp>,
    /// Where none comes back, the old one stays good (RFC 6749 §6).
    pub refresh_token: Option<String>,
}

/// Why there are no tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The provider answered with an error (RFC 6749 §5.2, or Okta's own format). The code is of plain
    /// characters and fit for a log.
    #[error("the token endpoint refused: {code}")]
    Refused {
        /// `error` of the answer, or what stands for it.
        code: String,
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

impl TokenResponse {
    /// # Errors
    /// [`TokenError`] says why the answer brings no tokens.
    pub fn read(answer: &Answer, now: Timestamp) -> Result<Self, TokenError> {
        let RefreshResponse { id_token, access_token, access_token_expires_at, refresh_token } =
            RefreshResponse::read(answer, now)?;
        let id_token = id_token.ok_or(TokenError::Missing("id_token"))?;
        Ok(Self { id_token, access_token, access_token_expires_at, refresh_token })
    }
}

impl RefreshResponse {
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
}

crate::redacted::redacted!(TokenResponse, RefreshResponse);

/// The error code in an answer of a 4xx status, or the bare fact.
fn refusal(answer: &Answer, error: AnswerError) -> TokenError {
    if matches!(answer, Answer::Response { status: 429, .. }) {
        return TokenError::RateLimited;
    }
    match refusal_code(answer) {
        Some(code) => TokenError::Refused { code },
        None => TokenError::Answer(error),
    }
}

/// The error code in an answer of a 4xx status.
pub(super) fn refusal_code(answer: &Answer) -> Option<String> {
    let Answer::Response { status: 400..=499, body, .. } = answer else { return None };
    let body: super::Claims = serde_json::from_slice(body).ok()?;
    plain_code(body.get("error").or(body.get("errorCode"))?.as_str()?)
}

/// An error code that is short and of plain characters, so that it can be shown and logged as it stands.
#[must_use]
pub fn plain_code(code: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (!code.is_empty() && code.len() <= 64 && code.bytes().all(plain)).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::provider::testing::{answer, metadata, provider};
    use super::*;
    use crate::config::{ClientAuth, Secret};
    use crate::inputs::testing::Counting;

    fn client(auth: ClientAuth) -> Client {
        Client {
            id: "app".to_owned(),
            auth,
            scopes: vec![],
            authorization_params: vec![],
            pushed_authorization_requests: None,
        }
    }

    #[test]
    fn a_code_is_redeemed_with_its_verifier() {
        let redeem = |client: &Client, code: &str, redirect_uri: &str| {
            let inputs = &mut Inputs { now: Timestamp(1), entropy: &mut Counting::default() };
            redeem_code(&metadata(), &provider(), client, code, redirect_uri, "v", inputs).unwrap()
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
    }

    #[test]
    fn every_other_answer_is_an_error() {
        let read = |answer: &Answer| TokenResponse::read(answer, Timestamp(1)).unwrap_err();
        let refused = |code: &str| TokenError::Refused { code: code.to_owned() };
        let oauth = answer(400, r#"{"error":"invalid_grant","error_description":"x"}"#);
        assert_eq!(read(&oauth), refused("invalid_grant"));
        let okta = answer(404, r#"{"errorCode":"E0000007","errorSummary":"x"}"#);
        assert_eq!(read(&okta), refused("E0000007"));
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

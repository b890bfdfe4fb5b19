//! Provider metadata (OIDC Discovery 1.0 §3 and §4): where the provider's endpoints are and what it can do.

use serde_json::Value;

use super::http_call::{Answer, AnswerError, HttpCall};
use crate::config::{self, HttpUrl, HttpUrlError};

/// What the provider says of itself, with the configured endpoints in place of the discovered ones.
#[derive(Debug)]
pub struct ProviderMetadata {
    /// Where the browser is sent to sign in (RFC 6749 §3.1).
    pub authorization_endpoint: HttpUrl,
    /// Where codes and refresh tokens are redeemed (RFC 6749 §3.2).
    pub token_endpoint: HttpUrl,
    /// Where the JWK set is (§3).
    pub jwks_uri: HttpUrl,
    /// OIDC Core §5.3; `None`: what the ID token lacks stays unknown.
    pub userinfo_endpoint: Option<HttpUrl>,
    /// OIDC RP-Initiated Logout §2.1; `None`: people sign out here only.
    pub end_session_endpoint: Option<HttpUrl>,
    /// RFC 9126 §5, as the next one.
    pub pushed_authorization_request_endpoint: Option<HttpUrl>,
    /// Whether the provider takes no other request.
    pub require_pushed_authorization_requests: bool,
    /// RFC 8414 §2, RFC 7009; `None`: refresh tokens are not ended.
    pub revocation_endpoint: Option<HttpUrl>,
    /// Whether the token endpoint takes `client_secret_post` and no `client_secret_basic`.
    pub only_client_secret_post: bool,
    /// Whether `prompt_values_supported` has `select_account` (Initiating User Registration via OIDC 1.0 §3).
    pub lists_select_account: bool,
    /// Whether `scopes_supported` has `offline_access`, or is absent (OIDC Discovery 1.0 §3).
    pub offers_offline_access: bool,
    /// RFC 9207 §3: an authorization response without `iss` is then not the provider's.
    pub iss_parameter_supported: bool,
}

/// Metadata that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Nothing that could be read.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// §4.3: byte by byte. With the issuer that they name, where that is one.
    #[error("the metadata's issuer is not the configured one{}", said(.0.as_ref()))]
    IssuerMismatch(Option<HttpUrl>),
    /// A member that sign-ins need.
    #[error("the metadata lack {0}")]
    Missing(&'static str),
    /// A member with a URL that cannot be called.
    #[error("{0} in the metadata is {1}")]
    Endpoint(&'static str, HttpUrlError),
}

/// A longer issuer is not logged. Characters.
const MAX_NAMED: usize = 200;

fn said(issuer: Option<&HttpUrl>) -> String {
    issuer.map(|issuer| format!(", but {}", issuer.as_str())).unwrap_or_default()
}

/// `GET <issuer>/.well-known/openid-configuration` (§4.1: after a terminating slash is removed).
#[must_use]
pub fn discovery_call(provider: &config::Provider) -> HttpCall {
    let mut call = HttpCall::get(&provider.issuer, provider);
    call.path = format!(
        "{}/.well-known/openid-configuration",
        provider.issuer.path_and_query().trim_end_matches('/')
    );
    call
}

impl ProviderMetadata {
    /// Reads the answer to [`discovery_call`].
    ///
    /// # Errors
    /// [`MetadataError`] says what makes the answer unusable. A field of a wrong type is an absent one.
    pub fn read(answer: &Answer, provider: &config::Provider) -> Result<Self, MetadataError> {
        let metadata = answer.json_object()?;
        let text = |name: &str| metadata.get(name).and_then(Value::as_str);
        // §4.3: exactly the configured issuer, or the provider speaks for somebody else.
        if text("issuer") != Some(provider.issuer.as_str()) {
            let named = text("issuer").and_then(|issuer| HttpUrl::parse(issuer).ok());
            return Err(MetadataError::IssuerMismatch(named.filter(|url| url.as_str().len() <= MAX_NAMED)));
        }
        let optional = |name, configured: &Option<HttpUrl>| match (configured, text(name)) {
            (Some(url), _) => Ok(Some(url.clone())),
            (None, None) => Ok(None),
            (None, Some(url)) => {
                HttpUrl::parse(url).map(Some).map_err(|error| MetadataError::Endpoint(name, error))
            }
        };
        let required = |name, configured| optional(name, configured)?.ok_or(MetadataError::Missing(name));
        let endpoints = &provider.endpoints;
        let lists = |name: &str, value: &str| {
            let values = metadata.get(name).and_then(Value::as_array);
            values.is_some_and(|values| values.iter().any(|listed| listed.as_str() == Some(value)))
        };
        let offers = |method: &str| lists("token_endpoint_auth_methods_supported", method);
        let is_true = |name: &str| metadata.get(name) == Some(&Value::Bool(true));
        Ok(Self {
            authorization_endpoint: required("authorization_endpoint", &endpoints.authorization_endpoint)?,
            token_endpoint: required("token_endpoint", &endpoints.token_endpoint)?,
            jwks_uri: required("jwks_uri", &endpoints.jwks_uri)?,
            userinfo_endpoint: optional("userinfo_endpoint", &endpoints.userinfo_endpoint)?,
            end_session_endpoint: optional("end_session_endpoint", &endpoints.end_session_endpoint)?,
            pushed_authorization_request_endpoint: optional(
                "pushed_authorization_request_endpoint",
                &endpoints.pushed_authorization_request_endpoint,
            )?,
            require_pushed_authorization_requests: is_true("require_pushed_authorization_requests"),
            revocation_endpoint: optional("revocation_endpoint", &endpoints.revocation_endpoint)?,
            only_client_secret_post: offers("client_secret_post") && !offers("client_secret_basic"),
            offers_offline_access: !metadata.get("scopes_supported").is_some_and(Value::is_array)
                || lists("scopes_supported", "offline_access"),
            lists_select_account: lists("prompt_values_supported", "select_account"),
            iss_parameter_supported: is_true("authorization_response_iss_parameter_supported"),
        })
    }
}

#[cfg(test)]
pub(super) mod testing {
    use std::time::Duration;

    use super::*;

    pub(crate) const ISSUER: &str = "https://op.example/oauth2/default";

    pub(crate) fn provider() -> config::Provider {
        config::Provider {
            issuer: HttpUrl::parse(ISSUER).unwrap(),
            cluster: None,
            clusters: std::collections::BTreeMap::new(),
            timeout: Duration::from_secs(5),
            endpoints: config::EndpointOverrides::default(),
        }
    }

    /// A public client, for nothing in particular.
    pub(crate) fn client() -> config::Client {
        config::Client {
            id: "app".to_owned(),
            auth: config::ClientAuth::None,
            assertion_audience: None,
            scopes: vec![],
            wants_refresh_token: false,
            resources: vec![],
            max_age: None,
            prompt: None,
            login_hint: None,
            authorization_params: vec![],
            pushed_authorization_requests: None,
        }
    }

    pub(crate) fn answer(status: u16, body: &str) -> Answer {
        Answer::Response { status, headers: vec![], body: body.as_bytes().to_vec() }
    }

    pub(crate) fn metadata() -> ProviderMetadata {
        metadata_with(&serde_json::json!({}))
    }

    pub(crate) fn metadata_with(more: &Value) -> ProviderMetadata {
        let mut json = metadata_json();
        json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ProviderMetadata::read(&answer(200, &json.to_string()), &provider()).unwrap()
    }

    pub(crate) fn metadata_json() -> Value {
        serde_json::json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://op.example/oauth2/default/v1/authorize",
            "token_endpoint": "https://op.example/oauth2/default/v1/token",
            "jwks_uri": "https://op.example/oauth2/default/v1/keys",
            "userinfo_endpoint": "https://op.example/oauth2/default/v1/userinfo",
            "end_session_endpoint": "https://op.example/oauth2/default/v1/logout",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{answer, metadata_json, provider};
    use super::*;

    fn read(change: impl FnOnce(&mut Value)) -> Result<ProviderMetadata, MetadataError> {
        let mut json = metadata_json();
        change(&mut json);
        ProviderMetadata::read(&answer(200, &json.to_string()), &provider())
    }

    #[test]
    fn okta_metadata_are_read() {
        let metadata = read(|_| ()).unwrap();
        assert_eq!(metadata.token_endpoint.path_and_query(), "/oauth2/default/v1/token");
        assert!(!metadata.iss_parameter_supported && !metadata.only_client_secret_post);
    }

    #[test]
    fn discovery_is_below_the_issuer() {
        let call = discovery_call(&provider());
        assert_eq!(call.path, "/oauth2/default/.well-known/openid-configuration");
        assert_eq!(call.cluster, "outbound|443||op.example");
    }

    #[test]
    fn another_issuer_is_refused() {
        for issuer in [
            "https://op.example/oauth2/default/",
            "https://OP.example/oauth2/default",
            "https://evil.example",
        ] {
            let result = read(|json| json["issuer"] = issuer.into());
            let error = result.unwrap_err();
            assert!(matches!(error, MetadataError::IssuerMismatch(_)));
            assert!(error.to_string().ends_with(&format!(", but {issuer}")), "{error}");
        }
        let long = format!("https://op.example/{}", "x".repeat(MAX_NAMED));
        for odd in [1.into(), "a\nreason=signed_in \"".into(), long.into()] {
            let error = read(|json| json["issuer"] = odd).unwrap_err();
            assert_eq!(error, MetadataError::IssuerMismatch(None));
        }
    }

    #[test]
    fn endpoints_must_be_there_and_secure() {
        let missing = read(|json| json["token_endpoint"] = Value::Null);
        assert_eq!(missing.unwrap_err(), MetadataError::Missing("token_endpoint"));
        let insecure = read(|json| json["jwks_uri"] = "http://op.example/keys".into());
        assert_eq!(insecure.unwrap_err(), MetadataError::Endpoint("jwks_uri", HttpUrlError::NotSecure));
    }

    #[test]
    fn a_configured_endpoint_wins() {
        let mut provider = provider();
        provider.endpoints.token_endpoint = Some(HttpUrl::parse("https://other.example/token").unwrap());
        let metadata = ProviderMetadata::read(&answer(200, &metadata_json().to_string()), &provider).unwrap();
        assert_eq!(metadata.token_endpoint.host(), "other.example");
    }

    #[test]
    fn answers_that_are_no_metadata_are_refused() {
        for (bad, error) in [
            (Answer::Nothing, AnswerError::Nothing),
            (Answer::TooLarge, AnswerError::TooLarge),
            (answer(503, "{}"), AnswerError::Status(503)),
            (answer(302, ""), AnswerError::Status(302)),
            (answer(200, ""), AnswerError::NotJson),
            (answer(200, "[1]"), AnswerError::NotJson),
            (answer(200, "<html>"), AnswerError::NotJson),
        ] {
            assert_eq!(ProviderMetadata::read(&bad, &provider()).unwrap_err(), MetadataError::Answer(error));
        }
    }
}

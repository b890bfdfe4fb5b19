//! The authorization response (OIDC Core §3.1.2.5 and §3.1.2.6, RFC 9207): what the browser brings back from the
//! provider in the query of the callback.

use url::form_urlencoded;

/// What the query of the callback says. Nothing in it may be believed before the state has been compared.
#[derive(PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// Compared with the pending login before anything else is believed.
    pub state: String,
    /// RFC 9207 §2; see [`AuthorizationResponse::is_from`].
    pub iss: Option<String>,
    /// Whether the sign-in came about.
    pub code_or_error: CodeOrError,
}

/// What the provider sends the browser back with: one of the two.
#[derive(PartialEq, Eq)]
pub enum CodeOrError {
    /// To be redeemed at the token endpoint, once.
    Code(String),
    /// An error code of the provider, and its `error_description`.
    Error(String, Option<String>),
}

/// The query is no authorization response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an authorization response")]
pub struct NotAResponse;

impl AuthorizationResponse {
    /// Reads the query of the callback.
    ///
    /// # Errors
    /// [`NotAResponse`] where a parameter is missing or comes twice (RFC 6749 §3.1), or where there are both
    /// a code and an error.
    pub fn parse(query: &[u8]) -> Result<Self, NotAResponse> {
        let mut state = None;
        let mut iss = None;
        let mut code = None;
        let mut error = None;
        let mut description = None;
        for (name, value) in form_urlencoded::parse(query) {
            let slot = match &*name {
                "state" => &mut state,
                "iss" => &mut iss,
                "code" => &mut code,
                "error" => &mut error,
                "error_description" => &mut description,
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return Err(NotAResponse);
            }
        }
        let code_or_error = match (code, error) {
            (Some(code), None) if !code.is_empty() => CodeOrError::Code(code),
            (None, Some(error)) => CodeOrError::Error(error, description),
            _ => return Err(NotAResponse),
        };
        Ok(Self { state: state.ok_or(NotAResponse)?, iss, code_or_error })
    }

    /// RFC 9207 §2.4: an `iss` must be the issuer, and must be there if the metadata announce it.
    #[must_use]
    pub fn is_from(&self, issuer: &str, iss_parameter_supported: bool) -> bool {
        match &self.iss {
            Some(iss) => iss == issuer,
            None => !iss_parameter_supported,
        }
    }
}

crate::redacted::redacted!(AuthorizationResponse, CodeOrError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_errors_are_told_apart() {
        let response = AuthorizationResponse::parse(b"code=a%20b&state=s&session_state=x").unwrap();
        assert!(response.code_or_error == CodeOrError::Code("a b".to_owned()) && response.state == "s");
        let response = AuthorizationResponse::parse(b"error=access_denied&state=s").unwrap();
        assert!(response.code_or_error == CodeOrError::Error("access_denied".to_owned(), None));
        let response = AuthorizationResponse::parse(b"error=e&error_description=no+way&state=s").unwrap();
        assert!(response.code_or_error == CodeOrError::Error("e".to_owned(), Some("no way".to_owned())));
    }

    #[test]
    fn anything_else_is_no_response() {
        for query in [
            "",
            "code=a",
            "state=s",
            "code=&state=s",
            "code=a&error=b&state=s",
            "code=a&code=b&state=s",
            "code=a&state=s&state=s",
            "code=a&state=s&iss=x&iss=x",
            "error=a&state=s&error_description=x&error_description=y",
            "%ff=%fe",
        ] {
            assert_eq!(AuthorizationResponse::parse(query.as_bytes()).unwrap_err(), NotAResponse, "{query}");
        }
    }

    #[test]
    fn the_issuer_is_compared_where_it_is_named_and_wanted_where_it_is_announced() {
        let with = |query: &str| AuthorizationResponse::parse(query.as_bytes()).unwrap();
        assert!(with("code=a&state=s&iss=https%3A%2F%2Fop.example").is_from("https://op.example", true));
        assert!(!with("code=a&state=s&iss=https%3A%2F%2Fevil").is_from("https://op.example", false));
        assert!(!with("code=a&state=s").is_from("https://op.example", true));
        assert!(with("code=a&state=s").is_from("https://op.example", false));
    }
}

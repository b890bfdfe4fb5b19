//! `application/x-www-form-urlencoded` parameters of a query or a form.

use url::form_urlencoded;

use super::error::OAuthError;

#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The parameter's first value; one without a value counts as left out (RFC 6749 §3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::invalid_request(&format!("The '{name}' parameter is missing.")))
    }

    /// No parameter may be there twice (RFC 6749 §3.1).
    pub(crate) fn check_unique(&self) -> Result<(), OAuthError> {
        for (i, (name, _)) in self.0.iter().enumerate() {
            if self.0.iter().skip(i + 1).any(|(other, _)| other == name) {
                let description = format!("The '{name}' parameter was sent more than once.");
                return Err(OAuthError::invalid_request(&description));
            }
        }
        Ok(())
    }
}

/// `url` with these parameters added to its query.
pub(crate) fn with_query(url: &str, params: &[(&str, &str)]) -> String {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{encoded}")
}

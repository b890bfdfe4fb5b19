//! Calls to the provider, as values: the host makes them.

use std::fmt;
use std::time::Duration;

use crate::config::{self, HttpUrl};
use crate::inputs::Timestamp;
use crate::jose::JsonObject;

/// More than any honest answer of a provider. Bytes.
const MAX_BODY: usize = 256 * 1024;

/// One call. Its headers and body may hold secrets, so `Debug` shows neither.
pub struct HttpCall {
    /// The Envoy cluster's name.
    pub cluster: String,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// `https` or `http`.
    pub scheme: &'static str,
    /// `:authority`: the endpoint's host, and its port unless it is the scheme's own.
    pub authority: String,
    /// `:path`, with the query.
    pub path: String,
    /// Names in lower case, without those that begin with `:`.
    pub headers: Vec<(&'static str, String)>,
    /// Empty for GET.
    pub body: Vec<u8>,
    /// After it the host gives up: [`Answer::Nothing`].
    pub timeout: Duration,
}

impl HttpCall {
    /// `GET endpoint`, for JSON.
    #[must_use]
    pub fn get(endpoint: &HttpUrl, provider: &config::Provider) -> Self {
        Self {
            cluster: provider.cluster_for(endpoint),
            method: "GET",
            scheme: endpoint.scheme(),
            authority: endpoint.authority().to_owned(),
            path: endpoint.path_and_query().to_owned(),
            headers: vec![("accept", "application/json".to_owned())],
            body: vec![],
            timeout: provider.timeout,
        }
    }

    /// `POST endpoint` with a form.
    #[must_use]
    pub fn post_form(endpoint: &HttpUrl, provider: &config::Provider, form: String) -> Self {
        let mut call = Self::get(endpoint, provider);
        call.method = "POST";
        call.headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        call.body = form.into_bytes();
        call
    }
}

impl fmt::Debug for HttpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpCall")
            .field("cluster", &self.cluster)
            .field("method", &self.method)
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

/// What came back.
pub enum Answer {
    /// Headers, and all of the body.
    Response {
        /// `:status`; it may be made by Envoy itself.
        status: u16,
        /// Names in lower case, values as they came.
        headers: Vec<(String, Vec<u8>)>,
        /// At most 256 KiB.
        body: Vec<u8>,
    },
    /// Longer than that; it was not read.
    TooLarge,
    /// No headers at all: a reset, a time-out, or the call could not be made.
    Nothing,
}

/// An answer that is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// [`Answer::Nothing`].
    #[error("no answer")]
    Nothing,
    /// [`Answer::TooLarge`].
    #[error("an answer of more than {} KiB", MAX_BODY / 1024)]
    TooLarge,
    /// Another status than the call wants.
    #[error("status {0}")]
    Status(u16),
    /// The status is right, and the body no JSON object.
    #[error("an answer that is not JSON")]
    NotJson,
}

impl Answer {
    /// An answer as it came: its headers, and how long its body is. `body` is asked for no more than may be read.
    #[must_use]
    pub fn read(headers: Vec<(String, Vec<u8>)>, size: usize, body: impl FnOnce(usize) -> Vec<u8>) -> Self {
        let status = headers.iter().find(|(name, _)| name == ":status");
        let status = status.and_then(|(_, value)| std::str::from_utf8(value).ok()?.parse().ok());
        match status {
            None => Self::Nothing,
            Some(_) if size > MAX_BODY => Self::TooLarge,
            Some(status) => Self::Response { status, headers, body: body(size) },
        }
    }

    /// One that came by another way than a call.
    #[must_use]
    pub fn ok(body: &[u8]) -> Self {
        Self::Response { status: 200, headers: vec![], body: body.to_vec() }
    }

    /// Empty where there is none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match self {
            Self::Response { body, .. } => body,
            Self::TooLarge | Self::Nothing => &[],
        }
    }

    /// The JSON object of a 200 answer.
    ///
    /// # Errors
    /// [`AnswerError`] says why there is none.
    pub fn json_object(&self) -> Result<JsonObject, AnswerError> {
        self.json_object_of(&[200])
    }

    /// The JSON object of an answer with one of these statuses.
    ///
    /// # Errors
    /// [`AnswerError`] says why there is none.
    pub fn json_object_of(&self, statuses: &[u16]) -> Result<JsonObject, AnswerError> {
        match self {
            Self::Nothing => Err(AnswerError::Nothing),
            Self::TooLarge => Err(AnswerError::TooLarge),
            Self::Response { status, body, .. } if statuses.contains(status) => {
                serde_json::from_slice(body).map_err(|_| AnswerError::NotJson)
            }
            Self::Response { status, .. } => Err(AnswerError::Status(*status)),
        }
    }

    /// The first value of a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let Self::Response { headers, .. } = self else { return None };
        let (_, value) = headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// For how long the provider does not want to be asked again, in seconds from `now`: `retry-after`
    /// (RFC 9110 §10.2.3), or Okta's `x-rate-limit-reset`. At most a minute, whatever it says.
    #[must_use]
    pub fn retry_after(&self, now: Timestamp) -> Option<u64> {
        const LONGEST: u64 = 60;
        let number = |name| self.header(name)?.trim().parse::<u64>().ok();
        let Self::Response { status: 429 | 503, .. } = self else { return None };
        let reset = || number("x-rate-limit-reset").map(|reset| Timestamp(reset).since(now));
        number("retry-after").or_else(reset).map(|seconds| seconds.min(LONGEST))
    }

    /// Whether the connection may have gone before the provider saw the call: Envoy answers a reset with a
    /// 503 of its own, and a stale keep-alive connection looks like that.
    #[must_use]
    pub fn looks_reset(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::TooLarge => false,
            Self::Response { status, body, .. } => {
                *status == 503 && body.starts_with(b"upstream connect error")
            }
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response { status, .. } => write!(f, "Response({status})"),
            Self::TooLarge => f.write_str("TooLarge"),
            Self::Nothing => f.write_str("Nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &str)], size: usize) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        Answer::read(headers.collect(), size, |size| vec![b'x'; size])
    }

    #[test]
    fn an_answer_without_a_status_is_none_and_a_long_one_is_not_read() {
        assert!(
            matches!(read(&[(":status", "200")], 3), Answer::Response { status: 200, body, .. } if body == b"xxx")
        );
        assert!(matches!(read(&[], 3), Answer::Nothing));
        assert!(matches!(read(&[(":status", "many")], 3), Answer::Nothing));
        assert!(matches!(read(&[(":status", "200")], MAX_BODY), Answer::Response { .. }));
        let unread =
            Answer::read(vec![(":status".to_owned(), b"200".to_vec())], MAX_BODY + 1, |_| unreachable!());
        assert!(matches!(unread, Answer::TooLarge));
    }
}

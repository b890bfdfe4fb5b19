//! Absolute URLs of the provider and of this relying party.

use std::fmt;

use url::Url;

use super::host::{Host, is_loopback};

/// An absolute `https` URL, or an `http` one on a loopback host, without user information and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl {
    text: String,
    secure: bool,
    host: String,
    port: u16,
    authority: String,
    path_and_query: String,
}

/// Why a text is not an [`HttpUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpUrlError {
    /// It has no scheme and host, or a character that no URL has.
    #[error("not an absolute URL")]
    NotAbsolute,
    /// A scheme that others can read along.
    #[error("not https, and http is for loopback hosts only")]
    NotSecure,
    /// They would be ignored, or are a password in clear.
    #[error("a URL with user information or a fragment")]
    Extras,
}

impl HttpUrl {
    /// Reads `text`, which is kept as it is for comparison.
    ///
    /// # Errors
    /// [`HttpUrlError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, HttpUrlError> {
        // The parser forgives white space, control characters and backslashes; a header must not.
        if text.contains('\\') || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(HttpUrlError::NotAbsolute);
        }
        // Nobody writes a host in octets, but some parsers would read another one out of them.
        let authority = text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
        if authority.is_none_or(|authority| authority.contains('%')) {
            return Err(HttpUrlError::NotAbsolute);
        }
        let url = Url::parse(text).map_err(|_| HttpUrlError::NotAbsolute)?;
        let host = url.host_str().and_then(|host| Host::parse(host.as_bytes()));
        let host = host.ok_or(HttpUrlError::NotAbsolute)?.into_string();
        let secure = match url.scheme() {
            "https" => true,
            "http" if is_loopback(&host) => false,
            _ => return Err(HttpUrlError::NotSecure),
        };
        if url.port() == Some(0) {
            return Err(HttpUrlError::NotAbsolute);
        }
        // It also forgives `https:host` and `https:///host`, which other readers of the same text do not.
        let is_absolute = text.split_once("://").is_some_and(|(scheme, rest)| {
            scheme.eq_ignore_ascii_case(url.scheme()) && !rest.starts_with('/')
        });
        if !is_absolute {
            return Err(HttpUrlError::NotAbsolute);
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(HttpUrlError::Extras);
        }
        let path_and_query = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        Ok(Self {
            text: text.to_owned(),
            secure,
            port: url.port_or_known_default().ok_or(HttpUrlError::NotAbsolute)?,
            host,
            authority,
            path_and_query,
        })
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// In normal form (see [`Host`]): that of a request to it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The scheme's own where the text names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host, and the port unless it is the scheme's own.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// As a request line has them: at least `/`.
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        &self.path_and_query
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::authority::Authority;
    use super::*;

    #[test]
    fn urls_are_absolute_and_safe() {
        for text in
            ["https://a.example", "https://a.example:8443/x?y=z", "http://localhost:8080/", "http://[::1]"]
        {
            assert_eq!(HttpUrl::parse(text).map(|url| url.to_string()), Ok(text.to_owned()));
        }
        for (text, error) in [
            ("a.example", HttpUrlError::NotAbsolute),
            ("https:a.example", HttpUrlError::NotAbsolute),
            ("https:///a.example", HttpUrlError::NotAbsolute),
            ("https://%41.example", HttpUrlError::NotAbsolute),
            ("http:%49%88", HttpUrlError::NotAbsolute),
            ("https:\\\\a.example", HttpUrlError::NotAbsolute),
            (" https://a.example", HttpUrlError::NotAbsolute),
            ("https://a.example/\n", HttpUrlError::NotAbsolute),
            ("http://a.example", HttpUrlError::NotSecure),
            ("http://localhost.example", HttpUrlError::NotSecure),
            ("ftp://localhost", HttpUrlError::NotSecure),
            ("https://user@a.example", HttpUrlError::Extras),
            ("https://:password@a.example", HttpUrlError::Extras),
            ("https://a.example/#", HttpUrlError::Extras),
        ] {
            assert_eq!(HttpUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn hosts_are_those_of_requests() {
        for (text, host, authority) in [
            ("https://A.Example:443/", "a.example", "a.example"),
            ("https://a.example.:8443/", "a.example", "a.example:8443"),
            ("https://127.1/", "127.0.0.1", "127.0.0.1"),
            ("https://[0::1]:1/", "[::1]", "[::1]:1"),
        ] {
            let url = HttpUrl::parse(text).unwrap();
            assert_eq!((url.host(), url.authority()), (host, authority), "{text}");
        }
        for text in [
            "https://a..example",
            "https://a!b.example",
            "https://.",
            "https://a,b",
            "https://(a)",
            "https://a:0",
        ] {
            assert_eq!(HttpUrl::parse(text), Err(HttpUrlError::NotAbsolute), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_request_to_a_url_reads_to_its_host(host in "[aB0-9.x_:~!é\\[\\]-]{0,12}", port in "(:[0-9]{0,5})?") {
            let Ok(url) = HttpUrl::parse(&format!("https://{host}{port}/")) else { return Ok(()) };
            let authority = Authority::parse(url.authority().as_bytes()).unwrap();
            prop_assert_eq!(authority.host(), url.host());
            prop_assert_eq!(authority.port().unwrap_or(443), url.port());
        }
    }
}

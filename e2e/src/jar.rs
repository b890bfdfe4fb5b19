//! The cookies of one plain client, as one site set them.

use std::collections::BTreeMap;

use crate::client::Response;

/// A `Set-Cookie` header, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookie {
    pub name: String,
    pub value: String,
    /// Names in lower case.
    pub attributes: BTreeMap<String, String>,
}

impl SetCookie {
    #[must_use]
    pub fn parse(header: &str) -> Self {
        let mut parts =
            header.split(';').map(|part| part.trim().split_once('=').unwrap_or((part.trim(), "")));
        let (name, value) = parts.next().unwrap_or_default();
        let attributes = parts.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Self { name: name.to_owned(), value: value.to_owned(), attributes }
    }

    /// Whether it takes the cookie away.
    #[must_use]
    pub fn expires(&self) -> bool {
        self.attributes.get("max-age").is_some_and(|age| age.trim_start_matches('-') != age || age == "0")
            || self.attributes.get("expires").is_some_and(|at| at.contains(" 1970 "))
    }
}

/// The cookies by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jar(pub BTreeMap<String, String>);

impl Jar {
    /// Keeps what a response sets.
    pub fn absorb(&mut self, response: &Response) {
        for cookie in set_cookies(response) {
            if cookie.expires() {
                self.0.remove(&cookie.name);
            } else {
                self.0.insert(cookie.name, cookie.value);
            }
        }
    }

    /// The value of the `Cookie` header, if there is one to send.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The cookies whose names begin so, and no others.
    #[must_use]
    pub fn only(&self, prefix: &str) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| name.starts_with(prefix))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect(),
        )
    }
}

/// All cookies that a response sets or takes away.
#[must_use]
pub fn set_cookies(response: &Response) -> Vec<SetCookie> {
    response.all("set-cookie").map(|header| SetCookie::parse(&header)).collect()
}

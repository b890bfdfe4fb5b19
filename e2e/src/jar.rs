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

/// Names and values, the oldest first: so a browser sends them (RFC 6265 §5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jar(Vec<(String, String)>);

impl Jar {
    /// Keeps what a response sets.
    pub fn absorb(&mut self, response: &Response) {
        for cookie in set_cookies(response) {
            if cookie.expires() {
                self.0.retain(|(name, _)| *name != cookie.name);
            } else {
                self.set(&cookie.name, &cookie.value);
            }
        }
    }

    /// A cookie that is there already keeps its place.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Names and values of those whose names begin so.
    pub fn beginning(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (&**name, &**value))
    }

    /// The value of the `Cookie` header, if there is one to send.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// All cookies that a response sets or takes away.
#[must_use]
pub fn set_cookies(response: &Response) -> Vec<SetCookie> {
    response.all("set-cookie").map(|header| SetCookie::parse(&header)).collect()
}

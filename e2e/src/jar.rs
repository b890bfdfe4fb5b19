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
pub struct Jar(Vec<Kept>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    name: String,
    value: String,
    /// Below which it is sent (RFC 6265 §5.1.4).
    path: String,
}

impl Jar {
    /// Keeps what a response sets.
    pub fn absorb(&mut self, response: &Response) {
        for cookie in set_cookies(response) {
            if cookie.expires() {
                self.0.retain(|kept| kept.name != cookie.name);
            } else {
                let path = cookie.attributes.get("path").map_or("/", String::as_str);
                self.set_below(&cookie.name, &cookie.value, path);
            }
        }
    }

    /// A cookie that is there already keeps its place.
    pub fn set(&mut self, name: &str, value: &str) {
        self.set_below(name, value, "/");
    }

    fn set_below(&mut self, name: &str, value: &str, path: &str) {
        let new = Kept { name: name.to_owned(), value: value.to_owned(), path: path.to_owned() };
        match self.0.iter_mut().find(|kept| kept.name == name) {
            Some(kept) => *kept = new,
            None => self.0.push(new),
        }
    }

    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|kept| kept.name == name)
    }

    /// Names and values of those whose names begin so.
    pub fn beginning(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(move |kept| kept.name.starts_with(prefix))
            .map(|kept| (&*kept.name, &*kept.value))
    }

    /// The value of a `Cookie` header with all of them, if there is one: what somebody may send, whatever the path.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        joined(self.0.iter())
    }

    /// What a browser sends to this path.
    #[must_use]
    pub fn header_at(&self, path: &str) -> Option<String> {
        let is_below = |above: &str| {
            path.strip_prefix(above).is_some_and(|rest| {
                above.ends_with('/') || matches!(rest.bytes().next(), None | Some(b'/' | b'?'))
            })
        };
        joined(self.0.iter().filter(|kept| is_below(&kept.path)))
    }
}

fn joined<'c>(cookies: impl Iterator<Item = &'c Kept>) -> Option<String> {
    let pairs: Vec<String> = cookies.map(|Kept { name, value, .. }| format!("{name}={value}")).collect();
    (!pairs.is_empty()).then(|| pairs.join("; "))
}

/// All cookies that a response sets or takes away.
#[must_use]
pub fn set_cookies(response: &Response) -> Vec<SetCookie> {
    response.all("set-cookie").map(|header| SetCookie::parse(&header)).collect()
}

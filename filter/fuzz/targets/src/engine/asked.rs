//! A request as it was sent.

use std::fmt;

use super::sign_ins::Started;
use crate::support::pairs;

#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) headers: Vec<(String, Vec<u8>)>,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.headers.iter().try_for_each(|(name, value)| write!(f, "{name}: {} | ", value.escape_ascii()))
    }
}

impl Asked {
    pub(super) fn new(headers: Vec<(String, Vec<u8>)>) -> Self {
        Self { headers }
    }

    pub(super) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s [u8]> {
        self.headers.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_slice())
    }

    /// The first; whether there is another is for the filter to find out.
    pub(super) fn authority(&self) -> &str {
        self.all(":authority")
            .next()
            .and_then(|text| std::str::from_utf8(text).ok())
            .expect("every request has one")
    }

    fn path(&self) -> &[u8] {
        self.all(":path").next().expect("every request has one")
    }

    pub(super) fn path_alone(&self) -> &[u8] {
        self.path().split(|byte| *byte == b'?').next().unwrap_or_default()
    }

    pub(super) fn cookies(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.all("cookie").flat_map(pairs).map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.path().splitn(2, |byte| *byte == b'?').nth(1)?;
        url::form_urlencoded::parse(query).find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }

    /// Whether this is a callback with a code that the provider gave for a sign-in of this run.
    pub(super) fn has_honest_code(&self, started: &[Started]) -> bool {
        let state = self.parameter("state");
        self.path_alone() == b"/oauth2/callback"
            && self.parameter("code").is_some()
            && started.iter().any(|started| Some(&started.state) == state.as_ref())
    }
}

//! The provider: it answers as Okta does, counts what it is asked in each minute, and has Okta's limits.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vestibule::inputs::Timestamp;
use vestibule::oidc::{Answer, HttpCall};
use vestibule_testing::ok;

use crate::world::Provider;

/// Requests a minute to `/token` of a custom authorization server, as Okta publishes them for Workforce Identity; an app
/// gets half of that by default.
pub(crate) const TOKEN_LIMIT: u64 = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Endpoint {
    /// Opened by browsers.
    Authorize,
    Metadata,
    Keys,
    Token,
}

pub(crate) struct Okta {
    provider: Provider,
    /// Of access tokens. Seconds.
    pub(crate) lifetime: u64,
    pub(crate) is_away: bool,
    pub(crate) limit: u64,
    /// By endpoint and minute.
    calls: BTreeMap<(Endpoint, u64), u64>,
    refused: u64,
    tokens: u64,
    /// The nonce of each code that is not redeemed yet.
    codes: BTreeMap<String, String>,
}

impl Okta {
    pub(crate) fn new(lifetime: u64) -> Self {
        Self {
            provider: Provider::default(),
            lifetime,
            is_away: false,
            limit: TOKEN_LIMIT,
            calls: BTreeMap::new(),
            refused: 0,
            tokens: 0,
            codes: BTreeMap::new(),
        }
    }

    /// A person signs in there: the code that the browser brings back.
    pub(crate) fn authorize(&mut self, nonce: &str, now: Timestamp) -> String {
        self.count(Endpoint::Authorize, now);
        self.tokens += 1;
        let code = format!("code{}", self.tokens);
        self.codes.insert(code.clone(), nonce.to_owned());
        code
    }

    pub(crate) fn answer(&mut self, call: &HttpCall, now: Timestamp) -> Answer {
        let endpoint = match call.path.rsplit('/').next().unwrap_or_default() {
            "openid-configuration" => Endpoint::Metadata,
            "keys" | "jwks" => Endpoint::Keys,
            "token" => Endpoint::Token,
            other => panic!("nobody asks for {other} here: {}", call.path),
        };
        self.count(endpoint, now);
        if self.is_away {
            return Answer::Nothing;
        }
        match endpoint {
            Endpoint::Metadata => ok(&self.provider.metadata.clone()),
            Endpoint::Keys => ok(&self.provider.keys()),
            Endpoint::Token if self.in_minute(Endpoint::Token, now) > self.limit => {
                self.refused += 1;
                let reset = (now.0 / 60 + 1) * 60;
                let headers = vec![("x-rate-limit-reset".to_owned(), reset.to_string().into_bytes())];
                Answer::Response { status: 429, headers, body: vec![] }
            }
            _ => ok(&self.tokens(&String::from_utf8_lossy(&call.body), now)),
        }
    }

    fn tokens(&mut self, form: &str, now: Timestamp) -> Value {
        self.tokens += 1;
        let number = self.tokens;
        let field = |name: &str| {
            url::form_urlencoded::parse(form.as_bytes())
                .find(|(own, _)| own == name)
                .map(|(_, value)| value.into_owned())
        };
        let nonce = field("code").and_then(|code| self.codes.remove(&code));
        let id_token = match nonce {
            Some(nonce) => self.provider.id_token(&nonce, now),
            None => self.provider.id_token_without_nonce(now),
        };
        json!({"id_token": id_token, "access_token": format!("access-{number}"), "token_type": "Bearer",
            "expires_in": self.lifetime, "refresh_token": format!("refresh-{number}")})
    }

    pub(crate) fn rotate_keys(&mut self) {
        self.provider.kid = if self.provider.kid == "one" { "two" } else { "one" };
    }

    fn count(&mut self, endpoint: Endpoint, now: Timestamp) {
        *self.calls.entry((endpoint, now.0 / 60)).or_default() += 1;
    }

    fn in_minute(&self, endpoint: Endpoint, now: Timestamp) -> u64 {
        self.calls.get(&(endpoint, now.0 / 60)).copied().unwrap_or_default()
    }

    pub(crate) fn total(&self, endpoint: Endpoint) -> u64 {
        self.calls.iter().filter(|((own, _), _)| *own == endpoint).map(|(_, calls)| calls).sum()
    }

    /// The most in any minute.
    pub(crate) fn peak(&self, endpoint: Endpoint) -> u64 {
        self.calls
            .iter()
            .filter(|((own, _), _)| *own == endpoint)
            .map(|(_, calls)| *calls)
            .max()
            .unwrap_or_default()
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// Forgets what was counted.
    pub(crate) fn count_anew(&mut self) {
        self.calls.clear();
        self.refused = 0;
    }
}

//! What is measured: a request to an Envoy, whose processor time is counted, and what was measured of it.

use std::net::SocketAddr;

use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::Envoy;
use vestibule_e2e::stage::HOST;

use crate::application::TOLD;

pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    /// Beside `host`: as a browser or a program sends them.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) envoy: SocketAddr,
    /// The processes that count: Envoy, and what it asks.
    pub(crate) envoy_pid: u32,
    pub(crate) helper_pid: Option<u32>,
    /// How the application's word begins, where the request reaches it.
    pub(crate) expected: Expected,
    pub(crate) samples: Vec<Sample>,
}

#[derive(Clone, Copy)]
pub(crate) enum Expected {
    /// The application has answered, and was told of nobody.
    Nobody,
    /// It was told of a person.
    Person,
    /// It was told of a person, and got a token.
    PersonWithToken,
    /// It got a token alone.
    Token,
    /// Nothing: native `oauth2` tells of nobody, and its session is known by its being let through.
    LetThrough,
    /// The browser is sent to sign in.
    Redirect,
}

/// Of one round.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// Microseconds of processor time.
    pub(crate) envoy: f64,
    pub(crate) helper: f64,
    pub(crate) requests_a_second: f64,
    /// At a fixed rate, in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Sample {
    /// Microseconds of processor time, of all that counts.
    pub(crate) fn cost(&self) -> f64 {
        self.envoy + self.helper
    }
}

impl Subject {
    /// Where Envoy asks nobody, see `helper_pid`.
    pub(crate) fn new(
        name: &'static str,
        envoy: &Envoy,
        path: &'static str,
        headers: Vec<(&'static str, String)>,
        expected: Expected,
    ) -> Self {
        let (address, pid) = (envoy.plain(), envoy.pid());
        Self {
            name,
            path,
            headers,
            envoy: address,
            envoy_pid: pid,
            helper_pid: None,
            expected,
            samples: vec![],
        }
    }

    /// # Panics
    /// Where the request does not end as it should: what would be measured is something else.
    pub(crate) async fn check(&self) {
        let mut request = Request::new("GET", self.path).host(HOST);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = client::send(self.envoy, &request).await.expect("an answer");
        let told = answer.header(TOLD).unwrap_or_default();
        let told: Vec<&str> = told.split('|').map(|part| part.trim_matches('-')).collect();
        let (person, token) = match told.as_slice() {
            [user, authorization, access_token, _] => {
                (!user.is_empty(), !authorization.is_empty() || !access_token.is_empty())
            }
            _ => (false, false),
        };
        let holds = match self.expected {
            Expected::Nobody => answer.status == 200 && !person && !token,
            Expected::LetThrough => answer.status == 200 && !token,
            Expected::Person => answer.status == 200 && person && !token,
            Expected::Token => answer.status == 200 && token,
            Expected::PersonWithToken => answer.status == 200 && person && token,
            Expected::Redirect => answer.status == 302,
        };
        assert!(holds, "{}: told {told:?}: {}", self.name, answer.summary());
    }

    pub(crate) fn sends_bytes(&self) -> usize {
        self.headers.iter().filter(|(name, _)| *name == "cookie").map(|(_, value)| value.len()).sum()
    }

    /// Something over the rounds.
    pub(crate) fn over(&self, of: impl Fn(&Sample) -> f64) -> Spread {
        Spread::of(self.samples.iter().map(of).collect())
    }
}

/// A median, and between which values the middle half lies.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Of what was measured; what was not is no number.
    pub(crate) fn of(values: Vec<f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        let last = values.len().saturating_sub(1);
        let at = |quarters: usize| values.get((last * quarters + 2) / 4).copied().unwrap_or(f64::NAN);
        Self { low: at(1), median: at(2), high: at(3) }
    }
}

/// What a browser sends beside its cookies when somebody opens a page.
pub(crate) fn navigation(cookies: Option<String>) -> Vec<(&'static str, String)> {
    let mut headers: Vec<(&'static str, String)> = [
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("accept-language", "de,en-US;q=0.7,en;q=0.3"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("upgrade-insecure-requests", "1"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-user", "?1"),
        ("priority", "u=0, i"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into();
    headers.extend(cookies.map(|cookies| ("cookie", cookies)));
    headers
}

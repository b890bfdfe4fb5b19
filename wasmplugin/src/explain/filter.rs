//! The filter itself, with everything around it made up: requests go in, what it does with them comes out.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Map, Value};
use vestibule::access::Verdict;
use vestibule::config::Config;
use vestibule::engine::{Due, Edits, Engine, Request, Step};
use vestibule::inputs::{
    Calls, Entropy, Inputs, NoEntropy, Shared, SharedSlot, SharedValue, Spending, Spent, Timestamp,
};
use vestibule::page::{self, Reply};

use super::provider::Provider;

/// How often a request may wait or call before this gives up on it.
const MOST_STEPS: usize = 32;

pub(super) struct Filter {
    engine: Engine,
    provider: Provider,
    prefix: String,
    scheme: &'static str,
    now: Timestamp,
    entropy: Counted,
    shared: OneWorker,
    calls: Allowed,
}

/// What the filter does with a request.
#[derive(Debug)]
pub(super) enum Outcome {
    /// None of its business: the host is not in `hosts`.
    PassedBy,
    Forwarded(Edits, Verdict),
    Answered(Box<Reply>, Option<Verdict>),
    /// It waits for something that this does not have.
    Waits,
}

/// A request as a person describes it.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) headers: Vec<(String, String)>,
}

impl Filter {
    /// `None` where no keys can be derived, which a valid configuration rules out.
    pub(super) fn new(config: Config, now: Timestamp, address: Option<IpAddr>) -> Option<Self> {
        let provider = Provider::of(&config)?;
        let prefix = config.paths.prefix.clone();
        let scheme = if config.session.cookie.secure { "https" } else { "http" };
        let mut filter = Self {
            engine: Engine::new(config)?,
            provider,
            prefix,
            scheme,
            now,
            entropy: Counted::default(),
            shared: OneWorker::default(),
            calls: Allowed(address),
        };
        filter.fetch_what_is_due();
        Some(filter)
    }

    pub(super) fn provider(&self) -> &Provider {
        &self.provider
    }

    /// The `cookie` header of somebody with these claims who has signed in on `host`.
    ///
    /// # Errors
    /// What the filter answered in the place of a session.
    pub(super) fn sign_in(&mut self, host: &str, claims: Map<String, Value>) -> Result<String, Outcome> {
        self.provider.will_say(claims);
        let mut cookies = BTreeMap::new();
        let mut next = (host.to_owned(), format!("{}/start?rd=%2F", self.prefix));
        for _ in 0..MOST_STEPS {
            let outcome = self.browse(&next.0, &next.1, &mut cookies);
            let Outcome::Answered(reply, _) = &outcome else { return Err(outcome) };
            if reply.reason == page::Reason::SignedIn || reply.reason == page::Reason::SessionTrimmed {
                return Ok(header_of(&cookies));
            }
            let rendered = page::render(reply);
            let location =
                rendered.headers.iter().find(|(name, _)| *name == "location").map(|(_, value)| value.clone());
            let Some(target) = location.and_then(|location| self.after(&location, &next.0)) else {
                return Err(outcome);
            };
            next = target;
        }
        Err(Outcome::Waits)
    }

    /// Where a browser goes from `location`: to the provider and back at once, or on.
    fn after(&mut self, location: &str, host: &str) -> Option<(String, String)> {
        if location.starts_with('/') {
            return Some((host.to_owned(), location.to_owned()));
        }
        let url = url::Url::parse(location).ok()?;
        let parameter =
            |name: &str| url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
        if !self.provider.is_authorization(location) {
            return Some((
                authority_of(&url)?,
                format!("{}?{}", url.path(), url.query().unwrap_or_default()),
            ));
        }
        if let Some(nonce) = parameter("nonce") {
            self.provider.remember_nonce(&nonce);
        }
        let state = parameter("state").or_else(|| self.provider.pushed_state())?;
        let back = parameter("redirect_uri").and_then(|uri| url::Url::parse(&uri).ok());
        let (host, path) = match &back {
            Some(uri) => (authority_of(uri)?, uri.path().to_owned()),
            None => (host.to_owned(), format!("{}/callback", self.prefix)),
        };
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", "made-up")
            .append_pair("state", &state)
            .finish();
        Some((host, format!("{path}?{query}")))
    }

    fn browse(&mut self, host: &str, path: &str, cookies: &mut BTreeMap<String, String>) -> Outcome {
        let mut headers = navigation();
        headers.push(("cookie".to_owned(), header_of(cookies)));
        let outcome = self.ask(&Asked { method: "GET", host, path, headers });
        if let Outcome::Answered(reply, _) = &outcome {
            for cookie in &reply.cookies {
                let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
                let Some((name, value)) = pair.split_once('=') else { continue };
                if attributes.contains("Max-Age=0") {
                    cookies.remove(name);
                } else {
                    cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        outcome
    }

    /// What becomes of one request.
    pub(super) fn ask(&mut self, asked: &Asked<'_>) -> Outcome {
        let pseudo = [
            (":method", asked.method),
            (":path", asked.path),
            (":authority", asked.host),
            (":scheme", self.scheme),
        ];
        let own = asked.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let proto = [("x-forwarded-proto", self.scheme)];
        let headers = pseudo.into_iter().chain(proto).chain(own).filter(|(_, value)| !value.is_empty());
        let request = Request::of(&headers.collect::<Vec<_>>()).expect("headers of under 4 GiB");
        let mut step = self.with_inputs(|engine, inputs| engine.on_request(request, inputs));
        for _ in 0..MOST_STEPS {
            step = match step {
                Step::Ignore => return Outcome::PassedBy,
                Step::Forward(edits, verdict) => return Outcome::Forwarded(edits, verdict),
                Step::Reply(reply, verdict) => return Outcome::Answered(reply, verdict),
                Step::Call(call, calling) => {
                    let answer = self.provider.answer(&call, self.now);
                    self.with_inputs(|engine, inputs| engine.on_answer(calling, &answer, inputs))
                }
                Step::Park(parked) => {
                    self.fetch_what_is_due();
                    self.with_inputs(|engine, inputs| engine.resume(parked, inputs))
                }
            };
        }
        Outcome::Waits
    }

    fn fetch_what_is_due(&mut self) {
        for _ in 0..MOST_STEPS {
            match self.with_inputs(Engine::poll) {
                None => return,
                Some(Due::Event(_)) => {}
                Some(Due::Call(call, provider_call)) => {
                    let answer = self.provider.answer(&call, self.now);
                    self.with_inputs(|engine, inputs| {
                        engine.on_provider_answer(provider_call, &answer, inputs)
                    });
                }
            }
        }
    }

    fn with_inputs<T>(&mut self, act: impl FnOnce(&mut Engine, &mut Inputs<'_>) -> T) -> T {
        let inputs = &mut Inputs {
            now: self.now,
            entropy: &mut self.entropy,
            shared: &mut self.shared,
            calls: &mut self.calls,
        };
        act(&mut self.engine, inputs)
    }
}

/// Headers by which a browser says that it opens a page.
pub(super) fn navigation() -> Vec<(String, String)> {
    let headers = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("accept", "text/html")];
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn header_of(cookies: &BTreeMap<String, String>) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

fn authority_of(url: &url::Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Nothing here is a secret, so what is drawn need not be random.
#[derive(Default)]
struct Counted(u64);

impl Entropy for Counted {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in bytes.chunks_mut(8) {
            self.0 += 1;
            chunk.copy_from_slice(&self.0.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[derive(Default)]
struct OneWorker(BTreeMap<SharedSlot, SharedValue>);

impl Shared for OneWorker {
    fn read(&mut self, slot: SharedSlot) -> SharedValue {
        self.0.get(&slot).cloned().unwrap_or_default()
    }

    fn write(&mut self, slot: SharedSlot, bytes: &[u8], mark: u32) -> bool {
        let value = self.0.entry(slot).or_default();
        let fits = value.mark == mark;
        if fits {
            *value = SharedValue { bytes: bytes.to_vec(), mark: mark + 1 };
        }
        fits
    }
}

/// Every call is, and requests come from one address.
struct Allowed(Option<IpAddr>);

impl Calls for Allowed {
    fn have_room(&mut self) -> bool {
        true
    }

    fn source(&mut self) -> Option<IpAddr> {
        self.0
    }

    fn pay(&mut self, what: Spending, tokens: u32) -> Option<Spent> {
        Some(Spent { what, tokens, source: None })
    }

    fn give_back(&mut self, _: Spent) {}
}

//! An engine with a clock, a browser and a provider that the test moves.

mod provider;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

use serde_json::Value;
use vestibule::access::Verdict;
use vestibule::config;
use vestibule::engine::{
    Calling, Due, Edits, Engine, HeaderEdit, Parked, ProviderCall, ProviderEvent, Request, Step,
};
use vestibule::inputs::{Calls, Inputs, Spending, Spent, Timestamp};
use vestibule::oidc::{Answer, HttpCall};
use vestibule::page::{self, Reason};
use vestibule::web::header_block::HeaderBlock;

pub(crate) use self::provider::Provider;
pub(crate) use vestibule_testing::{
    HOST, ISSUER, TestEntropy, TestShared, answer, configuration, long_name, ok,
};

pub(crate) struct World {
    pub(crate) shared: TestShared,
    pub(crate) engine: Engine,
    pub(crate) now: Timestamp,
    pub(crate) entropy: TestEntropy,
    pub(crate) calls: TestCalls,
    pub(crate) browser: Browser,
    pub(crate) provider: Provider,
}

/// Leave to call, as the test gives it.
#[derive(Debug, Default)]
pub(crate) struct TestCalls {
    pub(crate) room: bool,
    pub(crate) address: Option<IpAddr>,
    /// How often somebody looked at it.
    pub(crate) asked: u32,
    pub(crate) paid: Vec<(Spending, u32)>,
    pub(crate) given_back: Vec<(Spending, u32)>,
}

impl Calls for TestCalls {
    fn have_room(&mut self) -> bool {
        self.room
    }

    fn source(&mut self) -> Option<IpAddr> {
        self.asked += 1;
        self.address
    }

    fn pay(&mut self, what: Spending, tokens: u32) -> Option<Spent> {
        let spent = self.room.then_some(Spent { what, tokens, source: None });
        self.paid.extend(spent.as_ref().map(|_| (what, tokens)));
        spent
    }

    fn give_back(&mut self, spent: Spent) {
        self.given_back.push((spent.what, spent.tokens));
    }
}

/// An answer as it was decided, and as it is sent.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) reason: Reason,
    pub(crate) detail: Option<String>,
    /// What the log says, as far as the answer itself knows.
    pub(crate) line: String,
    pub(crate) hides_query: bool,
    pub(crate) filter_state: Vec<(&'static str, Rc<[u8]>)>,
    pub(crate) verdict: Option<Verdict>,
}

/// Cookies by name, as a browser on one host keeps them.
#[derive(Clone, Default)]
pub(crate) struct Browser(pub(crate) BTreeMap<String, String>);

impl Browser {
    pub(crate) fn keep(&mut self, reply: &Answered) {
        for (_, cookie) in reply.headers.iter().filter(|(name, _)| *name == "set-cookie") {
            self.keep_cookie(cookie);
        }
    }

    pub(crate) fn keep_cookie(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(crate) fn header(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

pub(crate) fn engine(extra: &Value) -> Engine {
    let configuration = configuration(extra).to_string();
    let config = config::load(configuration.as_bytes(), &|_| None).unwrap_or_else(|error| panic!("{error}"));
    Engine::new(config).unwrap()
}

/// A GET of a page, as a browser navigates.
pub(crate) fn page(path: &str) -> Vec<(&'static str, String)> {
    let mut headers = bare("GET", path);
    headers.push(("sec-fetch-mode", "navigate".to_owned()));
    headers.push(("sec-fetch-dest", "document".to_owned()));
    headers
}

pub(crate) fn bare(method: &str, path: &str) -> Vec<(&'static str, String)> {
    vec![
        (":method", method.to_owned()),
        (":path", path.to_owned()),
        (":authority", HOST.to_owned()),
        (":scheme", "http".to_owned()),
    ]
}

pub(crate) fn on_host(mut headers: Vec<(&'static str, String)>, host: &str) -> Vec<(&'static str, String)> {
    headers.retain(|(name, _)| *name != ":authority");
    headers.push((":authority", host.to_owned()));
    headers
}

impl World {
    /// Nothing is known of the provider yet.
    pub(crate) fn new(extra: &Value) -> Self {
        Self {
            engine: engine(extra),
            shared: TestShared::default(),
            now: Timestamp(1_800_000_000),
            entropy: TestEntropy::default(),
            calls: TestCalls { room: true, ..TestCalls::default() },
            browser: Browser::default(),
            provider: Provider::default(),
        }
    }

    pub(crate) fn ready(extra: &Value) -> Self {
        let mut world = Self::new(extra);
        world.become_ready();
        world
    }

    /// With alice signed in.
    pub(crate) fn signed_in(extra: &Value) -> Self {
        let mut world = Self::ready(extra);
        let reply = world.sign_in("/");
        assert_eq!(reply.status, 302, "{reply:?}");
        world
    }

    /// By what the provider answers, or by what another worker has fetched.
    pub(crate) fn become_ready(&mut self) {
        match self.due().expect("something is due") {
            Due::Call(_, call) => {
                let metadata = ok(&self.provider.metadata);
                assert_eq!(self.on_provider_answer(call, &metadata).0, ProviderEvent::HalfWay);
                assert_eq!(self.provider_answers(&ok(&self.provider.keys())), ProviderEvent::Ready);
            }
            Due::Event(event) => assert_eq!(event, ProviderEvent::Ready),
        }
    }

    /// With metadata that have changed.
    pub(crate) fn become_ready_again(&mut self) {
        self.now = self.now.plus(100_000);
        self.become_ready();
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

    /// Answers the call that is due.
    pub(crate) fn provider_answers(&mut self, answer: &Answer) -> ProviderEvent {
        let (_, call) = self.poll().expect("a call is due");
        self.on_provider_answer(call, answer).0
    }

    /// What is due for everybody.
    pub(crate) fn due(&mut self) -> Option<Due> {
        self.with_inputs(Engine::poll)
    }

    /// The next call for everybody, past what ends by itself.
    pub(crate) fn poll(&mut self) -> Option<(HttpCall, ProviderCall)> {
        loop {
            match self.due()? {
                Due::Call(call, provider_call) => return Some((call, provider_call)),
                Due::Event(_) => {}
            }
        }
    }

    pub(crate) fn on_provider_answer(
        &mut self,
        call: ProviderCall,
        answer: &Answer,
    ) -> (ProviderEvent, Option<(HttpCall, ProviderCall)>) {
        match self.with_inputs(|engine, inputs| engine.on_provider_answer(call, answer, inputs)) {
            Due::Call(call, provider_call) => (ProviderEvent::HalfWay, Some((call, provider_call))),
            Due::Event(event) => (event, None),
        }
    }

    pub(crate) fn give_up(&mut self, pending: Parked, reason: Reason) -> Step {
        self.with_inputs(|engine, inputs| engine.give_up(pending, reason, inputs))
    }

    pub(crate) fn send(&mut self, headers: Vec<(&'static str, String)>) -> Step {
        let mut headers: Vec<_> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
        if !self.browser.0.is_empty() {
            headers.push(("cookie".to_owned(), self.browser.header().into_bytes()));
        }
        self.send_bytes(headers)
    }

    pub(crate) fn send_bytes(&mut self, headers: Vec<(String, Vec<u8>)>) -> Step {
        self.send_block(HeaderBlock::write(&headers).unwrap())
    }

    /// As Envoy hands the headers over.
    pub(crate) fn send_block(&mut self, headers: Vec<u8>) -> Step {
        let request = Request::new(HeaderBlock::read(headers).unwrap());
        self.with_inputs(|engine, inputs| engine.on_request(request, inputs))
    }

    /// The application's response arrives.
    pub(crate) fn keep_cookies_of(&mut self, edits: &Edits) {
        cookies_set_by(&edits.response).iter().for_each(|cookie| self.browser.keep_cookie(cookie));
    }

    pub(crate) fn answer(&mut self, pending: Calling, answer: &Answer) -> Step {
        self.with_inputs(|engine, inputs| engine.on_answer(pending, answer, inputs))
    }

    pub(crate) fn resume(&mut self, pending: Parked) -> Step {
        self.with_inputs(|engine, inputs| engine.resume(pending, inputs))
    }

    /// Opens a page and is sent to the provider.
    pub(crate) fn begin(&mut self, path: &str) -> Started {
        let reply = replied(self.send(page(path)));
        self.browser.keep(&reply);
        Started::read(location(&reply))
    }

    /// A further issuer says the same of itself as the first, and has the same keys.
    pub(crate) fn learn_of(&mut self, issuer: &str, name: &str) {
        let metadata = self.provider.metadata.to_string().replace(ISSUER, issuer);
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        assert_eq!(self.provider_answers(&ok(&metadata)), ProviderEvent::HalfWay);
        let event = self.provider_answers(&ok(&self.provider.keys()));
        assert_eq!(event, ProviderEvent::IssuerReady(name.to_owned()));
    }

    /// An authorization request that has begun by other means.
    pub(crate) fn started(&self, location: &str) -> Started {
        Started::read(location)
    }

    /// Comes back from the provider: the token call, and what waits for it.
    pub(crate) fn come_back(&mut self, started: &Started) -> (HttpCall, Calling) {
        called(self.send(page(&format!("/oauth2/callback?code=the-code&state={}", started.state))))
    }

    /// From a page to the provider and back.
    pub(crate) fn sign_in(&mut self, path: &str) -> Answered {
        let started = self.begin(path);
        let (_, pending) = self.come_back(&started);
        let tokens = ok(&self.provider.tokens(&started.nonce, self.now));
        let reply = replied(self.answer(pending, &tokens));
        self.browser.keep(&reply);
        reply
    }

    pub(crate) fn is_signed_in(&mut self) -> bool {
        matches!(self.send(page("/somewhere")), Step::Forward(..))
    }
}

/// An authorization request.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) url: url::Url,
    pub(crate) state: String,
    pub(crate) nonce: String,
}

impl Started {
    fn read(location: &str) -> Self {
        let url = url::Url::parse(location).unwrap();
        let get = |name: &str| url.query_pairs().find(|(own, _)| own == name).unwrap().1.into_owned();
        Self { state: get("state"), nonce: get("nonce"), url }
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }
}

pub(crate) fn replied(step: Step) -> Answered {
    match step {
        Step::Reply(reply, verdict) => {
            let page::LocalReply { status, headers, body } = page::render(&reply);
            let line = reply.log_line(|line| line).text;
            let page::Reply { reason, detail, hides_query, filter_state, .. } = *reply;
            Answered { status, headers, body, reason, detail, line, hides_query, filter_state, verdict }
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) fn called(step: Step) -> (HttpCall, Calling) {
    match step {
        Step::Call(call, pending) => (call, pending),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn parked(step: Step) -> Parked {
    match step {
        Step::Park(pending) => pending,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn forwarded(step: Step) -> Edits {
    match step {
        Step::Forward(edits, _) => edits,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn location(reply: &Answered) -> &str {
    header(reply, "location").unwrap_or_else(|| panic!("{reply:?}"))
}

pub(crate) fn header<'r>(reply: &'r Answered, name: &str) -> Option<&'r str> {
    reply.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
}

/// What the application is told under a name.
pub(crate) fn told(edits: &Edits, header: &str) -> Option<String> {
    edits.request.iter().find_map(|edit| match edit {
        HeaderEdit::Set(name, value) | HeaderEdit::Add(name, value) if **name == *header => {
            Some(String::from_utf8(value.to_vec()).unwrap())
        }
        _ => None,
    })
}

pub(crate) fn removes(edits: &Edits, header: &str) -> bool {
    edits.request.contains(&HeaderEdit::Remove(header.into()))
}

/// The cookies that the application's response sets after these edits.
pub(crate) fn cookies_set_by(edits: &[HeaderEdit]) -> Vec<String> {
    let cookie = |edit: &HeaderEdit| match edit {
        HeaderEdit::Add(name, cookie) if **name == *"set-cookie" => {
            Some(String::from_utf8(cookie.to_vec()).unwrap())
        }
        _ => None,
    };
    edits.iter().filter_map(cookie).collect()
}

/// Of the answer; 200 where the application gets the request.
pub(crate) fn status(world: &mut World, headers: Vec<(&'static str, String)>) -> u16 {
    match world.send(headers) {
        Step::Forward(..) => 200,
        Step::Reply(reply, _) => reply.status(),
        other => panic!("{other:?}"),
    }
}

/// A parameter of a URL.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// A request with these headers in the place of others of their names.
pub(crate) fn with_headers(
    mut request: Vec<(&'static str, String)>,
    headers: &[(&'static str, &str)],
) -> Vec<(&'static str, String)> {
    request.retain(|(name, _)| !headers.iter().any(|(own, _)| own == name));
    request.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
    request
}

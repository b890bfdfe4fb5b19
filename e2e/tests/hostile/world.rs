//! Stages that tests lend each other, and one sign-in at a provider that misbehaves.

use std::mem;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::sleep;
use vestibule_e2e::client::Response;
use vestibule_e2e::envoy::eventually;
use vestibule_e2e::jar::set_cookies;
use vestibule_e2e::okta::{Endpoint, OktaOptions, Person, StandInOkta};
use vestibule_e2e::stage::{CLIENT_SECRET, COOKIE_SECRET, Stage, StageOptions};
use vestibule_e2e::visitor::{Visitor, target_of};
use vestibule_e2e::wire::State;

/// In every text that a fault sends: it must be seen neither by a person nor in a log.
pub(crate) const PROVIDER_TEXT: &str = "what-the-provider-says-7f3a";

/// One for all tests: a stage outlives the test that started it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static POOL: Mutex<Pool> = Mutex::new(Pool { tests: 0, idle: Vec::new() });

/// Stages that no test needs just now. They go with the last test that runs, and their Envoys with them.
struct Pool {
    tests: usize,
    idle: Vec<Stage>,
}

/// A test on a usual stage that may have served others before; it gives back the provider as honest as it was.
pub(crate) fn on_a_stage(test: impl AsyncFnOnce(&Stage)) {
    RUNTIME.block_on(async {
        let _present = Present::new();
        let idle = pool().idle.pop();
        let stage = match idle {
            Some(stage) => stage,
            None => Stage::configured(shared_config()).await,
        };
        test(&stage).await;
        stage.okta.clear_faults();
        stage.okta.clear_tampers();
        let usual = OktaOptions::default();
        stage.okta.configure(|options| {
            options.thin_id_tokens = usual.thin_id_tokens;
            options.lifetimes = usual.lifetimes;
            options.refresh = usual.refresh;
        });
        pool().idle.push(stage);
    });
}

/// A test on a stage of its own, whose VMs have all fetched the keys: what is asked for from now on, the test has caused.
pub(crate) fn on_a_ready_stage(test: impl AsyncFnOnce(&Stage)) {
    alone(async || {
        let stage = Stage::start().await;
        assert!(stage.envoy.every_vm_is_ready().await, "{:#?}", stage.envoy.filter_log());
        test(&stage).await;
    });
}

/// A test on stages of its own.
pub(crate) fn alone(test: impl AsyncFnOnce()) {
    RUNTIME.block_on(test());
}

/// What all tests on shared stages can do with.
fn shared_config() -> Value {
    json!({
        "provider": {"timeout": "2s"},
        "session": {"refresh": true},
        "upstream": {"access_token": true},
        // One test after another makes sign-ins that come to nothing, and the quicker they are the more of them in a second.
        "budget": {"sign_ins": "10000/s", "by_address": false},
    })
}

/// A test that runs.
struct Present;

impl Present {
    fn new() -> Self {
        pool().tests += 1;
        Self
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let ended = {
            let mut pool = pool();
            pool.tests -= 1;
            (pool.tests == 0).then(|| mem::take(&mut pool.idle))
        };
        drop(ended);
    }
}

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stage whose provider is prepared before the filter sees it for the first time.
pub(crate) async fn prepared(options: StageOptions, prepare: impl FnOnce(&StandInOkta)) -> Stage {
    let stage = Stage::with(StageOptions { provider: State::Refused, ..options }).await;
    prepare(&stage.okta);
    stage.wire.set(State::Open);
    stage
}

/// How the filter says no.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The reason code: on the page, in the log, in the name of the counter.
    pub(crate) code: &'static str,
    /// A part of what the log says beside it.
    pub(crate) detail: &'static str,
}

/// Of the ID token, by a rule of OIDC Core §3.1.3.7.
pub(crate) const fn id_token(detail: &'static str) -> Refusal {
    Refusal { status: 502, code: "id_token_invalid", detail }
}

pub(crate) const fn userinfo(detail: &'static str) -> Refusal {
    Refusal { status: 502, code: "userinfo_failed", detail }
}

/// One sign-in up to the callback, whose answer is in it.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) visitor: Visitor,
    pub(crate) response: Response,
    callback: String,
    log_before: usize,
    reached_before: usize,
    token_requests: u64,
}

/// Somebody signs in while the provider does what `spoil` says; afterwards it is honest again.
pub(crate) async fn attempt(stage: &Stage, nick: &str, spoil: impl FnOnce(&StandInOkta)) -> Attempt {
    attempt_with(stage, nick, spoil, |callback| callback).await
}

/// The same, with another callback than the provider's.
pub(crate) async fn attempt_with(
    stage: &Stage,
    nick: &str,
    spoil: impl FnOnce(&StandInOkta),
    bend: impl FnOnce(String) -> String,
) -> Attempt {
    let log_before = stage.envoy.filter_log().len();
    let reached_before = stage.reached().len();
    let token_requests = stage.okta.requests(Endpoint::Token);
    let mut visitor = stage.visitor();
    let callback = bend(target_of(&stage.approve(&visitor.begin("/page?a=b").await, nick).await));
    spoil(&stage.okta);
    let response = visitor.page(&callback).await;
    stage.okta.clear_faults();
    stage.okta.clear_tampers();
    let token_requests = stage.okta.requests(Endpoint::Token) - token_requests;
    Attempt { visitor, response, callback, log_before, reached_before, token_requests }
}

impl Attempt {
    /// A clear page and a line in the log, no session, nothing for the application, no loop, no leak.
    pub(crate) async fn must_be_refused(mut self, stage: &Stage, case: &str, refusal: &Refusal) {
        let Refusal { status, code, detail } = *refusal;
        let response = &self.response;
        let shown = response.summary();
        assert_eq!(response.status, status, "{case}: {shown}");
        let page = response.text();
        assert!(page.contains(&format!("Code: {code}")), "{case}: {shown}");
        // Trying again would not help where the client itself is refused.
        let leads_on = page.contains("href=\"/oauth2/start");
        assert_eq!(leads_on, code != "client_refused", "{case}: the way on: {shown}");
        let has = |name: &str, value: &str| response.header(name).is_some_and(|all| all.contains(value));
        assert!(has("content-type", "text/html") && has("cache-control", "no-store"), "{case}: {shown}");
        assert!(response.header("location").is_none() && !page.contains("http-equiv"), "{case}: {shown}");

        // No session: nothing but what binds sign-ins to the browser.
        let cookies = set_cookies(response);
        assert!(cookies.iter().all(|cookie| cookie.expires()), "{case}: {shown}");
        let jar = &self.visitor.jar;
        assert!(jar.beginning("").all(|(name, _)| name.contains("_b_")), "{case}: {jar:?}");
        assert!(self.token_requests <= 1, "{case}: the code was redeemed {} times", self.token_requests);

        let log = self.log(stage, &format!("reason={code} status={status}")).await;
        assert!(log.contains(detail), "{case}: {log}");
        self.leaks_nothing(stage, case, &log);

        let script = self.visitor.fetch("/page").await;
        assert_eq!(script.status, 401, "{case}: {}", script.summary());
        assert_eq!(stage.reached().len(), self.reached_before, "{case}: it reached the application");
        honest(stage, case).await;
    }

    /// Signed in, and sent on to the page.
    pub(crate) async fn must_be_accepted(mut self, stage: &Stage, case: &str) {
        let shown = self.response.summary();
        assert_eq!(self.response.status, 302, "{case}: {shown}");
        assert_eq!(self.response.location(), "/page?a=b", "{case}: {shown}");
        assert_eq!(self.visitor.page("/page?a=b").await.status, 200, "{case}");
        assert_eq!(stage.reached().len(), self.reached_before + 1, "{case}");
    }

    /// What the filter has logged since the sign-in began, once `line` is there.
    async fn log(&self, stage: &Stage, line: &str) -> String {
        let since = || stage.envoy.filter_log()[self.log_before..].join("\n");
        assert!(eventually(|| since().contains(line)).await, "no {line}:\n{}", since());
        since()
    }

    fn leaks_nothing(&self, stage: &Stage, case: &str, log: &str) {
        let fixed = [CLIENT_SECRET, COOKIE_SECRET, PROVIDER_TEXT].map(str::to_owned);
        let (_, query) = self.callback.split_once('?').unwrap_or_default();
        let values = query.split('&').filter_map(|pair| Some(pair.split_once('=')?.1.to_owned()));
        let secrets: Vec<String> = stage.okta.secrets().into_iter().chain(fixed).chain(values).collect();
        for secret in secrets.iter().filter(|secret| secret.len() >= 16) {
            assert!(!self.response.summary().contains(secret), "{case}: {secret} is on the page");
            assert!(!log.contains(secret), "{case}: {secret} is in the log");
        }
    }
}

/// The next sign-in at an honest provider works.
pub(crate) async fn honest(stage: &Stage, case: &str) {
    let mut alice = stage.signed_in("alice").await;
    let page = alice.page("/page").await;
    assert_eq!(page.status, 200, "after {case}: {}", page.summary());
    let reached = stage.reached().pop().expect("a request");
    assert_eq!(reached.one("x-auth-request-user"), Some(Person::new("alice", "", "").id), "after {case}");
}

/// Refused as `refusal` says when the provider does what `spoil` says.
pub(crate) async fn refused(stage: &Stage, case: &str, refusal: &Refusal, spoil: impl FnOnce(&StandInOkta)) {
    attempt(stage, "bob", spoil).await.must_be_refused(stage, case, refusal).await;
}

/// How many replies of this reason Envoy has counted.
pub(crate) async fn count(stage: &Stage, code: &str) -> u64 {
    let count = stage.envoy.metric("vestibule_decisions_total", &[("reason", code)]).await;
    format!("{count}").parse().expect("a whole number")
}

/// Waits until they are so many: the filter tells Envoy by tick.
pub(crate) async fn counted(stage: &Stage, code: &str, wanted: u64) {
    for _ in 0..100 {
        if count(stage, code).await >= wanted {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{code} is not {wanted}:\n{}", stage.envoy.admin("/stats?filter=vestibule").await);
}

//! What is not a matter of one request: sign-ins, starts and memory.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::{Envoy, EnvoyCluster, EnvoyOptions};
use vestibule_e2e::process::processor_seconds;
use vestibule_e2e::stage::{HOST, Stage, StageOptions};
use vestibule_e2e::visitor::{self, Visitor, target_of};

use crate::application::quiet;
use crate::measure::Effort;
use crate::ours::Ours;
use crate::subject::Spread;

/// Of whole sign-ins, from the first page to the session.
pub(crate) struct SignIns {
    pub(crate) count: usize,
    pub(crate) a_second: f64,
    /// Microseconds of Envoy's processor time, for each.
    pub(crate) cost: f64,
}

/// Eight people at a time. The stand-in for Okta has its share of the machine.
pub(crate) async fn sign_ins(ours: &Ours, effort: Effort) -> SignIns {
    let stage = &ours.default;
    let (envoy, okta) = (stage.envoy.plain(), SocketAddr::from(([127, 0, 0, 1], stage.okta.port())));
    let before = processor_seconds(stage.envoy.pid()).expect("Envoy");
    let began = Instant::now();
    let mut people = JoinSet::new();
    let each = effort.sign_ins / 8;
    for _ in 0..8 {
        people.spawn(async move {
            for _ in 0..each {
                sign_in(envoy, okta).await;
            }
        });
    }
    people.join_all().await;
    let time = began.elapsed().as_secs_f64();
    let spent = processor_seconds(stage.envoy.pid()).expect("Envoy") - before;
    let count = each * 8;
    SignIns { count, a_second: count as f64 / time, cost: spent * 1e6 / count as f64 }
}

async fn sign_in(envoy: SocketAddr, okta: SocketAddr) {
    let mut browser = Visitor::new(envoy, HOST);
    let authorization = browser.begin("/").await;
    let callback = visitor::at_sign_in_page(okta, &authorization, "person=alice").await;
    let answer = browser.page(target_of(&callback)).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/"), "{}", answer.summary());
}

/// From the start of Envoy to the first right answer. Milliseconds.
pub(crate) struct Starts {
    pub(crate) bare: Spread,
    pub(crate) with_filter: Spread,
    /// Until a public page is served, which needs no provider.
    pub(crate) public: Spread,
}

/// `wasm`: another build of the filter than the usual one.
pub(crate) async fn starts(application: SocketAddr, wasm: Option<PathBuf>, effort: Effort) -> Starts {
    let envoy = EnvoyOptions { wasm, ..quiet() };
    let stage = Stage::with(StageOptions { envoy, ..StageOptions::default() }).await;
    let (mut bare, mut public, mut with_filter) = (vec![], vec![], vec![]);
    for _ in 0..effort.starts {
        let began = Instant::now();
        let envoy = start(plain(application, &quiet())).await;
        answers(&envoy, "/", 200).await;
        bare.push(began.elapsed());
        drop(envoy);
        let began = Instant::now();
        let envoy = stage.replica().await;
        answers(&envoy, "/healthz", 200).await;
        public.push(began.elapsed());
        answers(&envoy, "/page", 302).await;
        with_filter.push(began.elapsed());
    }
    let spread =
        |times: Vec<Duration>| Spread::of(times.iter().map(|time| time.as_secs_f64() * 1e3).collect());
    Starts { bare: spread(bare), with_filter: spread(with_filter), public: spread(public) }
}

async fn answers(envoy: &Envoy, path: &str, status: u16) {
    for _ in 0..2000 {
        let answer = client::send(envoy.plain(), &Request::page(path).host(HOST)).await;
        if answer.is_ok_and(|answer| answer.status == status) {
            return;
        }
        sleep(Duration::from_millis(2)).await;
    }
    panic!("no answer with {status} at {path}");
}

/// What a process holds. KiB.
pub(crate) struct Memory {
    /// At `--concurrency` 1 and 2, without and with the filter.
    pub(crate) bare: [u64; 2],
    pub(crate) with_filter: [u64; 2],
    /// With a second listener that has the filter too, and without the filter in either.
    pub(crate) second_listener: u64,
    pub(crate) second_listener_bare: u64,
}

pub(crate) async fn memory(application: SocketAddr) -> Memory {
    let mut bare = [0; 2];
    let mut with_filter = [0; 2];
    for (place, concurrency) in [1, 2].into_iter().enumerate() {
        let options = EnvoyOptions { concurrency, ..quiet() };
        bare[place] = held(&start(plain(application, &options)).await).await;
        with_filter[place] = held(&filtered(application, options).await.envoy).await;
    }
    let two = EnvoyOptions { tls_names: vec!["*.example.test".to_owned()], ..quiet() };
    let second_listener_bare = held(&start(plain(application, &two)).await).await;
    let second_listener = held(&filtered(application, two).await.envoy).await;
    Memory { bare, with_filter, second_listener, second_listener_bare }
}

async fn filtered(application: SocketAddr, envoy: EnvoyOptions) -> Stage {
    let options =
        StageOptions { config: json!({}), envoy, application: Some(application), ..StageOptions::default() };
    Stage::with(options).await
}

fn plain(application: SocketAddr, options: &EnvoyOptions) -> EnvoyOptions {
    EnvoyOptions { clusters: vec![EnvoyCluster::new("application", application)], ..options.clone() }
}

async fn start(options: EnvoyOptions) -> Envoy {
    Envoy::start(options).await.unwrap_or_else(|failed| panic!("{failed}"))
}

/// Once it is at rest.
async fn held(envoy: &Envoy) -> u64 {
    sleep(Duration::from_secs(2)).await;
    held_now(envoy.pid())
}

/// Of a process, in KiB.
pub(crate) fn held_now(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number")
}

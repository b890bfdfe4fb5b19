//! The provider is away or slow: closed, but never for those who are signed in. What it may answer instead is in
//! `hostile::endpoints`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::JoinSet;
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request, Response};
use vestibule_e2e::okta::{Endpoint, Fault};
use vestibule_e2e::stage::{HOST, Stage, StageOptions};
use vestibule_e2e::visitor::target_of;
use vestibule_e2e::wire::State;

fn asks_to_come_back(response: &Response) {
    assert_eq!(response.status, 503, "{}", response.summary());
    assert!(response.header("retry-after").is_some(), "{}", response.summary());
    assert!(
        response.header("cache-control").is_some_and(|all| all.contains("no-store")),
        "{}",
        response.summary()
    );
    assert!(
        response.text().contains("<a class=\"link\" href=\"\">Try again</a>"),
        "a person has a link to the same place: {}",
        response.text()
    );
}

#[tokio::test]
async fn a_provider_that_is_away_at_the_start_closes_all_but_public_routes_until_it_comes() {
    let stage = Stage::with(StageOptions { provider: State::Refused, ..StageOptions::default() }).await;
    assert_eq!(stage.visitor().page("/healthz").await.status, 200);
    let page = stage.visitor().page("/page").await;
    asks_to_come_back(&page);
    let script = stage.visitor().fetch("/page").await;
    assert!(matches!(script.status, 401 | 503), "{}", script.summary());
    assert_eq!(stage.visitor().fetch("/oauth2/auth").await.status, 401);
    assert!(stage.envoy.logged("reason=provider_not_ready").await, "{:#?}", stage.envoy.filter_log());
    assert_eq!(stage.reached().iter().filter(|request| request.path != "/healthz").count(), 0);
    // It comes, and nobody has to do anything.
    stage.wire.set(State::Open);
    stage.ready().await;
    assert_eq!(stage.signed_in("alice").await.page("/page").await.status, 200);
}

/// So many pages at once, each on its own connection.
fn crowd(envoy: SocketAddr, pages: usize) -> JoinSet<Response> {
    crowd_of(envoy, (0..pages).map(|number| Request::page(format!("/page/{number}"))))
}

fn crowd_of(envoy: SocketAddr, pages: impl Iterator<Item = Request>) -> JoinSet<Response> {
    // Two sockets each, here and in Envoy, which inherits the limit.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let mut crowd = JoinSet::new();
    for page in pages {
        crowd.spawn(async move { client::send(envoy, &page).await.unwrap() });
    }
    crowd
}

#[tokio::test]
async fn parked_requests_are_bounded_and_none_waits_for_ever() {
    let stage = Stage::with(StageOptions { provider: State::Silent, ..StageOptions::default() }).await;
    let mut waiting = crowd(stage.envoy.plain(), 1200);
    // Those beyond the bound are told at once, while the others still wait.
    let began = Instant::now();
    asks_to_come_back(&waiting.join_next().await.unwrap().unwrap());
    assert!(began.elapsed() < Duration::from_secs(5) && waiting.len() > 100, "only {} wait", waiting.len());
    while let Some(response) = waiting.join_next().await {
        asks_to_come_back(&response.unwrap());
    }
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(stage.visitor().page("/healthz").await.status, 200);
}

/// What of a process is in memory.
fn resident_megabytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// As somebody without an account: each of the places that I may fill is as large as Envoy lets it be.
#[tokio::test]
async fn large_requests_that_wait_are_bounded_in_bytes() {
    let stage = Stage::with(StageOptions { provider: State::Silent, ..StageOptions::default() }).await;
    let large = |number| Request::page(format!("/page/{number}")).header("x-large", "x".repeat(55_000));
    let before = resident_megabytes(stage.envoy.pid());
    let mut crowd = crowd_of(stage.envoy.plain(), (0..500).map(large));
    let mut refused = 0;
    let began = Instant::now();
    // Far below the number that may wait.
    while refused < 300 {
        let response = crowd.join_next().await.unwrap().unwrap();
        asks_to_come_back(&response);
        assert!(response.text().contains("overloaded"), "{}", response.text());
        refused += 1;
    }
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    assert!(crowd.len() > 100, "only {} wait", crowd.len());
    // The last of those that are refused; then nobody is answered.
    sleep(Duration::from_millis(500)).await;
    println!("{} MB more while they wait", resident_megabytes(stage.envoy.pid()) - before);
    // A small one still finds room, and whoever waits goes on when the provider comes.
    let small = tokio::spawn({
        let mut visitor = stage.visitor();
        async move { visitor.page("/page").await }
    });
    sleep(Duration::from_millis(200)).await;
    assert!(!small.is_finished());
    stage.wire.set(State::Open);
    assert_eq!(small.await.unwrap().status, 302);
    let mut signing_in = 0;
    while let Some(response) = crowd.join_next().await {
        signing_in += usize::from(response.unwrap().status == 302);
    }
    assert!(signing_in > 100, "{signing_in}");
    assert_eq!(stage.reached().len(), 0);
    stage.signed_in("alice").await;
}

#[tokio::test]
async fn a_crowd_that_waits_is_sent_to_the_provider_as_soon_as_it_is_there() {
    let stage = Stage::with(StageOptions { provider: State::Silent, ..StageOptions::default() }).await;
    let mut waiting = crowd(stage.envoy.plain(), 700);
    sleep(Duration::from_secs(2)).await;
    stage.wire.set(State::Open);
    while let Some(response) = waiting.join_next().await {
        let response = response.unwrap();
        assert_eq!(response.status, 302, "{}", response.summary());
        assert!(response.location().starts_with(&stage.issuer()));
    }
    assert_eq!(stage.reached().len(), 0);
    stage.signed_in("alice").await;
}

#[tokio::test]
async fn the_signed_in_go_on_while_the_provider_is_away() {
    let stage = Stage::start().await;
    let mut alice = stage.signed_in("alice").await;
    for state in [State::Refused, State::Silent] {
        stage.wire.set(state);
        for _ in 0..3 {
            assert_eq!(alice.page("/finance/report").await.status, 200);
            assert_eq!(alice.fetch("/oauth2/auth").await.status, 202);
        }
    }
    // A stranger can at least begin: what that needs is known.
    assert!(stage.visitor().begin("/page").await.starts_with(&stage.issuer()));
    // Signing out does not need the provider.
    assert_eq!(alice.page("/oauth2/sign_out").await.status, 302);
    assert_eq!(alice.fetch("/page").await.status, 401);
}

#[tokio::test]
async fn a_session_opens_in_a_replica_that_has_never_reached_the_provider() {
    let stage = Stage::start().await;
    let alice = stage.signed_in("alice").await;
    for state in [State::Refused, State::Silent] {
        stage.wire.set(state);
        let replica = stage.replica().await;
        let mut alice = alice.moved(replica.plain(), HOST);
        assert_eq!(alice.page("/finance/report").await.status, 200);
        assert_eq!(alice.send(Request::form("/finance/report", "a=b")).await.status, 200);
        assert_eq!(stage.reached().pop().unwrap().body, b"a=b");
        assert_eq!(alice.fetch("/oauth2/userinfo").await.status, 200);
        // Signing out cannot lead through the provider, but it ends the session here.
        let response = alice.page("/oauth2/sign_out").await;
        assert!(matches!(response.status, 200 | 302), "{}", response.summary());
        assert_eq!(alice.fetch("/page").await.status, 401);
    }
}

#[tokio::test]
async fn keys_that_cannot_be_had_do_not_let_a_token_pass_and_known_ones_stay_good() {
    let stage = Stage::start().await;
    stage.signed_in("alice").await;
    stage.okta.fault(Endpoint::Keys, Fault::Close);
    // Signed with a key that is known: nothing has to be fetched.
    stage.signed_in("alice").await;
    // With one that is not: closed.
    stage.okta.rotate_keys();
    let mut bob = stage.visitor();
    let callback = target_of(&stage.approve(&bob.begin("/").await, "bob").await);
    let response = bob.page(&callback).await;
    assert!((500..600).contains(&response.status), "{}", response.summary());
    assert!(!bob.jar.has("__Host-vestibule"));
}

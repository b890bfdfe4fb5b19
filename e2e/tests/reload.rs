//! The filter itself fails: its VM dies, by a build that does so on request. With `failure_policy: FAIL_RELOAD`, as
//! recommended, the door is shut until Envoy has made a new one.
//!
//! Envoy makes it for the next request, but not within a second or so of the one before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request, Response};
use vestibule_e2e::envoy::{CRASH, EnvoyOptions, crashing_wasm};
use vestibule_e2e::okta::{Endpoint, Fault, OktaOptions};
use vestibule_e2e::reached::Reached;
use vestibule_e2e::stage::{HOST, Stage, StageOptions};
use vestibule_e2e::visitor::Visitor;
use vestibule_e2e::wire::State;

/// Envoy's back-off is a second, and at most half of one is added by chance.
const BACK_OFF: Duration = Duration::from_millis(1500);
/// What a busy machine may add.
const MARGIN: Duration = Duration::from_millis(3500);
/// See `EnvoyOptions::stream_idle_timeout`.
const IDLE: Duration = Duration::from_secs(4);

const SUCCESS: &str = "wasm.vestibule.vm_reload_success";
const BACK_OFFS: &str = "wasm.vestibule.vm_reload_backoff";
const FAILURE: &str = "wasm.vestibule.vm_reload_failure";

fn mortal(failure_policy: &'static str, concurrency: u32) -> EnvoyOptions {
    EnvoyOptions {
        wasm: Some(crashing_wasm()),
        failure_policy,
        concurrency,
        stream_idle_timeout: Some(IDLE),
        ..EnvoyOptions::default()
    }
}

async fn stage(failure_policy: &'static str, concurrency: u32) -> Stage {
    let envoy = mortal(failure_policy, concurrency);
    Stage::with(StageOptions { envoy, ..StageOptions::default() }).await
}

/// Ends the VM of the worker that has the request: where the filter has decided about it, but Envoy does not know.
async fn kill(visitor: &mut Visitor) {
    let response = visitor.send(Request::page("/killer").header(CRASH, "1")).await;
    assert_eq!((response.status, response.text().as_str()), (503, ""), "{}", response.summary());
}

/// Until this person is served again.
async fn recovers(visitor: &mut Visitor) {
    let since = Instant::now();
    loop {
        let response = visitor.page("/page").await;
        if response.status == 200 {
            return;
        }
        assert_eq!(response.status, 503, "{}", response.summary());
        assert!(since.elapsed() < BACK_OFF + MARGIN, "it stays shut");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_vm_that_dies_ten_times_shuts_the_door_each_time_and_it_opens_by_itself() {
    let stage = stage("FAIL_RELOAD", 1).await;
    let mut alice = stage.signed_in("alice").await;
    for _ in 0..5 {
        kill(&mut alice).await;
        recovers(&mut alice).await;
        // This one is young, so that Envoy does not replace it at once.
        let before = stage.reached().len();
        kill(&mut alice).await;
        let mut shut = Vec::new();
        shut.push(alice.page("/page").await);
        shut.push(stage.visitor().page("/page").await);
        shut.push(stage.visitor().fetch("/page").await);
        shut.push(stage.visitor().fetch("/healthz").await);
        shut.push(stage.visitor().send(Request::form("/finance/transfer", "a=b")).await);
        for response in shut {
            assert_eq!(response.status, 503, "{}", response.summary());
        }
        assert_eq!(stage.reached().len(), before);
        recovers(&mut alice).await;
        // It learns of the provider anew, and knows the key of the sessions.
        stage.ready().await;
        let mut bob = stage.signed_in("bob").await;
        assert_eq!(bob.page("/page").await.status, 200);
        assert_eq!(bob.page("/finance/report").await.status, 403);
        assert_eq!(stage.visitor().fetch("/page").await.status, 401);
    }
    assert!(stage.reached().iter().all(|request| request.path == "/page"));
    // What an operator sees.
    let (success, back_offs, failure) =
        (stage.envoy.stat(SUCCESS).await, stage.envoy.stat(BACK_OFFS).await, stage.envoy.stat(FAILURE).await);
    assert!((success, failure) == (10, 0) && back_offs >= 25, "{success} {back_offs} {failure}");
    let log = stage.envoy.log();
    assert_eq!(log.matches("Function: proxy_on_request_headers failed: Uncaught RuntimeError").count(), 10);
    assert_eq!(log.matches("panicked at filter/src/host/crash.rs").count(), 10);
}

#[tokio::test]
async fn a_vm_that_has_lived_longer_than_the_back_off_is_replaced_for_the_next_request() {
    let stage = stage("FAIL_RELOAD", 1).await;
    let mut alice = stage.signed_in("alice").await;
    sleep(BACK_OFF * 2).await;
    for mut killer in [alice.clone(), stage.visitor()] {
        kill(&mut killer).await;
        assert_eq!(alice.page("/page").await.status, 200);
        assert_eq!(
            stage.visitor().page("/page").await.status,
            302,
            "finds the metadata, and is sent to Okta"
        );
        sleep(BACK_OFF * 2).await;
    }
    assert_eq!((stage.envoy.stat(SUCCESS).await, stage.envoy.stat(BACK_OFFS).await), (2, 0));
    let (metadata, keys) = (stage.okta.requests(Endpoint::Metadata), stage.okta.requests(Endpoint::Keys));
    assert_eq!((metadata, keys), (1, 1), "what the dead has fetched is there for the living");
    assert!(stage.reached().iter().all(|request| request.path == "/page"));
}

#[tokio::test]
async fn where_it_is_not_reloaded_the_door_stays_shut() {
    let stage = stage("FAIL_CLOSED", 1).await;
    let mut alice = stage.signed_in("alice").await;
    kill(&mut alice).await;
    let since = Instant::now();
    while since.elapsed() < BACK_OFF + Duration::from_secs(1) {
        assert_eq!(alice.page("/page").await.status, 503);
        assert_eq!(stage.visitor().fetch("/healthz").await.status, 503);
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((stage.reached().len(), stage.envoy.stat(SUCCESS).await), (0, 0));
}

/// What one of a crowd does until it is told to stop; returns what it was answered.
async fn again_and_again(
    mut visitor: Visitor,
    request: Request,
    pause: Duration,
    stop: Arc<AtomicBool>,
) -> Vec<u16> {
    let mut answers = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        answers.push(visitor.send(request.clone()).await.status);
        sleep(pause).await;
    }
    answers
}

fn count(answers: &[u16], status: u16) -> usize {
    answers.iter().filter(|answer| **answer == status).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_slips_in_while_vms_die_and_come_back_on_two_workers() {
    let stage = stage("FAIL_RELOAD", 2).await;
    let alice = stage.signed_in("alice").await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut strangers = JoinSet::new();
    let mut people = JoinSet::new();
    let mut killers = JoinSet::new();
    let run = |visitor, request, pause| again_and_again(visitor, request, pause, Arc::clone(&stop));
    for number in 0..8 {
        for request in [
            Request::page(format!("/stranger/{number}")),
            Request::fetch("/finance/stranger"),
            Request::form("/stranger", "a=b"),
        ] {
            let forged = request.header("x-auth-request-user", "admin");
            strangers.spawn(run(stage.visitor(), forged, Duration::from_millis(1)));
        }
        people.spawn(run(alice.clone(), Request::page("/alice"), Duration::from_millis(1)));
    }
    for killer in [alice.clone(), stage.visitor()] {
        let request = Request::page("/killer").header(CRASH, "1");
        killers.spawn(run(killer, request, Duration::from_millis(170)));
    }
    sleep(Duration::from_secs(6)).await;
    stop.store(true, Ordering::Relaxed);
    let (strangers, people, killers) = (
        strangers.join_all().await.concat(),
        people.join_all().await.concat(),
        killers.join_all().await.concat(),
    );

    // Whoever killed or met a dead VM got an error, the others their due.
    assert_eq!(count(&killers, 503), killers.len());
    for (who, answers, due) in [("strangers", &strangers, [302, 401]), ("people", &people, [200, 200])] {
        let odd: Vec<_> = answers.iter().filter(|status| **status != 503 && !due.contains(status)).collect();
        assert!(odd.is_empty(), "{who}: {odd:?}");
        assert!(due.iter().all(|due| count(answers, *due) > 10), "{who}: {}", answers.len());
    }
    assert!(count(&strangers, 503) > 10 && count(&people, 503) > 10);
    let reloads = stage.envoy.stat(SUCCESS).await;
    assert!(reloads >= 4, "{reloads}");
    // The application saw alice and nobody else, as often as she was served, or lost an answer to a dying VM.
    let reached = stage.reached();
    for request in &reached {
        assert_eq!(request.path, "/alice");
        assert!(is_alice(request), "{request:?}");
    }
    let served = count(&people, 200);
    assert!((served..=served + killers.len() * 8).contains(&reached.len()), "{served} {}", reached.len());
    println!(
        "{} requests, {} refused by a dead VM, {reloads} reloads, {} reached the application",
        strangers.len() + people.len() + killers.len(),
        count(&strangers, 503) + count(&people, 503) + count(&killers, 503),
        reached.len(),
    );
    let mut alice = alice;
    for _ in 0..6 {
        recovers(&mut alice).await;
    }
}

fn is_alice(request: &Reached) -> bool {
    request.one("x-auth-request-email").as_deref() == Some("alice@example.com")
}

/// Envoy forgets whoever waited in a VM that died: they wait until a timeout of Envoy or of their own ends it.
async fn is_given_up(waiting: tokio::task::JoinHandle<std::io::Result<Response>>) {
    let response = waiting.await.unwrap().unwrap();
    assert!(matches!(response.status, 408 | 503 | 504), "{}", response.summary());
}

#[tokio::test]
async fn whoever_waited_for_the_provider_in_a_vm_that_died_is_given_up_and_not_let_in() {
    let options =
        StageOptions { envoy: mortal("FAIL_RELOAD", 1), provider: State::Silent, ..StageOptions::default() };
    let stage = Stage::with(options).await;
    let envoy = stage.envoy.plain();
    let began = Instant::now();
    let waiting: Vec<_> = (0..8)
        .map(|number| {
            let page = Request::page(format!("/page/{number}"));
            tokio::spawn(async move { client::send(envoy, &page).await })
        })
        .collect();
    sleep(BACK_OFF).await;
    kill(&mut stage.visitor()).await;
    stage.wire.set(State::Open);
    // The new VM serves the others.
    stage.ready().await;
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    for waiting in waiting {
        is_given_up(waiting).await;
    }
    assert!((IDLE / 2..IDLE + MARGIN).contains(&began.elapsed()), "{:?}", began.elapsed());
    assert_eq!(stage.reached().len(), 0);
    assert_eq!(stage.signed_in("alice").await.page("/page").await.status, 200);
}

#[tokio::test]
async fn a_signed_in_request_that_waited_for_its_refresh_is_given_up_and_the_session_goes_on() {
    let lifetime = Duration::from_secs(5);
    let mut okta = OktaOptions::default();
    okta.lifetimes.access_token = lifetime;
    let config = json!({"session": {"refresh": true}, "upstream": {"access_token": true}});
    // Longer than anything in the filter waits: the session's other requests wait for the lease of the dead.
    let stream_idle_timeout = Some(Duration::from_secs(12));
    let envoy = EnvoyOptions { stream_idle_timeout, ..mortal("FAIL_RELOAD", 1) };
    let stage = Stage::with(StageOptions { config, okta, envoy, ..StageOptions::default() }).await;
    let mut alice = stage.signed_in("alice").await;
    sleep(lifetime).await;
    // Okta has rotated the refresh token, and the VM that asked for it never hears of it.
    stage.okta.fault_times(Endpoint::Token, Fault::Delay(Duration::from_secs(2)), 1);
    let mut tab = alice.clone();
    let waiting = tokio::spawn(async move { Ok(tab.send(Request::form("/transfer", "a=b")).await) });
    sleep(Duration::from_millis(500)).await;
    assert!(!waiting.is_finished());
    kill(&mut stage.visitor()).await;
    recovers(&mut alice).await;
    is_given_up(waiting).await;
    assert!(stage.reached().iter().all(|request| request.path == "/page" && is_alice(request)));
    // It is refreshed all the same, once the lease of the dead has run out.
    let since = Instant::now();
    while stage.reached().pop().unwrap().one("x-auth-request-access-token").is_none() {
        assert!(since.elapsed() < Duration::from_secs(30), "no refresh: {:#?}", stage.envoy.filter_log());
        sleep(Duration::from_millis(200)).await;
        assert_eq!(alice.page("/page").await.status, 200);
    }
}

/// Both have been let through, but not to their end: one has its body to send yet, one waits for its answer.
#[tokio::test]
async fn a_request_that_was_under_way_ends_in_an_error() {
    let stage = stage("FAIL_RELOAD", 1).await;
    let mut alice = stage.signed_in("alice").await;
    let cookies = alice.jar.header().unwrap();
    for (path, length, beginning, rest) in [("/half", 8, "abcd", "efgh"), ("/slow?delay=2500", 4, "abcd", "")]
    {
        let mut stream = TcpStream::connect(stage.envoy.plain()).await.unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {HOST}\r\nconnection: close\r\ncookie: {cookies}\r\n\
             content-length: {length}\r\n\r\n{beginning}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        sleep(BACK_OFF).await;
        kill(&mut alice).await;
        stream.write_all(rest.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 503 "), "{path}: {answer}");
        recovers(&mut alice).await;
    }
    // Nothing arrived in part, and what arrived was hers.
    let mut reached = stage.reached();
    reached.retain(|request| request.path != "/page");
    assert_eq!(reached.iter().map(|request| request.path.as_str()).collect::<Vec<_>>(), ["/slow"]);
    assert!(is_alice(&reached[0]));
}

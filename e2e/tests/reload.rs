use std::time::{Duration, Instant};
use tokio::time::sleep;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::{CRASH, EnvoyOptions, crashing_wasm};
use vestibule_e2e::stage::{Stage, StageOptions};
use vestibule_e2e::wire::State;

fn dying(policy: &'static str, concurrency: u32) -> EnvoyOptions {
    EnvoyOptions { wasm: Some(crashing_wasm()), failure_policy: policy, concurrency, ..EnvoyOptions::default() }
}

#[tokio::test]
async fn explore() {
    let stage = Stage::with(StageOptions { envoy: dying("FAIL_RELOAD", 1), ..StageOptions::default() }).await;
    let mut alice = stage.signed_in("alice").await;
    for round in 0..4 {
        let killed = alice.send(Request::page("/killer").header(CRASH, "1")).await;
        let t = Instant::now();
        println!("round {round} killed: {}", killed.summary());
        let mut last = 0;
        loop {
            let r = alice.page("/page").await;
            if r.status != last { println!("{:?} alice {}", t.elapsed(), r.summary()); last = r.status; }
            if r.status == 200 { break; }
            sleep(Duration::from_millis(10)).await;
        }
        let mut last = 0;
        loop {
            let r = stage.visitor().page("/page").await;
            if r.status != last { println!("{:?} stranger {}", t.elapsed(), r.status); last = r.status; }
            if r.status == 302 { break; }
            sleep(Duration::from_millis(10)).await;
        }
    }
    println!("{:?}", stage.reached().iter().map(|r| r.path.clone()).collect::<Vec<_>>());
    let stats = stage.envoy.admin("/stats?filter=wasm").await;
    println!("{stats}");
    let killed = stage.visitor().send(Request::page("/killer").header(CRASH, "1")).await;
    println!("stranger killed: {}", killed.summary());
    println!("{}", stage.envoy.log().lines().skip_while(|l| !l.contains("starting main")).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn explore_parked() {
    let stage = Stage::with(StageOptions { envoy: dying("FAIL_RELOAD", 1), provider: State::Silent, ..StageOptions::default() }).await;
    let envoy = stage.envoy.plain();
    let t = Instant::now();
    let w: Vec<_> = (0..5).map(|n| tokio::spawn(async move {
        let r = client::send(envoy, &Request::page(format!("/page/{n}"))).await; println!("{:?} {n} {:?}", t.elapsed(), r.map(|r| r.summary())); })).collect();
    sleep(Duration::from_millis(500)).await;
    let killed = stage.visitor().send(Request::fetch("/healthz").header(CRASH, "1")).await;
    println!("killed {:?} {}", t.elapsed(), killed.summary());
    for _ in 0..30 { let r = stage.visitor().fetch("/healthz").await; println!("{:?} healthz {}", t.elapsed(), r.status); sleep(Duration::from_millis(100)).await; }
    for w in w { w.await.unwrap(); }
    println!("{}", stage.envoy.log().lines().skip_while(|l| !l.contains("starting main")).collect::<Vec<_>>().join("\n"));
}

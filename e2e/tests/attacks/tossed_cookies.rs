//! Cookies under the names of the filter's own that somebody else has set.
//!
//! As whoever controls a sibling host: I toss cookies for the whole domain, so that the real one is not found. As anybody:
//! I send as many bytes of cookies as Envoy takes, in the pieces that cost the most.

use serde_json::json;
use vestibule_e2e::client::{self, Request, Response};
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::process::processor_seconds;
use vestibule_e2e::stage::{HOST, Stage, StageOptions};

async fn page_with(stage: &Stage, path: &str, cookies: &str) -> Response {
    let request = Request::page(path).host(HOST).header("cookie", cookies);
    client::send(stage.envoy.plain(), &request).await.unwrap()
}

fn many(count: usize, cookie: impl Fn(usize) -> String) -> String {
    (0..count).map(cookie).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn tossed_cookies_of_a_sibling_do_not_lock_the_real_one_out() {
    let cookie = json!({"name": "vestibule", "domains": [".example.test"]});
    let stage = Stage::configured(json!({"session": {"cookie": cookie}})).await;
    let alice = stage.signed_in("alice").await;
    let real = alice.jar.header().unwrap();
    let name = "__Secure-vestibule";
    assert_eq!(page_with(&stage, "/page", &real).await.status, 200);
    for tossed in [
        many(4, |_| format!("{name}=rubbish")),
        many(5, |n| format!("{name}=1AAAAA{n}{}", "A".repeat(100))),
        // As many as a browser keeps for a site, and as long as Envoy takes them.
        many(150, |n| format!("{name}=1AAAAA{n}{}", "A".repeat(300))),
        many(13, |n| format!("{name}=1AAAAA{n}{}", "A".repeat(3900))),
        many(80, |n| format!("{name}=2AAAAA{n}{0}; {name}_1=2AAAA{0}", "A".repeat(200))),
    ] {
        for cookies in [format!("{tossed}; {real}"), format!("{real}; {tossed}")] {
            let response = page_with(&stage, "/page", &cookies).await;
            assert_eq!(response.status, 200, "{} bytes: {}", tossed.len(), response.summary());
        }
    }
    assert!(stage.reached().iter().all(|request| request.one("cookie").is_none()));
}

/// Processor time of Envoy for a request with these cookies, in milliseconds.
async fn cost(stage: &Stage, path: &str, cookies: &str) -> f64 {
    const ROUNDS: u32 = 100;
    let now = || processor_seconds(stage.envoy.pid()).unwrap();
    page_with(stage, path, cookies).await;
    let before = now();
    for _ in 0..ROUNDS {
        assert_eq!(page_with(stage, path, cookies).await.status, 302);
    }
    (now() - before) * 1000.0 / f64::from(ROUNDS)
}

#[tokio::test]
async fn fifty_kilobytes_of_cookies_cost_little_however_they_are_cut() {
    let envoy = EnvoyOptions { access_log: false, ..EnvoyOptions::default() };
    let stage = Stage::with(StageOptions { envoy, ..StageOptions::default() }).await;
    let name = "__Host-vestibule";
    let size = 53_000;
    let fill = |head: String, with: &str, tail: String| {
        let times = (size - head.len() - tail.len()) / with.len();
        head + &with.repeat(times) + &tail
    };
    let numbered = |cookie: &dyn Fn(usize) -> String| many(size / (cookie(1000).len() + 2), cookie);
    let whole = cost(&stage, "/page", &format!("a={}", "x".repeat(size))).await;
    // Each of four candidates has all its chunks at the end.
    let firsts = many(4, |n| format!("{name}=9AAA{n}x; "));
    let chunks = many(32, |n| format!("{name}_{}=9AAA{}x", 1 + n / 4, n % 4));
    for (case, cookies) in [
        ("others", fill(String::new(), "a=b; ", String::new())),
        ("nine chunks", fill(firsts, "a=b; ", chunks)),
        ("names", fill(String::new(), &format!("{name}; "), String::new())),
        ("candidates and chunks", numbered(&|n| format!("{name}=9{n:04}x; {name}_1=9{:04}x", n + 5000))),
        ("short", numbered(&|n| format!("{name}=1AAAAAg{n:04}{}", "A".repeat(51)))),
        ("long", numbered(&|n| format!("{name}=1AAAAAg{n:04}{}", "A".repeat(3900)))),
    ] {
        // The second asks for the session twice, and for each chunk that it should expire.
        for path in ["/page", "/oauth2/sign_out"] {
            let cost = cost(&stage, path, &cookies).await;
            println!("{case}, {path}: {cost:.2} ms, in one piece {whole:.2} ms");
            assert!(cost < 4.0 * whole + 0.5, "{case}, {path}: {cost:.2} ms, in one piece {whole:.2} ms");
        }
    }
}

//! What a client writes into cookies, and what it does with good ones.

use std::time::Duration;

use serde_json::json;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::stage::{Stage, StageOptions};

#[tokio::test]
async fn no_cookie_kills_the_filter() {
    // A VM that died would stay dead here.
    let envoy = EnvoyOptions { failure_policy: "FAIL_CLOSED", ..EnvoyOptions::default() };
    let stage = Stage::with(StageOptions { envoy, ..StageOptions::default() }).await;
    let name = "__Host-vestibule";
    let mut cookies: Vec<Vec<u8>> = Vec::new();
    // Base64 of every length up to a few nonces: 24 bytes of nonce, 16 of tag.
    for length in 0..80 {
        cookies.push(format!("{name}={}", "A".repeat(length)).into_bytes());
        cookies.push(format!("{name}=v1.{}", "_".repeat(length)).into_bytes());
        cookies.push(format!("{name}_b_abcd={}", "A".repeat(length)).into_bytes());
    }
    for value in [
        "",
        "=",
        "==",
        ".",
        "..",
        ".....",
        "1.",
        "1.AAAA",
        "%00",
        "%",
        "\"",
        "\"\"",
        "\"quoted\"",
        "é",
        "{}",
        "null",
        "-1",
        "99999999",
        "99999999.AAAA",
        "1-99999999-AAAA",
        "0-0-A",
        "AAAA=AAAA",
        "a,b",
        " ",
        "\t",
    ] {
        cookies.push(format!("{name}={value}").into_bytes());
        for chunk in [
            "_0",
            "_1",
            "_2",
            "_99",
            "_99999999",
            "_-1",
            "_",
            "_x",
            "_b_",
            "_b_abcd",
            "_d_abcdefgh",
            "_tokens_1",
        ] {
            cookies.push(format!("{name}{chunk}={value}").into_bytes());
            cookies.push(format!("{name}=2.{value}; {name}{chunk}={value}").into_bytes());
        }
    }
    for raw in [
        &b"__Host-vestibule=\xff\xfe"[..],
        b"\xff",
        b"\xff=\xff; __Host-vestibule=\x80",
        b"__Host-vestibule_b_\xff=a",
        b"=",
        b";",
        b";;;;=;=;",
        b"__Host-vestibule",
    ] {
        cookies.push(raw.to_vec());
    }
    cookies.push([name.as_bytes(), b"=", &b"A".repeat(60_000)].concat());
    cookies.push(format!("{name}=A; ").repeat(3_000).into_bytes());
    cookies.push((0..2_000).map(|n| format!("{name}_{n}=AAAA; ")).collect::<String>().into_bytes());
    cookies.push((0..1_000).map(|n| format!("{name}_b_{n:04}=AAAA; ")).collect::<String>().into_bytes());
    cookies.push("a=b; ".repeat(10_000).into_bytes());
    for cookie in &cookies {
        let request = Request::page("/page").header("cookie", cookie);
        let response = client::send(stage.envoy.plain(), &request).await.unwrap();
        let shown = String::from_utf8_lossy(&cookie[..cookie.len().min(60)]);
        assert_eq!(response.status, 302, "{shown}: {}", response.summary());
    }
    // The same on the callback, where bindings are looked for.
    for cookie in cookies.iter().step_by(7) {
        let request = Request::page("/oauth2/callback?code=a&state=abc").header("cookie", cookie);
        let response = client::send(stage.envoy.plain(), &request).await.unwrap();
        assert!(matches!(response.status, 302 | 400), "{}", response.summary());
    }
    // Several headers of the name, and other headers that are not UTF-8.
    let request = Request::page("/page\u{ff}")
        .header("cookie", b"__Host-vestibule=\xff")
        .header("cookie", b"__Host-vestibule=AAAA")
        .header("accept", b"text/html\xff")
        .header("sec-fetch-mode", b"navigate\xff")
        .header("authorization", b"Bearer \xff");
    client::send(stage.envoy.plain(), &request).await.unwrap();
    stage.signed_in("alice").await;
    assert_eq!(stage.reached().len(), 0);
    let log = stage.envoy.log();
    assert!(!log.contains("panicked") && !log.contains("Function: proxy_on"), "{log}");
}

#[tokio::test]
async fn a_session_past_its_max_age_is_refused_although_its_cookie_is_intact() {
    let stage = Stage::configured(json!({"session": {"max_age": "5s"}})).await;
    let mut alice = stage.signed_in("alice").await;
    // A copy that no browser's clock takes away.
    let mut copy = alice.clone();
    assert_eq!(alice.fetch("/page").await.status, 200);
    assert_eq!(copy.fetch("/page").await.status, 200);
    tokio::time::sleep(Duration::from_millis(6200)).await;
    assert!(copy.jar.header().is_some_and(|cookies| cookies.contains("__Host-vestibule=")));
    assert_eq!(copy.fetch("/page").await.status, 401);
    assert_eq!(stage.reached().len(), 2);
}

#[tokio::test]
async fn a_session_opens_on_its_own_host_only() {
    let stage = Stage::start().await;
    let alice = stage.signed_in("alice").await;
    let here = stage.envoy.plain();
    assert_eq!(alice.moved(here, "app.example.test").fetch("/page").await.status, 200);
    // The port is no part of the host, nor is its case.
    assert_eq!(alice.moved(here, "APP.example.test:8443").fetch("/page").await.status, 200);
    for other in ["other.example.test", "example.test", "app.example.test.evil.test", "xapp.example.test"] {
        let response = alice.moved(here, other).fetch("/page").await;
        assert_eq!(response.status, 401, "{other}: {}", response.summary());
    }
    // Nor do its pieces open under another name, nor with one character changed.
    for (name, value) in alice.jar.beginning("") {
        let mut changed = value.to_owned().into_bytes();
        for at in [0, changed.len() / 2, changed.len() - 2] {
            let before = changed[at];
            changed[at] = if before == b'A' { b'B' } else { b'A' };
            let mut mallory = alice.clone();
            mallory.jar.set(name, std::str::from_utf8(&changed).unwrap());
            let response = mallory.fetch("/page").await;
            // The tokens' cookies are opened only where tokens are needed.
            let holds_tokens =
                ["__Host-vestibule_t", "__Secure-vestibule_i"].iter().any(|own| name.starts_with(own));
            assert!(response.status == 401 || holds_tokens, "{name} at {at}: {}", response.summary());
            changed[at] = before;
        }
    }
}

#[tokio::test]
async fn the_filters_cookies_stay_and_all_others_pass() {
    let stage = Stage::start().await;
    let mut alice = stage.signed_in("alice").await;
    // A sign-in that is under way in another tab.
    alice.jar.set("__Host-vestibule_b_0000", "pending");
    alice.jar.set("__Host-vestibule_1", "left-over");
    alice.jar.set("app", "1");
    alice.jar.set("vestibules", "2");
    alice.jar.set("zebra", "\"3 ä\"");
    assert_eq!(alice.page("/page").await.status, 200);
    assert_eq!(alice.page("/healthz").await.status, 200);
    for request in stage.reached() {
        let cookies = request.one("cookie").expect("the application's own cookies");
        assert_eq!(cookies, "app=1; vestibules=2; zebra=\"3 ä\"", "{}", request.path);
    }
    // None of its own: no empty header in their place.
    let mut bob = stage.signed_in("bob").await;
    assert_eq!(bob.page("/page").await.status, 200);
    assert_eq!(stage.reached().pop().unwrap().one("cookie"), None);
}

//! Client authentication by a private key, pushed authorization requests, and nested claims, in a real Envoy.

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use p256::pkcs8::EncodePrivateKey as _;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use serde_json::{Value, json};
use vestibule_e2e::client::{self, Response};
use vestibule_e2e::okta::{Client, ClientAuth, Endpoint, Fault, OktaOptions, Person};
use vestibule_e2e::stage::{CLIENT_ID, CLIENT_SECRET, HOST, Stage, StageOptions};
use vestibule_e2e::visitor::{Visitor, target_of};
use vestibule_e2e::wire::State;

/// A client's key in each way in which it may be configured, with the public half that the provider knows.
struct Keys {
    rsa_pem: String,
    rsa_jwk: String,
    rsa_public: Value,
    p256_pem: String,
    p256_public: Value,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let mut rng = rand::thread_rng();
    let rsa = rsa::RsaPrivateKey::new(&mut rng, 2048).unwrap();
    let (n, e) = (encode(&rsa.n().to_bytes_be()), encode(&rsa.e().to_bytes_be()));
    let (d, primes) = (encode(&rsa.d().to_bytes_be()), rsa.primes());
    let (p, q) = (encode(&primes[0].to_bytes_be()), encode(&primes[1].to_bytes_be()));
    let p256 = p256::SecretKey::random(&mut rng);
    let point = p256.public_key().to_encoded_point(false);
    let (x, y) = (encode(point.x().unwrap()), encode(point.y().unwrap()));
    Keys {
        rsa_pem: rsa.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).unwrap().to_string(),
        rsa_jwk: json!({"kty": "RSA", "kid": "r1", "n": n, "e": e, "d": d, "p": p, "q": q}).to_string(),
        rsa_public: json!({"kty": "RSA", "kid": "r1", "n": n, "e": e}),
        p256_pem: p256.to_pkcs8_pem(p256::pkcs8::LineEnding::LF).unwrap().to_string(),
        p256_public: json!({"kty": "EC", "crv": "P-256", "kid": "e1", "x": x, "y": y}),
    }
});

/// The usual stage with another `client` here, given as a merge patch, and another registration there.
async fn with_client(client: Value, registration: impl Fn(&mut Client)) -> Stage {
    stage_with(json!({"client": client}), registration).await
}

/// The same with other parts of the configuration.
async fn stage_with(mut config: Value, registration: impl Fn(&mut Client)) -> Stage {
    config["provider"]["timeout"] = json!("60s");
    let options = StageOptions { config, provider: State::Refused, ..StageOptions::default() };
    let stage = Stage::with(options).await;
    stage.okta.configure(|options| options.clients.iter_mut().for_each(registration));
    stage.wire.set(State::Open);
    stage.ready().await;
    stage
}

/// A key in place of the secret; at the provider the client has the public half only.
async fn with_key(key: &str, mut client: Value, public: &Value) -> Stage {
    client["secret"] = Value::Null;
    client["private_key"] = json!({"value": key});
    with_client(client, |client| client.auth = ClientAuth::PrivateKeyJwt(vec![public.clone()])).await
}

/// From a page to Okta and back: the answer to the callback.
async fn sign_in(stage: &Stage, visitor: &mut Visitor, nick: &str) -> Response {
    let callback = stage.approve(&visitor.begin("/").await, nick).await;
    visitor.page(target_of(&callback)).await
}

async fn assert_signs_in(stage: &Stage) {
    let mut alice = stage.visitor();
    let response = sign_in(stage, &mut alice, "alice").await;
    assert_eq!((response.status, response.location().as_str()), (302, "/"), "{}", response.summary());
    assert_eq!(alice.page("/page").await.status, 200);
}

fn log_holds_nothing_of(stage: &Stage, key: &str) {
    let log = stage.envoy.filter_log().join("\n");
    for line in key.lines().filter(|line| line.len() > 20 && !line.starts_with('-')) {
        assert!(!log.contains(&line[..20]), "{log}");
    }
}

#[tokio::test]
async fn each_kind_of_key_authenticates_the_client() {
    let keys = &*KEYS;
    for (key, client, public) in [
        (&keys.rsa_pem, json!({"key_id": "r1"}), &keys.rsa_public),
        (&keys.rsa_jwk, json!({"auth_method": "private_key_jwt"}), &keys.rsa_public),
        (&keys.p256_pem, json!({}), &keys.p256_public),
    ] {
        let stage = with_key(key, client, public).await;
        assert_signs_in(&stage).await;
        // And again: no assertion is used twice, which Okta would refuse.
        assert_signs_in(&stage).await;
        let requests = stage.okta.token_requests();
        assert!(
            requests.len() == 2
                && requests.iter().all(|request| request.auth_method.as_deref() == Some("private_key_jwt"))
        );
        log_holds_nothing_of(&stage, key);
    }
}

#[tokio::test]
async fn a_key_that_the_provider_does_not_know_signs_nobody_in() {
    let keys = &*KEYS;
    let stage = with_key(&keys.p256_pem, json!({"key_id": "another"}), &keys.p256_public).await;
    let mut alice = stage.visitor();
    let response = sign_in(&stage, &mut alice, "alice").await;
    assert_eq!(response.status, 502, "{}", response.summary());
    assert!(!alice.jar.has("__Host-vestibule"));
    assert!(stage.envoy.logged("the token endpoint refused: invalid_client").await);
    log_holds_nothing_of(&stage, &keys.p256_pem);
}

#[tokio::test]
async fn a_key_that_is_none_stops_the_filter_from_loading_and_is_not_shown() {
    let torn = KEYS.p256_pem.replacen("MI", "M", 1);
    let config = json!({"client": {"secret": null, "private_key": {"value": torn}}});
    let options = StageOptions { config, provider: State::Refused, ..StageOptions::default() };
    let failed = Stage::try_with(options).await.unwrap_err();
    let line = failed.log.lines().find(|line| line.contains("client.private_key.value")).unwrap();
    assert!(line.contains("accepted: a private key"), "{line}");
    let second_line = torn.lines().nth(2).unwrap();
    let ours = failed.log.lines().filter(|line| line.contains("wasm log"));
    assert!(ours.into_iter().all(|line| !line.contains(second_line)));
}

/// The usual stage with pushed requests, which are required there.
async fn pushing() -> Stage {
    let client = json!({"pushed_authorization_requests": true});
    with_client(client, |client| client.require_par = true).await
}

#[tokio::test]
async fn a_pushed_request_keeps_the_parameters_from_the_browser() {
    let stage = pushing().await;
    let mut alice = stage.visitor();
    let url = alice.begin("/deep?a=b").await;
    let query: Vec<_> = url.split_once('?').unwrap().1.split('&').collect();
    assert!(
        query.len() == 2
            && query[0] == format!("client_id={CLIENT_ID}")
            && query[1].starts_with("request_uri=urn%3A"),
        "{url}"
    );
    let callback = stage.approve(&url, "alice").await;
    let response = alice.page(target_of(&callback)).await;
    assert_eq!((response.status, response.location().as_str()), (302, "/deep?a=b"), "{}", response.summary());
    assert_eq!(alice.page("/page").await.status, 200);
    // A reference is good once, at Okta too.
    assert_eq!(stage.at_okta(&url).await.status, 400);
    let log = stage.envoy.filter_log().join("\n");
    assert!(!log.contains("urn:okta:") && !log.contains(CLIENT_SECRET), "{log}");
    // Without the browser's own cookie the answer is nobody's.
    let mut mallory = stage.visitor();
    let stolen =
        stage.approve(&alice.moved(stage.envoy.plain(), HOST).begin("/oauth2/start").await, "alice").await;
    assert_eq!(mallory.page(target_of(&stolen)).await.status, 400);
}

#[tokio::test]
async fn requests_are_pushed_with_a_private_key_too() {
    let keys = &*KEYS;
    let client = json!({"pushed_authorization_requests": true});
    let stage = with_key(&keys.rsa_pem, client, &keys.rsa_public).await;
    assert_signs_in(&stage).await;
    assert_signs_in(&stage).await;
}

#[tokio::test]
async fn metadata_that_require_pushed_requests_are_enough() {
    let options = StageOptions { provider: State::Refused, ..StageOptions::default() };
    let stage = Stage::with(options).await;
    let required = json!({"require_pushed_authorization_requests": true});
    stage.okta.fault(Endpoint::Metadata, Fault::Merge(required));
    stage.okta.configure(|options| options.clients.iter_mut().for_each(|client| client.require_par = true));
    // Somebody is there before the provider is: the push is made for a request that was parked.
    let mut early = stage.visitor();
    let waiting = tokio::spawn(async move {
        let response = early.page("/").await;
        (early, response)
    });
    stage.wire.set(State::Open);
    let (mut early, response) = waiting.await.unwrap();
    // Or it was told to come back, where the provider was found away twice already.
    let response = match response.status {
        503 => {
            stage.ready().await;
            early.page("/").await
        }
        _ => response,
    };
    assert_eq!(response.status, 302, "{}", response.summary());
    assert!(response.location().contains("request_uri="), "{}", response.location());
    let callback = stage.approve(&response.location(), "alice").await;
    assert_eq!(early.page(target_of(&callback)).await.status, 302);
}

#[tokio::test]
async fn a_push_that_fails_ends_in_a_page_and_the_next_one_works() {
    let stage = pushing().await;
    let odd = |uri: Value| Fault::Merge(json!({"request_uri": uri}));
    for fault in [
        Fault::Close,
        Fault::EmptyBody,
        Fault::HugeBody,
        Fault::MalformedJson,
        Fault::WrongTypes,
        Fault::RateLimited,
        Fault::Redirect("https://evil.test/par".to_owned()),
        Fault::Status {
            status: 400,
            headers: vec![],
            body: r#"{"error":"invalid_request","error_description":"s3cr3t"}"#.to_owned(),
        },
        Fault::Status { status: 503, headers: vec![], body: "busy".to_owned() },
        odd(json!("not a uri")),
        odd(json!("urn:a\r\nset-cookie: evil=1")),
        odd(json!(format!("urn:{}", "x".repeat(10_000)))),
    ] {
        let name = format!("{fault:?}");
        stage.okta.fault(Endpoint::Par, fault);
        let mut alice = stage.visitor();
        let response = alice.page("/deep").await;
        assert_eq!(response.status, 502, "{name}: {}", response.summary());
        let page = response.text();
        assert!(page.contains("par_failed") && page.contains("/oauth2/start?rd=%2Fdeep"), "{name}: {page}");
        assert!(!page.contains("s3cr3t") && !page.contains("http-equiv=\"refresh\""), "{name}: {page}");
        assert!(response.header("location").is_none() && alice.jar.beginning("").next().is_none(), "{name}");
        stage.okta.clear_faults();
    }
    assert_signs_in(&stage).await;
    assert!(stage.envoy.logged("reason=par_failed").await);
}

#[tokio::test]
async fn a_connection_that_went_away_is_tried_once_more() {
    let keys = &*KEYS;
    let client = json!({"pushed_authorization_requests": true});
    let stage = with_key(&keys.p256_pem, client, &keys.p256_public).await;
    let before = stage.okta.requests(Endpoint::Par);
    // Okta has taken the first one, so that the same assertion would be a replay.
    stage.okta.fault_times(Endpoint::Par, Fault::LoseAnswer, 1);
    assert_signs_in(&stage).await;
    assert_eq!(stage.okta.requests(Endpoint::Par) - before, 2);
}

#[tokio::test]
async fn claims_inside_other_claims_are_found() {
    let nested = Person::new("nina", "Nina", "Nested")
        .claim("realm_access", json!({"roles": ["finance", "auditors"]}))
        .claim("org", json!({"unit/name": "Treasury"}));
    let mut okta = OktaOptions::default();
    okta.people.push(nested);
    let config = json!({
        "identity": {"groups_claim": "/realm_access/roles"},
        "upstream": {"claims": {"x-unit": "/org/unit~1name"}},
    });
    let stage = Stage::with(StageOptions { config, okta, ..StageOptions::default() }).await;
    let mut nina = stage.signed_in("nina").await;
    assert_eq!(nina.page("/finance/report").await.status, 200);
    let reached = stage.reached().pop().unwrap();
    assert_eq!(reached.one("x-auth-request-groups").as_deref(), Some("finance,auditors"));
    assert_eq!(reached.one("x-unit").as_deref(), Some("Treasury"));
    // Who has no such claim is in no group, whatever another claim says.
    let mut alice = stage.signed_in("alice").await;
    assert_eq!(alice.page("/finance/report").await.status, 403);
}

/// Anonymous states cost nothing: an RSA signature for each of their callbacks would stall the worker.
#[tokio::test]
async fn where_there_is_no_room_for_a_call_no_assertion_is_signed() {
    const CALLS: usize = 200;
    let keys = &*KEYS;
    let client = json!({"key_id": "r1", "secret": null, "private_key": {"value": keys.rsa_pem}});
    // The budget is wide: this is about the room. On a busy machine it takes seconds to fill it, and none may time out before.
    let config = json!({"client": client, "budget": {"by_address": false, "sign_ins": "1000/s"}, "provider": {"timeout": "20s"}});
    let public = keys.rsa_public.clone();
    let stage =
        stage_with(config, |client| client.auth = ClientAuth::PrivateKeyJwt(vec![public.clone()])).await;
    let mut alice = stage.visitor();
    let callback = stage.approve(&alice.begin("/deep").await, "alice").await;
    // Each state buys one call.
    let mut forged = Vec::new();
    for _ in 0..CALLS + 200 {
        let mut stranger = stage.visitor();
        let callback = stranger.forged_callback().await.unwrap();
        forged.push(callback.header("cookie", stranger.jar.header().unwrap()));
    }
    let spare = forged.pop().unwrap();

    stage.wire.set(State::Silent);
    let before = cpu_ticks(&stage);
    let mut waiting = Vec::new();
    let mut under_way = 0;
    for _ in 0..300 {
        // While the line changes its state, some are refused and answered at once.
        waiting.retain(|call: &tokio::task::JoinHandle<_>| !call.is_finished());
        while waiting.len() < CALLS {
            let (envoy, forged) = (stage.envoy.plain(), forged.pop().expect("states enough"));
            waiting.push(tokio::spawn(async move { client::send(envoy, &forged).await }));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        under_way = stage.envoy.stat("cluster.okta.upstream_rq_active").await;
        if under_way >= CALLS as u64 {
            break;
        }
    }
    assert!(under_way >= CALLS as u64, "the room is not full: {under_way}");
    let signed = cpu_ticks(&stage) - before;

    let before = cpu_ticks(&stage);
    for _ in 0..CALLS {
        let refused = client::send(stage.envoy.plain(), &spare).await.unwrap();
        assert_eq!(refused.status, 503, "{}", refused.summary());
        assert!(refused.text().contains("overloaded"), "{}", refused.summary());
    }
    let refused = alice.page(target_of(&callback)).await;
    assert_eq!(refused.status, 503, "{}", refused.summary());
    let unsigned = cpu_ticks(&stage) - before;
    // Each signature costs milliseconds, an answer much less. Both include what Envoy itself does.
    assert!(unsigned * 3 < signed, "{unsigned} ticks for refusals, {signed} for signatures");

    stage.wire.set(State::Open);
    for answer in waiting {
        assert_eq!(answer.await.unwrap().unwrap().status, 502);
    }
    let response = alice.page(target_of(&callback)).await;
    assert_eq!((response.status, response.location().as_str()), (302, "/deep"), "{}", response.summary());
}

/// The processor time of Envoy so far, in ticks of the clock.
fn cpu_ticks(stage: &Stage) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", stage.envoy.pid())).unwrap();
    // utime and stime, of what follows the name in brackets (proc_pid_stat(5)).
    let numbers: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    numbers[11].parse::<u64>().unwrap() + numbers[12].parse::<u64>().unwrap()
}

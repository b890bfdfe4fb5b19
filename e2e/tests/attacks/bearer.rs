//! Tokens of API clients: what does not count, although it looks as if it did.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vestibule_e2e::client::{Request, Response};
use vestibule_e2e::okta::IdTokenTamper;
use vestibule_e2e::stage::{CLIENT_ID, ORG_SERVER, Stage};
use vestibule_e2e::visitor::Visitor;

const AUDIENCE: &str = "api://orders";

async fn stage() -> Stage {
    Stage::configured(json!({
        "providers": {"partner": {"issuer": ORG_SERVER, "cluster": "okta"}},
        "access": [
            {"match": {"paths": ["/orders/*"]},
                "bearer": {"audiences": [AUDIENCE], "scopes": ["orders.read"]}},
            {"match": {"paths": ["/partner/*"]}, "bearer": {"providers": ["partner"], "audiences": [AUDIENCE]}},
            {"match": {"paths": ["/legacy/*"]}, "bearer": {"audiences": [AUDIENCE], "id_tokens": true}},
        ],
    }))
    .await
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// As Okta's custom authorization server writes them.
fn claims(stage: &Stage) -> Value {
    json!({"ver": 1, "iss": stage.issuer(), "aud": AUDIENCE, "sub": "robot@example.com", "uid": "00u9",
        "scp": ["orders.read"], "iat": now(), "exp": now() + 600})
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

async fn call(visitor: &mut Visitor, path: &str, token: &str) -> Response {
    visitor.send(Request::fetch(path).header("authorization", format!("Bearer {token}"))).await
}

fn invalid(answer: &Response, case: &str) {
    assert_eq!(answer.status, 401, "{case}: {}", answer.summary());
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{case}: {challenge}");
    assert_eq!(answer.json()["error"], "bearer_invalid", "{case}");
}

#[tokio::test]
async fn a_token_that_holds_reaches_the_application_as_a_person_does() {
    let stage = stage().await;
    let mut robot = stage.visitor();
    let token = stage.okta.sign(&claims(&stage));
    for _ in 0..3 {
        let answer = call(&mut robot, "/orders/1", &token).await;
        assert_eq!(answer.status, 200, "{}", answer.summary());
    }
    let reached = stage.reached();
    assert_eq!(reached.len(), 3);
    let user = reached[0].headers.iter().find(|(name, _)| name == "x-auth-request-user").unwrap();
    assert_eq!(user.1, b"robot@example.com");
    // The partner's, once its keys are there.
    let theirs = stage.okta.sign(&with(claims(&stage), "iss", json!(stage.okta.org_issuer())));
    assert_eq!(call(&mut robot, "/partner/1", &theirs).await.status, 200);
    // On no other rule is the header read.
    assert_eq!(call(&mut robot, "/elsewhere", &token).await.json()["error"], "not_signed_in");
}

#[tokio::test]
async fn no_other_token_counts() {
    let stage = stage().await;
    let mut robot = stage.visitor();
    let good = claims(&stage);
    for (case, claims) in [
        ("another audience", with(good.clone(), "aud", json!("api://other"))),
        ("the partner's, under the same kid", with(good.clone(), "iss", json!(stage.okta.org_issuer()))),
        ("an unknown issuer", with(good.clone(), "iss", json!("https://evil.example"))),
        ("expired by a second", with(good.clone(), "exp", json!(now() - 1))),
        ("not yet valid", with(good.clone(), "nbf", json!(now() + 600))),
        ("bound to a key", with(good.clone(), "cnf", json!({"jkt": "x"}))),
        ("an ID token", with(with(good.clone(), "aud", json!(CLIENT_ID)), "nonce", json!("x"))),
        ("an ID token with the audience", with(good.clone(), "nonce", json!("x"))),
    ] {
        invalid(&call(&mut robot, "/orders/1", &stage.okta.sign(&claims)).await, case);
    }
    for tamper in [
        IdTokenTamper::AlgNone,
        IdTokenTamper::Hs256WithPublicKey,
        IdTokenTamper::BadSignature,
        IdTokenTamper::UnpublishedKey,
        IdTokenTamper::Es256UnpublishedKey,
        IdTokenTamper::Header("typ".to_owned(), json!("logout+jwt")),
    ] {
        let case = format!("{tamper:?}");
        let token = stage.okta.sign_tampered(&good, &[tamper]).unwrap();
        invalid(&call(&mut robot, "/orders/1", &token).await, &case);
    }
    for odd in ["", "x", "a.b.c", "....", "\u{0}"] {
        let request =
            Request::fetch("/orders/1").header("authorization", format!("Bearer {odd}").replace('\0', "%00"));
        invalid(&robot.send(request).await, odd);
    }
    let too_little = stage.okta.sign(&with(good, "scp", json!(["orders.list"])));
    let answer = call(&mut robot, "/orders/1", &too_little).await;
    assert_eq!(answer.status, 403, "{}", answer.summary());
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"insufficient_scope\", scope=\"orders.read\""), "{challenge}");
    assert_eq!(stage.reached().len(), 0);
}

#[tokio::test]
async fn a_token_decides_alone_and_two_are_none() {
    let stage = stage().await;
    let mut alice = stage.signed_in("alice").await;
    assert_eq!(alice.fetch("/orders/1").await.status, 200);
    invalid(&call(&mut alice, "/orders/1", "a.b.c").await, "beside a valid cookie");
    let token = stage.okta.sign(&claims(&stage));
    for (case, second) in [("the same", token.clone()), ("another", "a.b.c".to_owned())] {
        let request = Request::fetch("/orders/1").header("authorization", format!("Bearer {token}"));
        let twice = alice.send(request.header("authorization", format!("Bearer {second}"))).await;
        assert_eq!(
            (twice.status, &twice.json()["error"]),
            (400, &json!("authorization_ambiguous")),
            "{case}"
        );
    }
    let joined =
        Request::fetch("/orders/1").header("authorization", format!("Bearer {token}, Bearer {token}"));
    assert_eq!(alice.send(joined).await.status, 400);
}

#[tokio::test]
async fn an_id_token_counts_only_where_a_rule_says_so() {
    let stage = stage().await;
    let mut robot = stage.visitor();
    let id_token = with(with(claims(&stage), "aud", json!(CLIENT_ID)), "nonce", json!("x"));
    let token = stage.okta.sign(&id_token);
    assert_eq!(call(&mut robot, "/legacy/1", &token).await.status, 200);
    invalid(&call(&mut robot, "/orders/1", &token).await, "orders");
    let others = stage.okta.sign(&with(id_token, "aud", json!("another-client")));
    invalid(&call(&mut robot, "/legacy/1", &others).await, "another client's");
}

#[tokio::test]
async fn a_rotated_key_is_fetched_and_junk_causes_one_fetch_in_ten_seconds() {
    let stage = stage().await;
    let mut robot = stage.visitor();
    // So long ago was the last fetch.
    tokio::time::sleep(Duration::from_secs(11)).await;
    stage.okta.rotate_keys();
    let token = stage.okta.sign(&claims(&stage));
    assert_eq!(call(&mut robot, "/orders/1", &token).await.status, 200);
    let fetches = || stage.okta.requests(vestibule_e2e::okta::Endpoint::Keys);
    let before = fetches();
    for _ in 0..20 {
        let junk = stage.okta.sign_tampered(&claims(&stage), &[IdTokenTamper::UnknownKid]).unwrap();
        invalid(&call(&mut robot, "/orders/1", &junk).await, "junk");
    }
    assert!(fetches() <= before + 1, "{} fetches", fetches() - before);
}

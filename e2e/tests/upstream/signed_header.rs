//! `upstream.jwt`: the filter's own word, verified by software that is not ours. The attacker is a client that makes one up,
//! an application that passes one on, or whoever has kept an old one.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::{Envoy, EnvoyOptions};
use vestibule_e2e::reached::Reached;
use vestibule_e2e::scratch::own_target;
use vestibule_e2e::software::{Server, Software};
use vestibule_e2e::stage::{HOST, Stage, StageOptions};
use vestibule_e2e::visitor::Visitor;
use vestibule_e2e::wire::State;

const HEADER: &str = "x-vestibule-jwt";
const OTHER_HOST: &str = "other.example.test";

/// A library that verifies, as its users do.
#[derive(Clone, Copy, Debug)]
enum Library {
    PyJwt,
    Jose,
}

const LIBRARIES: [Library; 2] = [Library::PyJwt, Library::Jose];

impl Library {
    /// The claims, or the name of what is wrong as a text.
    fn verify(self, token: &str, keys: &Value, issuer: &str, audience: &str) -> Value {
        let source = |name| Path::new(env!("CARGO_MANIFEST_DIR")).join("software").join(name);
        let mut command = match self {
            Self::PyJwt => {
                let mut command = Command::new("python3");
                command.env("PYTHONPATH", own_target().join("tools/python")).arg(source("verify_jwt.py"));
                command
            }
            Self::Jose => {
                let mut command = Command::new("node");
                command.arg(source("verify_jwt.mjs"));
                command
            }
        };
        let child =
            command.args([token, issuer, audience]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child =
            child.unwrap_or_else(|error| panic!("{self:?}: {error}: run scripts/bootstrap --e2e"));
        let mut input = child.stdin.take().expect("its input");
        input.write_all(keys.to_string().as_bytes()).expect("its input");
        drop(input);
        let output = child.wait_with_output().expect("its output");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{self:?} said nothing: {output:?}"))
    }
}

fn origin(host: &str) -> String {
    format!("https://{host}")
}

async fn keys(envoy: &Envoy) -> Value {
    let response =
        client::send(envoy.plain(), &Request::get("/oauth2/jwks").host(HOST)).await.expect("Envoy");
    assert_eq!(response.status, 200, "{}", response.summary());
    assert_eq!(response.header("cache-control").as_deref(), Some("public, max-age=300"));
    response.json()
}

/// What the application gets when somebody opens a page.
async fn word(stage: &Stage, visitor: &mut Visitor) -> String {
    stage.application.forget_requests();
    assert_eq!(visitor.page("/page").await.status, 200);
    stage.reached()[0].one(HEADER).expect("a signed header")
}

#[tokio::test]
async fn other_peoples_software_verifies_it_and_nothing_that_was_changed() {
    let stage = Stage::configured(json!({"upstream": {"jwt": {}}})).await;
    let keys = keys(&stage.envoy).await;
    let mut alice = stage.signed_in("alice").await;
    let token = word(&stage, &mut alice).await;
    // One signature for many requests.
    assert_eq!(word(&stage, &mut alice).await, token);
    let (head, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let mut carol = stage.signed_in("carol").await;
    let others = word(&stage, &mut carol).await;
    let others_payload = others.split('.').nth(1).unwrap();
    for library in LIBRARIES {
        let claims = library.verify(&token, &keys, &origin(HOST), HOST);
        assert_eq!(claims["sub"], "00ualice0000000001d7", "{library:?}: {claims}");
        assert_eq!(claims["email"], "alice@example.com");
        assert_eq!(claims["groups"], json!(["Everyone", "admin", "finance"]));
        assert_eq!(claims["rule"], "default");
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 300);
        for (what, forged) in [
            ("another's claims", format!("{header}.{others_payload}.{signature}")),
            // {"alg":"none","typ":"JWT"}
            ("no algorithm", format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.")),
            ("no signature", format!("{header}.{payload}.")),
        ] {
            let answer = library.verify(&forged, &keys, &origin(HOST), HOST);
            assert!(answer.is_string(), "{library:?} takes {what}: {answer}");
        }
    }
}

/// An application, or whoever reads its logs, passes it on to another.
#[tokio::test]
async fn it_is_of_no_use_on_another_host_or_later() {
    let stage = Stage::configured(json!({
        "upstream": {"jwt": {"lifetime": "10s"}},
        "session": {"cookie": {"domains": ["example.test"]}},
    }))
    .await;
    let keys = keys(&stage.envoy).await;
    let mut alice = stage.signed_in("alice").await;
    let here = word(&stage, &mut alice).await;
    let there = word(&stage, &mut alice.moved(stage.envoy.plain(), OTHER_HOST)).await;
    assert_ne!(here, there);
    for library in LIBRARIES {
        assert!(library.verify(&here, &keys, &origin(HOST), HOST).is_object());
        assert!(library.verify(&there, &keys, &origin(OTHER_HOST), OTHER_HOST).is_object());
        assert!(library.verify(&here, &keys, &origin(OTHER_HOST), OTHER_HOST).is_string(), "{library:?}");
    }
    // Sent to the filter, it is nothing.
    stage.application.forget_requests();
    let replayed = Request::page("/public/x").header(HEADER, &here);
    assert_eq!(stage.visitor_at(OTHER_HOST).send(replayed).await.status, 200);
    assert_eq!(stage.reached()[0].one(HEADER), None);
    tokio::time::sleep(Duration::from_secs(11)).await;
    for library in LIBRARIES {
        assert!(library.verify(&here, &keys, &origin(HOST), HOST).is_string(), "{library:?}: it has expired");
    }
    let renewed = word(&stage, &mut alice).await;
    assert!(LIBRARIES[0].verify(&renewed, &keys, &origin(HOST), HOST).is_object());
}

/// Replicas need not know each other; and while a secret is rotated, what either has signed is verified by either.
#[tokio::test]
async fn replicas_have_the_same_key_and_a_rotation_breaks_nothing() {
    const NEW: &str = "another-cookie-secret-that-no-log-may-hold-02";
    let stage = Stage::configured(json!({"upstream": {"jwt": {}}})).await;
    let mut alice = stage.signed_in("alice").await;
    let replica = stage.replica().await;
    assert_eq!(keys(&replica).await, keys(&stage.envoy).await);
    let secrets = |secrets: Value| json!({"session": {"secrets": secrets}});
    let appended = stage.replica_with(secrets(json!([{"env": "COOKIE_SECRET"}, {"value": NEW}]))).await;
    let first = stage.replica_with(secrets(json!([{"value": NEW}, {"env": "COOKIE_SECRET"}]))).await;
    let (with_old, with_both, with_new) =
        (keys(&stage.envoy).await, keys(&appended).await, keys(&first).await);
    assert_eq!(with_both["keys"].as_array().unwrap().len(), 2);
    assert_ne!(with_old["keys"][0], with_new["keys"][0]);
    let by_old = word(&stage, &mut alice).await;
    let by_new = word(&stage, &mut alice.moved(first.plain(), HOST)).await;
    for library in LIBRARIES {
        let is_known =
            |token: &str, keys: &Value| library.verify(token, keys, &origin(HOST), HOST).is_object();
        assert!(
            is_known(&by_old, &with_old) && is_known(&by_old, &with_both) && is_known(&by_old, &with_new)
        );
        assert!(
            is_known(&by_new, &with_both) && is_known(&by_new, &with_new) && !is_known(&by_new, &with_old)
        );
    }
}

/// What a client brings under the name, in whatever spelling, on every route, in trailers, and what it would have dropped.
#[tokio::test]
async fn no_forged_one_arrives() {
    let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.";
    let stage = Stage::configured(json!({
        "upstream": {"jwt": {}},
        "access": [
            {"match": {"paths": ["/public/*"]}, "allow": "public"},
            {"match": {"paths": ["/optional/*"]}, "allow": "optional"},
        ],
    }))
    .await;
    let names = [HEADER, "X-Vestibule-JWT", "x_vestibule_jwt", "x.vestibule.jwt", "X-VESTIBULE_jwt"];
    let forge =
        |path: &str| names.iter().fold(Request::page(path), |request, name| request.header(name, forged));
    let mut alice = stage.signed_in("alice").await;
    let mut stranger = stage.visitor();
    let is_ours = |reached: &Reached| reached.one(HEADER).is_some_and(|token| token != forged);
    for (is_alice, path, told) in [
        (true, "/page", true),
        (true, "/optional/x", true),
        (true, "/public/x", false),
        (false, "/optional/x", false),
        (false, "/public/x", false),
    ] {
        stage.application.forget_requests();
        let visitor = if is_alice { &mut alice } else { &mut stranger };
        assert_eq!(visitor.send(forge(path)).await.status, 200);
        let reached = stage.reached();
        assert_eq!(is_ours(&reached[0]), told, "{path}");
        let brought = reached[0].headers.iter().filter(|(_, value)| value == forged.as_bytes());
        assert_eq!(brought.count(), 0, "{path}");
    }
}

#[tokio::test]
async fn no_forged_trailer_arrives() {
    let node = Server::start(Software::Node).await;
    let stage = Stage::with(StageOptions {
        config: json!({"upstream": {"jwt": {}}}),
        application: Some(node.address()),
        envoy: EnvoyOptions { trailers: true, ..EnvoyOptions::default() },
        ..StageOptions::default()
    })
    .await;
    let request = ["x-checksum", HEADER, "X_Vestibule_JWT"];
    let request =
        request.iter().fold(Request::form("/page", "a=b"), |request, name| request.trailer(name, "1"));
    let response = stage.signed_in("alice").await.send(request).await;
    assert_eq!(response.json()["trailers"], json!([["x-checksum", "1"]]), "{}", response.summary());
}

/// For as long as the provider is away the keys are there all the same.
#[tokio::test]
async fn the_keys_and_ping_need_no_provider_and_ready_does() {
    let stage = Stage::with(StageOptions {
        config: json!({"upstream": {"jwt": {}}, "paths": {"ping": "/ping", "ready": "/ready"}}),
        provider: State::Refused,
        ..StageOptions::default()
    })
    .await;
    assert_eq!(keys(&stage.envoy).await["keys"].as_array().unwrap().len(), 1);
    let mut probe = stage.visitor();
    let ping = probe.send(Request::get("/ping")).await;
    assert_eq!((ping.status, ping.text()), (200, "OK".to_owned()));
    assert_eq!(probe.send(Request::get("/ready")).await.status, 503);
    stage.wire.set(State::Open);
    stage.ready().await;
    // Each worker learns of it by itself.
    let ready = probe.send(Request::get("/ready")).await;
    assert_eq!((ready.status, ready.text()), (200, "OK".to_owned()));
    assert_eq!(stage.reached().len(), 0);
}

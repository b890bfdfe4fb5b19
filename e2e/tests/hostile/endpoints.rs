//! Faults of each endpoint that the filter asks: a clear page, a reason in log and metric, no loop, no leak, and
//! the next honest sign-in works. Every text of these answers holds [`PROVIDER_TEXT`].

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;
use vestibule_e2e::okta::{Endpoint, Fault};
use vestibule_e2e::stage::{Stage, StageOptions};

use crate::userinfo::thin;
use crate::world::{PROVIDER_TEXT, Refusal, alone, attempt, count, counted, honest, on_a_stage, prepared};

fn quick() -> StageOptions {
    StageOptions { config: json!({"provider": {"timeout": "1s"}}), ..StageOptions::default() }
}

fn status(status: u16, content_type: &str, headers: &[(&str, &str)], body: String) -> Fault {
    let mut all = vec![("content-type".to_owned(), content_type.to_owned())];
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Fault::Status { status, headers: all, body }
}

fn oauth_error(code: u16, error: &str) -> Fault {
    let body = json!({"error": error, "error_description": PROVIDER_TEXT});
    status(code, "application/json", &[], body.to_string())
}

fn okta_error(code: u16, error: &str, headers: &[(&str, &str)]) -> Fault {
    let body = json!({"errorCode": error, "errorSummary": PROVIDER_TEXT, "errorLink": error,
        "errorId": PROVIDER_TEXT, "errorCauses": [{"errorSummary": PROVIDER_TEXT}]});
    status(code, "application/json", headers, body.to_string())
}

/// Says when to come back in two ways, the standard's and Okta's.
fn rate_limited() -> Fault {
    let headers = [
        ("retry-after", "1"),
        ("x-rate-limit-limit", "0"),
        ("x-rate-limit-remaining", "0"),
        ("x-rate-limit-reset", "4102444800"),
    ];
    okta_error(429, "E0000047", &headers)
}

fn page(code: u16) -> Fault {
    let body = format!("<html><script>alert(1)</script><p>{PROVIDER_TEXT} s3cr3t</p></html>");
    status(code, "text/html", &[], body)
}

fn redirect() -> Fault {
    Fault::Redirect(format!("https://evil.test/{PROVIDER_TEXT}"))
}

/// What every endpoint may do, and the fault that the log names: an [`AnswerError`] of the filter in words.
fn faults() -> Vec<(&'static str, Fault, &'static str)> {
    vec![
        ("500", page(500), "status 500"),
        ("503", page(503), "status 503"),
        ("too late", Fault::Delay(Duration::from_secs(3)), "status 504"),
        ("closed", Fault::Close, "status 503"),
        ("redirect", redirect(), "status 302"),
        ("a page", page(200), "an answer that is not JSON"),
        ("empty", Fault::EmptyBody, "an answer that is not JSON"),
        ("huge", Fault::HugeBody, "an answer of more than 256 KiB"),
        ("malformed", Fault::MalformedJson, "an answer that is not JSON"),
        ("a list", Fault::Json(json!([PROVIDER_TEXT])), "an answer that is not JSON"),
    ]
}

/// Signs in once for each fault of the endpoint.
async fn each_is_refused(stage: &Stage, endpoint: Endpoint, cases: Vec<(&'static str, Fault, Refusal)>) {
    let mut replies: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, _, Refusal { code, .. }) in &cases {
        replies.insert(code, count(stage, code).await);
    }
    for (case, fault, refusal) in cases {
        let case = format!("{endpoint:?}: {case}");
        let asked = stage.okta.requests(endpoint);
        let attempt = attempt(stage, "bob", |okta| okta.fault(endpoint, fault)).await;
        let asked = stage.okta.requests(endpoint) - asked;
        // A call that was reset before an answer is repeated once; the redemption of a code never is.
        let most = if endpoint == Endpoint::Token { 1 } else { 2 };
        assert!(asked <= most, "{case}: asked {asked} times");
        attempt.must_be_refused(stage, &case, &refusal).await;
        *replies.entry(refusal.code).or_default() += 1;
    }
    for (code, wanted) in replies {
        counted(stage, code, wanted).await;
    }
}

#[test]
fn faults_of_the_token_endpoint() {
    on_a_stage(async |stage| {
        let refusal = |code, detail| Refusal { status: 502, code, detail };
        let refused = |detail| refusal("token_refused", detail);
        let invalid = |detail| refusal("token_invalid", detail);
        let mut cases = vec![
            ("invalid_grant", oauth_error(400, "invalid_grant"), refused("refused: invalid_grant")),
            (
                "invalid_client",
                oauth_error(401, "invalid_client"),
                refusal("client_refused", "refused: invalid_client"),
            ),
            ("platform error", okta_error(403, "E0000006", &[]), refused("refused: E0000006")),
            ("rate limit", rate_limited(), refusal("token_unreachable", "asked too often")),
            // A code of odd characters is not repeated, not even in the log.
            ("odd error", oauth_error(400, "<script>\n"), invalid("status 400")),
            ("not found", page(404), invalid("status 404")),
            ("wrong types", Fault::WrongTypes, invalid("the token endpoint's answer lacks")),
            ("lost", Fault::LoseAnswer, refusal("token_unreachable", "status 503")),
            ("nothing", Fault::Json(Value::Null), invalid("an answer that is not JSON")),
            ("no ID token", Fault::Merge(json!({"id_token": null})), invalid("lacks id_token")),
            ("no access token", Fault::Merge(json!({"access_token": ""})), invalid("lacks access_token")),
            ("no type", Fault::Merge(json!({"token_type": null})), invalid("lacks token_type")),
            // RFC 6749 §7.1: a type that is not understood must not be used.
            ("another type", Fault::Merge(json!({"token_type": "mac"})), invalid("token_type")),
            ("DPoP", Fault::Merge(json!({"token_type": "DPoP"})), invalid("token_type")),
        ];
        cases.extend(faults().into_iter().map(|(case, fault, detail)| {
            let away = matches!(detail, "status 500" | "status 503" | "status 504");
            (case, fault, refusal(if away { "token_unreachable" } else { "token_invalid" }, detail))
        }));
        each_is_refused(stage, Endpoint::Token, cases).await;
        // JSON under a wrong name is JSON all the same, and what it says is verified.
        let named = attempt(stage, "bob", |okta| okta.fault(Endpoint::Token, Fault::WrongContentType));
        named.await.must_be_accepted(stage, "wrong content type").await;
    });
}

#[test]
fn faults_of_the_userinfo_endpoint() {
    on_a_stage(async |stage| {
        thin(stage);
        let failed = |detail| Refusal { status: 502, code: "userinfo_failed", detail };
        let challenge = [(
            "www-authenticate",
            "Bearer error=\"invalid_token\", error_description=\"what-the-provider-says-7f3a\"",
        )];
        let mut cases = vec![
            ("challenge", status(401, "text/html", &challenge, String::new()), failed("status 401")),
            ("OAuth error", oauth_error(403, "insufficient_scope"), failed("status 403")),
            ("platform error", okta_error(403, "E0000006", &[]), failed("status 403")),
            ("rate limit", rate_limited(), failed("status 429")),
            ("wrong types", Fault::WrongTypes, failed("the userinfo are somebody else's")),
        ];
        cases.extend(faults().into_iter().map(|(case, fault, detail)| (case, fault, failed(detail))));
        each_is_refused(stage, Endpoint::Userinfo, cases).await;
        let named = attempt(stage, "bob", |okta| okta.fault(Endpoint::Userinfo, Fault::WrongContentType));
        named.await.must_be_accepted(stage, "wrong content type").await;
    });
}

/// Three faults in a row, for the filter asks again after longer and longer; then it heals by itself.
pub(crate) async fn each_delays(
    endpoint: Endpoint,
    what: &str,
    cases: &[(&'static str, Fault, &'static str)],
) {
    let stage = prepared(quick(), |_| ()).await;
    for (case, fault, detail) in cases {
        let case = format!("{endpoint:?}: {case}");
        let line = format!(" detail=\"{what}: ");
        let before = stage.envoy.filter_log().len();
        stage.okta.fault_instead(endpoint, fault.clone());
        let said = || {
            let log = stage.envoy.filter_log();
            let not_ready = |one: &&String| one.contains("reason=provider_not_ready ");
            log[before..].iter().filter(not_ready).any(|one| one.contains(&line) && one.contains(detail))
        };
        // The filter waits ever longer between its attempts.
        let deadline = Instant::now() + Duration::from_secs(45);
        while !said() && Instant::now() < deadline {
            sleep(Duration::from_millis(50)).await;
        }
        assert!(said(), "{case}: no {line}…{detail}\n{:#?}", stage.envoy.filter_log());
        let page = stage.visitor().page("/page?a=b").await;
        assert_eq!(page.status, 503, "{case}: {}", page.summary());
        assert!(page.text().contains("Code: provider_not_ready"), "{case}: {}", page.summary());
        assert!(page.header("retry-after").is_some() && page.header("set-cookie").is_none(), "{case}");
        assert!(!page.summary().contains(PROVIDER_TEXT), "{case}: {}", page.summary());
        // Those who need no provider are served all the while.
        assert_eq!(stage.visitor().page("/healthz").await.status, 200, "{case}");
    }
    assert!(stage.reached().iter().all(|request| request.path == "/healthz"));
    assert!(!stage.envoy.log().contains(PROVIDER_TEXT), "{:#?}", stage.envoy.filter_log());
    counted(&stage, "provider_not_ready", cases.len() as u64).await;
    // Two VMs ask, and each a few times only: no loop.
    assert!(stage.okta.requests(endpoint) <= 16, "asked {} times", stage.okta.requests(endpoint));
    stage.okta.clear_faults();
    stage.ready().await;
    honest(&stage, what).await;
}

fn all_delay(endpoint: Endpoint, what: &'static str, cases: Vec<(&'static str, Fault, &'static str)>) {
    alone(async || {
        let mut stages = JoinSet::new();
        for some in cases.chunks(3) {
            let some = some.to_vec();
            stages.spawn(async move { each_delays(endpoint, what, &some).await });
        }
        stages.join_all().await;
    });
}

fn answers_that_are_no_json_object() -> Vec<(&'static str, Fault, &'static str)> {
    let mut cases = faults();
    cases.extend([
        ("OAuth error", oauth_error(400, "invalid_request"), "status 400"),
        ("platform error", okta_error(401, "E0000015", &[]), "status 401"),
        ("rate limit", rate_limited(), "status 429"),
    ]);
    cases
}

#[test]
fn faults_of_the_metadata() {
    let mut cases = answers_that_are_no_json_object();
    let merged = |members| Fault::Merge(members);
    cases.extend([
        ("wrong types", Fault::WrongTypes, "issuer"),
        ("no endpoint", merged(json!({"token_endpoint": null})), "lack token_endpoint"),
        (
            "an endpoint in the clear",
            merged(json!({"authorization_endpoint": "http://evil.test/authorize"})),
            "authorization_endpoint in the metadata is",
        ),
        ("no address", merged(json!({"jwks_uri": "javascript:alert(1)"})), "jwks_uri in the metadata is"),
    ]);
    all_delay(Endpoint::Metadata, "provider metadata", cases);
}

#[test]
fn faults_of_the_keys() {
    let mut cases = answers_that_are_no_json_object();
    let no_key = "no key that can verify";
    let secret = json!({"kty": "oct", "k": "AAAA", "alg": "HS256", "kid": PROVIDER_TEXT});
    let short = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS256", "kid": PROVIDER_TEXT});
    // No point of the curve.
    let zero = "A".repeat(43);
    let off = json!({"kty": "EC", "crv": "P-256", "x": zero, "y": zero, "kid": PROVIDER_TEXT});
    cases.extend([
        ("wrong types", Fault::WrongTypes, no_key),
        ("no keys", Fault::Json(json!({"keys": []})), no_key),
        ("keys of no use", Fault::Json(json!({"keys": [secret, short, off, 7, null, []]})), no_key),
    ]);
    all_delay(Endpoint::Keys, "JWK set", cases);
}

/// The right metadata and keys, said to be a web page.
#[test]
fn metadata_and_keys_of_a_wrong_content_type() {
    alone(async || {
        let stage = prepared(quick(), |okta| {
            okta.fault(Endpoint::Metadata, Fault::WrongContentType);
            okta.fault(Endpoint::Keys, Fault::WrongContentType);
        })
        .await;
        stage.ready().await;
        honest(&stage, "wrong content types").await;
    });
}
